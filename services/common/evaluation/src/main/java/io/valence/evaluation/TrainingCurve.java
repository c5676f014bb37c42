package io.valence.evaluation;

import java.util.Objects;

/**
 * How a training went, epoch by epoch; all four have one value an epoch.
 *
 * @param name of the model and its seed
 * @param trainingLoss the loss on the training fold
 * @param validationLoss the loss on the validation fold
 * @param validationPearson Pearson's r on the validation fold; NaN where the output was constant
 * @param outputDeviation standard deviation of the output over that of the labels on the validation
 *     fold: a fall towards 0 is a collapse
 */
public record TrainingCurve(
    String name,
    double[] trainingLoss,
    double[] validationLoss,
    double[] validationPearson,
    double[] outputDeviation) {

  public TrainingCurve {
    Objects.requireNonNull(name, "name");
    if (trainingLoss.length == 0
        || validationLoss.length != trainingLoss.length
        || validationPearson.length != trainingLoss.length
        || outputDeviation.length != trainingLoss.length) {
      throw new IllegalArgumentException(name + ": one value of each kind an epoch, at least one");
    }
  }

  /** How many epochs there were. */
  public int epochs() {
    return trainingLoss.length;
  }
}
