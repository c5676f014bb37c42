package io.valence.training;

import io.valence.model.Modality;
import java.util.Random;

/**
 * Made-up samples in which sentiment is planted: a hidden value for each modality shows in its
 * features along a fixed direction among noise, and the label is their sum with noise of its own. How
 * well anything can predict the label is known.
 */
final class PlantedSentiment {

  private static final double LABEL_NOISE = 0.5;
  private static final double FEATURE_NOISE = 0.3;

  private final int[] widths;
  private final float[][] directions;

  PlantedSentiment(final long seed, final int... widths) {
    final Random random = new Random(seed);
    this.widths = widths;
    this.directions = new float[widths.length][];
    for (int modality = 0; modality < widths.length; modality++) {
      directions[modality] = new float[widths[modality]];
      for (int i = 0; i < widths[modality]; i++) {
        directions[modality][i] = (float) random.nextGaussian();
      }
    }
  }

  FusionData samples(final int count, final long seed) {
    final Random random = new Random(seed);
    final float[][][] values = new float[widths.length][count][];
    final float[] labels = new float[count];
    for (int sample = 0; sample < count; sample++) {
      double sum = 0;
      for (int modality = 0; modality < widths.length; modality++) {
        final double hidden = random.nextGaussian();
        sum += 0.6 * hidden;
        final float[] row = new float[widths[modality]];
        for (int i = 0; i < row.length; i++) {
          row[i] =
              (float) (directions[modality][i] * hidden + FEATURE_NOISE * random.nextGaussian());
        }
        values[modality][sample] = row;
      }
      final double label = sum + LABEL_NOISE * random.nextGaussian();
      labels[sample] = (float) Math.max(-3, Math.min(3, label));
    }
    return new FusionData(values, labels);
  }

  /** The r of the hidden sum itself with the label: no model can be better on average. */
  static double ceiling() {
    final double signal = Modality.values().length * 0.36;
    return Math.sqrt(signal / (signal + LABEL_NOISE * LABEL_NOISE));
  }
}
