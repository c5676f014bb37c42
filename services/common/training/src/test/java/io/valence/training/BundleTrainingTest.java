package io.valence.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.valence.corpora.CorpusFolder;
import io.valence.corpora.FeatureFile;
import io.valence.corpora.FeatureTable;
import io.valence.corpora.Fold;
import io.valence.corpora.PlantedCorpus;
import io.valence.evaluation.BundleScores;
import io.valence.evaluation.EvaluationReport;
import io.valence.evaluation.EvaluationResult;
import io.valence.evaluation.JudgedSegment;
import io.valence.evaluation.Metric;
import io.valence.evaluation.Subset;
import io.valence.features.FeatureSpace;
import io.valence.features.Features;
import io.valence.model.BundleJson;
import io.valence.model.Modality;
import io.valence.model.ModelBundle;
import io.valence.model.SentimentScore;
import io.valence.model.SentimentScorer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The three phases, from a planted corpus to a bundle that serves. */
class BundleTrainingTest {

  private static final List<String> LOG = new ArrayList<>();

  @TempDir private static Path folder;
  private static PlantedCorpus corpus;
  private static CorpusFeatures native0;
  private static BaseTraining.Result result;

  @BeforeAll
  static void trainBase() throws Exception {
    corpus = PlantedCorpus.generate(120, 1);
    native0 = new CorpusFeatures(corpus.corpus(), tables(corpus));
    result =
        new BaseTraining(
                native0,
                FusionOptions.defaults()
                    .withSize(32, 4)
                    .withDropout(0.3, 0.1, 0.2)
                    .withSchedule(32, 12, 0.7, 3, 6)
                    .withOptimiser(0.002, 0.04, true, 0.5),
                LOG::add)
            .run("base", List.of(1L, 2L), folder.resolve("base"));
  }

  private static Map<Modality, FeatureTable> tables(final CorpusFolder planted) throws Exception {
    final Map<Modality, FeatureTable> tables = new EnumMap<>(Modality.class);
    for (final Modality modality : Modality.values()) {
      tables.put(
          modality, planted.features(modality.label(), planted.corpus()).withoutBookkeeping());
    }
    return tables;
  }

  @Test
  void everyModalityOfThePlantedCorpusIsInformative() {
    assertThat(result.informative()).containsExactlyInAnyOrder(Modality.values());
    assertThat(LOG).anySatisfy(line -> assertThat(line).contains("output deviation"));
  }

  @Test
  void theBundleServesAndCoversItsValidationLabels() throws Exception {
    try (ModelBundle bundle = ModelBundle.load(folder.resolve("base"));
        SentimentScorer scorer = bundle.newScorer()) {
      final Map<Modality, float[]> window = new EnumMap<>(Modality.class);
      window.put(Modality.TEXT, new float[300]);
      assertThat(scorer.score(window).score()).isBetween(-3.0, 3.0);
      final double withAll =
          bundle.description().calibration().halfWidth(EnumSet.allOf(Modality.class));
      final double withNone =
          bundle.description().calibration().halfWidth(EnumSet.noneOf(Modality.class));
      assertThat(withAll).isLessThan(withNone);
    }
  }

  @Test
  void theReportKnowsEverySubsetAndRefusesAHeadlineOfTwoSeeds() throws Exception {
    final EvaluationReport report =
        BundleEvaluation.evaluate(Map.of("base", folder.resolve("base")), native0, Fold.TEST)
            .report();
    final EvaluationResult measured = report.results().get("base");

    assertThat(measured.subsets()).hasSize(7);
    final double all = measured.full().mean().get(Metric.PEARSON).value();
    assertThat(all).isGreaterThan(0.5);
    for (final Subset subset : measured.subsets()) {
      if (subset.modalities().size() == 2) {
        assertThat(subset.summary().mean().get(Metric.PEARSON).value()).isLessThan(all);
      }
    }
    assertThat(measured.full().seeds()).isEqualTo(2);
    assertThat(report.headlines().get(0)).contains("no headline");
  }

  @Test
  void theScoresOfTheErrorAnalysisAreThoseOfService() throws Exception {
    final Path base = folder.resolve("base");
    final BundleScores scores =
        BundleEvaluation.evaluate(Map.of("base", base), native0, Fold.TEST).scores().get(0);

    assertThat(scores.bundle()).startsWith("base ");
    assertThat(scores.networks()).isEqualTo(2);
    assertThat(scores.texts()).isZero();
    try (ModelBundle bundle = ModelBundle.load(base);
        SentimentScorer scorer = bundle.newScorer()) {
      for (final JudgedSegment segment : scores.segments()) {
        final Map<Modality, float[]> vectors = new EnumMap<>(Modality.class);
        final Map<Modality, Double> qualities = new EnumMap<>(Modality.class);
        native0
            .tables()
            .forEach(
                (modality, table) -> {
                  vectors.put(modality, table.row(segment.id()));
                  qualities.put(modality, (double) table.quality(segment.id()));
                });
        final SentimentScore served = scorer.score(vectors, qualities);
        // The batches differ in size, and with them the order in which floats are added.
        assertThat(segment.score()).isCloseTo(served.score(), within(1e-5));
        assertThat(segment.low()).isCloseTo(served.intervalLow(), within(1e-5));
        assertThat(segment.high()).isCloseTo(served.intervalHigh(), within(1e-5));
        assertThat(segment.modalities()).containsExactly("visual", "audio", "text");
      }
    }
  }

  @Test
  void adaptersByTruePairsServeTheBaseModel() throws Exception {
    final Map<Modality, FeatureTable> sources = new EnumMap<>(Modality.class);
    sources.put(Modality.TEXT, corpus.source("text"));
    final CorpusFeatures source = new CorpusFeatures(corpus.corpus(), sources);
    final Path bundle = folder.resolve("adapted");
    final Map<Modality, List<AdapterResult>> results =
        new AdapterTraining(folder.resolve("base"), source, native0, LOG::add)
            .run(
                "adapted",
                EnumSet.of(
                    AdapterObjective.RANDOM_PAIRS,
                    AdapterObjective.NEAREST,
                    AdapterObjective.PAIRED),
                6,
                1,
                bundle);

    final List<AdapterResult> text = results.get(Modality.TEXT);
    assertThat(text)
        .extracting(AdapterResult::objective)
        .containsExactly(AdapterObjective.RANDOM_PAIRS, AdapterObjective.PAIRED);
    assertThat(LOG).anySatisfy(line -> assertThat(line).contains("nearest", "left out"));
    assertThat(text.get(1).correlation()).isGreaterThan(text.get(0).correlation());
    assertThat(BundleJson.read(bundle).informativeModalities()).isEqualTo(Set.of(Modality.TEXT));
    final EvaluationReport report =
        BundleEvaluation.evaluate(Map.of("adapted", bundle), source, Fold.TEST).report();
    assertThat(report.results().get("adapted").full().mean().get(Metric.PEARSON).value())
        .isGreaterThan(0.3);
  }

  /** The planted text features as an extractor would have written them. */
  private static CorpusFeatures extracted(final String space, final Path file) throws Exception {
    final FeatureTable planted = native0.tables().get(Modality.TEXT);
    final FeatureSpace named = new FeatureSpace(space, planted.columns());
    try (FeatureFile.Writer writer = FeatureFile.append(file, List.of(named))) {
      for (final String id : planted.ids()) {
        writer.add(id, "video", new Features(named, planted.row(id), 1, planted.quality(id)));
      }
    }
    return new CorpusFeatures(
        corpus.corpus(), Map.of(Modality.TEXT, FeatureFile.read(file).table(space)));
  }

  @Test
  void extractedFeaturesOfAnotherSpaceAreRefused() throws Exception {
    final Map<String, Path> bundle = Map.of("base", folder.resolve("base"));
    final String own = native0.tables().get(Modality.TEXT).space().id();
    final CorpusFeatures same = extracted(own, folder.resolve("same.avro"));
    final CorpusFeatures other = extracted("bert-other", folder.resolve("other.avro"));

    assertThat(BundleEvaluation.evaluate(bundle, same, Fold.TEST).scores()).hasSize(1);
    assertThatThrownBy(() -> BundleEvaluation.evaluate(bundle, other, Fold.TEST))
        .isInstanceOf(TrainingInputException.class)
        .hasMessageContaining("takes text features of " + own + ", not of bert-other")
        .message()
        .doesNotContain("\n");
  }

  @Test
  void aBaseModelWithoutWeightsIsRefused() throws Exception {
    final Path other = Files.createDirectories(folder.resolve("other"));

    assertThatThrownBy(() -> WeightsFile.read(other.resolve(WeightsFile.NAME)))
        .isInstanceOf(TrainingInputException.class)
        .hasMessageContaining("train-base");
    Files.write(other.resolve(WeightsFile.NAME), new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
    assertThatThrownBy(() -> WeightsFile.read(other.resolve(WeightsFile.NAME)))
        .isInstanceOf(TrainingInputException.class)
        .hasMessageContaining("no weights");
  }

  @Test
  void weightsSurviveTheirFile() throws Exception {
    final FusionModel read = WeightsFile.read(folder.resolve("base").resolve(WeightsFile.NAME));

    assertThat(read.memberCount()).isEqualTo(2);
    final Path again = folder.resolve("again.weights");
    WeightsFile.write(read, again);
    assertThat(again).hasSameBinaryContentAs(folder.resolve("base").resolve(WeightsFile.NAME));
  }

  @Test
  void featuresMustBeGiven() {
    final CorpusFeatures none = new CorpusFeatures(corpus.corpus(), Map.of());

    assertThatThrownBy(none::check)
        .isInstanceOf(TrainingInputException.class)
        .hasMessageContaining("no features");
  }
}
