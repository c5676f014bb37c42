package io.valence.evaluation;

import java.util.Arrays;

/**
 * Every measure of one model over a draw of samples, in one pass. A bootstrap takes thousands of
 * draws; what does not depend on the draw (errors, classes, sides of zero) is worked out once, here.
 * {@link Metric} says what the measures are; this must agree with it.
 */
final class Resampler {

  private static final int LABEL_NON_NEGATIVE = 1;
  private static final int SAID_NON_NEGATIVE = 1 << 1;
  private static final int LABEL_NOT_ZERO = 1 << 2;
  private static final int LABEL_POSITIVE = 1 << 3;
  private static final int SAID_POSITIVE = 1 << 4;
  private static final int SAME_OF_FIVE = 1 << 5;
  private static final int SAME_OF_SEVEN = 1 << 6;

  /** Less than this share of the raw sum of squares is rounding, not spread. */
  private static final double ROUNDING = 1e-12;

  private final double[] predicted;
  private final double[] actual;
  private final double[] absolute;
  private final double[] squared;
  private final byte[] facts;
  private final int[] counts = new int[1 << 7];

  Resampler(double[] predicted, double[] actual) {
    final int size = actual.length;
    this.predicted = centred(predicted);
    this.actual = centred(actual);
    this.absolute = new double[size];
    this.squared = new double[size];
    this.facts = new byte[size];
    for (int i = 0; i < size; i++) {
      final double error = predicted[i] - actual[i];
      absolute[i] = Math.abs(error);
      squared[i] = error * error;
      facts[i] =
          (byte)
              ((actual[i] >= 0 ? LABEL_NON_NEGATIVE : 0)
                  | (predicted[i] >= 0 ? SAID_NON_NEGATIVE : 0)
                  | (actual[i] != 0 ? LABEL_NOT_ZERO : 0)
                  | (actual[i] > 0 ? LABEL_POSITIVE : 0)
                  | (predicted[i] > 0 ? SAID_POSITIVE : 0)
                  | (Metric.classOf(predicted[i], 2) == Metric.classOf(actual[i], 2)
                      ? SAME_OF_FIVE
                      : 0)
                  | (Metric.classOf(predicted[i], 3) == Metric.classOf(actual[i], 3)
                      ? SAME_OF_SEVEN
                      : 0));
    }
  }

  private static double[] centred(double[] values) {
    double mean = 0;
    for (final double value : values) {
      mean += value / values.length;
    }
    final double[] centred = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      centred[i] = values[i] - mean;
    }
    return centred;
  }

  /**
   * Adds the measures over the chosen samples to the sums, in the order of {@link Metric}; NaN where
   * one is undefined.
   */
  void addMeasures(int[] chosen, double[] sums) {
    Arrays.fill(counts, 0);
    double sumPredicted = 0;
    double sumActual = 0;
    double squaresPredicted = 0;
    double squaresActual = 0;
    double products = 0;
    double errors = 0;
    double squaredErrors = 0;
    for (final int i : chosen) {
      final double p = predicted[i];
      final double y = actual[i];
      sumPredicted += p;
      sumActual += y;
      squaresPredicted += p * p;
      squaresActual += y * y;
      products += p * y;
      errors += absolute[i];
      squaredErrors += squared[i];
      counts[facts[i]]++;
    }
    final int size = chosen.length;
    final double spreadPredicted = squaresPredicted - sumPredicted * sumPredicted / size;
    final double spreadActual = squaresActual - sumActual * sumActual / size;
    final boolean constant =
        spreadPredicted <= ROUNDING * squaresPredicted || spreadActual <= ROUNDING * squaresActual;
    sums[Metric.PEARSON.ordinal()] +=
        constant
            ? Double.NaN
            : (products - sumPredicted * sumActual / size)
                / Math.sqrt(spreadPredicted * spreadActual);
    sums[Metric.MAE.ordinal()] += errors / size;
    sums[Metric.MSE.ordinal()] += squaredErrors / size;
    final Metric.Binary nonNegative = binary(0, LABEL_NON_NEGATIVE, SAID_NON_NEGATIVE);
    final Metric.Binary nonZero = binary(LABEL_NOT_ZERO, LABEL_POSITIVE, SAID_POSITIVE);
    sums[Metric.ACCURACY_2_NON_NEGATIVE.ordinal()] += nonNegative.accuracy();
    sums[Metric.ACCURACY_2_NON_ZERO.ordinal()] += nonZero.accuracy();
    sums[Metric.F1_NON_NEGATIVE.ordinal()] += nonNegative.weightedF1();
    sums[Metric.F1_NON_ZERO.ordinal()] += nonZero.weightedF1();
    sums[Metric.ACCURACY_5.ordinal()] += (double) count(SAME_OF_FIVE) / size;
    sums[Metric.ACCURACY_7.ordinal()] += (double) count(SAME_OF_SEVEN) / size;
  }

  private int count(int fact) {
    int sum = 0;
    for (int pattern = 0; pattern < counts.length; pattern++) {
      sum += (pattern & fact) != 0 ? counts[pattern] : 0;
    }
    return sum;
  }

  private Metric.Binary binary(int needed, int label, int said) {
    final int[] table = new int[4];
    for (int pattern = 0; pattern < counts.length; pattern++) {
      if ((pattern & needed) == needed) {
        table[((pattern & label) != 0 ? 2 : 0) + ((pattern & said) != 0 ? 1 : 0)] +=
            counts[pattern];
      }
    }
    return new Metric.Binary(table[3], table[1], table[0], table[2]);
  }
}
