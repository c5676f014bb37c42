package io.valence.training;

import io.valence.model.Modality;
import java.util.Arrays;

/**
 * Samples for the fusion model, standardised.
 *
 * @param values by modality (in the order of {@link Modality}), then by sample; null where absent
 * @param labels by sample, -3 to 3
 */
public record FusionData(float[][][] values, float[] labels) {

  public FusionData {
    if (values.length != Modality.values().length) {
      throw new IllegalArgumentException("a table for each of the three modalities");
    }
    for (final float[][] table : values) {
      if (table.length != labels.length) {
        throw new IllegalArgumentException("as many rows as labels in every table");
      }
    }
    for (final float label : labels) {
      if (!(Math.abs(label) <= 3)) {
        throw new IllegalArgumentException("label " + label + " is outside -3 to 3");
      }
    }
  }

  /** How many samples there are. */
  public int size() {
    return labels.length;
  }

  boolean present(final Modality modality, final int sample) {
    return values[modality.ordinal()][sample] != null;
  }

  /** Only these samples, in this order. */
  public FusionData select(final int... samples) {
    final float[][][] chosen = new float[values.length][samples.length][];
    final float[] chosenLabels = new float[samples.length];
    for (int i = 0; i < samples.length; i++) {
      chosenLabels[i] = labels[samples[i]];
      for (int modality = 0; modality < values.length; modality++) {
        chosen[modality][i] = values[modality][samples[i]];
      }
    }
    return new FusionData(chosen, chosenLabels);
  }

  /** The same samples with only these modalities. */
  public FusionData only(final java.util.Set<Modality> modalities) {
    final float[][][] kept = new float[values.length][][];
    for (final Modality modality : Modality.values()) {
      kept[modality.ordinal()] =
          modalities.contains(modality) ? values[modality.ordinal()] : new float[labels.length][];
    }
    return new FusionData(kept, labels);
  }

  /** These samples and then the others. */
  public FusionData and(final FusionData more) {
    final float[][][] all = new float[values.length][][];
    for (int modality = 0; modality < values.length; modality++) {
      all[modality] = Arrays.copyOf(values[modality], size() + more.size());
      System.arraycopy(more.values[modality], 0, all[modality], size(), more.size());
    }
    final float[] allLabels = Arrays.copyOf(labels, size() + more.size());
    System.arraycopy(more.labels, 0, allLabels, size(), more.size());
    return new FusionData(all, allLabels);
  }
}
