package io.valence.corpora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlantedCorpusTest {

  private static final Set<String> ALL = Set.of("visual", "audio", "text");

  @TempDir Path folder;

  @Test
  void everyModalityHasAPartOfTheLabelToItself() throws IOException {
    final PlantedCorpus planted = PlantedCorpus.generate(300, 1);
    final double all = planted.ceiling(Fold.TRAIN, ALL);
    assertThat(all).isBetween(0.85, 0.95);
    for (final Set<String> pair :
        List.of(Set.of("visual", "audio"), Set.of("visual", "text"), Set.of("audio", "text"))) {
      final double without = planted.ceiling(Fold.TRAIN, pair);
      assertThat(without).isLessThan(all - 0.02);
      for (final String one : pair) {
        assertThat(planted.ceiling(Fold.TRAIN, Set.of(one))).isLessThan(without - 0.02);
      }
    }
  }

  @Test
  void theCeilingOfAModalityIsWhatALinearModelReaches() throws IOException {
    final PlantedCorpus planted = PlantedCorpus.generate(500, 2);
    for (final FeatureTable table :
        List.of(planted.features("audio", planted.corpus()), planted.source("visual"))) {
      final String modality = table == planted.source("visual") ? "visual" : "audio";
      final Samples train = Samples.join(planted.corpus(), Fold.TRAIN, Map.of(modality, table));
      final Samples test = Samples.join(planted.corpus(), Fold.TEST, Map.of(modality, table));
      final ColumnStatistics statistics =
          ColumnStatistics.fit(table, train.segments().stream().map(Segment::id).toList());
      final double[] weights = ridge(rows(train, statistics), train.labels());
      final double[][] shown = rows(test, statistics);
      double together = 0;
      double ofScore = 0;
      double ofLabel = 0;
      double meanScore = 0;
      double meanLabel = 0;
      final double[] scores = new double[shown.length];
      for (int i = 0; i < shown.length; i++) {
        for (int j = 0; j < weights.length; j++) {
          scores[i] += weights[j] * shown[i][j];
        }
        meanScore += scores[i] / shown.length;
        meanLabel += test.labels()[i] / shown.length;
      }
      for (int i = 0; i < shown.length; i++) {
        together += (scores[i] - meanScore) * (test.labels()[i] - meanLabel);
        ofScore += (scores[i] - meanScore) * (scores[i] - meanScore);
        ofLabel += (test.labels()[i] - meanLabel) * (test.labels()[i] - meanLabel);
      }
      assertThat(together / Math.sqrt(ofScore * ofLabel))
          .as(modality)
          .isCloseTo(planted.ceiling(Fold.TEST, Set.of(modality)), within(0.03));
    }
  }

  private static double[][] rows(Samples samples, ColumnStatistics statistics) {
    final double[][] rows = new double[samples.size()][];
    for (int i = 0; i < rows.length; i++) {
      final float[] row = statistics.standardise(samples.values()[0][i], 6);
      rows[i] = new double[row.length + 1];
      for (int j = 0; j < row.length; j++) {
        rows[i][j] = row[j];
      }
      rows[i][row.length] = 1;
    }
    return rows;
  }

  /** Normal equations with a little ridge, by Gaussian elimination. */
  private static double[] ridge(double[][] rows, float[] labels) {
    final int size = rows[0].length;
    final double[][] equations = new double[size][size + 1];
    for (int i = 0; i < rows.length; i++) {
      for (int a = 0; a < size; a++) {
        for (int b = 0; b < size; b++) {
          equations[a][b] += rows[i][a] * rows[i][b];
        }
        equations[a][size] += rows[i][a] * labels[i];
      }
    }
    for (int a = 0; a < size; a++) {
      equations[a][a] += 1;
    }
    for (int a = 0; a < size; a++) {
      for (int b = a + 1; b < size; b++) {
        final double factor = equations[b][a] / equations[a][a];
        for (int c = a; c <= size; c++) {
          equations[b][c] -= factor * equations[a][c];
        }
      }
    }
    final double[] weights = new double[size];
    for (int a = size - 1; a >= 0; a--) {
      weights[a] = equations[a][size];
      for (int b = a + 1; b < size; b++) {
        weights[a] -= equations[a][b] * weights[b];
      }
      weights[a] /= equations[a][a];
    }
    return weights;
  }

  @Test
  void theFilesAreReadBackAsTheCorpusTheyCameFrom() throws IOException {
    final PlantedCorpus planted = PlantedCorpus.generate(40, 3);
    planted.write(folder);
    final CsdCorpus read = CsdCorpus.read(folder);

    assertThat(read.corpus().segments().stream().map(PlantedCorpusTest::facts))
        .containsExactlyElementsOf(
            planted.corpus().segments().stream().map(PlantedCorpusTest::facts).toList());
    assertThat(read.corpus().scheme()).isEqualTo(FoldScheme.STANDARD);
    assertThat(read.featureNames()).containsExactlyInAnyOrderElementsOf(ALL);
    for (final CsdCorpus.Part part :
        List.of(CsdCorpus.Part.VISUAL, CsdCorpus.Part.AUDIO, CsdCorpus.Part.TEXT)) {
      final SegmentAverages averages =
          read.average(part, read.corpus(), SegmentAverages.MissingVideos.REFUSE);
      final FeatureTable expected = planted.features(part.label(), planted.corpus());
      final FeatureTable table = averages.table();
      assertThat(table.space()).isEqualTo(expected.space());
      assertThat(averages.emptySegments()).isEmpty();
      assertThat(averages.framesLeftOut()).isEqualTo(planted.corpus().segments().size());
      for (final String id : expected.ids()) {
        // Frames scatter by 2 % of the value; the stray frame (10,000) must not have counted.
        for (int i = 4; i < table.width(); i++) {
          final float value = expected.row(id)[i];
          assertThat(table.row(id)[i]).isCloseTo(value, within(0.1f * Math.abs(value) + 1e-6f));
        }
      }
    }
    final FeatureTable covarep = read.features("audio", read.corpus());
    final ColumnSummary peakSlope = covarep.summaries().get(covarep.columns().indexOf("peakSlope"));
    assertThat(peakSlope.infinite()).isPositive();
    assertThat(peakSlope.finite()).isEqualTo(covarep.size());
  }

  private static String facts(Segment segment) {
    return segment.id()
        + " "
        + segment.start()
        + " "
        + segment.end()
        + " "
        + segment.label()
        + " "
        + segment.fold();
  }

  @Test
  void theSameSeedGivesTheSameCorpus() throws IOException {
    final PlantedCorpus one = PlantedCorpus.generate(12, 5);
    final PlantedCorpus two = PlantedCorpus.generate(12, 5);
    assertThat(two.corpus()).isEqualTo(one.corpus());
    final String id = one.corpus().segments().get(3).id();
    assertThat(two.source("text").row(id)).isEqualTo(one.source("text").row(id));
    assertThat(PlantedCorpus.generate(12, 6).corpus()).isNotEqualTo(one.corpus());
    assertThat(one.features("visual", one.corpus()).width()).isEqualTo(713);
    assertThat(one.source("visual").width()).isEqualTo(65);
    assertThat(one.source("text").width()).isEqualTo(768);
  }
}
