package io.valence.features.audio;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The low-pass filter between one sample rate and {@link Frames#RATE}: a sinc under a Kaiser window
 * (beta 12.3, 96 zero crossings on each side), cut at 0.957 of the lower half rate. With these values
 * it follows the high-quality setting of the SoX resampler, which librosa uses, to 80 dB and better.
 *
 * <p>An output sample lies at one of a fixed number of places (phases) between two input samples; the
 * taps of every phase are worked out once. Where two rates have so little in common that the table
 * would be large, the table is coarser and taps are interpolated. Immutable, shared by all threads.
 */
final class ResamplingFilter {

  /** Upper bound of taps in a table: 8 MB. */
  private static final int LARGEST_TABLE = 1 << 20;

  private static final int ZERO_CROSSINGS = 96;
  private static final double CUT = 0.957;
  private static final double BETA = 12.3;
  private static final double BESSEL_OF_BETA = bessel(BETA);

  /** Filters kept: more rates than ever occur together. */
  private static final int KEPT = 8;

  private static final Map<Integer, ResamplingFilter> BY_RATE =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(final Map.Entry<Integer, ResamplingFilter> eldest) {
          return size() > KEPT;
        }
      };

  /** Input samples for every {@link #outputStep} output samples, in lowest terms. */
  final int inputStep;

  final int outputStep;

  /** How many input samples on either side of its place an output sample is made of. */
  final int reach;

  /** Whether the table has every phase; else its rows are evenly spaced and one more at the end. */
  final boolean exact;

  /** Row by phase; tap i of a row belongs to the input sample {@code i - reach} from its place. */
  final double[][] taps;

  private ResamplingFilter(final int rate) {
    final int divisor = gcd(rate, Frames.RATE);
    inputStep = rate / divisor;
    outputStep = Frames.RATE / divisor;
    final double ratio = Math.min(1, (double) Frames.RATE / rate);
    final double halfWidth = ZERO_CROSSINGS / ratio;
    reach = (int) Math.ceil(halfWidth);
    exact = (long) outputStep * tapCount() <= LARGEST_TABLE;
    final int spaces = exact ? outputStep : LARGEST_TABLE / tapCount();
    taps = new double[exact ? spaces : spaces + 1][tapCount()];
    for (int row = 0; row < taps.length; row++) {
      for (int tap = 0; tap < tapCount(); tap++) {
        final double distance = (double) row / spaces + reach - tap;
        taps[row][tap] = tap(distance, CUT * ratio, halfWidth);
      }
    }
  }

  /** The filter for an input rate in Hz; made on first use. */
  static ResamplingFilter from(final int rate) {
    synchronized (BY_RATE) {
      return BY_RATE.computeIfAbsent(rate, ResamplingFilter::new);
    }
  }

  /** Taps of one phase. */
  int tapCount() {
    return 2 * reach + 1;
  }

  private static double tap(final double distance, final double cut, final double halfWidth) {
    final double position = distance / halfWidth;
    if (Math.abs(position) >= 1) {
      return 0;
    }
    final double angle = Math.PI * cut * distance;
    final double sinc = angle == 0 ? 1 : Math.sin(angle) / angle;
    return cut * sinc * bessel(BETA * Math.sqrt(1 - position * position)) / BESSEL_OF_BETA;
  }

  /** The modified Bessel function of the first kind and order 0, by its series. */
  private static double bessel(final double x) {
    double sum = 1;
    double term = 1;
    for (int k = 1; term > sum * 1e-17; k++) {
      term *= (x / (2 * k)) * (x / (2 * k));
      sum += term;
    }
    return sum;
  }

  private static int gcd(final int a, final int b) {
    return b == 0 ? a : gcd(b, a % b);
  }
}
