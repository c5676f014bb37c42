package io.valence.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import io.valence.corpora.Fold;
import io.valence.corpora.TranscriptFile;
import io.valence.features.text.BertWeights;
import io.valence.features.text.ContextLimits;
import io.valence.features.text.ContextualTokenizer;
import io.valence.features.text.SpokenText;
import io.valence.features.text.TextDifference;
import io.valence.features.text.ToySetUp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Learning on a BERT of two small layers where utterances end: after one of its words. */
class TextBorderTrainingTest {

  private static final String[] WORDS = {"good", "bad"};
  private static final int WIDTH = 8;

  @TempDir Path folder;

  /** Each utterance begins with "so" and ends with "film", which are said nowhere else. */
  private Path transcripts(final String name, final int conversations, final int utterances)
      throws IOException {
    final Random random = new Random(1);
    final StringBuilder csv = new StringBuilder("conversation,order,text,label,fold\n");
    for (int conversation = 0; conversation < conversations; conversation++) {
      for (int utterance = 0; utterance < utterances; utterance++) {
        final StringBuilder text = new StringBuilder("so ");
        for (int left = 1 + random.nextInt(5); left > 0; left--) {
          text.append(WORDS[random.nextInt(WORDS.length)]).append(' ');
        }
        csv.append(
            "c%d,%d,%sfilm,%d,%s\n"
                .formatted(
                    conversation,
                    utterance,
                    text,
                    random.nextInt(7) - 3,
                    conversation % 4 == 0 ? "valid" : "train"));
      }
    }
    return Files.writeString(folder.resolve(name), csv);
  }

  private static TextExpertOptions options(final int firstLayer) {
    return new TextExpertOptions(4, 2, firstLayer, 0.02, 0, 0.1, 0.02, 1, 0, 0, 3);
  }

  private Path expert(
      final Path bert,
      final Path data,
      final int firstLayer,
      final String out,
      final Consumer<String> log)
      throws IOException {
    return new TextExpertTraining(bert, options(firstLayer), log)
        .run(
            new TextExpertTraining.Plan(
                List.of(), data, 1, 1, 8, 8, new ContextLimits(1, 4, 4), Optional.empty(), null),
            folder.resolve(out))
        .difference();
  }

  private TextBorderTraining.Result borders(
      final Path bert, final Path expert, final Path data, final long seed, final String out)
      throws IOException {
    return new TextBorderTraining(bert, line -> {})
        .run(new TextBorderTraining.Plan(expert, data, seed), folder.resolve(out));
  }

  @Test
  void aWordThatEndsUtterancesIsFound() throws IOException {
    final Path bert = ToySetUp.in(folder);
    final Path data = transcripts("film.csv", 16, 12);
    final Path expert = expert(bert, data, 1, "expert", line -> {});

    final TextBorderTraining.Result result = borders(bert, expert, data, 3, "borders");

    assertThat(result.judgedOn()).isEqualTo("validation");
    assertThat(result.auc()).isGreaterThan(0.99);
    assertThat(result.precision()).isGreaterThan(0.9);
    assertThat(result.recall()).isGreaterThan(0.97);
    assertThat(Files.readString(folder.resolve("borders/BORDERS.md")))
        .contains(
            "film.csv",
            "with seed 3",
            "text-expert.vtd",
            "validation, which says how probable they are: AUC");
  }

  /** Reads word by word as a reader of the file does, one stretch at a time. */
  @Test
  void theNumbersOfTheFileGiveTheFiguresOfTheCard() throws IOException {
    final Path bert = ToySetUp.in(folder);
    final Path data = transcripts("film.csv", 16, 12);
    final Path expert = expert(bert, data, 1, "expert", line -> {});
    final TextBorderTraining.Result result = borders(bert, expert, data, 3, "borders");
    final TextDifference.Borders borders =
        TextDifference.read(result.difference()).borders(WIDTH).orElseThrow();
    final Utterances validation =
        Utterances.of(
            TranscriptFile.read(data).segments().stream()
                .filter(segment -> segment.fold() == Fold.VALIDATION)
                .toList());
    final Utterances training =
        Utterances.of(
            TranscriptFile.read(data).segments().stream()
                .filter(segment -> segment.fold() == Fold.TRAIN)
                .toList());
    final Random random = new Random(3);
    training.stretches(random, 30_000);
    final List<Double> scores = new ArrayList<>();
    final List<Boolean> ends = new ArrayList<>();
    try (BertWeights weights = BertWeights.open(bert);
        ContextualTokenizer tokenizer =
            ContextualTokenizer.open(bert, new ContextLimits(0, 0, 10));
        NDManager manager = TorchEngine.get().newBaseManager()) {
      final TextExpertNetwork network = new TextExpertNetwork(weights, options(1));
      final LowerLayers layers =
          new LowerLayers(network, manager, network.upload(manager, 0, 1), Map.of(), line -> {});
      for (final Utterances.Stretch stretch : validation.stretches(random, 30_000)) {
        final int all = stretch.words().size();
        // Twelve pieces at most, [CLS] and [SEP] among them.
        final int from = Math.max(0, all - 10);
        final List<String> words = stretch.words().subList(from, all);
        layers.read(
            List.of(new TextSample("", tokenizer.of(SpokenText.alone(String.join(" ", words))), 0)),
            1,
            "",
            (text, values, start, count) -> {
              assertThat(count).isEqualTo((words.size() + 2) * WIDTH);
              for (int word = 0; word < words.size() - 1; word++) {
                double score = borders.bias()[Math.min(3, words.size() - 1 - word)];
                for (int i = 0; i < 2 * WIDTH; i++) {
                  score += borders.weight()[i] * values[start + (word + 1) * WIDTH + i];
                }
                scores.add(score);
                ends.add(stretch.ends().get(from + word));
              }
            });
      }
    }
    final BorderFigures figures = BorderFigures.of(scores, ends);
    assertThat(figures.auc()).isCloseTo(result.auc(), within(1e-3));
    assertThat(figures.precision()).isCloseTo(result.precision(), within(5e-3));
    assertThat(figures.recall()).isCloseTo(result.recall(), within(5e-3));
  }

  @Test
  void theBordersAreThoseOfTheWholeTrainingAndNothingElseChanges() throws IOException {
    final Path bert = ToySetUp.in(folder);
    final Path data = transcripts("film.csv", 16, 12);
    for (final int firstLayer : new int[] {0, 1}) {
      final Path whole = expert(bert, data, firstLayer, "expert" + firstLayer, line -> {});
      final TextDifference trained = TextDifference.read(whole);
      assertThat(trained.borders(WIDTH)).isPresent();
      assertThat(Files.readString(whole.resolveSibling("TEXT_EXPERT.md")))
          .contains(
              "* borders of utterances: learned from",
              "validation, which says how probable they are: AUC",
              "of what is found are borders");

      final Path again = borders(bert, whole, data, 3, "again" + firstLayer).difference();
      final Path other = borders(bert, whole, data, 4, "other" + firstLayer).difference();

      assertThat(again).hasSameBinaryContentAs(whole);
      final TextDifference changed = TextDifference.read(other);
      assertThat(changed.borders(WIDTH).orElseThrow().weight())
          .isNotEqualTo(trained.borders(WIDTH).orElseThrow().weight());
      assertThat(changed.description()).isEqualTo(trained.description());
      trained
          .tensors()
          .forEach(
              (name, values) -> {
                if (!name.startsWith("borders.")) {
                  assertThat(changed.tensors().get(name)).as(name).containsExactly(values);
                }
              });
    }
  }

  @Test
  void differencesInTheLowerLayersAreApplied() throws IOException {
    final Path bert = ToySetUp.in(folder);
    final Path data = transcripts("film.csv", 16, 12);

    final TextDifference plain = TextDifference.read(expert(bert, data, 1, "plain", line -> {}));
    final TextDifference lower = TextDifference.read(expert(bert, data, 0, "lower", line -> {}));

    assertThat(lower.borders(WIDTH).orElseThrow().weight())
        .isNotEqualTo(plain.borders(WIDTH).orElseThrow().weight());
  }

  @Test
  void ofTooFewBordersNoneAreLearned() throws IOException {
    final Path bert = ToySetUp.in(folder);
    final Path data =
        Files.writeString(folder.resolve("alone.csv"), "text,label\ngood film,2\nbad film,-2\n");
    final List<String> lines = new ArrayList<>();

    final Path expert = expert(bert, data, 1, "expert", lines::add);

    assertThat(lines)
        .filteredOn(line -> line.startsWith("borders"))
        .containsExactly(
            "borders of utterances: 0 borders between utterances of one conversation and 2 words"
                + " inside utterances are too few to learn where utterances end, which takes 50 of"
                + " each; none are learned");
    assertThat(TextDifference.read(expert).borders(WIDTH)).isEmpty();
    assertThat(expert.resolveSibling("TEXT_EXPERT.md"))
        .content()
        .contains("* borders of utterances: none were learned");
  }

  /** No BERT is there: what cannot be learned from is said without it. */
  @Test
  void whatCannotBeUsedIsSaidBeforeAnythingIsLoaded() throws IOException {
    final Path data = transcripts("film.csv", 16, 12);
    final Path few = transcripts("few.csv", 4, 3);
    final Path expert = expert(ToySetUp.in(folder), data, 1, "expert", line -> {});
    final Path other = Files.writeString(folder.resolve("other.vtd"), "something else");

    assertRefused(folder.resolve("none.vtd"), data, "none.vtd is missing");
    assertRefused(other, data, "other.vtd is no text difference");
    assertRefused(folder, data, " is a folder; name the expert's file, text-expert.vtd");
    assertRefused(expert, few, "few.csv: 6 borders between utterances");
    TextBorderTraining.check(new TextBorderTraining.Plan(expert, data, 3));
  }

  private static void assertRefused(final Path expert, final Path data, final String reason) {
    assertThatThrownBy(() -> TextBorderTraining.check(new TextBorderTraining.Plan(expert, data, 3)))
        .isInstanceOf(TrainingInputException.class)
        .hasMessageContaining(reason)
        .message()
        .doesNotContain("\n");
  }

  @Test
  void anExpertOfAnotherBertIsRefused() throws IOException {
    final Path bert = ToySetUp.in(folder);
    final Path data = transcripts("film.csv", 16, 12);
    final TextDifference trained = TextDifference.read(expert(bert, data, 1, "expert", line -> {}));
    final Map<String, List<Long>> shapes = new LinkedHashMap<>(trained.description().shapes());
    final Map<String, float[]> tensors = new LinkedHashMap<>(trained.tensors());
    shapes.put("head.weight", List.of(1L, 9L));
    tensors.put("head.weight", new float[9]);
    final Path wider = folder.resolve("wider.vtd");
    new TextDifference(
            new TextDifference.Description(
                1,
                "wider-9",
                4,
                2,
                trained.description().limits(),
                shapes,
                trained.description().golden(),
                List.of()),
            tensors)
        .write(wider);

    assertThatThrownBy(() -> borders(bert, wider, data, 3, "out"))
        .isInstanceOf(TrainingInputException.class)
        .hasMessageContaining(
            "wider.vtd is no expert of this BERT: it has a tensor head.weight of shape [1, 9]");
  }
}
