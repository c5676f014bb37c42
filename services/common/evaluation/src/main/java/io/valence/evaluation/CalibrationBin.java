package io.valence.evaluation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Samples with similar predictions, and what their labels were: for a calibrated model the two means
 * are equal.
 *
 * @param lowest prediction in the bin
 * @param highest prediction in the bin
 * @param samples how many
 * @param meanPredicted mean prediction
 * @param meanActual mean label
 * @param standardError of the mean label; NaN for one sample
 * @param covered share of labels inside the model's own intervals; NaN where it gives none
 */
public record CalibrationBin(
    double lowest,
    double highest,
    int samples,
    double meanPredicted,
    double meanActual,
    double standardError,
    double covered) {

  /**
   * Divides the samples by prediction into bins of equal size (up to one sample).
   *
   * @param predicted a score a sample
   * @param actual the labels
   * @param halfWidths half the width of each interval, or an empty array where there are none
   * @param bins how many, at most as many as there are samples
   */
  public static List<CalibrationBin> of(
      double[] predicted, double[] actual, double[] halfWidths, int bins) {
    return pooled(predicted, actual, halfWidths, bins, 1);
  }

  /** Of several models' predictions of the same samples; they add nothing to the standard error. */
  static List<CalibrationBin> pooled(
      double[] predicted, double[] actual, double[] halfWidths, int bins, int models) {
    Metric.check(predicted, actual);
    if (halfWidths.length != 0 && halfWidths.length != actual.length) {
      throw new EvaluationException(
          halfWidths.length + " intervals for " + actual.length + " samples");
    }
    final int count = Math.min(bins, actual.length);
    final Integer[] order = new Integer[actual.length];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, Comparator.comparingDouble(i -> predicted[i]));
    final List<CalibrationBin> result = new ArrayList<>(count);
    for (int bin = 0; bin < count; bin++) {
      final int from = (int) ((long) bin * order.length / count);
      final int to = (int) ((long) (bin + 1) * order.length / count);
      double sumPredicted = 0;
      double sumActual = 0;
      int inside = 0;
      for (int i = from; i < to; i++) {
        final int sample = order[i];
        sumPredicted += predicted[sample];
        sumActual += actual[sample];
        if (halfWidths.length != 0
            && Math.abs(predicted[sample] - actual[sample]) <= halfWidths[sample]) {
          inside++;
        }
      }
      final int size = to - from;
      final double mean = sumActual / size;
      double squares = 0;
      for (int i = from; i < to; i++) {
        squares += (actual[order[i]] - mean) * (actual[order[i]] - mean);
      }
      result.add(
          new CalibrationBin(
              predicted[order[from]],
              predicted[order[to - 1]],
              size,
              sumPredicted / size,
              mean,
              size < 2
                  ? Double.NaN
                  : Math.sqrt(squares / (size - 1) / Math.max(1.0, (double) size / models)),
              halfWidths.length == 0 ? Double.NaN : (double) inside / size));
    }
    return result;
  }
}
