package io.valence.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluationReportTest {

  private static final Bootstrap BOOTSTRAP = new Bootstrap(1000, 0.95, 7);
  private static final int SAMPLES = 400;

  @TempDir Path folder;

  /** Labels of which the first modality explains most, the third less, the second nothing. */
  private static final class Planted {
    final double[][] parts = new double[SAMPLES][3];
    final double[] labels = new double[SAMPLES];
    final boolean[][] available = new boolean[SAMPLES][3];

    Planted() {
      final Random random = new Random(11);
      for (int i = 0; i < SAMPLES; i++) {
        parts[i][0] = 1.2 * random.nextGaussian();
        parts[i][2] = 0.8 * random.nextGaussian();
        labels[i] =
            Math.max(-3, Math.min(3, parts[i][0] + parts[i][2] + 0.5 * random.nextGaussian()));
        Arrays.fill(available[i], true);
      }
      // One sample has no first modality at all.
      available[0][0] = false;
    }

    EvaluationSet set() {
      return new EvaluationSet("planted", List.of("visual", "audio", "text"), labels, available);
    }

    /** The sum of what may be seen, with a little noise of its own that depends on the seed. */
    Predictor predictor(long seed, boolean withIntervals) {
      return new Predictor() {
        @Override
        public double[] predict(boolean[][] presence) {
          final Random random = new Random(seed);
          final double[] scores = new double[presence.length];
          for (int i = 0; i < scores.length; i++) {
            scores[i] = 0.1 * random.nextGaussian();
            for (int m = 0; m < 3; m++) {
              scores[i] += presence[i][m] ? parts[i][m] : 0;
            }
          }
          return scores;
        }

        @Override
        public Optional<double[]> halfWidths(boolean[][] presence) {
          final double[] widths = new double[presence.length];
          Arrays.fill(widths, 1.0);
          return withIntervals ? Optional.of(widths) : Optional.empty();
        }
      };
    }

    EvaluationResult measure(int seeds, boolean withIntervals) {
      final List<EvaluationResult.Trained> models = new ArrayList<>();
      for (long seed = 1; seed <= seeds; seed++) {
        models.add(new EvaluationResult.Trained(seed, predictor(seed, withIntervals)));
      }
      return EvaluationResult.measure(set(), models, BOOTSTRAP);
    }
  }

  @Test
  void everySubsetIsMeasuredWithWhatItShows() {
    final EvaluationResult result = new Planted().measure(2, true);
    assertThat(result.subsets().stream().map(Subset::label))
        .containsExactly(
            "visual",
            "audio",
            "text",
            "visual + audio",
            "visual + text",
            "audio + text",
            "visual + audio + text");
    assertThat(pearson(result.subsets().get(0).summary())).isBetween(0.7, 0.85);
    assertThat(Math.abs(pearson(result.subsets().get(1).summary()))).isLessThan(0.12);
    assertThat(pearson(result.subsets().get(2).summary())).isBetween(0.4, 0.6);
    assertThat(pearson(result.full())).isGreaterThan(0.9);
    assertThat(result.subsets().get(0).samples()).isEqualTo(SAMPLES - 1);
    assertThat(result.full().seeds()).isEqualTo(2);
  }

  @Test
  void resultsFallAsModalitiesGoMissing() {
    final EvaluationResult result = new Planted().measure(2, true);
    assertThat(result.missingRates()).hasSize(10);
    assertThat(result.missingRates().get(9).rate()).isEqualTo(0.9);
    assertThat(pearson(result.missingRates().get(0).summary()))
        .isCloseTo(pearson(result.full()), within(1e-12));
    assertThat(pearson(result.missingRates().get(3).summary()))
        .isLessThan(pearson(result.missingRates().get(0).summary()));
    assertThat(pearson(result.missingRates().get(9).summary()))
        .isLessThan(pearson(result.missingRates().get(3).summary()));
  }

  @Test
  void coverageIsThatOfTheNoise() {
    // The error is the labels' noise (0.5) and the model's (0.1): 1.0 is 1.96 deviations.
    final Coverage coverage = new Planted().measure(3, true).coverage().orElseThrow();
    assertThat(coverage.samples()).isEqualTo(SAMPLES);
    assertThat(coverage.covered()).isBetween(0.92, 0.98);
    assertThat(coverage.low()).isLessThan(coverage.covered());
    assertThat(new Planted().measure(1, false).coverage()).isEmpty();
  }

  @Test
  void theReportSaysWhatItIsAndHasNoHeadlineFromTooFewSeeds() throws IOException {
    final Planted planted = new Planted();
    final Map<String, EvaluationResult> results = new LinkedHashMap<>();
    results.put("direct", planted.measure(5, true));
    results.put("mosei, random pairs", planted.measure(1, false));
    final EvaluationReport report =
        new EvaluationReport(
            "Planted signal",
            results,
            List.of(new DataSource("planted corpus", "training and test", "generated")),
            List.of(curve("seed 1", 1.0), curve("seed 2", 1.2)),
            List.of("The numbers are of generated data and say nothing about people."));
    report.write(folder);

    final String markdown = Files.readString(folder.resolve("report.md"));
    assertThat(markdown)
        .contains("* direct: r 0.9")
        .contains("on planted (400 samples, mean of 5 seeds")
        .contains("* mosei, random pairs: no headline, since 1 seed is too few (at least 5)")
        .contains("| planted corpus | training and test | generated |")
        .contains("generated data and say nothing")
        .contains("| visual + text | 400 |")
        .contains("| Acc-7 |");
    final JsonNode json = new ObjectMapper().readTree(folder.resolve("report.json").toFile());
    final JsonNode direct = json.path("results").path("direct");
    assertThat(direct.path("subsets")).hasSize(7);
    assertThat(direct.path("missingRates")).hasSize(10);
    assertThat(
            direct.path("subsets").get(6).path("measures").path("pearson").path("mean").asDouble())
        .isEqualTo(pearson(results.get("direct").full()));
    assertThat(direct.path("subsets").get(6).path("measures").path("pearson").path("perSeed"))
        .hasSize(5);
    assertThat(json.path("results").path("mosei, random pairs").has("coverage")).isFalse();
    assertThat(json.path("training").get(0).path("validationPearson").get(0).isNull()).isTrue();
    for (final String plot :
        List.of(
            "predicted-1.png",
            "predicted-2.png",
            "calibration.png",
            "missing-rates.png",
            "training-loss.png",
            "training-quality.png")) {
      assertThat(markdown).contains("(" + plot + ")");
      assertThat(colours(folder.resolve(plot))).as(plot).isGreaterThan(10);
    }
  }

  @Test
  void aReportThatDoesNotNameItsDataIsRefused() {
    final Map<String, EvaluationResult> results = Map.of("direct", new Planted().measure(1, false));
    assertThatThrownBy(() -> new EvaluationReport("x", results, List.of(), List.of(), List.of()))
        .isInstanceOf(EvaluationException.class)
        .hasMessageContaining("must say which data");
  }

  private static TrainingCurve curve(String name, double scale) {
    final int epochs = 20;
    final double[] training = new double[epochs];
    final double[] validation = new double[epochs];
    final double[] pearson = new double[epochs];
    final double[] spread = new double[epochs];
    for (int i = 0; i < epochs; i++) {
      training[i] = scale * Math.exp(-i / 8.0);
      validation[i] = scale * (0.3 + 0.7 * Math.exp(-i / 6.0));
      pearson[i] = i == 0 ? Double.NaN : 0.7 * (1 - Math.exp(-i / 4.0));
      spread[i] = 0.9 * (1 - Math.exp(-i / 3.0));
    }
    return new TrainingCurve(name, training, validation, pearson, spread);
  }

  private static double pearson(SeedSummary summary) {
    return summary.mean().get(Metric.PEARSON).value();
  }

  /** How many different colours a picture has: an empty one has one. */
  private static long colours(Path file) throws IOException {
    final BufferedImage image = ImageIO.read(file.toFile());
    return Arrays.stream(
            image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth()))
        .distinct()
        .count();
  }
}
