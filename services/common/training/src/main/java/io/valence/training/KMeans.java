package io.valence.training;

import java.util.Random;

/** Lloyd's k-means from a k-means++ start (Arthur and Vassilvitskii, 2007). */
final class KMeans {

  private static final int ROUNDS = 25;

  private KMeans() {}

  /** At most {@code count} centres of the rows. */
  static float[][] centres(final float[][] rows, final int count, final Random random) {
    final int clusters = Math.min(count, rows.length);
    final float[][] centres = new float[clusters][];
    centres[0] = rows[random.nextInt(rows.length)].clone();
    final double[] distances = new double[rows.length];
    for (int centre = 1; centre < clusters; centre++) {
      double sum = 0;
      for (int row = 0; row < rows.length; row++) {
        final double distance = distance(rows[row], centres[centre - 1]);
        distances[row] = centre == 1 ? distance : Math.min(distances[row], distance);
        sum += distances[row];
      }
      double place = random.nextDouble() * sum;
      int chosen = 0;
      while (chosen < rows.length - 1 && place >= distances[chosen]) {
        place -= distances[chosen++];
      }
      centres[centre] = rows[chosen].clone();
    }
    for (int round = 0; round < ROUNDS; round++) {
      final double[][] sums = new double[clusters][rows[0].length];
      final int[] members = new int[clusters];
      for (final float[] row : rows) {
        final int centre = nearest(centres, row);
        members[centre]++;
        for (int i = 0; i < row.length; i++) {
          sums[centre][i] += row[i];
        }
      }
      for (int centre = 0; centre < clusters; centre++) {
        for (int i = 0; members[centre] > 0 && i < sums[centre].length; i++) {
          centres[centre][i] = (float) (sums[centre][i] / members[centre]);
        }
      }
    }
    return centres;
  }

  /** The number of the centre nearest to a row. */
  static int nearest(final float[][] centres, final float[] row) {
    int best = 0;
    double least = Double.POSITIVE_INFINITY;
    for (int centre = 0; centre < centres.length; centre++) {
      final double distance = distance(centres[centre], row);
      if (distance < least) {
        least = distance;
        best = centre;
      }
    }
    return best;
  }

  private static double distance(final float[] x, final float[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      final double difference = (double) x[i] - y[i];
      sum += difference * difference;
    }
    return sum;
  }
}
