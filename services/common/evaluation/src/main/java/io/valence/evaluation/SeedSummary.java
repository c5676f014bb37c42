package io.valence.evaluation;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * One measurement repeated with several seeds of training.
 *
 * @param seeds how many
 * @param mean the mean of each measure over the seeds, with its bootstrap interval over the samples
 * @param deviation the sample standard deviation (n - 1) of each measure over the seeds; NaN for one
 * @param perSeed each seed's values, in the order given
 */
public record SeedSummary(
    int seeds,
    Map<Metric, Interval> mean,
    Map<Metric, Double> deviation,
    List<Map<Metric, Double>> perSeed) {

  /** How many seeds a headline takes at least. */
  public static final int SEEDS_FOR_HEADLINE = 5;

  public SeedSummary {
    mean = Map.copyOf(mean);
    deviation = Map.copyOf(deviation);
    perSeed = List.copyOf(perSeed);
  }

  /**
   * Sums up the predictions of several seeds for the same samples.
   *
   * @param predicted by seed: a score a sample
   * @param actual the labels
   */
  public static SeedSummary of(List<double[]> predicted, double[] actual, Bootstrap bootstrap) {
    final Map<Metric, Interval> mean = bootstrap.meanIntervals(predicted, actual);
    final List<Map<Metric, Double>> perSeed =
        predicted.stream()
            .map(
                model -> {
                  final Map<Metric, Double> values = new EnumMap<>(Metric.class);
                  for (final Metric metric : Metric.values()) {
                    values.put(metric, metric.of(model, actual));
                  }
                  return values;
                })
            .toList();
    final Map<Metric, Double> deviation = new EnumMap<>(Metric.class);
    for (final Metric metric : Metric.values()) {
      final double[] values = perSeed.stream().mapToDouble(seed -> seed.get(metric)).toArray();
      deviation.put(metric, deviation(values));
    }
    return new SeedSummary(predicted.size(), mean, deviation, perSeed);
  }

  private static double deviation(double[] values) {
    if (values.length < 2) {
      return Double.NaN;
    }
    double mean = 0;
    for (final double value : values) {
      mean += value / values.length;
    }
    double squares = 0;
    for (final double value : values) {
      squares += (value - mean) * (value - mean);
    }
    return Math.sqrt(squares / (values.length - 1));
  }

  /**
   * The mean of a measure as a result that may be quoted.
   *
   * @throws EvaluationException with fewer than {@link #SEEDS_FOR_HEADLINE} seeds: one lucky seed is
   *     no result
   */
  public Interval headline(Metric metric) {
    if (seeds < SEEDS_FOR_HEADLINE) {
      throw new EvaluationException(
          seeds
              + (seeds == 1 ? " seed is" : " seeds are")
              + " too few for a headline: train with at least "
              + SEEDS_FOR_HEADLINE);
    }
    return mean.get(metric);
  }
}
