package io.valence.features.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.valence.features.Features;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The real weights against embeddings computed in float64 by another implementation. Float32
 * arithmetic differs from those by up to 9e-6; the tolerance leaves room for the order of sums on
 * other processors.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BertGoldenTest {

  private static final double TOLERANCE = 5e-5;
  private static final double LEAST_COSINE = 0.999999;

  private final List<Golden> cases = new ArrayList<>();
  private String reasonToSkip = "";
  private JsonNode golden;
  private BertModel model;

  record Golden(String name, String text, long[] ids, float[] embedding) {
    @Override
    public String toString() {
      return name;
    }
  }

  @BeforeAll
  void openModel() throws IOException {
    final Path file =
        Path.of(System.getProperty("valence.home"), "..", "shared/golden/bert/embeddings.json");
    final BertModelCache cache = BertModelCache.fromEnvironment();
    if (!Files.isRegularFile(file)) {
      reasonToSkip = "no golden embeddings at " + file.normalize();
    } else if (!cache.isComplete()) {
      reasonToSkip = "BERT is not set up in " + cache.folder() + ": run `deploy/valence setup`";
    } else {
      golden = new ObjectMapper().readTree(file.toFile());
      golden.path("cases").forEach(node -> cases.add(golden(node)));
      model = BertModel.open(cache.folder());
    }
  }

  @BeforeEach
  void skipWithoutModel() {
    assumeTrue(reasonToSkip.isEmpty(), reasonToSkip);
  }

  @AfterAll
  void closeModel() {
    if (model != null) {
      model.close();
    }
  }

  Stream<Golden> cases() {
    return reasonToSkip.isEmpty()
        ? cases.stream()
        : Stream.of(new Golden("absent", "", new long[0], new float[0]));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void oneTextAlone(final Golden expected) {
    assertThat(model.pieceIds(expected.text())).containsExactly(expected.ids());
    final Features features = model.extract(expected.text());
    assertThat(features.present()).isEqualTo(expected.ids().length > 2);
    assertClose(
        features.present() ? features.values() : model.extractEvenIfBlank(expected.text()).values(),
        expected);
  }

  @Test
  void allTextsInBatches() {
    final List<String> texts = cases.stream().map(Golden::text).toList();

    final float[][] vectors = model.embed(texts);

    for (int i = 0; i < vectors.length; i++) {
      assertClose(vectors[i], cases.get(i));
    }
  }

  @Test
  void theLastLayersMeanIsTheEmbedding() {
    final List<Golden> some = cases.subList(0, 8);

    final float[][][] means = model.layerMeans(some.stream().map(Golden::text).toList());

    for (int i = 0; i < means.length; i++) {
      assertThat(means[i]).hasNumberOfRows(13);
      assertClose(means[i][12], some.get(i));
    }
  }

  @Test
  void sentencesOfOneMeaningAreNearer() {
    assertThat(cosine("plain-1", "plain-2")).isCloseTo(golden("plain-1", "plain-2"), within(1e-5));
    assertThat(cosine("plain-1", "plain-3")).isCloseTo(golden("plain-1", "plain-3"), within(1e-5));
    assertThat(cosine("plain-1", "plain-2")).isGreaterThan(cosine("plain-1", "plain-3"));
  }

  @Test
  void weightCountsPiecesAndQualityTheKnownOnes() {
    assertThat(model.extract("Hello, my dog is cute").weight()).isEqualTo(6);
    assertThat(model.extract("Hello, my dog is cute").quality()).isEqualTo(1);
    // Four words, of which the vocabulary has not the emoji.
    assertThat(model.extract("I like it \uD83C\uDF55").quality()).isEqualTo(0.75);
    assertThat(model.extract(" \t\n").present()).isFalse();
    assertThat(model.extract("").values()).isEmpty();
  }

  private double cosine(final String a, final String b) {
    return cosine(model.embed(named(a).text()), model.embed(named(b).text()));
  }

  private double golden(final String a, final String b) {
    return StreamSupport.stream(golden.path("cosines").spliterator(), false)
        .filter(pair -> pair.path("a").asText().equals(a) && pair.path("b").asText().equals(b))
        .findFirst()
        .orElseThrow()
        .path("cosine")
        .asDouble();
  }

  private Golden named(final String name) {
    return cases.stream().filter(it -> it.name().equals(name)).findFirst().orElseThrow();
  }

  private static void assertClose(final float[] actual, final Golden expected) {
    final SoftAssertions softly = new SoftAssertions();
    double largest = 0;
    for (int i = 0; i < actual.length; i++) {
      largest = Math.max(largest, Math.abs(actual[i] - expected.embedding()[i]));
    }
    softly.assertThat(actual).hasSameSizeAs(expected.embedding());
    softly.assertThat(largest).as(expected.name()).isLessThanOrEqualTo(TOLERANCE);
    softly
        .assertThat(cosine(actual, expected.embedding()))
        .as(expected.name())
        .isGreaterThanOrEqualTo(LEAST_COSINE);
    softly.assertAll();
  }

  private static double cosine(final float[] a, final float[] b) {
    double product = 0;
    double lengthA = 0;
    double lengthB = 0;
    for (int i = 0; i < a.length; i++) {
      product += (double) a[i] * b[i];
      lengthA += (double) a[i] * a[i];
      lengthB += (double) b[i] * b[i];
    }
    return product / Math.sqrt(lengthA * lengthB);
  }

  private static Golden golden(final JsonNode node) {
    final long[] ids = new long[node.path("ids").size()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = node.path("ids").get(i).asLong();
    }
    final float[] embedding = new float[node.path("embedding").size()];
    for (int i = 0; i < embedding.length; i++) {
      embedding[i] = (float) node.path("embedding").get(i).asDouble();
    }
    return new Golden(node.path("name").asText(), node.path("text").asText(), ids, embedding);
  }
}
