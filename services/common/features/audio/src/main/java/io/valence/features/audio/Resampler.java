package io.valence.features.audio;

import java.util.Arrays;

/**
 * Brings sound of any rate to {@link Frames#RATE}. The sound is silent beyond its ends; nothing is
 * delayed and loudness stays as it is. Keeps its working memory from call to call; not thread-safe.
 */
final class Resampler {

  /** Working memory of one block, in samples: what the processor's caches hold. */
  private static final int BLOCK_SAMPLES = 1 << 17;

  private static final int LONGEST_BLOCK = 512;

  private double[] columns = {};
  private final double[] sums = new double[LONGEST_BLOCK];

  /** How many samples a sound has at the rate of the features: ceil(length * 22050 / rate). */
  static long outputLength(final int length, final int rate) {
    return ((long) length * Frames.RATE + rate - 1) / rate;
  }

  /**
   * Resamples.
   *
   * @param samples the sound at {@code rate} Hz
   * @param output receives {@link #outputLength} samples
   */
  void resample(final float[] samples, final int rate, final float[] output) {
    final ResamplingFilter filter = ResamplingFilter.from(rate);
    final int length = (int) outputLength(samples.length, rate);
    if (filter.exact) {
      resampleExactly(samples, filter, output, length);
    } else {
      resampleBetweenPhases(samples, filter, output, length);
    }
  }

  /**
   * Output samples of one phase are {@code inputStep} input samples apart. With the input laid out
   * in as many columns, the samples that one tap meets lie side by side, and one tap is applied to a
   * whole row of output samples at a time.
   */
  private void resampleExactly(
      final float[] samples,
      final ResamplingFilter filter,
      final float[] output,
      final int length) {
    final int in = filter.inputStep;
    final int out = filter.outputStep;
    // Rows of columns before the block's first sample, so that no index is negative.
    final int before = (filter.reach + in) / in;
    final int after = (filter.reach + 1 + in) / in + 1;
    final int perPhase = (length + out - 1) / out;
    final int block = Math.max(16, Math.min(LONGEST_BLOCK, BLOCK_SAMPLES / in - before - after));
    final int width = block + before + after;
    if (columns.length < (long) width * in) {
      columns = new double[Math.multiplyExact(width, in)];
    }
    for (int first = 0; first < perPhase; first += block) {
      final int count = Math.min(block, perPhase - first);
      fillColumns(samples, (long) (first - before) * in, in, width);
      for (int phase = 0; phase < out; phase++) {
        final long position = (long) phase * in;
        final double[] taps = filter.taps[(int) (position % out)];
        // Index, in samples from the start of the columns, of the first tap's sample.
        final int origin = (int) (position / out) - filter.reach + before * in;
        apply(taps, origin, in, width, count);
        for (int i = 0; i < count; i++) {
          final long target = (long) (first + i) * out + phase;
          if (target < length) {
            output[(int) target] = (float) sums[i];
          }
        }
      }
    }
  }

  /** Four taps at a time, so that a sum is loaded and stored once for four products. */
  private void apply(
      final double[] taps, final int origin, final int in, final int width, final int count) {
    Arrays.fill(sums, 0, count, 0);
    int tap = 0;
    for (; tap + 3 < taps.length; tap += 4) {
      addFour(
          taps[tap],
          column(origin + tap, in, width),
          taps[tap + 1],
          column(origin + tap + 1, in, width),
          taps[tap + 2],
          column(origin + tap + 2, in, width),
          taps[tap + 3],
          column(origin + tap + 3, in, width),
          count);
    }
    for (; tap < taps.length; tap++) {
      final double weight = taps[tap];
      final int from = column(origin + tap, in, width);
      for (int i = 0; i < count; i++) {
        sums[i] += weight * columns[from + i];
      }
    }
  }

  private void addFour(
      final double weightA,
      final int a,
      final double weightB,
      final int b,
      final double weightC,
      final int c,
      final double weightD,
      final int d,
      final int count) {
    final double[] source = columns;
    final double[] target = sums;
    for (int i = 0; i < count; i++) {
      target[i] +=
          weightA * source[a + i]
              + weightB * source[b + i]
              + weightC * source[c + i]
              + weightD * source[d + i];
    }
  }

  /** Where the samples at {@code index}, {@code index + in}, ... lie in the columns. */
  private static int column(final int index, final int in, final int width) {
    return index % in * width + index / in;
  }

  private void fillColumns(final float[] samples, final long start, final int in, final int width) {
    for (int column = 0; column < in; column++) {
      for (int row = 0; row < width; row++) {
        final long index = start + (long) row * in + column;
        columns[column * width + row] =
            index >= 0 && index < samples.length ? samples[(int) index] : 0;
      }
    }
  }

  private static void resampleBetweenPhases(
      final float[] samples,
      final ResamplingFilter filter,
      final float[] output,
      final int length) {
    final int in = filter.inputStep;
    final int out = filter.outputStep;
    final int spaces = filter.taps.length - 1;
    for (int i = 0; i < length; i++) {
      final long position = (long) i * in;
      final int place = (int) (position / out);
      final double row = (double) (position % out) / out * spaces;
      final int lower = (int) row;
      final double share = row - lower;
      final double[] below = filter.taps[lower];
      final double[] above = filter.taps[lower + 1];
      final int origin = place - filter.reach;
      final int from = Math.max(0, -origin);
      final int to = Math.min(filter.tapCount(), samples.length - origin);
      double sumBelow = 0;
      double sumAbove = 0;
      for (int tap = from; tap < to; tap++) {
        final double sample = samples[origin + tap];
        sumBelow += below[tap] * sample;
        sumAbove += above[tap] * sample;
      }
      output[i] = (float) (sumBelow + share * (sumAbove - sumBelow));
    }
  }
}
