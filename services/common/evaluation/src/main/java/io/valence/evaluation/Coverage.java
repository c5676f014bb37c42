package io.valence.evaluation;

/**
 * How often the label lay inside the interval that a model gave.
 *
 * @param samples how many intervals were judged
 * @param covered the share that held the label
 * @param low lower end of the 95 per cent Wilson interval of that share
 * @param high its upper end
 * @param meanHalfWidth how wide the intervals were, halved, in units of the label
 */
public record Coverage(int samples, double covered, double low, double high, double meanHalfWidth) {

  private static final double Z95 = 1.959963984540054;

  /**
   * Counts the labels inside their intervals; a label at an interval's end is inside.
   *
   * @param predicted a score a sample
   * @param halfWidths half the width of each interval, at least 0
   * @param actual the labels
   */
  public static Coverage of(double[] predicted, double[] halfWidths, double[] actual) {
    return pooled(predicted, halfWidths, actual, 1);
  }

  /**
   * Of several models' predictions of the same samples, one model after the other: the share is that
   * of all, its uncertainty that of the samples, which more models do not add to.
   */
  static Coverage pooled(double[] predicted, double[] halfWidths, double[] actual, int models) {
    Metric.check(predicted, actual);
    if (halfWidths.length != actual.length) {
      throw new EvaluationException(
          halfWidths.length + " intervals for " + actual.length + " samples");
    }
    int inside = 0;
    double width = 0;
    for (int i = 0; i < actual.length; i++) {
      if (!(halfWidths[i] >= 0)) {
        throw new EvaluationException("sample " + i + " has an interval of width " + halfWidths[i]);
      }
      inside += Math.abs(predicted[i] - actual[i]) <= halfWidths[i] ? 1 : 0;
      width += halfWidths[i];
    }
    final double n = (double) actual.length / models;
    final double share = (double) inside / actual.length;
    // Wilson (1927): right also near 1, where the usual interval leaves the range.
    final double centre = (share + Z95 * Z95 / (2 * n)) / (1 + Z95 * Z95 / n);
    final double spread =
        Z95 * Math.sqrt(share * (1 - share) / n + Z95 * Z95 / (4 * n * n)) / (1 + Z95 * Z95 / n);
    return new Coverage(
        actual.length / models,
        share,
        Math.max(0, centre - spread),
        Math.min(1, centre + spread),
        width / actual.length);
  }
}
