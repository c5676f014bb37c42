package io.valence.training;

import io.valence.corpora.Corpus;
import io.valence.corpora.CsvCorpus;
import io.valence.corpora.FeatureTable;
import io.valence.corpora.Fold;
import io.valence.corpora.GloveTable;
import io.valence.corpora.Segment;
import io.valence.evaluation.Metric;
import io.valence.evaluation.SeedSummary;
import io.valence.features.text.BertModel;
import io.valence.model.BundleDescription.Calibration;
import io.valence.model.BundleDescription.Kind;
import io.valence.model.BundleDescription.Normalisation;
import io.valence.model.BundleDescription.Space;
import io.valence.model.BundleException;
import io.valence.model.FeatureAdapter;
import io.valence.model.Modality;
import io.valence.model.ModelBundle;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The recipe of the shipped bundle {@code mosei}: a base model in the feature spaces of CMU-MOSEI and
 * adapters that lead into them. Of those spaces only parts are at hand, so the recipe says of each
 * what it had.
 */
final class MoseiBundle {

  static final String ID = "mosei";

  private static final Space FACEMESH = new Space("facemesh-65", 65);
  private static final Space LIBROSA = new Space("librosa-74", 74);
  private static final Space BERT = new Space(BertModel.SPACE.id(), BertModel.SPACE.size());
  private static final Space OPENFACE = new Space("openface2-713", 713);
  private static final Space COVAREP = new Space("covarep-74", 74);
  private static final Space GLOVE = new Space("glove-300", 300);
  private static final Set<Modality> INFORMATIVE = EnumSet.of(Modality.TEXT);

  private static final FusionOptions FIRST =
      FusionOptions.defaults()
          .withDropout(0.4, 0.2, 0.3)
          .withOptimiser(0.0008, 0.04, true, 0.5)
          .withSchedule(32, 3, 0.7, 1, 3);

  private static final FusionOptions SECOND =
      FusionOptions.defaults()
          .withDropout(0.4, 0.2, 0.3)
          .withOptimiser(0.0005, 0.04, true, 0.5)
          .withSchedule(32, 40, 0.7, 3, 10);

  private final Path data;
  private final Path bert;
  private final Consumer<String> log;
  private final GloveTable glove;
  private final CsvCorpus mosi;
  private final CsvCorpus mosei;

  MoseiBundle(final Path data, final Path bert, final Consumer<String> log) throws IOException {
    this.data = data;
    this.bert = bert;
    this.log = log;
    this.glove = GloveTable.read(data.resolve("glove").resolve("glove.840B.300d.sick.txt"));
    this.mosi = CsvCorpus.read(data.resolve("mosi"));
    this.mosei = CsvCorpus.read(data.resolve("mosei"));
  }

  /** Features in the base spaces, not standardised; values that are missing are NaN, rows null. */
  private record Samples(float[][][] rows, float[] labels) {

    FusionData standardised(final List<Normalisation> normalisations) {
      final float[][][] values = new float[rows.length][][];
      for (int modality = 0; modality < rows.length; modality++) {
        values[modality] = Normalisations.apply(normalisations.get(modality), rows[modality]);
      }
      return new FusionData(values, labels);
    }
  }

  /**
   * Trains the bundle and writes it.
   *
   * @param seeds one base model each
   */
  void train(final List<Long> seeds, final Path folder) throws IOException, BundleException {
    final Samples training = segments(Fold.TRAIN);
    final Samples validation = segments(Fold.VALIDATION);
    final Samples test = segments(Fold.TEST);
    final Samples videos = videos(Fold.TRAIN);
    final Samples validationVideos = videos(Fold.VALIDATION);
    final Samples sst = sentences();
    final List<Normalisation> normalisations =
        List.of(
            Normalisations.fit(videos.rows()[0], OPENFACE.size()),
            Normalisations.fit(training.rows()[1], COVAREP.size()),
            Normalisations.fit(training.rows()[2], GLOVE.size()));
    final FusionData trainingData = training.standardised(normalisations);
    final FusionData validationData = validation.standardised(normalisations);
    final FusionData testData = test.standardised(normalisations);
    final FusionData validationText = validationData.only(INFORMATIVE);
    final FusionData testText = testData.only(INFORMATIVE);
    final List<FusionModel> members = new ArrayList<>();
    for (final long seed : seeds) {
      final FusionModel first =
          FusionTrainer.train(
              new int[] {OPENFACE.size(), COVAREP.size(), GLOVE.size()},
              sst.standardised(normalisations).and(videos.standardised(normalisations)),
              validationText.select(Calibrations.having(validationText, INFORMATIVE)),
              FIRST.withSeed(seed),
              report("sentences and videos", seed));
      members.add(
          FusionTrainer.trainFurther(
              first,
              trainingData,
              validationText.select(Calibrations.having(validationText, INFORMATIVE)),
              SECOND.withSeed(seed),
              report("segments", seed)));
    }
    final FusionModel base = FusionModel.ensemble(members);

    final float[][] bertTraining = bert("mosi-train", Fold.TRAIN);
    final float[][] bertValidation = bert("mosi-valid", Fold.VALIDATION);
    final float[][] bertTest = bert("mosi-test", Fold.TEST);
    final Normalisation bertNormalisation = Normalisations.fit(bertTraining, BERT.size());
    final AdapterData adapterTraining = adapterData(bertNormalisation, bertTraining, trainingData);
    final AdapterData adapterValidation =
        adapterData(bertNormalisation, bertValidation, validationData);
    final AdapterOptions options = AdapterOptions.defaults(BERT.size(), GLOVE.size());
    log.accept("adapter bert-base-uncased-768 to glove-300, validation fold:");
    log.accept(AdapterResult.heading());
    final Map<String, Object> table = new LinkedHashMap<>();
    AdapterResult best = null;
    AdapterModel byPairs = null;
    for (final AdapterObjective objective : AdapterObjective.values()) {
      if (objective == AdapterObjective.NEAREST) {
        log.accept(objective.label() + "     not used: the two spaces have different columns");
        continue;
      }
      final AdapterResult result =
          new AdapterTrainer(Modality.TEXT, adapterTraining, adapterValidation, base, options)
              .train(objective);
      log.accept(result.row());
      final Map<String, Object> row = new LinkedHashMap<>();
      row.put("targetError", Figures.rounded(result.targetError()));
      row.put("varianceKept", Figures.rounded(result.varianceKept()));
      row.put("downstreamPearson", Figures.rounded(result.correlation()));
      table.put(objective.label(), row);
      if (objective == AdapterObjective.PAIRED) {
        byPairs = result.model();
      }
      if (best == null || result.correlation() > best.correlation()) {
        best = result;
      }
    }
    final float[][] standardValidation = Normalisations.apply(bertNormalisation, bertValidation);
    final float[][] standardTest = Normalisations.apply(bertNormalisation, bertTest);
    final AdapterModel adapter = best.model();
    final FusionData servedValidation =
        text(adapter.adapt(standardValidation), validation.labels());
    final FusionData servedTest = text(adapter.adapt(standardTest), test.labels());
    final FusionData pairedValidation =
        text(byPairs.adapt(standardValidation), validation.labels());
    final FusionData pairedTest = text(byPairs.adapt(standardTest), test.labels());
    // The words that the table lacks altogether leave a few segments without native features.
    final int[] nativeOnes = Calibrations.having(testText, INFORMATIVE);
    final List<float[]> onValidation = new ArrayList<>();
    final List<float[]> onTest = new ArrayList<>();
    final List<float[]> nativeTest = new ArrayList<>();
    final List<float[]> byPairsTest = new ArrayList<>();
    for (final FusionModel member : members) {
      final FusionModel served = DirectBundle.rescaled(member, servedValidation);
      onValidation.add(served.scores(servedValidation));
      onTest.add(served.scores(servedTest));
      byPairsTest.add(
          DirectBundle.rescaled(member, pairedValidation).scores(pairedTest.select(nativeOnes)));
      nativeTest.add(
          DirectBundle.rescaled(member, validationText).scores(testText.select(nativeOnes)));
    }
    final FusionModel shipped = DirectBundle.rescaled(base, servedValidation);
    final Calibration calibration =
        Calibrations.fit(
            shipped, servedValidation, Statistics.mean(training.labels()), INFORMATIVE);
    final double halfWidth = calibration.halfWidth(INFORMATIVE);

    final float[] shippedTest = shipped.scores(servedTest);
    final float[] shippedValidation = shipped.scores(servedValidation);
    final Map<String, SeedSummary> figures = new LinkedHashMap<>();
    figures.put("validation, adapted", Figures.summary(onValidation, validation.labels()));
    figures.put("test, adapted", Figures.summary(onTest, test.labels()));
    final float[] nativeLabels = testText.select(nativeOnes).labels();
    final String same = " (" + nativeOnes.length + " segments with a word in the table)";
    figures.put("test, adapted by true pairs" + same, Figures.summary(byPairsTest, nativeLabels));
    figures.put("test, native features" + same, Figures.summary(nativeTest, nativeLabels));
    figures.put("test, as shipped", Figures.summary(List.of(shippedTest), test.labels()));
    final FusionData voice = alone(validationData, Modality.AUDIO);
    final FusionData face = alone(validationVideos.standardised(normalisations), Modality.VISUAL);
    final SeedSummary ofVoice =
        Figures.summary(members.stream().map(m -> m.scores(voice)).toList(), voice.labels());
    final SeedSummary ofFace =
        Figures.summary(members.stream().map(m -> m.scores(face)).toList(), face.labels());
    final String noPairs =
        "; nothing pairs the extractor's features with these, so its adapter"
            + " gives the mean of the space";
    final double deviation =
        Statistics.deviation(shippedValidation) / Statistics.deviation(validation.labels());
    final double covered = Calibrations.coverage(shippedValidation, validation.labels(), halfWidth);
    final double coveredTest = Calibrations.coverage(shippedTest, test.labels(), halfWidth);

    final BundleWriter writer =
        new BundleWriter(
                ID,
                "1.0.1",
                Kind.MOSEI,
                "Adapters into the feature spaces of CMU-MOSEI and a base model there, learned from"
                    + " the parts of those spaces that are at hand; only words take part.")
            .adapted(
                Modality.VISUAL,
                FACEMESH,
                Normalisations.identity(FACEMESH.size()),
                AdapterModel.mean(FACEMESH.size(), OPENFACE.size()),
                OPENFACE,
                normalisations.get(0))
            .adapted(
                Modality.AUDIO,
                LIBROSA,
                Normalisations.identity(LIBROSA.size()),
                AdapterModel.mean(LIBROSA.size(), COVAREP.size()),
                COVAREP,
                normalisations.get(1))
            .adapted(Modality.TEXT, BERT, bertNormalisation, adapter, GLOVE, normalisations.get(2))
            .informative(
                Modality.VISUAL,
                false,
                "the base model's own r on video-level OpenFace 2 columns (31 of 713, "
                    + face.size()
                    + " validation videos of CMU-MOSEI) is "
                    + Figures.cell(ofFace, Metric.PEARSON)
                    + noPairs)
            .informative(
                Modality.AUDIO,
                false,
                "the base model's own r on COVAREP (73 of 74 columns, "
                    + voice.size()
                    + " validation segments of CMU-MOSI) is "
                    + Figures.cell(ofVoice, Metric.PEARSON)
                    + noPairs)
            .informative(
                Modality.TEXT,
                true,
                "validation r " + Figures.cell(figures.get("validation, adapted"), Metric.PEARSON))
            .fusion(shipped, calibration)
            .metric(Calibrations.QUALITY, Calibrations.qualityNote(calibration));
    Sources.addMosei(writer);
    figures.forEach((name, summary) -> writer.metric(name, Figures.map(summary)));
    writer.metric("adapterObjectivesValidation", table);
    writer.metric("adapterObjective", best.objective().label());
    writer.metric("outputDeviationOverLabelsValidation", Figures.rounded(deviation));
    writer.metric("intervalCoverageValidation", Figures.rounded(covered));
    writer.metric("intervalCoverageTest", Figures.rounded(coveredTest));
    final double coverage = wordCoverage();
    writer.metric("gloveTokenCoverageMosi", Figures.rounded(coverage));
    writer.card(
        ModelCards.mosei(
            seeds.size(),
            figures,
            table,
            best.objective(),
            new ModelCards.Reliability(halfWidth, deviation, covered, coveredTest),
            coverage,
            Figures.cell(ofFace, Metric.PEARSON),
            Figures.cell(ofVoice, Metric.PEARSON)));
    writer.write(folder);
    checkServed(folder, bertTest, shippedTest);
    log.accept(
        String.format(
            Locale.ROOT,
            "%s: test r %s with adapters, %s with native features, %s as shipped",
            folder,
            Figures.cell(figures.get("test, adapted"), Metric.PEARSON),
            Figures.cell(figures.get("test, native features" + same), Metric.PEARSON),
            Figures.cell(figures.get("test, as shipped"), Metric.PEARSON)));
  }

  /** Through both ONNX files, as the services run them. */
  private void checkServed(final Path folder, final float[][] rows, final float[] expected)
      throws BundleException {
    final List<Map<Modality, float[]>> windows = new ArrayList<>();
    try (ModelBundle bundle = ModelBundle.load(folder);
        FeatureAdapter adapter = bundle.newAdapter(Modality.TEXT)) {
      for (final float[] row : rows) {
        windows.add(Map.of(Modality.TEXT, adapter.adapt(row)));
      }
    }
    final double difference = BundleWriter.checkScores(folder, windows, expected);
    log.accept(
        String.format(
            Locale.ROOT,
            "greatest difference between trainer and ONNX Runtime, adapter and base: %.1e",
            difference));
  }

  private float[][] bert(final String name, final Fold fold) throws IOException {
    return TextVectors.mean(bert, name, LabelledTexts.mosi(data, fold).texts(), log);
  }

  private static AdapterData adapterData(
      final Normalisation normalisation, final float[][] rows, final FusionData base) {
    final float[][] native0 = base.values()[Modality.TEXT.ordinal()];
    final int[] there = Calibrations.having(base, INFORMATIVE);
    final float[][] target = new float[there.length][];
    final float[] labels = new float[there.length];
    for (int i = 0; i < there.length; i++) {
      target[i] = native0[there[i]];
      labels[i] = base.labels()[there[i]];
    }
    return new AdapterData(
        Normalisations.apply(normalisation, rows), base.labels(), native0, target, labels);
  }

  private static FusionData text(final float[][] rows, final float[] labels) {
    return new FusionData(
        new float[][][] {new float[rows.length][], new float[rows.length][], rows}, labels);
  }

  private static FusionData alone(final FusionData all, final Modality modality) {
    final FusionData only = all.only(EnumSet.of(modality));
    return only.select(Calibrations.having(only, EnumSet.of(modality)));
  }

  private Samples segments(final Fold fold) throws IOException {
    final FeatureTable covarep = mosi.features("audio_covarep73");
    final List<Segment> segments = mosi.corpus().fold(fold);
    final float[][][] rows = new float[3][segments.size()][];
    final float[] labels = new float[segments.size()];
    for (int i = 0; i < labels.length; i++) {
      final Segment segment = segments.get(i);
      labels[i] = (float) segment.label().orElseThrow();
      rows[1][i] =
          covarep.contains(segment.id()) ? padded(covarep.row(segment.id()), COVAREP.size()) : null;
      rows[2][i] =
          segment
              .text()
              .flatMap(glove::averageLowerCase)
              .map(GloveTable.Average::vector)
              .orElse(null);
    }
    return new Samples(rows, labels);
  }

  private Samples videos(final Fold fold) throws IOException {
    final FeatureTable openface = mosei.features("video_level_openface2_35");
    final FeatureTable covarep = mosei.features("video_level_covarep40");
    final Corpus videos = mosei.corpus().byVideo();
    final List<Segment> having =
        videos.fold(fold).stream().filter(video -> openface.contains(video.id())).toList();
    final float[][][] rows = new float[3][having.size()][];
    final float[] labels = new float[having.size()];
    for (int i = 0; i < labels.length; i++) {
      final String id = having.get(i).id();
      labels[i] = (float) having.get(i).label().orElseThrow();
      final float[] face = padded(openface.row(id), OPENFACE.size());
      for (int column = 0; column < openface.width(); column++) {
        if (FeatureTable.isBookkeeping(openface.columns().get(column))) {
          face[column] = Float.NaN;
        }
      }
      rows[0][i] = face;
      rows[1][i] = covarep.contains(id) ? padded(covarep.row(id), COVAREP.size()) : null;
    }
    return new Samples(rows, labels);
  }

  private Samples sentences() throws IOException {
    final LabelledTexts sst = LabelledTexts.sst(data);
    final float[][][] rows = new float[3][sst.size()][];
    for (int i = 0; i < sst.size(); i++) {
      rows[2][i] =
          glove.averageLowerCase(sst.texts().get(i)).map(GloveTable.Average::vector).orElse(null);
    }
    final int[] there =
        java.util.stream.IntStream.range(0, sst.size()).filter(i -> rows[2][i] != null).toArray();
    final float[][][] kept = new float[3][there.length][];
    final float[] labels = new float[there.length];
    for (int i = 0; i < there.length; i++) {
      kept[2][i] = rows[2][there[i]];
      labels[i] = sst.labels()[there[i]];
    }
    return new Samples(kept, labels);
  }

  /** The columns that are not at hand become missing values. */
  private static float[] padded(final float[] row, final int width) {
    final float[] whole = Arrays.copyOf(row, width);
    Arrays.fill(whole, row.length, width, Float.NaN);
    return whole;
  }

  private double wordCoverage() {
    long found = 0;
    long words = 0;
    for (final Segment segment : mosi.corpus().segments()) {
      for (final String word :
          segment.text().orElse("").toLowerCase(Locale.ROOT).split("\\s+", -1)) {
        words++;
        found += glove.vector(word).isPresent() ? 1 : 0;
      }
    }
    return (double) found / words;
  }

  private Consumer<EpochReport> report(final String stage, final long seed) {
    return epoch ->
        log.accept(
            String.format(
                Locale.ROOT,
                "seed %d, %s, epoch %d: loss %.3f, validation r %.4f, output deviation %.2f",
                seed,
                stage,
                epoch.epoch(),
                epoch.loss(),
                epoch.validationCorrelation(),
                epoch.outputDeviation()));
  }
}
