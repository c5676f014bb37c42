package io.valence.evaluation;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;

/**
 * How a bundle errs on segments that have something in common. All but the correlation and the share
 * are in units of the label (-3 to 3); intervals are 95 per cent bootstrap intervals over the
 * segments, that of the share is Wilson's.
 *
 * @param name what they have in common, for tables
 * @param samples how many, at least 0
 * @param pearson correlation of score and label, from {@link #FEWEST_FOR_PEARSON} segments on
 * @param mae mean absolute error, this and the following from {@link #FEWEST} segments on
 * @param bias mean of score minus label: positive where sentiment is overestimated
 * @param meanScore mean score
 * @param meanLabel mean label
 * @param covered share of labels inside their intervals, 0 to 1
 */
public record ErrorGroup(
    String name,
    int samples,
    Estimate pearson,
    Estimate mae,
    Estimate bias,
    Estimate meanScore,
    Estimate meanLabel,
    Estimate covered) {

  /** A bootstrap of fewer samples gives intervals that are too narrow to be shown. */
  public static final int FEWEST = 10;

  /** A correlation says little about fewer. */
  public static final int FEWEST_FOR_PEARSON = 20;

  public ErrorGroup {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(pearson, "pearson");
    Objects.requireNonNull(mae, "mae");
    Objects.requireNonNull(bias, "bias");
    Objects.requireNonNull(meanScore, "meanScore");
    Objects.requireNonNull(meanLabel, "meanLabel");
    Objects.requireNonNull(covered, "covered");
    if (samples < 0) {
      throw new IllegalArgumentException(name + " has " + samples + " samples");
    }
    if (samples < FEWEST && mae.interval().isPresent()) {
      throw new IllegalArgumentException(name + ": " + samples + " samples are too few");
    }
  }

  static ErrorGroup of(String name, List<JudgedSegment> segments, Bootstrap bootstrap) {
    final int samples = segments.size();
    return new ErrorGroup(
        name,
        samples,
        samples < FEWEST_FOR_PEARSON
            ? tooFew(samples)
            : measured(segments, bootstrap).get(Metric.PEARSON),
        mean(segments, bootstrap, segment -> Math.abs(segment.error())),
        mean(segments, bootstrap, JudgedSegment::error),
        mean(segments, bootstrap, JudgedSegment::score),
        mean(segments, bootstrap, JudgedSegment::label),
        covered(segments));
  }

  /** Every measure over the segments; where one has no value, why. */
  static Map<Metric, Estimate> measured(List<JudgedSegment> segments, Bootstrap bootstrap) {
    final double[] scores = values(segments, JudgedSegment::score);
    final double[] labels = values(segments, JudgedSegment::label);
    final Map<Metric, Interval> intervals = bootstrap.intervals(scores, labels);
    final Map<Metric, Estimate> estimates = new EnumMap<>(Metric.class);
    for (final Metric metric : Metric.values()) {
      final int fewest = metric == Metric.PEARSON ? FEWEST_FOR_PEARSON : FEWEST;
      final Interval interval = intervals.get(metric);
      estimates.put(
          metric,
          labels.length < fewest
              ? tooFew(labels.length)
              : interval.defined() ? Estimate.of(interval) : Estimate.absent(reason(labels)));
    }
    return estimates;
  }

  private static String reason(double[] labels) {
    for (final double label : labels) {
      if (label != labels[0]) {
        return "undefined: all scores are equal";
      }
    }
    return "undefined: all labels are equal";
  }

  static Estimate mean(
      List<JudgedSegment> segments, Bootstrap bootstrap, ToDoubleFunction<JudgedSegment> value) {
    return segments.size() < FEWEST
        ? tooFew(segments.size())
        : Estimate.of(bootstrap.intervalOfMean(values(segments, value)));
  }

  static Estimate covered(List<JudgedSegment> segments) {
    if (segments.size() < FEWEST) {
      return tooFew(segments.size());
    }
    final Coverage coverage =
        Coverage.of(
            values(segments, JudgedSegment::score),
            values(segments, JudgedSegment::halfWidth),
            values(segments, JudgedSegment::label));
    return Estimate.of(new Interval(coverage.covered(), coverage.low(), coverage.high()));
  }

  private static Estimate tooFew(int samples) {
    return Estimate.absent(samples == 0 ? "none" : "too few: " + samples);
  }

  private static double[] values(
      List<JudgedSegment> segments, ToDoubleFunction<JudgedSegment> value) {
    return segments.stream().mapToDouble(value).toArray();
  }
}
