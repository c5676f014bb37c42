package io.valence.evaluation;

import java.util.List;

/**
 * Results with only some of the modalities shown to the model.
 *
 * @param modalities the ones shown, in the order of the model
 * @param samples how many samples have at least one of them; the others were scored with nothing
 * @param summary over the seeds, over all samples
 */
public record Subset(List<String> modalities, int samples, SeedSummary summary) {

  public Subset {
    modalities = List.copyOf(modalities);
  }

  /** The names joined for tables, for instance {@code audio + text}. */
  public String label() {
    return String.join(" + ", modalities);
  }
}
