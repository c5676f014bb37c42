package io.valence.media;

import java.util.Objects;

/**
 * A whole sound track in memory.
 *
 * @param samples the mean of the channels, finite, full scale at -1 and 1; not copied
 * @param sampleRate samples a second, as stored in the file
 */
public record MonoSound(float[] samples, int sampleRate) {

  public MonoSound {
    Objects.requireNonNull(samples, "samples");
    if (sampleRate < 1) {
      throw new IllegalArgumentException("sample rate must be >= 1: " + sampleRate);
    }
  }

  /** Length in seconds. */
  public double seconds() {
    return (double) samples.length / sampleRate;
  }
}
