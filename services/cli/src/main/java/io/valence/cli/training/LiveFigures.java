package io.valence.cli.training;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.valence.evaluation.Metric;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** How far the scores of segments lie from their labels. */
final class LiveFigures {

  private final List<Double> labels = new ArrayList<>();
  private final List<Double> scores = new ArrayList<>();
  private int unheard;

  /**
   * Counts a segment.
   *
   * @param label −3 to +3
   * @param score −3 to +3; NaN if no window heard a word of it
   */
  void add(final double label, final double score) {
    if (Double.isNaN(score)) {
      unheard++;
    } else {
      labels.add(label);
      scores.add(score);
    }
  }

  /** How many segments have a score. */
  int segments() {
    return labels.size();
  }

  private double of(final Metric metric) {
    return metric.of(array(scores), array(labels));
  }

  private static double[] array(final List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }

  /** Puts the figures into an object of JSON. */
  void putInto(final ObjectNode node) {
    node.put("segments", segments());
    node.put("withoutWords", unheard);
    for (final Metric metric : List.of(Metric.PEARSON, Metric.MAE, Metric.ACCURACY_2_NON_ZERO)) {
      node.put(metric.name(), of(metric));
    }
  }

  /** The figures in words. */
  String line() {
    return String.format(
        Locale.ROOT,
        "r %.4f, MAE %.3f, Acc-2 (neg/pos) %.1f %%%s",
        of(Metric.PEARSON),
        of(Metric.MAE),
        100 * of(Metric.ACCURACY_2_NON_ZERO),
        unheard == 0 ? "" : "; " + unheard + " segments have no words in any window");
  }
}
