package io.valence.features.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.valence.features.Features;
import io.valence.inference.ModelFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A text expert merged into a toy, against the toy with the difference added in plain Java. */
class TextExpertCacheTest {

  private static final int RANK = 2;
  private static final double SCALE = 2;
  private static final SpokenText SPOKEN = new SpokenText(List.of("good film"), "not bad it is");

  @TempDir Path folder;

  private Path bert;
  private Path file;
  private ToyBert tuned;
  private TextDifference difference;

  @BeforeEach
  void train() throws IOException {
    bert = ToySetUp.in(folder);
    tuned = new ToyBert();
    difference = difference(new Random(7));
    difference = difference.withGolden(golden());
    file = folder.resolve("some.vtd");
    difference.write(file);
  }

  /** Differences on some matrices of the second layer. */
  private TextDifference difference(final Random random) {
    final Map<String, List<Long>> shapes = new LinkedHashMap<>();
    final Map<String, float[]> tensors = new HashMap<>();
    final Map<String, int[]> sites =
        Map.of(
            "encoder/layer_1/attention/self/query", new int[] {8, 8},
            "encoder/layer_1/intermediate/dense", new int[] {8, 16},
            "encoder/layer_1/output/dense", new int[] {16, 8});
    sites.forEach(
        (name, size) -> {
          put(shapes, tensors, name + ".down", random, size[0], RANK);
          put(shapes, tensors, name + ".up", random, RANK, size[1]);
          tuned.add(
              name,
              SCALE,
              TextDifference.rounded(tensors.get(name + ".down")),
              TextDifference.rounded(tensors.get(name + ".up")),
              RANK);
        });
    put(shapes, tensors, "head.weight", random, 1, 8);
    put(shapes, tensors, "head.bias", random, 1);
    return new TextDifference(
        new TextDifference.Description(
            1,
            "bert-toy-8",
            RANK,
            SCALE,
            new ContextLimits(2, 6, 4),
            shapes,
            new TextDifference.Golden(List.of(), "x", List.of(), 0),
            List.of()),
        tensors);
  }

  private static void put(
      final Map<String, List<Long>> shapes,
      final Map<String, float[]> tensors,
      final String name,
      final Random random,
      final int... size) {
    final List<Long> shape = new ArrayList<>();
    int count = 1;
    for (final int dimension : size) {
      shape.add((long) dimension);
      count *= dimension;
    }
    final float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (0.3 * random.nextGaussian());
    }
    shapes.put(name, shape);
    tensors.put(name, values);
  }

  private TextDifference.Golden golden() throws IOException {
    final SpokenText text = SpokenText.after(List.of("good film"), "it is bad");
    final double[] vector = expected(text);
    final List<Float> values = new ArrayList<>();
    double score = difference.tensors().get("head.bias")[0];
    for (int i = 0; i < vector.length; i++) {
      values.add((float) vector[i]);
      score += vector[i] * difference.tensors().get("head.weight")[i];
    }
    return new TextDifference.Golden(text.preceding(), text.text(), values, (float) score);
  }

  /** The mean over the text's own tokens of the toy with the difference. */
  private double[] expected(final SpokenText text) throws IOException {
    try (ContextualTokenizer tokenizer =
        ContextualTokenizer.open(bert, difference.description().limits())) {
      final ContextualPieces pieces = tokenizer.of(text);
      final int[] types = new int[pieces.ids().length];
      for (int i = pieces.textStart(); i < types.length; i++) {
        types[i] = pieces.textType();
      }
      final double[][] last = tuned.layersOf(pieces.ids(), types)[ToyBert.SHAPE.layers()];
      final double[][] own = new double[last.length - pieces.textStart()][];
      System.arraycopy(last, pieces.textStart(), own, 0, own.length);
      return ToyBert.mean(own);
    }
  }

  private static void assertClose(final float[] found, final double[] expected) {
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) found[i])
          .isCloseTo(expected[i], org.assertj.core.api.Assertions.within(1e-5));
    }
  }

  @Test
  void theMergedNetworkGivesWhatBaseAndDifferenceGive() throws IOException {
    final Path merged = TextExpertCache.prepare(bert, file, SetUpProgress.NONE);

    try (BertExpert expert = BertExpert.open(merged)) {
      assertThat(expert.space().id()).isEqualTo("bert-toy-8");
      assertClose(expert.embed(SPOKEN), expected(SPOKEN));
      assertClose(expert.embed(SpokenText.alone("dull")), expected(SpokenText.alone("dull")));
    }
  }

  @Test
  void manyTextsInOneCallGiveWhatEachGivesAlone() throws IOException {
    final List<SpokenText> texts =
        List.of(SPOKEN, SpokenText.alone("bad"), SpokenText.alone(" "), SpokenText.alone("a film"));

    try (BertExpert expert =
        BertExpert.open(TextExpertCache.prepare(bert, file, SetUpProgress.NONE))) {
      final List<Features> features = expert.extract(texts);

      for (int i = 0; i < texts.size(); i++) {
        if (i != 2) {
          assertClose(features.get(i).values(), expected(texts.get(i)));
        }
      }
      assertThat(features.get(0).weight()).isEqualTo(4);
      assertThat(features.get(2).present()).isFalse();
    }
  }

  @Test
  void withoutContextNothingButTheTextIsRead() throws IOException {
    final Path merged = TextExpertCache.prepare(bert, file, SetUpProgress.NONE);

    try (BertExpert expert = BertExpert.open(merged, new ContextLimits(0, 0, 4), 1)) {
      assertClose(expert.embed(SPOKEN), expected(SpokenText.alone(SPOKEN.text())));
    }
  }

  @Test
  void theSecondTimeItIsThere() throws IOException {
    final Path merged = TextExpertCache.prepare(bert, file, SetUpProgress.NONE);
    final Path data = merged.resolve(TextExpertCache.MERGED);
    final Object before = Files.getLastModifiedTime(data);

    assertThat(TextExpertCache.prepare(bert, file, SetUpProgress.NONE)).isEqualTo(merged);
    assertThat(Files.getLastModifiedTime(data)).isEqualTo(before);
  }

  @Test
  void anAlteredMatrixIsRefused() throws IOException {
    final Path merged = TextExpertCache.prepare(bert, file, SetUpProgress.NONE);
    final byte[] content = Files.readAllBytes(merged.resolve(TextExpertCache.MERGED));
    content[5] ^= 1;
    Files.write(merged.resolve(TextExpertCache.MERGED), content);

    assertThatThrownBy(() -> BertExpert.open(merged))
        .isInstanceOf(ModelFileException.class)
        .hasMessageContaining("merged.data is altered");
  }

  @Test
  void aDifferenceThatDoesNotGiveItsGoldenVectorIsRefusedAndLeavesNothing() throws IOException {
    final TextDifference.Golden right = difference.description().golden();
    final List<Float> wrong = new ArrayList<>(right.vector());
    wrong.set(0, wrong.get(0) + 0.01f);
    difference
        .withGolden(
            new TextDifference.Golden(right.preceding(), right.text(), wrong, right.score()))
        .write(file);

    assertThatThrownBy(() -> TextExpertCache.prepare(bert, file, SetUpProgress.NONE))
        .isInstanceOf(ModelFileException.class)
        .hasMessageContaining("its golden text gives a vector that is off by 1.0e-02");
    try (Stream<Path> left = Files.list(bert.getParent())) {
      assertThat(left.map(path -> path.getFileName().toString()))
          .noneMatch(name -> name.contains("partial"));
    }
  }

  @Test
  void theExtractorOfASpaceNeedsTheExpertThatMakesIt() throws IOException {
    assertThatThrownBy(
            () ->
                TextExtractor.open(
                    "bert-toy-8", bert, java.util.Optional.empty(), ContextLimits.NONE))
        .hasMessageContaining("no text extractor makes bert-toy-8");
    assertThatThrownBy(
            () ->
                TextExtractor.open(
                    "bert-other-8", bert, java.util.Optional.of(file), ContextLimits.NONE))
        .hasMessageContaining("makes bert-toy-8, not bert-other-8");
  }
}
