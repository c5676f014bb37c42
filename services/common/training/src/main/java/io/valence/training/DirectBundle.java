package io.valence.training;

import io.valence.corpora.Fold;
import io.valence.evaluation.Metric;
import io.valence.evaluation.SeedSummary;
import io.valence.features.text.AttentionQueries;
import io.valence.features.text.BertAttention;
import io.valence.model.BundleDescription.Calibration;
import io.valence.model.BundleDescription.Kind;
import io.valence.model.BundleDescription.Normalisation;
import io.valence.model.BundleDescription.Space;
import io.valence.model.BundleException;
import io.valence.model.Modality;
import java.io.IOException;
import java.nio.file.Files;
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
 * Words are learned from SST-5 and then from CMU-MOSI's training fold; for face and voice there is no
 * labelled recording to extract these features from, so they take no part.
 */
final class DirectBundle {

  static final String ID = "direct";

  /** The least standard deviation of the scores over that of the labels. */
  static final double LEAST_SPREAD = 0.75;

  private static final Space VISUAL = new Space("facemesh-65", 65);
  private static final Space AUDIO = new Space("librosa-74", 74);
  private static final Space TEXT = new Space(BertAttention.SPACE.id(), BertAttention.SPACE.size());
  private static final Set<Modality> INFORMATIVE = EnumSet.of(Modality.TEXT);

  private static final FusionOptions SST_OPTIONS =
      FusionOptions.defaults()
          .withDropout(0.5, 0.5, 0)
          .withOptimiser(0.0005, 0.04, true, 0.5)
          .withSchedule(32, 2, 0.7, 1, 2);

  private static final FusionOptions MOSI_OPTIONS =
      FusionOptions.defaults()
          .withDropout(0.5, 0.5, 0)
          .withOptimiser(0.0003, 0.04, true, 0.5)
          .withSchedule(32, 30, 0.7, 3, 8);

  private final Path data;
  private final Path bert;
  private final Consumer<String> log;

  /**
   * @param data folder with {@code mosi} and {@code text_sentiment}
   * @param bert what {@code BertModelCache.prepare} returned
   * @param log hears one line at a time
   */
  DirectBundle(final Path data, final Path bert, final Consumer<String> log) {
    this.data = data;
    this.bert = bert;
    this.log = log;
  }

  /**
   * Learns the attention queries anew: what defines the space {@code bert-attention-3072}. Everything
   * trained on the old ones has to be trained again.
   *
   * @param scratch folder for 1 GB of token vectors, removed afterwards
   * @param target the queries' file
   */
  void trainQueries(final Path scratch, final Path target) throws IOException {
    final LabelledTexts sst = LabelledTexts.sst(data);
    final LabelledTexts training = LabelledTexts.mosi(data, Fold.TRAIN);
    final LabelledTexts validation = LabelledTexts.mosi(data, Fold.VALIDATION);
    Files.createDirectories(scratch);
    try (BertAttention model = BertAttention.open(bert);
        TokenStore ofSst = store(model, sst, scratch.resolve("sst.tokens"));
        TokenStore ofTraining = store(model, training, scratch.resolve("train.tokens"));
        TokenStore ofValidation = store(model, validation, scratch.resolve("valid.tokens"))) {
      final AttentionQueries queries =
          new AttentionQueriesTrainer(1)
              .train(
                  new AttentionQueriesTrainer.Task(ofSst, sst.labels()),
                  3,
                  new AttentionQueriesTrainer.Task(ofTraining, training.labels()),
                  6,
                  new AttentionQueriesTrainer.Task(ofValidation, validation.labels()),
                  log);
      queries.write(target);
    }
  }

  private TokenStore store(final BertAttention model, final LabelledTexts texts, final Path file)
      throws IOException {
    return TokenStore.read(
        model,
        texts.texts(),
        file,
        done -> log.accept("BERT has read %d of %d texts".formatted(done, texts.size())));
  }

  /**
   * Trains the bundle and writes it.
   *
   * @param seeds one network each; at least five, so that the card may state a mean
   * @param folder of the bundle
   */
  void train(final List<Long> seeds, final Path folder) throws IOException, BundleException {
    final LabelledTexts sst = LabelledTexts.sst(data);
    final LabelledTexts training = LabelledTexts.mosi(data, Fold.TRAIN);
    final LabelledTexts validation = LabelledTexts.mosi(data, Fold.VALIDATION);
    final LabelledTexts test = LabelledTexts.mosi(data, Fold.TEST);
    train(
        seeds,
        folder,
        new Features(TextVectors.attention(bert, "sst", sst.texts(), log), sst.labels()),
        new Features(
            TextVectors.attention(bert, "mosi-train", training.texts(), log), training.labels()),
        new Features(
            TextVectors.attention(bert, "mosi-valid", validation.texts(), log),
            validation.labels()),
        new Features(TextVectors.attention(bert, "mosi-test", test.texts(), log), test.labels()));
  }

  /** Text features, not standardised, with their labels. */
  record Features(float[][] rows, float[] labels) {}

  void train(
      final List<Long> seeds,
      final Path folder,
      final Features sst,
      final Features training,
      final Features validation,
      final Features test)
      throws IOException, BundleException {
    final Normalisation normalisation = Normalisations.fit(training.rows(), TEXT.size());
    final FusionData sstData = data(normalisation, sst);
    final FusionData trainingData = data(normalisation, training);
    final FusionData validationData = data(normalisation, validation);
    final FusionData testData = data(normalisation, test);
    final List<FusionModel> members = new ArrayList<>();
    final List<FusionModel> untouched = new ArrayList<>();
    for (final long seed : seeds) {
      final FusionModel pretrained =
          FusionTrainer.train(
              widths(), sstData, validationData, SST_OPTIONS.withSeed(seed), report("SST", seed));
      untouched.add(rescaled(pretrained, trainingData));
      members.add(
          rescaled(
              FusionTrainer.trainFurther(
                  pretrained,
                  trainingData,
                  validationData,
                  MOSI_OPTIONS.withSeed(seed),
                  report("MOSI", seed)),
              validationData));
    }
    final FusionModel shipped =
        rescaled(FusionModel.ensemble(members), validationData)
            .withoutEncoders(EnumSet.of(Modality.VISUAL, Modality.AUDIO));
    final double prior = Statistics.mean(training.labels());
    final Calibration calibration = Calibrations.fit(shipped, validationData, prior, INFORMATIVE);
    final double halfWidth = calibration.halfWidth(INFORMATIVE);

    final float[] onValidation = shipped.scores(validationData);
    final float[] onTest = shipped.scores(testData);
    final Map<String, SeedSummary> figures = new LinkedHashMap<>();
    figures.put(
        "validation, mean of the seeds",
        Figures.summary(
            members.stream().map(m -> m.scores(validationData)).toList(), validation.labels()));
    figures.put(
        "test, mean of the seeds",
        Figures.summary(members.stream().map(m -> m.scores(testData)).toList(), test.labels()));
    figures.put("test, as shipped", Figures.summary(List.of(onTest), test.labels()));
    figures.put(
        "test, head from SST-5 alone",
        Figures.summary(untouched.stream().map(m -> m.scores(testData)).toList(), test.labels()));
    final double deviation =
        Statistics.deviation(onValidation) / Statistics.deviation(validation.labels());
    final double covered = Calibrations.coverage(onValidation, validation.labels(), halfWidth);
    final double coveredTest = Calibrations.coverage(onTest, test.labels(), halfWidth);
    final String absent =
        "no labelled recording to extract these features from is among the training data, so"
            + " nothing was learned";
    final BundleWriter writer =
        new BundleWriter(
                ID,
                "1.0.0",
                Kind.DIRECT,
                "The cross-modal fusion model on the extractors' own features; only words take part.")
            .direct(Modality.VISUAL, VISUAL, Normalisations.identity(VISUAL.size()))
            .direct(Modality.AUDIO, AUDIO, Normalisations.identity(AUDIO.size()))
            .direct(Modality.TEXT, TEXT, normalisation)
            .informative(Modality.VISUAL, false, absent)
            .informative(Modality.AUDIO, false, absent)
            .informative(
                Modality.TEXT,
                true,
                "validation r "
                    + Figures.cell(figures.get("validation, mean of the seeds"), Metric.PEARSON))
            .fusion(shipped, calibration)
            .metric(Calibrations.QUALITY, Calibrations.qualityNote(calibration));
    Sources.addDirect(writer);
    figures.forEach((name, summary) -> writer.metric(name, Figures.map(summary)));
    writer.metric("outputDeviationOverLabelsValidation", Figures.rounded(deviation));
    writer.metric("intervalCoverageValidation", Figures.rounded(covered));
    writer.metric("intervalCoverageTest", Figures.rounded(coveredTest));
    writer.card(
        ModelCards.direct(seeds.size(), figures, halfWidth, deviation, covered, coveredTest));
    writer.write(folder);
    final double difference = BundleWriter.checkScores(folder, windows(test.rows()), onTest);
    log.accept(
        String.format(
            Locale.ROOT,
            "%s: validation r %s, test r %s as a mean of %d seeds, %s as shipped;"
                + " greatest difference between trainer and ONNX Runtime %.1e",
            folder,
            Figures.cell(figures.get("validation, mean of the seeds"), Metric.PEARSON),
            Figures.cell(figures.get("test, mean of the seeds"), Metric.PEARSON),
            seeds.size(),
            Figures.cell(figures.get("test, as shipped"), Metric.PEARSON),
            difference));
  }

  private static int[] widths() {
    return new int[] {VISUAL.size(), AUDIO.size(), TEXT.size()};
  }

  private static FusionData data(final Normalisation normalisation, final Features features) {
    final int size = features.labels().length;
    return new FusionData(
        new float[][][] {
          new float[size][], new float[size][], Normalisations.apply(normalisation, features.rows())
        },
        features.labels());
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

  private Consumer<EpochReport> report(final String stage, final long seed) {
    return epoch ->
        log.accept(
            String.format(
                Locale.ROOT,
                "seed %d, %s, epoch %d: loss %.3f, validation r %.4f, output deviation %.2f, %.1f s",
                seed,
                stage,
                epoch.epoch(),
                epoch.loss(),
                epoch.validationCorrelation(),
                epoch.outputDeviation(),
                epoch.seconds()));
  }
}
