package io.valence.evaluation;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Percentile bootstrap intervals (Efron and Tibshirani, 1993, chapter 13): samples are drawn with
 * replacement, the measure is taken of each draw, and the interval runs between the quantiles.
 * Quantiles are interpolated linearly, as NumPy does by default. The same seed gives the same
 * interval.
 *
 * @param resamples how many draws, at least 1,000
 * @param level of confidence, between 0 and 1
 * @param seed of the random draws
 */
public record Bootstrap(int resamples, double level, long seed) {

  private static final int FEWEST = 1000;

  /** 2,000 draws, 95 per cent. */
  public static final Bootstrap DEFAULT = new Bootstrap(2000, 0.95, 20260101L);

  public Bootstrap {
    if (resamples < FEWEST || !(level > 0 && level < 1)) {
      throw new IllegalArgumentException(
          "at least "
              + FEWEST
              + " resamples and a level between 0 and 1: "
              + resamples
              + ", "
              + level);
    }
  }

  /** The intervals of every measure for one set of predictions. */
  public Map<Metric, Interval> intervals(double[] predicted, double[] actual) {
    return meanIntervals(List.of(predicted), actual);
  }

  /**
   * The intervals of the mean of each measure over several models (seeds) that predict the same
   * samples. Each draw takes the same samples for all of them, so the interval speaks of the samples;
   * how much the seeds differ is told apart from it by their standard deviation.
   *
   * <p>A draw in which a measure is undefined (all labels equal) is left out of its quantiles.
   *
   * @param predicted by model: a finite number a sample
   * @param actual the labels
   * @throws EvaluationException if lengths differ, there is nothing, or a number is not finite
   */
  public Map<Metric, Interval> meanIntervals(List<double[]> predicted, double[] actual) {
    if (predicted.isEmpty()) {
      throw new EvaluationException("there are no predictions to evaluate");
    }
    for (final double[] model : predicted) {
      Metric.check(model, actual);
    }
    final Metric[] metrics = Metric.values();
    final double[][] draws = new double[metrics.length][resamples];
    final SplittableRandom random = new SplittableRandom(seed);
    final int[] chosen = new int[actual.length];
    final List<Resampler> resamplers =
        predicted.stream().map(model -> new Resampler(model, actual)).toList();
    final double[] sums = new double[metrics.length];
    for (int draw = 0; draw < resamples; draw++) {
      for (int i = 0; i < chosen.length; i++) {
        chosen[i] = random.nextInt(chosen.length);
      }
      Arrays.fill(sums, 0);
      for (final Resampler resampler : resamplers) {
        resampler.addMeasures(chosen, sums);
      }
      for (int m = 0; m < metrics.length; m++) {
        draws[m][draw] = sums[m] / resamplers.size();
      }
    }
    final int[] all = Metric.all(actual.length);
    final Map<Metric, Interval> intervals = new EnumMap<>(Metric.class);
    for (int m = 0; m < metrics.length; m++) {
      final double value = mean(metrics[m], predicted, actual, all);
      final double[] defined =
          Arrays.stream(draws[m]).filter(draw -> !Double.isNaN(draw)).sorted().toArray();
      intervals.put(
          metrics[m],
          Double.isNaN(value) || defined.length == 0
              ? new Interval(Double.NaN, Double.NaN, Double.NaN)
              : new Interval(
                  value, quantile(defined, (1 - level) / 2), quantile(defined, (1 + level) / 2)));
    }
    return intervals;
  }

  /**
   * The interval of a mean. The draws are those of {@link #intervals}: the mean of the absolute errors
   * has the interval of {@link Metric#MAE}.
   *
   * @param values at least one, finite
   * @throws EvaluationException if there is none, or one is not finite
   */
  public Interval intervalOfMean(double[] values) {
    Metric.check(values, values);
    final SplittableRandom random = new SplittableRandom(seed);
    final double[] draws = new double[resamples];
    for (int draw = 0; draw < resamples; draw++) {
      double sum = 0;
      for (int i = 0; i < values.length; i++) {
        sum += values[random.nextInt(values.length)];
      }
      draws[draw] = sum / values.length;
    }
    Arrays.sort(draws);
    return new Interval(
        Arrays.stream(values).sum() / values.length,
        quantile(draws, (1 - level) / 2),
        quantile(draws, (1 + level) / 2));
  }

  private static double mean(
      Metric metric, List<double[]> predicted, double[] actual, int[] chosen) {
    double sum = 0;
    for (final double[] model : predicted) {
      sum += metric.compute(model, actual, chosen);
    }
    return sum / predicted.size();
  }

  static double quantile(double[] sorted, double share) {
    final double position = share * (sorted.length - 1);
    final int below = (int) Math.floor(position);
    final int above = Math.min(sorted.length - 1, below + 1);
    return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
  }
}
