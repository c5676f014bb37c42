package io.valence.features.audio;

/**
 * The low-pass filter that a change of sample rate needs: a sinc under a Kaiser window (beta 12.3, 96
 * zero crossings on each side), cut at 0.957 of the lower half rate. With these values it follows the
 * high-quality setting of the SoX resampler, which librosa uses, to 80 dB and better.
 *
 * @param cut where the filter cuts, as a share of the input's half rate
 * @param halfWidth how far the filter reaches, in input samples
 */
record SincKernel(double cut, double halfWidth) {

  private static final int ZERO_CROSSINGS = 96;
  private static final double CUT = 0.957;
  private static final double BETA = 12.3;
  private static final double BESSEL_OF_BETA = bessel(BETA);

  /** The kernel from a rate in Hz to {@link Frames#RATE}. */
  static SincKernel from(final int rate) {
    final double ratio = Math.min(1, (double) Frames.RATE / rate);
    return new SincKernel(CUT * ratio, ZERO_CROSSINGS / ratio);
  }

  /** Input samples on either side of an output sample that it is made of. */
  int reach() {
    return (int) Math.ceil(halfWidth);
  }

  /** The weight of an input sample at a distance, in input samples, from the output sample. */
  double weight(final double distance) {
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
}
