package io.valence.media;

import java.util.List;
import java.util.Objects;

/**
 * A whole sound track in memory.
 *
 * @param samples the mean of the channels, finite, full scale at -1 and 1; not copied
 * @param sampleRate samples a second, as stored in the file
 * @param warnings what is wrong with the sound although it can be used, a line each
 */
public record MonoSound(float[] samples, int sampleRate, List<String> warnings) {

  public MonoSound {
    Objects.requireNonNull(samples, "samples");
    if (sampleRate < 1) {
      throw new IllegalArgumentException("sample rate must be >= 1: " + sampleRate);
    }
    warnings = List.copyOf(warnings);
  }

  /** Sound with which nothing is wrong. */
  public MonoSound(final float[] samples, final int sampleRate) {
    this(samples, sampleRate, List.of());
  }

  /** Length in seconds. */
  public double seconds() {
    return (double) samples.length / sampleRate;
  }
}
