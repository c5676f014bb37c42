package io.valence.training;

import io.valence.corpora.Fold;
import io.valence.corpora.Segment;
import io.valence.evaluation.Bootstrap;
import io.valence.evaluation.Interval;
import io.valence.evaluation.Metric;
import io.valence.evaluation.SeedSummary;
import io.valence.evaluation.TrainingCurve;
import io.valence.model.BundleDescription.Calibration;
import io.valence.model.BundleDescription.Kind;
import io.valence.model.BundleDescription.Normalisation;
import io.valence.model.BundleException;
import io.valence.model.Modality;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Phase 1 of the methodology: trains the base model on a corpus, one network a seed, and writes the
 * mean of them as a bundle.
 */
public final class BaseTraining {

  private final CorpusFeatures features;
  private final FusionOptions options;
  private final Consumer<String> log;

  /**
   * @param features corpus and feature tables
   * @param options of every network; their seed is replaced
   * @param log hears one line an epoch
   */
  public BaseTraining(
      final CorpusFeatures features, final FusionOptions options, final Consumer<String> log) {
    this.features = features;
    this.options = options;
    this.log = log;
  }

  /**
   * What came out.
   *
   * @param validation figures of the single networks on the validation fold
   * @param curves of the trainings, one a seed
   * @param informative the modalities that take part in the bundle's scores
   */
  public record Result(
      SeedSummary validation, List<TrainingCurve> curves, Set<Modality> informative) {}

  /**
   * Trains and writes.
   *
   * @param id of the bundle
   * @param seeds one network each
   * @param folder of the bundle
   * @throws TrainingInputException if the corpus cannot be trained on
   */
  public Result run(final String id, final List<Long> seeds, final Path folder)
      throws IOException, BundleException {
    features.check();
    final List<Segment> training = features.segments(Fold.TRAIN);
    final List<Segment> validation = features.segments(Fold.VALIDATION);
    final Map<Modality, Normalisation> fitted = features.fit(training);
    final FusionData trainingData = features.data(training, fitted);
    final FusionData validationData = features.data(validation, fitted);
    final int[] widths = new int[Modality.values().length];
    for (final Modality modality : Modality.values()) {
      widths[modality.ordinal()] = features.space(modality).size();
    }
    final List<FusionModel> members = new ArrayList<>();
    final List<TrainingCurve> curves = new ArrayList<>();
    final double spread = Statistics.deviation(validationData.labels());
    for (final long seed : seeds) {
      final List<EpochReport> epochs = new ArrayList<>();
      final FusionModel member =
          FusionTrainer.train(
              widths,
              trainingData,
              validationData,
              options.withSeed(seed),
              epoch -> {
                epochs.add(epoch);
                log.accept(line(seed, epoch));
              });
      curves.add(curve("seed " + seed, epochs, spread));
      members.add(DirectBundle.rescaled(member, validationData));
    }
    final FusionModel model = DirectBundle.rescaled(FusionModel.ensemble(members), validationData);
    final BundleWriter writer =
        new BundleWriter(
            id, "1.0.0", Kind.DIRECT, "A base model trained on " + features.corpus().name() + ".");
    final Set<Modality> informative = EnumSet.noneOf(Modality.class);
    for (final Modality modality : Modality.values()) {
      writer.direct(modality, features.space(modality), fitted.get(modality));
      informative(writer, modality, model, validationData, informative);
    }
    final Map<Modality, double[]> qualities = new EnumMap<>(Modality.class);
    for (final Modality modality : features.tables().keySet()) {
      qualities.put(modality, features.qualities(modality, validation));
    }
    final Calibration calibration =
        Calibrations.fit(
            model, validationData, qualities, Statistics.mean(trainingData.labels()), informative);
    writer.fusion(model, calibration);
    final SeedSummary summary =
        Figures.summary(
            members.stream().map(m -> m.scores(validationData)).toList(), validationData.labels());
    final float[] scores = model.scores(validationData);
    writer
        .trainedOn(
            features.corpus().name() + ", training and validation folds",
            "as its source states",
            "training")
        .metric("validation", Figures.map(summary))
        .metric("outputDeviationOverLabelsValidation", Statistics.deviation(scores) / spread)
        .metric(Calibrations.QUALITY, Calibrations.qualityNote(calibration))
        .metric("seeds", seeds);
    writer.write(folder);
    WeightsFile.write(model, folder.resolve(WeightsFile.NAME));
    return new Result(summary, curves, informative);
  }

  /** A modality takes part if its own scores, without the others, correlate with the labels. */
  private static void informative(
      final BundleWriter writer,
      final Modality modality,
      final FusionModel model,
      final FusionData validation,
      final Set<Modality> informative) {
    final FusionData only = validation.only(EnumSet.of(modality));
    final FusionData some = only.select(Calibrations.having(only, EnumSet.of(modality)));
    if (some.size() < 20) {
      writer.informative(
          modality, false, "only " + some.size() + " validation samples have these features");
      return;
    }
    final Interval alone =
        Bootstrap.DEFAULT
            .intervals(Figures.doubles(model.scores(some)), Figures.doubles(some.labels()))
            .get(Metric.PEARSON);
    final boolean learned = alone.defined() && alone.low() > 0;
    writer.informative(
        modality,
        learned,
        alone.defined()
            ? String.format(
                Locale.ROOT,
                "validation r %.3f [%.3f, %.3f]",
                alone.value(),
                alone.low(),
                alone.high())
            : "its scores do not vary on the validation fold");
    if (learned) {
      informative.add(modality);
    }
  }

  private static String line(final long seed, final EpochReport epoch) {
    return String.format(
        Locale.ROOT,
        "seed %d, epoch %d: loss %.4f, validation loss %.4f, r %.4f, output deviation %.3f,"
            + " rate %.1e, %.1f s",
        seed,
        epoch.epoch(),
        epoch.loss(),
        epoch.validationLoss(),
        epoch.validationCorrelation(),
        epoch.outputDeviation(),
        epoch.learningRate(),
        epoch.seconds());
  }

  private static TrainingCurve curve(
      final String name, final List<EpochReport> epochs, final double spread) {
    return new TrainingCurve(
        name,
        epochs.stream().mapToDouble(EpochReport::loss).toArray(),
        epochs.stream().mapToDouble(EpochReport::validationLoss).toArray(),
        epochs.stream().mapToDouble(EpochReport::validationCorrelation).toArray(),
        epochs.stream().mapToDouble(epoch -> epoch.outputDeviation() / spread).toArray());
  }
}
