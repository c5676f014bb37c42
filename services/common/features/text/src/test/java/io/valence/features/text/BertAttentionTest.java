package io.valence.features.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Attention over the tokens of a small network against the same arithmetic in plain Java. */
class BertAttentionTest {

  private static final double TOLERANCE = 1e-5;
  private static final ToyBert TOY = new ToyBert();

  @TempDir Path folder;

  @Test
  void tokensAreAveragedByWhatTheQueriesFindInThem() throws IOException {
    final float[][] queries = new float[3][ToyBert.SHAPE.hidden()];
    final Random random = new Random(7);
    for (final float[] query : queries) {
      for (int i = 0; i < query.length; i++) {
        query[i] = (float) random.nextGaussian();
      }
    }
    final Path made =
        new BertModelCache(folder.resolve("cache"), TOY.source())
            .prepare(TOY.writeJar(folder.resolve("toy.jar")), SetUpProgress.NONE);
    try (BertAttention attention = BertAttention.open(made, new AttentionQueries(queries))) {

      final float[][] vectors = attention.embed(List.of("the film is so very dull", "bad film"));

      assertClose(vectors[0], pooled(queries, 2, 9, 7, 10, 22, 20, 21, 3));
      assertClose(vectors[1], pooled(queries, 2, 6, 7, 3));
      assertThat(attention.extract(" ").present()).isFalse();
    }
  }

  @Test
  void theShippedQueriesFitTheirSpace() {
    final AttentionQueries shipped = AttentionQueries.shipped();

    assertThat(shipped.count() * shipped.width()).isEqualTo(BertAttention.SPACE.size());
    assertThat(shipped.width()).isEqualTo(BertShape.BASE.hidden());
  }

  @Test
  void queriesThatCannotBeUsedAreRefused() {
    assertThatThrownBy(() -> new AttentionQueries(new float[0][]))
        .hasMessageContaining("at least one query");
    assertThatThrownBy(() -> new AttentionQueries(new float[][] {{1, 2}, {1}}))
        .hasMessageContaining("different widths");
    assertThatThrownBy(() -> new AttentionQueries(new float[][] {{1, Float.NaN}}))
        .hasMessageContaining("query 0 holds NaN");
  }

  @Test
  void anUnknownSpaceIsRefusedByName() {
    assertThatThrownBy(() -> TextExtractor.open("glove-300", folder))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("glove-300")
        .hasMessageContaining("bert-base-uncased-768");
  }

  private static double[] pooled(final float[][] queries, final long... ids) {
    final double[][] tokens = TOY.layers(ids)[ToyBert.SHAPE.layers()];
    final int width = ToyBert.SHAPE.hidden();
    final double[] pooled = new double[queries.length * width];
    for (int query = 0; query < queries.length; query++) {
      final double[] shares = new double[tokens.length];
      double sum = 0;
      for (int token = 0; token < tokens.length; token++) {
        double product = 0;
        for (int i = 0; i < width; i++) {
          product += queries[query][i] * tokens[token][i];
        }
        shares[token] = Math.exp(product);
        sum += shares[token];
      }
      for (int token = 0; token < tokens.length; token++) {
        for (int i = 0; i < width; i++) {
          pooled[query * width + i] += shares[token] / sum * tokens[token][i];
        }
      }
    }
    return pooled;
  }

  private static void assertClose(final float[] actual, final double[] expected) {
    assertThat(actual).hasSize(expected.length);
    for (int i = 0; i < actual.length; i++) {
      assertThat((double) actual[i]).as("value %d", i).isCloseTo(expected[i], within(TOLERANCE));
    }
  }
}
