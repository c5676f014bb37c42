package io.valence.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.valence.corpora.Fold;
import io.valence.evaluation.Metric;
import io.valence.features.text.BertExpert;
import io.valence.features.text.ContextLimits;
import io.valence.features.text.SetUpProgress;
import io.valence.features.text.TextDifference;
import io.valence.features.text.TextExpertCache;
import io.valence.features.text.ToySetUp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Learning on a BERT of two small layers, where the sentiment is in two words and in the context. */
class TextExpertTrainingTest {

  private static final ContextLimits LIMITS = new ContextLimits(1, 4, 4);
  private static final TextExpertOptions OPTIONS =
      new TextExpertOptions(4, 2, 0, 0.02, 0, 0.1, 0.02, 1, 0, 0, 3);

  @TempDir Path folder;

  /** A text is worth what its word says, turned round if the text before was "not". */
  private Path transcripts() throws IOException {
    final Random random = new Random(1);
    final StringBuilder csv = new StringBuilder("conversation,order,text,label,fold\n");
    for (int conversation = 0; conversation < 150; conversation++) {
      final boolean turned = random.nextBoolean();
      final boolean good = random.nextBoolean();
      final String fold = conversation < 100 ? "train" : conversation < 120 ? "valid" : "test";
      csv.append("c%d,1,%s,0,%s\n".formatted(conversation, turned ? "not" : "film", fold));
      csv.append(
          "c%d,2,%s,%d,%s\n"
              .formatted(conversation, good ? "good" : "bad", good == turned ? -2 : 2, fold));
    }
    return Files.writeString(folder.resolve("planted.csv"), csv);
  }

  private static TextExpertTraining.Plan plan(
      final Path data, final ContextLimits limits, final int epochs) {
    return new TextExpertTraining.Plan(
        List.of(), data, 1, epochs, 8, 8, limits, Optional.empty(), null);
  }

  private TextExpertTraining training(
      final Path bert, final TextExpertOptions options, final Consumer<String> log) {
    return new TextExpertTraining(bert, options, log);
  }

  /** A training that ends at a line of its log, as in a power cut. */
  private void stopAt(
      final String beginning,
      final Path bert,
      final TextExpertOptions options,
      final TextExpertTraining.Plan plan,
      final Path out) {
    assertThatThrownBy(
            () ->
                training(
                        bert,
                        options,
                        line -> {
                          if (line.startsWith(beginning)) {
                            throw new IllegalStateException("power cut");
                          }
                        })
                    .run(plan, out))
        .hasMessage("power cut");
  }

  private static double testCorrelation(final TextExpertTraining.Result result) {
    return result.figures().get("planted.csv, test").mean().get(Metric.PEARSON).value();
  }

  @Test
  void whatIsOnlyInTheContextIsLearnedFromIt() throws IOException {
    final Path bert = ToySetUp.in(folder);
    final Path data = transcripts();

    final double inContext =
        testCorrelation(
            training(bert, OPTIONS, line -> {})
                .run(plan(data, LIMITS, 12), folder.resolve("context")));
    final double alone =
        testCorrelation(
            training(bert, OPTIONS, line -> {})
                .run(plan(data, new ContextLimits(0, 0, 4), 12), folder.resolve("alone")));

    assertThat(inContext).isGreaterThan(0.9);
    assertThat(alone).isLessThan(0.5);
  }

  @Test
  void aTrainingThatWasStoppedGoesOnToTheSameWeights() throws IOException {
    final Path bert = ToySetUp.in(folder);
    final Path data = transcripts();
    final TextExpertOptions dropping =
        new TextExpertOptions(4, 2, 1, 0.02, 0.01, 0.1, 0.02, 1, 0.1, 0.2, 3);
    final Path whole =
        training(bert, dropping, line -> {})
            .run(plan(data, LIMITS, 4), folder.resolve("whole"))
            .difference();

    final Path out = folder.resolve("stopped");
    final List<String> lines = new ArrayList<>();
    stopAt("transcripts, epoch 3 of 4: loss", bert, dropping, plan(data, LIMITS, 4), out);
    assertThat(out.resolve(TextExpertTraining.DIFFERENCE)).doesNotExist();
    final Path taken =
        training(bert, dropping, lines::add).run(plan(data, LIMITS, 4), out).difference();

    assertThat(lines).anyMatch(line -> line.contains("goes on after epoch 2 of 4"));
    assertThat(taken).hasSameBinaryContentAs(whole);
    assertThat(out.resolve("checkpoint.bin")).doesNotExist();
  }

  private TextExpertTraining.Plan sentencesAndTranscripts() throws IOException {
    final Path sentences =
        Files.writeString(
            folder.resolve("sentences.txt"), "4 very good\n0 bad\n3 good\n1 dull film\n");
    return new TextExpertTraining.Plan(
        List.of(sentences), transcripts(), 1, 2, 2, 8, LIMITS, Optional.empty(), null);
  }

  @Test
  void aTrainingThatWasStoppedWhileItScoredNeedNotLearnAgain() throws IOException {
    final Path bert = ToySetUp.in(folder);
    final TextExpertTraining.Plan plan = sentencesAndTranscripts();
    final Path whole = folder.resolve("whole");
    final TextExpertTraining.Result expected = training(bert, OPTIONS, line -> {}).run(plan, whole);

    final Path out = folder.resolve("stopped");
    stopAt("planted.csv, valid: r", bert, OPTIONS, plan, out);
    assertThat(out.resolve(TextExpertTraining.DIFFERENCE))
        .as("the difference is written before anything is judged")
        .exists();
    final List<String> lines = new ArrayList<>();
    final TextExpertTraining.Result taken = training(bert, OPTIONS, lines::add).run(plan, out);

    assertThat(lines).noneMatch(line -> line.contains("loss"));
    assertThat(taken.figures())
        .containsOnlyKeys(
            "planted.csv, valid after the sentences alone",
            "planted.csv, test after the sentences alone",
            "planted.csv, valid",
            "planted.csv, test")
        .isEqualTo(expected.figures());
    for (final String name : List.of("text-expert.vtd", "scores.csv", "TEXT_EXPERT.md")) {
      assertThat(out.resolve(name)).hasSameBinaryContentAs(whole.resolve(name));
    }
    assertThat(out.resolve("checkpoint.bin")).doesNotExist();
  }

  @Test
  void figuresOfOtherTextsAreNotTakenUp() throws IOException {
    final Path bert = ToySetUp.in(folder);
    final TextExpertTraining.Plan plan = sentencesAndTranscripts();
    final Path out = folder.resolve("stopped");
    stopAt("transcripts, epoch 2", bert, OPTIONS, plan, out);
    Files.writeString(out.resolve("scores-sentences.csv"), "id,fold,label,score\nother,test,1,1\n");
    final List<String> lines = new ArrayList<>();

    final TextExpertTraining.Result result = training(bert, OPTIONS, lines::add).run(plan, out);

    assertThat(result.figures()).containsOnlyKeys("planted.csv, valid", "planted.csv, test");
    assertThat(lines).anyMatch(line -> line.contains("does not hold the scores of these texts"));
  }

  @Test
  void aSpaceHasANameThatADifferenceCanCarry() throws IOException {
    for (final String wrong : List.of("", "my space", "bert/1", "-x", "bert-base-uncased-768")) {
      assertThatThrownBy(
              () ->
                  new TextExpertTraining.Plan(
                      List.of(),
                      folder.resolve("my.csv"),
                      1,
                      1,
                      8,
                      8,
                      LIMITS,
                      Optional.of(wrong),
                      null))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("space");
    }
  }

  @Test
  void expertsOfOtherSeedsRanksOrRatesHaveSpacesOfTheirOwn() throws IOException {
    final Path bert = ToySetUp.in(folder);
    final Path data = transcripts();
    final List<String> spaces = new ArrayList<>();
    for (final TextExpertOptions options :
        List.of(
            OPTIONS,
            OPTIONS.withSeed(4),
            new TextExpertOptions(2, 2, 0, 0.02, 0, 0.1, 0.02, 1, 0, 0, 3),
            new TextExpertOptions(4, 2, 0, 0.01, 0, 0.1, 0.02, 1, 0, 0, 3))) {
      final Path out = folder.resolve("out" + spaces.size());
      spaces.add(
          TextDifference.read(
                  training(bert, options, line -> {}).run(plan(data, LIMITS, 1), out).difference())
              .description()
              .space());
    }

    assertThat(spaces).doesNotHaveDuplicates();
  }

  @Test
  void aCheckpointOfAnotherTrainingIsNotTakenUp() throws IOException {
    final Path bert = ToySetUp.in(folder);
    final Path data = transcripts();
    final Path out = folder.resolve("out");
    stopAt("transcripts, epoch 2", bert, OPTIONS, plan(data, LIMITS, 3), out);

    assertThatThrownBy(
            () -> training(bert, OPTIONS.withSeed(9), line -> {}).run(plan(data, LIMITS, 3), out))
        .isInstanceOf(TrainingInputException.class)
        .hasMessageContaining("belongs to a training with other data or options; delete it");
  }

  @Test
  void theDifferenceKnowsAGoldenText() throws IOException {
    final Path difference =
        training(ToySetUp.in(folder), OPTIONS, line -> {})
            .run(plan(transcripts(), LIMITS, 1), folder.resolve("out"))
            .difference();

    final TextDifference read = TextDifference.read(difference);

    assertThat(read.description().golden().vector()).hasSize(8);
    assertThat(read.description().golden().score()).isFinite();
    assertThat(read.description().trainingData()).containsExactly("planted.csv");
    assertThat(read.tensors()).hasSize(2 * 6 * 2 + 2);
    assertThat((double) Files.size(difference)).isCloseTo(3_700, within(1_500.0));
  }

  @Test
  void oneClassIsNothingToLearnFrom() throws IOException {
    final Path data =
        Files.writeString(
            folder.resolve("one.csv"),
            "text,label,fold\ngood,1,train\nbad,1,train\nfilm,1,valid\nso,2,valid\n");

    assertThatThrownBy(
            () ->
                training(ToySetUp.in(folder), OPTIONS, line -> {})
                    .run(plan(data, LIMITS, 1), folder.resolve("out")))
        .isInstanceOf(TrainingInputException.class)
        .hasMessageContaining("2 training texts with 1 different labels");
  }

  private Path file(final String name, final String content) throws IOException {
    return Files.writeString(folder.resolve(name), content);
  }

  private static TextExpertTraining.Plan plan(
      final List<Path> first, final Path data, final Path judge) {
    return new TextExpertTraining.Plan(first, data, 1, 1, 2, 2, LIMITS, Optional.empty(), judge);
  }

  private static void assertRefused(final TextExpertTraining.Plan plan, final String reason) {
    assertThatThrownBy(() -> TextExpertTraining.check(plan, 3))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(reason)
        .message()
        .doesNotContain("\n");
  }

  /** No BERT is there: what cannot be learned from is said without it. */
  @Test
  void whatCannotBeUsedIsSaidBeforeAnythingIsLoaded() throws IOException {
    final Path usable = file("usable.csv", "text,label,fold\ngood,1,train\nbad,-1,train\n");
    final Path held = file("held.csv", "text,label,fold\ngood,1,valid\nbad,-1,test\n");
    final Path alike = file("alike.csv", "text,label\ngood,1\nbad,1\n");
    final Path lines = file("alike.txt", "4 good\n4 bad\n");
    final Path textless = Files.createDirectories(folder.resolve("folder"));
    Files.writeString(
        textless.resolve("segments.csv"),
        "segment_id,video_id,start_s,end_s,text,label,fold\na,v,0,1,,1,test\nb,w,0,1,,-1,valid\n");

    assertRefused(plan(List.of(), held, null), "held.csv: no labelled text is in fold train");
    assertRefused(
        plan(List.of(), alike, null), "alike.csv: 2 training texts with 1 different labels");
    assertRefused(plan(List.of(lines), usable, null), "--first: 2 training texts with 1");
    assertRefused(plan(List.of(held), usable, null), "--first learns from these only");
    assertRefused(plan(List.of(), usable, usable), "usable.csv: no labelled text is in fold valid");
    assertRefused(plan(List.of(), usable, textless), "folder: no labelled text is in fold valid");
    TextExpertTraining.check(plan(List.of(usable), usable, held), 3);
  }

  @Test
  void aTextThatIsADocumentIsRefusedWhereverItLies() throws IOException {
    final String words = "word\u00a0".repeat(1_001);
    final Path corpus = Files.createDirectories(folder.resolve("corpus"));
    Files.writeString(
        corpus.resolve("segments.csv"),
        "segment_id,video_id,start_s,end_s,text,label,fold\na,v,0,1,"
            + "w".repeat(10_001)
            + ",1,train\nb,w,0,1,bad,-1,train\n");
    final Path usable = file("usable.csv", "text,label\ngood,1\nbad,-1\n");

    assertRefused(
        plan(List.of(), corpus, null), "corpus, a: a text of 10001 characters, at most 10000");
    assertRefused(
        plan(List.of(file("long.txt", "4 good\n0 " + words + "\n")), usable, null),
        "long.txt:2: a text of 1001 words, at most 1000");
    assertRefused(
        plan(List.of(), file("long.csv", "text,label\n" + words + ",1\n"), null),
        "long.csv, line 2: a text of 1001 words");
  }

  @Test
  void ofSentencesOnlyThoseAreLearnedThatWereMeantTo() throws IOException {
    final Path csv =
        file("first.csv", "text,label,fold\ngood,3,train\nbad,-3,none\nfilm,1,valid\nso,2,test\n");
    final Path dev = file("stsa.fine.dev", "4 good\n0 bad\n");

    final TextExpertData data =
        TextExpertData.read(plan(List.of(csv, dev), null, null), 3, line -> {});

    assertThat(data.first().get(0).segments())
        .extracting(segment -> segment.text().orElseThrow())
        .containsExactly("good", "bad");
    assertThat(data.first().get(0).scale()).isEqualTo(1);
    assertThat(data.first().get(1).segments()).hasSize(2);
    assertThat(data.first().get(1).scale()).isCloseTo(1.3 / 1.5, within(1e-9));
  }

  @Test
  void whereNoEpochCanBeChosenTheLastOneIsKept() throws IOException {
    final Path bert = ToySetUp.in(folder);
    final String[][] cases = {
      {"text,label\ngood,2\nbad,-2\nfilm,0\n", "all are learned from, and the last epoch is kept"},
      {"text,label,fold\ngood,2,train\nbad,-2,train\n", "0 texts with 0 different labels"},
      {
        "text,label,fold\ngood,2,train\nbad,-2,train\nfilm,1,valid\n",
        "1 texts with 1 different labels in fold valid cannot choose an epoch"
      }
    };
    for (final String[] each : cases) {
      final List<String> lines = new ArrayList<>();
      final Path out = folder.resolve("out");

      training(bert, OPTIONS, lines::add).run(plan(List.of(), file("few.csv", each[0]), null), out);

      assertThat(lines).filteredOn(line -> line.contains(each[1])).hasSize(1);
      assertThat(out.resolve("TEXT_EXPERT.md")).exists();
    }
  }

  @Test
  void aTenthOfTheConversationsIsHeldOutOfAFew() throws IOException {
    final StringBuilder csv = new StringBuilder("conversation,text,label\n");
    for (int conversation = 0; conversation < 5; conversation++) {
      csv.append("c%d,good,2\nc%d,bad,-2\n".formatted(conversation, conversation));
    }

    final TextExpertData data =
        TextExpertData.read(plan(List.of(), file("five.csv", csv.toString()), null), 3, line -> {});

    assertThat(data.training()).hasSize(8);
    assertThat(data.validation()).hasSize(2);
  }

  @Test
  void aFoldWithoutTextsIsNotJudged() throws IOException {
    final Path corpus = Files.createDirectories(folder.resolve("corpus"));
    Files.writeString(
        corpus.resolve("segments.csv"),
        "segment_id,video_id,start_s,end_s,text,label,fold\n"
            + "a,v,0,1,good,1,test\nb,v,1,2,bad,-1,test\nc,w,0,1,,-1,valid\n");

    final TextExpertTraining.Result result =
        training(ToySetUp.in(folder), OPTIONS, line -> {})
            .run(plan(List.of(), transcripts(), corpus), folder.resolve("out"));

    assertThat(result.figures()).containsOnlyKeys("corpus, test");
  }

  @Test
  void itIsSaidHowManyTextsAreReadInPart() throws IOException {
    final Path data =
        file(
            "long.csv",
            "text,label,fold\n"
                + "good good good good good,2,train\nbad bad bad bad bad,-2,train\n"
                + "good good good good,1,train\nfilm bad bad bad bad,-2,valid\ngood,1,valid\n");
    final List<String> lines = new ArrayList<>();

    training(ToySetUp.in(folder), OPTIONS, lines::add)
        .run(plan(List.of(), data, null), folder.resolve("out"));

    assertThat(lines)
        .filteredOn(line -> line.contains("word pieces: only"))
        .containsExactly(
            "2 texts have more than 4 word pieces: only their beginning is read",
            "1 text has more than 4 word pieces: only its beginning is read");
  }

  @Test
  void mergedIntoBertTheExpertScoresAsItDidInTraining() throws IOException {
    final Path bert = ToySetUp.in(folder);
    final Path data = transcripts();
    final Path out = folder.resolve("out");
    final Path difference =
        training(bert, OPTIONS, line -> {}).run(plan(data, LIMITS, 2), out).difference();

    final Path merged = TextExpertCache.prepare(bert, difference, SetUpProgress.NONE);

    final TextExpertScores trained = TextExpertScores.read(out);
    final LabelledTexts test = LabelledTexts.of(TextExpertData.read(data).fold(Fold.TEST), true);
    try (BertExpert expert = BertExpert.open(merged)) {
      final float[][] vectors = expert.embed(test.spoken());
      final Map<String, Float> served = new HashMap<>();
      for (int i = 0; i < vectors.length; i++) {
        served.put(test.ids().get(i), Math.max(-3, Math.min(3, expert.score(vectors[i]))));
      }
      assertThat(trained.rows().get(Fold.TEST)).hasSameSizeAs(served.keySet());
      for (final TextExpertScores.Row row : trained.rows().get(Fold.TEST)) {
        assertThat(served.get(row.id())).isCloseTo(row.score(), within(2e-5f));
      }
    }
    assertThat(TextDifference.read(difference).description().space())
        .matches("bert-expert-[0-9a-f]{8}-8");
  }

  @Test
  void whatSentencesAloneHaveTaughtIsScoredToo() throws IOException {
    final Path bert = ToySetUp.in(folder);
    final Path sentences =
        Files.writeString(
            folder.resolve("sentences.txt"), "4 very good\n0 bad\n3 good\n1 dull film\n");
    final TextExpertTraining.Plan plan =
        new TextExpertTraining.Plan(
            List.of(sentences), transcripts(), 1, 1, 2, 8, LIMITS, Optional.of("bert-my-8"), null);

    final TextExpertTraining.Result result =
        training(bert, OPTIONS, line -> {}).run(plan, folder.resolve("out"));

    assertThat(result.figures())
        .containsKeys("planted.csv, test", "planted.csv, test after the sentences alone");
    assertThat(TextDifference.read(result.difference()).description().space())
        .isEqualTo("bert-my-8");
  }
}
