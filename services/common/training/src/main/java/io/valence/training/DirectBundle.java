package io.valence.training;

import io.valence.corpora.Fold;
import io.valence.evaluation.Metric;
import io.valence.evaluation.SeedSummary;
import io.valence.features.text.BertExpert;
import io.valence.features.text.SetUpProgress;
import io.valence.features.text.TextExpertCache;
import io.valence.model.BundleDescription.Calibration;
import io.valence.model.BundleDescription.Kind;
import io.valence.model.BundleDescription.Normalisation;
import io.valence.model.BundleDescription.Space;
import io.valence.model.BundleException;
import io.valence.model.Modality;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The recipe of the shipped bundle {@code direct}: the fusion model on the extractors' own features.
 * Words are read by the text expert of that seed which does best on the validation fold, and the
 * fusion model is taught by the expert's own head: on the vectors of sentences and of CMU-MOSI's
 * training fold it learns to give the head's scores. The labels would teach it little, for the expert
 * has seen them already and its vectors of those texts are too good to be true. For face and voice
 * there is no labelled recording to extract these features from, so they take no part.
 */
final class DirectBundle {

  static final String ID = "direct";

  /**
   * 1.x read words by attention queries on frozen BERT; 2.0.0 had the same networks one by one, 2.1.0
   * found fewer ends of utterances.
   */
  static final String VERSION = "2.1.1";

  /** The least standard deviation of the scores over that of the labels. */
  static final double LEAST_SPREAD = 0.75;

  private static final Space VISUAL = new Space("facemesh-65", 65);
  private static final Space AUDIO = new Space("librosa-74", 74);
  private static final Set<Modality> INFORMATIVE = EnumSet.of(Modality.TEXT);

  private static final FusionOptions OPTIONS =
      FusionOptions.defaults()
          .withSize(32, 4)
          .withDropout(0.1, 0, 0)
          .withLoss(1, 0, 0)
          .withOptimiser(0.001, 0.0001, true, 0.5)
          .withSchedule(64, 20, 0.5, 1, 6);

  private final Path data;
  private final Path bert;
  private final List<Path> experts;
  private final String remark;
  private final Consumer<String> log;

  /**
   * @param data folder with {@code mosi} and {@code text_sentiment}
   * @param bert what {@code BertModelCache.prepare} returned
   * @param experts folders of {@code train-text}, one a seed
   * @param remark what else the card is to say of them; may be empty
   * @param log hears one line at a time
   */
  DirectBundle(
      final Path data,
      final Path bert,
      final List<Path> experts,
      final String remark,
      final Consumer<String> log) {
    this.data = data;
    this.bert = bert;
    this.experts = List.copyOf(experts);
    this.remark = remark;
    this.log = log;
  }

  /**
   * Trains the bundle and writes it.
   *
   * @param seeds one fusion network each
   * @param folder of the bundle
   */
  void train(final List<Long> seeds, final Path folder) throws IOException, BundleException {
    final List<TextExpertScores> scores = TextExpertScores.readAll(experts);
    final int best = TextExpertScores.best(scores);
    final Path difference = experts.get(best).resolve(TextExpertTraining.DIFFERENCE);
    log.accept("the expert in " + experts.get(best) + " does best on the validation fold");
    final Path merged = TextExpertCache.prepare(bert, difference, SetUpProgress.NONE);
    try (BertExpert expert = BertExpert.open(merged)) {
      train(
          seeds,
          folder,
          difference,
          figures(scores),
          features(expert, merged, "sst", LabelledTexts.sst(data)),
          features(expert, merged, "mosi-train", LabelledTexts.mosi(data, Fold.TRAIN)),
          features(expert, merged, "mosi-valid", LabelledTexts.mosi(data, Fold.VALIDATION)),
          features(expert, merged, "mosi-test", LabelledTexts.mosi(data, Fold.TEST)));
    }
  }

  /** What the experts of all seeds reach, each by its own head. */
  private static Map<String, SeedSummary> figures(final List<TextExpertScores> scores) {
    final Map<String, SeedSummary> figures = new LinkedHashMap<>();
    for (final Fold fold : List.of(Fold.VALIDATION, Fold.TEST)) {
      figures.put(
          fold.label() + ", mean of the experts",
          Figures.summary(
              scores.stream().map(one -> one.scores(fold)).toList(), scores.get(0).labels(fold)));
    }
    return figures;
  }

  private Features features(
      final BertExpert expert, final Path merged, final String name, final LabelledTexts texts)
      throws IOException {
    final float[][] rows = TextVectors.expert(expert, merged, name, texts.spoken(), log);
    final float[] taught = new float[rows.length];
    for (int i = 0; i < rows.length; i++) {
      taught[i] = Math.max(-3, Math.min(3, expert.score(rows[i])));
    }
    return new Features(expert.space().id(), rows, taught, texts.labels());
  }

  /**
   * The words of some texts.
   *
   * @param space id of the text space
   * @param rows vectors, not standardised
   * @param taught what the expert's head makes of each, -3 to 3
   * @param labels of the corpus
   */
  record Features(String space, float[][] rows, float[] taught, float[] labels) {}

  void train(
      final List<Long> seeds,
      final Path folder,
      final Path difference,
      final Map<String, SeedSummary> ofExperts,
      final Features sst,
      final Features training,
      final Features validation,
      final Features test)
      throws IOException, BundleException {
    final Space text = new Space(training.space(), training.rows()[0].length);
    final int[] widths = {VISUAL.size(), AUDIO.size(), text.size()};
    final Normalisation normalisation = Normalisations.fit(training.rows(), text.size());
    final FusionData taught =
        data(normalisation, sst.rows(), sst.taught())
            .and(data(normalisation, training.rows(), training.taught()));
    final FusionData validationData = data(normalisation, validation.rows(), validation.labels());
    final FusionData testData = data(normalisation, test.rows(), test.labels());
    final FusionData chooser = data(normalisation, validation.rows(), validation.taught());
    final List<FusionModel> members = new ArrayList<>();
    for (final long seed : seeds) {
      members.add(
          FusionTrainer.train(widths, taught, chooser, OPTIONS.withSeed(seed), this::report));
    }
    final FusionModel shipped =
        rescaled(FusionModel.ensemble(members), validationData)
            .withoutEncoders(EnumSet.of(Modality.VISUAL, Modality.AUDIO));
    final double prior = Statistics.mean(training.labels());
    final Calibration calibration = Calibrations.fit(shipped, validationData, prior, INFORMATIVE);
    final double halfWidth = calibration.halfWidth(INFORMATIVE);

    final float[] onValidation = shipped.scores(validationData);
    final float[] onTest = shipped.scores(testData);
    final Map<String, SeedSummary> figures = new LinkedHashMap<>(ofExperts);
    figures.put("valid, as shipped", Figures.summary(List.of(onValidation), validation.labels()));
    figures.put("test, as shipped", Figures.summary(List.of(onTest), test.labels()));
    final double deviation =
        Statistics.deviation(onValidation) / Statistics.deviation(validation.labels());
    final double covered = Calibrations.coverage(onValidation, validation.labels(), halfWidth);
    final double coveredTest = Calibrations.coverage(onTest, test.labels(), halfWidth);
    final double faithful = Statistics.correlation(onTest, test.taught());
    final String absent =
        "no labelled recording to extract these features from is among the training data, so"
            + " nothing was learned";
    final BundleWriter writer =
        new BundleWriter(
                ID,
                VERSION,
                Kind.DIRECT,
                "The cross-modal fusion model on the extractors' own features; only words take part,"
                    + " read by a text expert in the context of what was said before.")
            .direct(Modality.VISUAL, VISUAL, Normalisations.identity(VISUAL.size()))
            .direct(Modality.AUDIO, AUDIO, Normalisations.identity(AUDIO.size()))
            .direct(Modality.TEXT, text, normalisation)
            .textExpert(difference)
            .informative(Modality.VISUAL, false, absent)
            .informative(Modality.AUDIO, false, absent)
            .informative(
                Modality.TEXT,
                true,
                "validation r " + Figures.cell(figures.get("valid, as shipped"), Metric.PEARSON))
            .fusion(shipped, calibration)
            .metric(Calibrations.QUALITY, Calibrations.qualityNote(calibration));
    Sources.addDirect(writer);
    figures.forEach((name, summary) -> writer.metric(name, Figures.map(summary)));
    writer.metric("correlationWithTheExpertsHeadTest", Figures.rounded(faithful));
    writer.metric("outputDeviationOverLabelsValidation", Figures.rounded(deviation));
    writer.metric("intervalCoverageValidation", Figures.rounded(covered));
    writer.metric("intervalCoverageTest", Figures.rounded(coveredTest));
    writer.card(
        ModelCards.direct(
            experts.size() + (remark.isBlank() ? "" : " (" + remark.strip() + ")"),
            seeds.size(),
            text.id(),
            figures,
            faithful,
            new ModelCards.Reliability(halfWidth, deviation, covered, coveredTest)));
    writer.write(folder);
    final double distance = BundleWriter.checkScores(folder, windows(test.rows()), onTest);
    log.accept(
        String.format(
            Locale.ROOT,
            "%s: test r %s as shipped; r with the expert's head %.4f; greatest difference between"
                + " trainer and ONNX Runtime %.1e",
            folder,
            Figures.cell(figures.get("test, as shipped"), Metric.PEARSON),
            faithful,
            distance));
  }

  private static FusionData data(
      final Normalisation normalisation, final float[][] rows, final float[] labels) {
    return new FusionData(
        new float[][][] {
          new float[labels.length][],
          new float[labels.length][],
          Normalisations.apply(normalisation, rows)
        },
        labels);
  }

  private static List<Map<Modality, float[]>> windows(final float[][] rows) {
    final List<Map<Modality, float[]>> windows = new ArrayList<>();
    for (final float[] row : rows) {
      windows.add(Map.of(Modality.TEXT, row));
    }
    return windows;
  }

  /**
   * The correlation in the loss leaves the scale free; the least squares fit to these labels sets it,
   * but never below {@link #LEAST_SPREAD}: least squares shrinks a weak model's scores towards the
   * mean until it hardly says anything, and a score of +2 should mean what a label of +2 means.
   */
  static FusionModel rescaled(final FusionModel model, final FusionData data) {
    final float[] scores = model.scores(data);
    final double spread = Statistics.deviation(scores);
    if (spread == 0) {
      return model;
    }
    final double slope =
        Math.max(LEAST_SPREAD, Statistics.correlation(scores, data.labels()))
            * Statistics.deviation(data.labels())
            / spread;
    return model.rescaled(slope, Statistics.mean(data.labels()) - slope * Statistics.mean(scores));
  }

  private void report(final EpochReport epoch) {
    log.accept(
        String.format(
            Locale.ROOT,
            "fusion, epoch %d: loss %.4f, r with the expert's head %.4f, output deviation %.2f, %.1f s",
            epoch.epoch(),
            epoch.loss(),
            epoch.validationCorrelation(),
            epoch.outputDeviation(),
            epoch.seconds()));
  }
}
