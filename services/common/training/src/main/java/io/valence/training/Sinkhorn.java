package io.valence.training;

import java.util.Arrays;

/**
 * The entropic transport plan between two sets of points of equal weight (Cuturi, 2013), found by
 * alternating updates of the two potentials in the logarithmic domain, which neither over- nor
 * underflows.
 */
final class Sinkhorn {

  private static final int ITERATIONS = 50;

  private Sinkhorn() {}

  /**
   * @param cost of moving point i of the first set onto point j of the second: row by row
   * @param blur entropy's weight, in units of the cost, above 0
   * @return how much of point i goes to point j, summing to 1
   */
  static float[] plan(final float[] cost, final int rows, final int columns, final double blur) {
    final double[] first = new double[rows];
    final double[] second = new double[columns];
    final double logRows = -Math.log(rows);
    final double logColumns = -Math.log(columns);
    for (int iteration = 0; iteration < ITERATIONS; iteration++) {
      for (int i = 0; i < rows; i++) {
        double highest = Double.NEGATIVE_INFINITY;
        for (int j = 0; j < columns; j++) {
          highest = Math.max(highest, second[j] - cost[i * columns + j] / blur);
        }
        double sum = 0;
        for (int j = 0; j < columns; j++) {
          sum += Math.exp(second[j] - cost[i * columns + j] / blur - highest);
        }
        first[i] = logRows - highest - Math.log(sum);
      }
      for (int j = 0; j < columns; j++) {
        double highest = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < rows; i++) {
          highest = Math.max(highest, first[i] - cost[i * columns + j] / blur);
        }
        double sum = 0;
        for (int i = 0; i < rows; i++) {
          sum += Math.exp(first[i] - cost[i * columns + j] / blur - highest);
        }
        second[j] = logColumns - highest - Math.log(sum);
      }
    }
    final float[] plan = new float[cost.length];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        plan[i * columns + j] =
            (float) Math.exp(first[i] + second[j] - cost[i * columns + j] / blur);
      }
    }
    return plan;
  }

  /** A blur that follows the scale of the cost. */
  static double blur(final float[] cost, final double share) {
    double sum = 0;
    for (final float value : cost) {
      sum += value;
    }
    return Math.max(1e-6, share * sum / cost.length);
  }

  /** For tests: the sums of the rows of a plan. */
  static double[] rowSums(final float[] plan, final int rows, final int columns) {
    final double[] sums = new double[rows];
    for (int i = 0; i < rows; i++) {
      for (final float value : Arrays.copyOfRange(plan, i * columns, (i + 1) * columns)) {
        sums[i] += value;
      }
    }
    return sums;
  }
}
