package io.valence.corpora;

import java.util.Collection;
import java.util.List;
import java.util.Objects;

/**
 * Mean and deviation of every column over the training fold, and the one normalisation that both
 * training and serving use: {@code z = clamp((x - mean) / deviation, -clip, clip)}, and 0 (the mean)
 * where the value is missing.
 *
 * @param space the id of the feature space
 * @param columns the names of the columns
 * @param mean of the finite training values
 * @param deviation population standard deviation of the finite training values; 1 where they are all
 *     the same, so that a constant column gives 0
 */
public record ColumnStatistics(
    String space, List<String> columns, float[] mean, float[] deviation) {

  public ColumnStatistics {
    Objects.requireNonNull(space, "space");
    columns = List.copyOf(columns);
    if (mean.length != columns.size() || deviation.length != columns.size()) {
      throw new IllegalArgumentException(
          space + ": a mean and a deviation belong to each of " + columns.size() + " columns");
    }
    for (int i = 0; i < mean.length; i++) {
      if (!Float.isFinite(mean[i]) || !Float.isFinite(deviation[i]) || deviation[i] <= 0) {
        throw new IllegalArgumentException(
            space
                + ": column "
                + columns.get(i)
                + " has mean "
                + mean[i]
                + " and deviation "
                + deviation[i]);
      }
    }
  }

  /**
   * Measures the training fold.
   *
   * @param table the features of the corpus
   * @param training the ids of the training fold; those without a row are passed over
   * @throws CorpusException if no id has a row, or a column has no finite value among them
   */
  public static ColumnStatistics fit(FeatureTable table, Collection<String> training)
      throws CorpusException {
    final int width = table.width();
    final long[] counts = new long[width];
    final double[] means = new double[width];
    final double[] squares = new double[width];
    long rows = 0;
    for (final String id : training) {
      if (!table.contains(id)) {
        continue;
      }
      rows++;
      final float[] row = table.row(id);
      for (int i = 0; i < width; i++) {
        if (Float.isFinite(row[i])) {
          counts[i]++;
          final double delta = row[i] - means[i];
          means[i] += delta / counts[i];
          squares[i] += delta * (row[i] - means[i]);
        }
      }
    }
    if (rows == 0) {
      throw new CorpusException(
          table.space().id()
              + " has no row for any of the "
              + training.size()
              + " training samples; check that the features belong to this corpus");
    }
    final float[] mean = new float[width];
    final float[] deviation = new float[width];
    for (int i = 0; i < width; i++) {
      if (counts[i] == 0) {
        throw new CorpusException(
            table.space().id()
                + ": column "
                + table.columns().get(i)
                + " has no finite value in the training fold; leave the column out");
      }
      mean[i] = (float) means[i];
      final double measured = Math.sqrt(squares[i] / counts[i]);
      // Below what a float can resolve at this mean the column is constant up to rounding.
      final boolean constant = !(measured > 1e-6 * Math.max(1e-6, Math.abs(means[i])));
      deviation[i] = constant ? 1f : (float) measured;
    }
    return new ColumnStatistics(table.space().id(), table.columns(), mean, deviation);
  }

  /**
   * Standardises one row.
   *
   * @param row as many values as there are columns; not changed
   * @param clip the largest magnitude that comes out, above 0
   */
  public float[] standardise(float[] row, float clip) {
    if (row.length != mean.length) {
      throw new IllegalArgumentException(
          space + ": " + row.length + " values where " + mean.length + " belong");
    }
    final float[] standard = new float[row.length];
    for (int i = 0; i < row.length; i++) {
      if (Float.isFinite(row[i])) {
        final float z = (row[i] - mean[i]) / deviation[i];
        standard[i] = Math.max(-clip, Math.min(clip, z));
      }
    }
    return standard;
  }

  @Override
  public float[] mean() {
    return mean.clone();
  }

  @Override
  public float[] deviation() {
    return deviation.clone();
  }
}
