package io.valence.corpora;

/** A weighted mean of vectors in which each column leaves out its own values that are not finite. */
final class RunningMean {

  private final double[] sums;
  private final double[] columnWeights;
  private double weight;
  private long rows;

  RunningMean(int width) {
    sums = new double[width];
    columnWeights = new double[width];
  }

  void add(float[] row, double rowWeight) {
    for (int i = 0; i < sums.length; i++) {
      if (Float.isFinite(row[i])) {
        sums[i] += rowWeight * row[i];
        columnWeights[i] += rowWeight;
      }
    }
    weight += rowWeight;
    rows++;
  }

  /** The sum of the weights of the rows. */
  double weight() {
    return weight;
  }

  long rows() {
    return rows;
  }

  /** The mean of each column; NaN where no row had a finite value. */
  float[] mean() {
    final float[] mean = new float[sums.length];
    for (int i = 0; i < sums.length; i++) {
      mean[i] = columnWeights[i] > 0 ? (float) (sums[i] / columnWeights[i]) : Float.NaN;
    }
    return mean;
  }
}
