package io.valence.features.audio;

import java.util.Arrays;
import org.jtransforms.fft.DoubleFFT_1D;

/** Magnitudes of one frame's spectrum: Hann window, zeros beyond the ends of the sound. */
final class ShortTimeTransform {

  private static final double[] WINDOW = Frames.periodicHann(Frames.SIZE);

  private final DoubleFFT_1D transform = Transforms.ofLength(Frames.SIZE);
  private final double[] buffer = new double[Frames.SIZE];

  /**
   * Transforms one frame in double precision and rounds the magnitudes to float.
   *
   * @param samples the sound
   * @param length how many of them are valid
   * @param magnitude where to write {@link Frames#BINS} values
   */
  void magnitude(
      final float[] samples, final int length, final int frame, final float[] magnitude) {
    final int start = Frames.start(frame);
    final int from = Math.max(0, -start);
    final int to = Math.min(Frames.SIZE, length - start);
    Arrays.fill(buffer, 0, Math.min(from, Frames.SIZE), 0);
    for (int i = from; i < to; i++) {
      buffer[i] = samples[start + i] * WINDOW[i];
    }
    Arrays.fill(buffer, Math.max(from, to), Frames.SIZE, 0);
    transform.realForward(buffer);
    // The transform packs the last bin, which is real, into the place of the first one's zero.
    magnitude[0] = (float) Math.abs(buffer[0]);
    magnitude[Frames.BINS - 1] = (float) Math.abs(buffer[1]);
    for (int bin = 1; bin < Frames.BINS - 1; bin++) {
      final double real = buffer[2 * bin];
      final double imaginary = buffer[2 * bin + 1];
      magnitude[bin] = (float) Math.sqrt(real * real + imaginary * imaginary);
    }
  }
}
