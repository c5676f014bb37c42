package io.valence.evaluation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
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

  /**
   * Draws trainings side by side: the losses into {@code training-loss.png}, r and the output's
   * deviation on the validation fold into {@code training-quality.png}.
   *
   * @param curves at least one, each with its own name
   * @param folder an existing folder
   */
  public static void draw(final List<TrainingCurve> curves, final Path folder) throws IOException {
    Plots.trainingCurves(
        curves, folder.resolve("training-loss.png"), folder.resolve("training-quality.png"));
  }
}
