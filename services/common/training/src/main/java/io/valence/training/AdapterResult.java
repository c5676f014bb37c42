package io.valence.training;

/**
 * How an adapter does on the validation fold.
 *
 * @param objective it was trained towards
 * @param model the adapter
 * @param targetError mean squared error to the true features of the same segments, in deviations of
 *     the target space; NaN if there are no pairs. Always giving the mean has 1
 * @param varianceKept mean over the columns of the output's variance by the target's; near 0 means
 *     that the output has collapsed
 * @param correlation Pearson's r of the base model's score on adapted features with the labels; NaN
 *     if there is no base model
 */
public record AdapterResult(
    AdapterObjective objective,
    AdapterModel model,
    double targetError,
    double varianceKept,
    double correlation) {

  /** A line for a table. */
  public String row() {
    return "%-13s %12s %13.3f %12s"
        .formatted(objective.label(), number(targetError), varianceKept, number(correlation));
  }

  /** The heading of such a table. */
  public static String heading() {
    return "%-13s %12s %13s %12s"
        .formatted("objective", "target error", "variance kept", "downstream r");
  }

  private static String number(final double value) {
    return Double.isNaN(value) ? "-" : "%.3f".formatted(value);
  }
}
