package io.valence.features.audio;

import java.util.Arrays;
import org.jtransforms.fft.DoubleFFT_1D;

/**
 * Resamples block by block through the spectrum (overlap-save): a block is transformed, its spectrum
 * is multiplied by that of the {@link SincKernel} and cut or filled up to the output's length, and
 * transformed back. The ends of a block, where the filter meets the wrong neighbours, are thrown away
 * and covered by the next block. This takes a third of the time of a sum over the kernel.
 */
final class SpectralResampler implements Resampler {

  /** Blocks of fewer samples than this are made longer. */
  private static final int USUAL_BLOCK = 4_096;

  /** Blocks that would be longer than this are left to the other implementation. */
  private static final int LONGEST_BLOCK = 1 << 16;

  private final int inputStep;
  private final int outputStep;
  private final int reach;

  /** Steps in a block, and steps at either end of it that are thrown away. */
  private final int steps;

  private final int margin;
  private final double[] input;
  private final double[] output;
  private final double[] response;
  private final DoubleFFT_1D forward;
  private final DoubleFFT_1D inverse;

  SpectralResampler(final int rate) {
    final int divisor = Resampler.commonDivisor(rate, Frames.RATE);
    final SincKernel kernel = SincKernel.from(rate);
    inputStep = rate / divisor;
    outputStep = Frames.RATE / divisor;
    reach = kernel.reach();
    margin = margin(kernel, inputStep);
    steps = steps(rate);
    input = new double[steps * inputStep];
    output = new double[steps * outputStep];
    forward = Transforms.ofLength(input.length);
    inverse = Transforms.ofLength(output.length);
    response = response(kernel);
  }

  /** Whether blocks of whole periods of both rates are short enough. */
  static boolean suits(final int rate) {
    final int divisor = Resampler.commonDivisor(rate, Frames.RATE);
    final long step = Math.max(rate, Frames.RATE) / divisor;
    return steps(rate) * step <= LONGEST_BLOCK;
  }

  private static int margin(final SincKernel kernel, final int inputStep) {
    return (kernel.reach() + inputStep - 1) / inputStep;
  }

  /** A power of two, so that the transforms' lengths have small factors; half or more is kept. */
  private static int steps(final int rate) {
    final int divisor = Resampler.commonDivisor(rate, Frames.RATE);
    final int margin = margin(SincKernel.from(rate), rate / divisor);
    final int longer = Math.max(rate, Frames.RATE) / divisor;
    int steps = 4;
    while (steps < 4 * margin || (long) steps * longer < USUAL_BLOCK) {
      steps *= 2;
    }
    return steps;
  }

  /** What becomes of each bin of the input's spectrum, from 0 Hz up to the lower half rate. */
  private double[] response(final SincKernel kernel) {
    Arrays.fill(input, 0);
    input[0] = kernel.weight(0);
    for (int i = 1; i <= reach; i++) {
      input[i] = kernel.weight(i);
      input[input.length - i] = input[i];
    }
    forward.realForward(input);
    final double[] bins = new double[Math.min(input.length, output.length) / 2];
    final double scale = (double) output.length / input.length;
    for (int bin = 0; bin < bins.length; bin++) {
      // An even kernel has a real spectrum.
      bins[bin] = input[2 * bin] * scale;
    }
    return bins;
  }

  @Override
  public void resample(final float[] samples, final float[] target, final int length) {
    final int kept = steps - 2 * margin;
    for (long step = 0; step * outputStep < length; step += kept) {
      load(samples, (step - margin) * inputStep);
      forward.realForward(input);
      filter();
      inverse.realInverse(output, true);
      final int first = Math.toIntExact(step * outputStep);
      final int count = Math.min(kept * outputStep, length - first);
      for (int i = 0; i < count; i++) {
        target[first + i] = (float) output[margin * outputStep + i];
      }
    }
    restoreSilence(samples, target, length);
  }

  private void load(final float[] samples, final long start) {
    final int from = (int) Math.min(input.length, Math.max(0, -start));
    final int to = (int) Math.max(from, Math.min(input.length, samples.length - start));
    Arrays.fill(input, 0, from, 0);
    for (int i = from; i < to; i++) {
      input[i] = samples[(int) (start + i)];
    }
    Arrays.fill(input, to, input.length, 0);
  }

  private void filter() {
    output[0] = input[0] * response[0];
    // The place of the last bin, which is beyond the filter's cut.
    output[1] = 0;
    for (int bin = 1; bin < response.length; bin++) {
      output[2 * bin] = input[2 * bin] * response[bin];
      output[2 * bin + 1] = input[2 * bin + 1] * response[bin];
    }
    Arrays.fill(output, 2 * response.length, output.length, 0);
  }

  /**
   * Puts zeros where all samples within the filter's reach are zero. The transform leaves residues
   * of 1e-17 there, and the spectrum of a residue has a centroid like any other.
   */
  private void restoreSilence(final float[] samples, final float[] target, final int length) {
    int run = 0;
    for (int i = 0; i <= samples.length; i++) {
      if (i < samples.length && samples[i] == 0) {
        run++;
        continue;
      }
      if (run > 0) {
        // Beyond either end of the sound there is silence too.
        final long from = i - run == 0 ? 0 : (long) (i - run) - 1 + reach;
        final long to = i == samples.length ? Long.MAX_VALUE / outputStep : (long) i - reach;
        final long first = (from * outputStep + inputStep - 1) / inputStep;
        final long last = Math.min(length - 1L, Math.floorDiv(to * outputStep, inputStep));
        if (first <= last) {
          Arrays.fill(target, (int) first, (int) last + 1, 0);
        }
        run = 0;
      }
    }
  }
}
