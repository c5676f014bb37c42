package io.valence.training;

import io.valence.model.BundleDescription.Normalisation;
import io.valence.model.Standardiser;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Mean and deviation of the training fold, and their use. */
final class Normalisations {

  /** Standardised values beyond this many deviations are taken for mistakes of an extractor. */
  static final double CLIP = 6;

  private Normalisations() {}

  /**
   * Measures each column over the finite values of the rows that are there.
   *
   * @param rows null where absent
   * @return 0 and 1 for columns without a finite value, deviation 1 for columns that do not vary
   */
  static Normalisation fit(final float[][] rows, final int width) {
    final double[] mean = new double[width];
    final double[] squares = new double[width];
    final long[] counts = new long[width];
    for (final float[] row : rows) {
      for (int i = 0; row != null && i < width; i++) {
        if (Float.isFinite(row[i])) {
          counts[i]++;
          final double step = row[i] - mean[i];
          mean[i] += step / counts[i];
          squares[i] += step * (row[i] - mean[i]);
        }
      }
    }
    final double[] deviation = new double[width];
    for (int i = 0; i < width; i++) {
      final double measured = counts[i] == 0 ? 0 : Math.sqrt(squares[i] / counts[i]);
      // Below what a float resolves at this mean the column is constant up to rounding.
      final boolean constant = !(measured > 1e-6 * Math.max(1e-6, Math.abs(mean[i])));
      deviation[i] = constant ? 1 : measured;
    }
    return Normalisation.of(mean, deviation);
  }

  /** The normalisation that changes nothing: for spaces without any training data. */
  static Normalisation identity(final int width) {
    final double[] ones = new double[width];
    Arrays.fill(ones, 1);
    return Normalisation.of(new double[width], ones);
  }

  /** Standardised copies; a value that is not finite becomes the mean, an absent row stays so. */
  static float[][] apply(final Normalisation normalisation, final float[][] rows) {
    final Standardiser standardiser = normalisation.standardiser(CLIP);
    final List<float[]> standardised = new ArrayList<>();
    for (final float[] row : rows) {
      if (row == null) {
        standardised.add(null);
        continue;
      }
      final float[] whole = row.clone();
      for (int i = 0; i < whole.length; i++) {
        if (!Float.isFinite(whole[i])) {
          whole[i] = normalisation.mean().get(i).floatValue();
        }
      }
      standardised.add(standardiser.standardise(whole));
    }
    return standardised.toArray(float[][]::new);
  }
}
