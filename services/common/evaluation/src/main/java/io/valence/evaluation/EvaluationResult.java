package io.valence.evaluation;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * What was measured of one way to predict (a bundle, with or without adapters).
 *
 * @param set the name of the evaluation set
 * @param samples how many samples it has
 * @param seeds the seeds of training, in order
 * @param subsets every subset of modalities that is not empty; the last is all of them
 * @param missingRates the curve over missing rates
 * @param coverage of the model's own intervals with all modalities, pooled over the seeds
 * @param calibration with all modalities, pooled over the seeds
 * @param labels the labels, for the plots
 * @param meanPrediction the mean prediction of the seeds with all modalities, for the plots
 * @param outputDeviation standard deviation of the predictions over that of the labels, the mean over
 *     the seeds; near 0 for a collapsed model
 */
public record EvaluationResult(
    String set,
    int samples,
    List<Long> seeds,
    List<Subset> subsets,
    List<MissingRate> missingRates,
    Optional<Coverage> coverage,
    List<CalibrationBin> calibration,
    double[] labels,
    double[] meanPrediction,
    double outputDeviation) {

  private static final int BINS = 10;

  /** The rates 0, 0.1, ... 0.9. */
  private static final int RATES = 10;

  public EvaluationResult {
    seeds = List.copyOf(seeds);
    subsets = List.copyOf(subsets);
    missingRates = List.copyOf(missingRates);
    calibration = List.copyOf(calibration);
  }

  /**
   * A model trained with one seed.
   *
   * @param seed of its training
   * @param predictor the model
   */
  public record Trained(long seed, Predictor predictor) {}

  /**
   * Evaluates the models of several seeds on every subset of modalities and every missing rate from
   * 0 to 0.9.
   *
   * @param set the samples
   * @param models at least one; the same architecture and data, different seeds
   * @param bootstrap how intervals are made; its seed also draws what is missing
   * @throws EvaluationException if a model gives other than one finite score a sample
   */
  public static EvaluationResult measure(
      EvaluationSet set, List<Trained> models, Bootstrap bootstrap) {
    if (models.isEmpty()) {
      throw new EvaluationException(set.name() + ": there is no model to evaluate");
    }
    final int modalities = set.modalities().size();
    final List<Subset> subsets = new ArrayList<>();
    // By size, then in the order of the modalities, so that all of them come last.
    for (int size = 1; size <= modalities; size++) {
      for (int bits = 1; bits < 1 << modalities; bits++) {
        if (Integer.bitCount(bits) == size) {
          subsets.add(subset(set, models, bootstrap, bits));
        }
      }
    }
    final List<MissingRate> missingRates = new ArrayList<>();
    for (int step = 0; step < RATES; step++) {
      missingRates.add(missing(set, models, bootstrap, step / (double) RATES));
    }
    return withAll(set, models, subsets, missingRates);
  }

  private static Subset subset(
      EvaluationSet set, List<Trained> models, Bootstrap bootstrap, int bits) {
    final List<String> names = new ArrayList<>();
    for (int i = 0; i < set.modalities().size(); i++) {
      if ((bits >> i & 1) == 1) {
        names.add(set.modalities().get(i));
      }
    }
    final boolean[][] presence = new boolean[set.size()][set.modalities().size()];
    int samples = 0;
    for (int i = 0; i < presence.length; i++) {
      boolean any = false;
      for (int m = 0; m < presence[i].length; m++) {
        presence[i][m] = (bits >> m & 1) == 1 && set.available()[i][m];
        any |= presence[i][m];
      }
      samples += any ? 1 : 0;
    }
    final List<double[]> predicted = new ArrayList<>();
    for (final Trained model : models) {
      predicted.add(model.predictor().predict(presence));
    }
    return new Subset(names, samples, SeedSummary.of(predicted, set.labels(), bootstrap));
  }

  private static MissingRate missing(
      EvaluationSet set, List<Trained> models, Bootstrap bootstrap, double rate) {
    final List<double[]> predicted = new ArrayList<>();
    for (int seed = 0; seed < models.size(); seed++) {
      // The same numbers are drawn at every rate: what is missing at 0.3 is missing at 0.4 too.
      final SplittableRandom random = new SplittableRandom(bootstrap.seed() + 7919L * seed);
      final boolean[][] presence = new boolean[set.size()][set.modalities().size()];
      for (int i = 0; i < presence.length; i++) {
        for (int m = 0; m < presence[i].length; m++) {
          presence[i][m] = random.nextDouble() >= rate && set.available()[i][m];
        }
      }
      predicted.add(models.get(seed).predictor().predict(presence));
    }
    return new MissingRate(rate, SeedSummary.of(predicted, set.labels(), bootstrap));
  }

  private static EvaluationResult withAll(
      EvaluationSet set,
      List<Trained> models,
      List<Subset> subsets,
      List<MissingRate> missingRates) {
    final int size = set.size();
    final double[] mean = new double[size];
    final double[] pooled = new double[size * models.size()];
    final double[] pooledLabels = new double[pooled.length];
    double[] pooledWidths = new double[pooled.length];
    double deviations = 0;
    for (int k = 0; k < models.size(); k++) {
      final Predictor predictor = models.get(k).predictor();
      final double[] predicted = predictor.predict(set.available());
      Metric.check(predicted, set.labels());
      final Optional<double[]> widths = predictor.halfWidths(set.available());
      for (int i = 0; i < size; i++) {
        mean[i] += predicted[i] / models.size();
      }
      System.arraycopy(predicted, 0, pooled, k * size, size);
      System.arraycopy(set.labels(), 0, pooledLabels, k * size, size);
      if (widths.isPresent() && pooledWidths.length > 0) {
        if (widths.get().length != size) {
          throw new EvaluationException(
              widths.get().length + " intervals for " + size + " samples");
        }
        System.arraycopy(widths.get(), 0, pooledWidths, k * size, size);
      } else {
        pooledWidths = new double[0];
      }
      deviations += deviation(predicted) / models.size();
    }
    return new EvaluationResult(
        set.name(),
        size,
        models.stream().map(Trained::seed).toList(),
        subsets,
        missingRates,
        pooledWidths.length == 0
            ? Optional.empty()
            : Optional.of(Coverage.pooled(pooled, pooledWidths, pooledLabels, models.size())),
        CalibrationBin.pooled(pooled, pooledLabels, pooledWidths, BINS, models.size()),
        set.labels().clone(),
        mean,
        deviations / deviation(set.labels()));
  }

  private static double deviation(double[] values) {
    double mean = 0;
    for (final double value : values) {
      mean += value / values.length;
    }
    double squares = 0;
    for (final double value : values) {
      squares += (value - mean) * (value - mean);
    }
    return Math.sqrt(squares / values.length);
  }

  /** The results with every modality. */
  public SeedSummary full() {
    return subsets.get(subsets.size() - 1).summary();
  }
}
