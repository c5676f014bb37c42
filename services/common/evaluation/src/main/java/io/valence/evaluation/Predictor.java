package io.valence.evaluation;

import java.util.Optional;

/**
 * A trained model as the evaluation sees it: which modalities of each sample may be looked at goes
 * in, scores come out. The samples themselves stay with the caller.
 */
@FunctionalInterface
public interface Predictor {

  /**
   * Scores every sample of the evaluation set.
   *
   * @param presence by sample and modality: whether the model may see it. A row may be all false: the
   *     model then gives what it says when it knows nothing
   * @return a finite score a sample
   */
  double[] predict(boolean[][] presence);

  /**
   * Half the width of the interval that the model gives around each score, where it gives one.
   *
   * @param presence as for {@link #predict}
   * @return a number a sample, at least 0, or nothing
   */
  default Optional<double[]> halfWidths(boolean[][] presence) {
    return Optional.empty();
  }
}
