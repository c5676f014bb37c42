package io.valence.evaluation;

import java.util.List;
import java.util.Objects;

/**
 * The samples that models are judged on.
 *
 * @param name for the report, for instance "CMU-MOSI test fold"
 * @param modalities their names, in the order of the model's mask
 * @param labels by sample, -3 to 3
 * @param available by sample and modality: whether the sample has it at all
 */
public record EvaluationSet(
    String name, List<String> modalities, double[] labels, boolean[][] available) {

  public EvaluationSet {
    Objects.requireNonNull(name, "name");
    modalities = List.copyOf(modalities);
    if (modalities.isEmpty() || modalities.size() > 16) {
      throw new IllegalArgumentException("from 1 to 16 modalities: " + modalities);
    }
    if (labels.length == 0 || available.length != labels.length) {
      throw new EvaluationException(
          name + ": " + labels.length + " labels, " + available.length + " rows of modalities");
    }
    for (final boolean[] row : available) {
      if (row.length != modalities.size()) {
        throw new IllegalArgumentException(
            name + ": a row of " + row.length + " for the modalities " + modalities);
      }
    }
  }

  /** How many samples there are. */
  public int size() {
    return labels.length;
  }
}
