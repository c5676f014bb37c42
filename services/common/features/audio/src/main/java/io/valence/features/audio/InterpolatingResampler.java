package io.valence.features.audio;

/**
 * Resamples between rates that have next to nothing in common, where an output sample may lie
 * anywhere between two input samples: the {@link SincKernel} is tabled at evenly spaced places and
 * weights between two of them are interpolated, which is good to 120 dB.
 */
final class InterpolatingResampler implements Resampler {

  /** Weights in the table: 4 MB. */
  private static final int TABLE_SIZE = 1 << 20;

  private final int inputStep;
  private final int outputStep;
  private final int reach;
  private final float[][] table;

  InterpolatingResampler(final int rate) {
    final int divisor = Resampler.commonDivisor(rate, Frames.RATE);
    final SincKernel kernel = SincKernel.from(rate);
    inputStep = rate / divisor;
    outputStep = Frames.RATE / divisor;
    reach = kernel.reach();
    final int taps = 2 * reach + 1;
    final int spaces = TABLE_SIZE / taps;
    table = new float[spaces + 1][taps];
    for (int row = 0; row <= spaces; row++) {
      for (int tap = 0; tap < taps; tap++) {
        table[row][tap] = (float) kernel.weight((double) row / spaces + reach - tap);
      }
    }
  }

  @Override
  public void resample(final float[] samples, final float[] output, final int length) {
    final int spaces = table.length - 1;
    for (int i = 0; i < length; i++) {
      final long position = (long) i * inputStep;
      final int origin = (int) (position / outputStep) - reach;
      final double row = (double) (position % outputStep) / outputStep * spaces;
      final int lower = (int) row;
      final float[] below = table[lower];
      final float[] above = table[lower + 1];
      final int from = Math.max(0, -origin);
      final int to = Math.min(below.length, samples.length - origin);
      double sumBelow = 0;
      double sumAbove = 0;
      for (int tap = from; tap < to; tap++) {
        final double sample = samples[origin + tap];
        sumBelow += below[tap] * sample;
        sumAbove += above[tap] * sample;
      }
      output[i] = (float) (sumBelow + (row - lower) * (sumAbove - sumBelow));
    }
  }
}
