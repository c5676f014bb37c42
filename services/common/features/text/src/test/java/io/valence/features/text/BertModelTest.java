package io.valence.features.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.valence.features.Features;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A small network with random weights against the same arithmetic in plain Java. */
class BertModelTest {

  /** Float32 against float64 on values of about 1. */
  private static final double TOLERANCE = 2e-6;

  private static final ToyBert TOY = new ToyBert();

  @TempDir static Path folder;
  private static BertModel model;

  @BeforeAll
  static void setUp() throws IOException {
    final BertModelCache cache = new BertModelCache(folder.resolve("cache"), TOY.source());
    model =
        BertModel.open(cache.prepare(TOY.writeJar(folder.resolve("toy.jar")), SetUpProgress.NONE));
  }

  @AfterAll
  static void close() {
    model.close();
  }

  @Test
  void aTextIsTheMeanOfTheLastLayer() {
    assertThat(model.pieceIds("The films, UNREAL!"))
        .containsExactly(2, 9, 7, 13, 17, 14, 15, 18, 3);
    final double[][][] layers = TOY.layers(2, 9, 7, 13, 17, 14, 15, 18, 3);

    assertClose(model.embed("The films, UNREAL!"), ToyBert.mean(layers[2]));
  }

  @Test
  void everyLayerCanBeLookedAt() {
    final double[][][] layers = TOY.layers(2, 5, 3);

    final float[][][] means = model.layerMeans(List.of("so bad", "good", "it is not very good"));

    assertThat(means[1]).hasNumberOfRows(3);
    for (int layer = 0; layer < 3; layer++) {
      assertClose(means[1][layer], ToyBert.mean(layers[layer]));
    }
  }

  @Test
  void paddingInABatchChangesNothing() {
    final List<String> texts =
        List.of("the film is not so very good", "bad", "", "it is dull", "unreal", "bad");

    final float[][] together = model.embed(texts);

    for (int i = 0; i < together.length; i++) {
      final float[] alone = model.embed(texts.get(i));
      for (int value = 0; value < alone.length; value++) {
        assertThat(together[i][value]).isCloseTo(alone[value], within((float) TOLERANCE));
      }
    }
    assertThat(together[1]).containsExactly(together[5]);
    assertThat(model.embed(List.of())).isEmpty();
  }

  @Test
  void tooLongTextsAreCut() {
    assertThat(model.pieceIds("good ".repeat(50))).hasSize(12).startsWith(2, 5).endsWith(5, 3);
    assertThat(model.extract("good ".repeat(50)).weight()).isEqualTo(10);
  }

  @Test
  void weightAndQualityDescribeTheWords() {
    final Features half = model.extract("good zebra");
    assertThat(half.weight()).isEqualTo(2);
    assertThat(half.quality()).isEqualTo(0.5);
    assertThat(half.space().id()).isEqualTo("bert-base-uncased-8");
    assertThat(half.space().names()).startsWith("bert-000").endsWith("bert-007");
  }

  @Test
  void blankTextIsSilentUnlessItsValuesAreWanted() {
    assertThat(model.extract("").present()).isFalse();
    assertThat(model.extract(" \u00a0\n").present()).isFalse();
    final Features blank = model.extractEvenIfBlank("");
    assertThat(blank.weight()).isEqualTo(1);
    assertThat(blank.quality()).isZero();
    assertClose(blank.values(), ToyBert.mean(TOY.layers(2, 3)[2]));
  }

  @Test
  void brokenCharactersAreDropped() {
    assertThat(model.pieceIds("go\uD83Cod")).containsExactly(model.pieceIds("good"));
    assertThat(model.pieceIds("go\uDF55od\u0000")).containsExactly(model.pieceIds("good"));
    assertThat(WordPieces.wellFormed("\uD83C\uDF55 ok")).isEqualTo("\uD83C\uDF55 ok");
  }

  @Test
  void threadsShareOneModel() throws Exception {
    final List<String> texts = List.of("good", "so bad", "the film is dull", "not unreal at all");
    final List<float[]> expected = texts.stream().map(model::embed).toList();
    final ExecutorService pool = Executors.newFixedThreadPool(4);
    try {
      final List<Future<float[]>> results =
          IntStream.range(0, 200)
              .mapToObj(i -> pool.submit(() -> model.embed(texts.get(i % texts.size()))))
              .toList();
      for (int i = 0; i < results.size(); i++) {
        assertThat(results.get(i).get()).containsExactly(expected.get(i % texts.size()));
      }
    } finally {
      pool.shutdownNow();
    }
  }

  private static void assertClose(final float[] actual, final double[] expected) {
    assertThat(actual).hasSize(expected.length);
    for (int i = 0; i < actual.length; i++) {
      assertThat((double) actual[i]).as("value %d", i).isCloseTo(expected[i], within(TOLERANCE));
    }
  }
}
