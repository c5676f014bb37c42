package io.valence.training;

/** The few figures that training itself steers by. */
final class Statistics {

  private Statistics() {}

  static double mean(final float[] values) {
    double sum = 0;
    for (final float value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  /** Population standard deviation. */
  static double deviation(final float[] values) {
    final double mean = mean(values);
    double squares = 0;
    for (final float value : values) {
      squares += (value - mean) * (value - mean);
    }
    return Math.sqrt(squares / values.length);
  }

  /** Pearson's r; 0 where one side does not vary, since nothing is then predicted. */
  static double correlation(final float[] x, final float[] y) {
    if (x.length != y.length) {
      throw new IllegalArgumentException(x.length + " values against " + y.length);
    }
    final double meanX = mean(x);
    final double meanY = mean(y);
    double xx = 0;
    double yy = 0;
    double xy = 0;
    for (int i = 0; i < x.length; i++) {
      xx += (x[i] - meanX) * (x[i] - meanX);
      yy += (y[i] - meanY) * (y[i] - meanY);
      xy += (x[i] - meanX) * (y[i] - meanY);
    }
    return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0;
  }

  static double squaredError(final float[] x, final float[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += ((double) x[i] - y[i]) * ((double) x[i] - y[i]);
    }
    return sum / x.length;
  }

  static double absoluteError(final float[] x, final float[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += Math.abs((double) x[i] - y[i]);
    }
    return sum / x.length;
  }
}
