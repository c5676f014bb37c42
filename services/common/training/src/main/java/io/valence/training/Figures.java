package io.valence.training;

import io.valence.evaluation.Bootstrap;
import io.valence.evaluation.Interval;
import io.valence.evaluation.Metric;
import io.valence.evaluation.SeedSummary;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Measured figures in the forms that bundles and cards need. */
final class Figures {

  private Figures() {}

  static double[] doubles(final float[] values) {
    final double[] doubles = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }

  static SeedSummary summary(final List<float[]> scores, final float[] labels) {
    return SeedSummary.of(
        scores.stream().map(Figures::doubles).toList(), doubles(labels), Bootstrap.DEFAULT);
  }

  /** Mean, interval and deviation of every measure, for {@code bundle.json}. */
  static Map<String, Object> map(final SeedSummary summary) {
    final Map<String, Object> all = new LinkedHashMap<>();
    all.put("seeds", summary.seeds());
    for (final Metric metric : Metric.values()) {
      final Interval interval = summary.mean().get(metric);
      if (interval.defined()) {
        final Map<String, Object> one = new LinkedHashMap<>();
        one.put("mean", rounded(interval.value()));
        one.put("low", rounded(interval.low()));
        one.put("high", rounded(interval.high()));
        if (summary.seeds() > 1) {
          final List<Double> perSeed = new ArrayList<>();
          summary.perSeed().forEach(seed -> perSeed.add(rounded(seed.get(metric))));
          one.put("deviationOverSeeds", rounded(summary.deviation().get(metric)));
          one.put("perSeed", perSeed);
        }
        all.put(metric.key(), one);
      }
    }
    return all;
  }

  static double rounded(final double value) {
    return Math.round(value * 1e4) / 1e4;
  }

  /** A value with its interval, shares in per cent. */
  static String cell(final SeedSummary summary, final Metric metric) {
    final Interval interval = summary.mean().get(metric);
    if (!interval.defined()) {
      return "-";
    }
    final double factor = metric.isShare() ? 100 : 1;
    final String form = metric.isShare() ? "%.1f [%.1f, %.1f] %%" : "%.3f [%.3f, %.3f]";
    return String.format(
        Locale.ROOT,
        form,
        interval.value() * factor,
        interval.low() * factor,
        interval.high() * factor);
  }

  /** A Markdown table: one column for each summary. */
  static String table(final Map<String, SeedSummary> columns) {
    final StringBuilder text = new StringBuilder("| |");
    columns.keySet().forEach(name -> text.append(' ').append(name).append(" |"));
    text.append("\n|---|").append("---|".repeat(columns.size())).append('\n');
    for (final Metric metric : Metric.values()) {
      text.append("| ").append(metric.label()).append(" |");
      columns.values().forEach(s -> text.append(' ').append(cell(s, metric)).append(" |"));
      text.append('\n');
    }
    return text.toString();
  }
}
