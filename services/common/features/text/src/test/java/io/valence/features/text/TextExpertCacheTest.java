package io.valence.features.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.valence.features.Features;
import io.valence.inference.ModelFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A text expert merged into a toy, against the toy with the difference added in plain Java. */
class TextExpertCacheTest {

  private static final int RANK = 2;
  private static final double SCALE = 2;
  private static final SpokenText SPOKEN = SpokenText.after(List.of("good film"), "not bad it is");

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

  /** The words of running speech: which of them the toy's borders put into one utterance. */
  private static List<List<String>> utterances(
      final List<String> words, final int before, final double[][] half, final float[] borders) {
    final List<List<String>> utterances = new ArrayList<>();
    List<String> open = new ArrayList<>();
    for (int i = 0; i < words.size(); i++) {
      open.add(words.get(i));
      double sum = borders[16 + Math.min(words.size() - 1 - i, 3)];
      for (int k = 0; k < 8; k++) {
        sum += half[i + 1][k] * borders[k] + half[i + 2][k] * borders[8 + k];
      }
      if (sum > 0 && i + 1 < words.size()) {
        if (i < before) {
          utterances.clear();
        }
        if (i >= before) {
          utterances.add(open);
        }
        open = new ArrayList<>();
      }
    }
    utterances.add(open);
    return utterances;
  }

  /** Borders by chance, against the same in plain Java; words of the toy have one piece each. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6})
  void runningSpeechIsReadByItsUtterances(final int seed) throws IOException {
    final Random random = new Random(seed);
    final float[] borders = new float[20];
    for (int i = 0; i < borders.length; i++) {
      borders[i] = HalfFloats.toFloat(HalfFloats.of((float) random.nextGaussian()));
    }
    difference
        .withBorders(
            new TextDifference.Borders(
                Arrays.copyOf(borders, 16), Arrays.copyOfRange(borders, 16, 20)))
        .write(file);
    final List<String> words = List.of("a", "good", "film", "not", "bad", "it", "is");
    final int before = 3;

    final TextReading reading;
    try (BertExpert expert =
        BertExpert.open(TextExpertCache.prepare(bert, file, SetUpProgress.NONE))) {
      reading =
          expert
              .read(
                  List.of(
                      SpokenText.alone("dull"),
                      SpokenText.running(List.of(), "a good film", "not bad it is")))
              .get(1);
    }

    final double[][] half;
    try (ContextualTokenizer tokenizer =
        ContextualTokenizer.open(bert, new ContextLimits(0, 0, 9))) {
      final long[] ids = tokenizer.of(SpokenText.alone(String.join(" ", words))).ids();
      half = tuned.layersOf(ids, new int[ids.length])[ToyBert.SHAPE.layers() / 2];
    }
    final List<List<String>> utterances = utterances(words, before, half, borders);
    final int read = utterances.stream().mapToInt(List::size).sum();
    final List<Double> scores = new ArrayList<>();
    final double[] mean = new double[8];
    int at = words.size() - read;
    for (final List<String> utterance : utterances) {
      final ContextualPieces pieces;
      // The toy reads 12 pieces at once, [CLS] and two [SEP] among them.
      try (ContextualTokenizer tokenizer =
          ContextualTokenizer.open(
              bert, new ContextLimits(2, Math.min(6, 9 - utterance.size()), 9))) {
        pieces =
            tokenizer.of(
                SpokenText.after(
                    List.of(String.join(" ", words.subList(0, at))), String.join(" ", utterance)));
      }
      final int[] types = new int[pieces.ids().length];
      Arrays.fill(types, pieces.textStart(), types.length, pieces.textType());
      final double[][] last = tuned.layersOf(pieces.ids(), types)[ToyBert.SHAPE.layers()];
      for (int i = 0; i < utterance.size(); i++, at++) {
        final double[] token = last[Math.max(1, pieces.textStart()) + i];
        double score = difference.tensors().get("head.bias")[0];
        for (int k = 0; k < 8; k++) {
          score += token[k] * difference.tensors().get("head.weight")[k];
          mean[k] += at >= before ? token[k] / 4 : 0;
        }
        scores.add(Math.max(-3, Math.min(3, score)));
      }
    }
    assertThat(reading.features().weight()).isEqualTo(4);
    assertClose(reading.features().values(), mean);
    assertThat(reading.wordsBefore()).isEqualTo(read - 4);
    assertThat(reading.scores()).hasSize(read);
    for (int i = 0; i < read; i++) {
      assertThat((double) reading.scores()[i])
          .isCloseTo(scores.get(i), org.assertj.core.api.Assertions.within(1e-5));
    }
  }

  @Test
  void withoutBordersRunningSpeechIsOneUtterance() throws IOException {
    try (BertExpert expert =
        BertExpert.open(TextExpertCache.prepare(bert, file, SetUpProgress.NONE))) {
      final TextReading reading =
          expert.read(List.of(SpokenText.running(List.of(), "good film", "not - bad"))).get(0);

      assertThat(reading.wordsBefore()).isZero();
      assertThat(reading.pieces()).containsExactly(1, 0, 1);
      assertThat(reading.scores()[1]).isNaN();
      assertThat(reading.features().weight()).isEqualTo(2);
      assertThat(expert.read(List.of(SpokenText.running(List.of(), "good film", " - "))).get(0))
          .satisfies(silent -> assertThat(silent.features().present()).isFalse());
    }
  }

  /** However much there is, no input is longer than the network reads. */
  @Test
  void hostileSpeechIsCut() throws IOException {
    try (BertExpert expert =
        BertExpert.open(TextExpertCache.prepare(bert, file, SetUpProgress.NONE))) {
      final TextReading reading =
          expert
              .read(
                  List.of(
                      SpokenText.running(
                          List.of("good ".repeat(500)),
                          "film ".repeat(5_000),
                          "- ".repeat(1_000) + "bad ".repeat(100_000))))
              .get(0);

      assertThat(reading.features().weight()).isEqualTo(4);
      assertThat(reading.scores()).hasSize(1_004);
    }
  }
}
