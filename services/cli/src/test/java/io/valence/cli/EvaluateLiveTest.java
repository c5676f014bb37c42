package io.valence.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.valence.features.text.BertModelCache;
import io.valence.inference.ModelStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine.ExitCode;

/** The shipped bundle on transcripts that come in windows, as a user types it. */
class EvaluateLiveTest {

  private static final String GOOD = "I REALLY LOVED THIS MOVIE IT WAS WONDERFUL AND SO FUNNY";
  private static final String BAD =
      "IT WAS THE WORST FILM EVER BORING AND A TERRIBLE WASTE OF TIME";

  @TempDir private Path folder;

  /** One recording: what is said of it is good for 5 s, then bad for 5 s, and so on. */
  private Path corpus(final boolean withTimes) throws IOException {
    final StringBuilder segments =
        new StringBuilder("segment_id,video_id,start_s,end_s,text,label,fold\n");
    for (int i = 0; i < 4; i++) {
      segments.append(
          "s%d,v,%d,%d,%s,%s,test\n"
              .formatted(
                  i,
                  withTimes ? 5 * i : 0,
                  withTimes ? 5 * i + 5 : 0,
                  i % 2 == 0 ? GOOD : BAD,
                  i % 2 == 0 ? "2.4" : "-2.6"));
    }
    Files.writeString(folder.resolve("segments.csv"), segments);
    return folder;
  }

  private static JsonNode figures(final Path corpus, final String... options) throws IOException {
    final List<String> arguments = new ArrayList<>(List.of("evaluate-live", corpus.toString()));
    arguments.add("--json");
    arguments.addAll(List.of(options));
    final Run run = Run.of(arguments.toArray(String[]::new));
    assertThat(run.exitCode()).as(run.err()).isZero();
    return new ObjectMapper().readTree(run.out());
  }

  private static void requireBert() {
    assumeTrue(
        new BertModelCache(ModelStore.fromEnvironment().cache()).isComplete(),
        "BERT is not set up on this machine ('deploy/valence setup'): skipped");
  }

  @Test
  void windowsTellTheSegmentsApart() throws IOException {
    requireBert();
    final Path corpus = corpus(true);

    for (final JsonNode figures : List.of(figures(corpus), figures(corpus, "--hop", "1"))) {
      assertThat(figures.path("segments").asInt()).isEqualTo(4);
      assertThat(figures.path("PEARSON").asDouble()).isGreaterThan(0.95);
      assertThat(figures.path("ACCURACY_2_NON_ZERO").asDouble()).isOne();
      assertThat(figures.path("MAE").asDouble()).isLessThan(1);
      final JsonNode byWindows = figures.path("byWindows");
      assertThat(byWindows.path("segments").asInt()).isEqualTo(4);
      assertThat(byWindows.path("withoutWords").asInt()).isZero();
      assertThat(byWindows.path("PEARSON").asDouble()).isGreaterThan(0.95);
      assertThat(byWindows.path("ACCURACY_2_NON_ZERO").asDouble()).isOne();
      assertThat(byWindows.path("MAE").asDouble()).isLessThan(1);
    }
  }

  @Test
  void windowsThatCannotLieSoAreRefused() throws IOException {
    final Run run = Run.of("evaluate-live", corpus(true).toString(), "--hop", "2");

    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(run.err()).contains("--hop: a hop of 2 s does not go into a window of 3 s");
  }

  @Test
  void aCorpusWithoutTimesIsRefused() throws IOException {
    final Run run = Run.of("evaluate-live", corpus(false).toString());

    assertThat(run.exitCode()).isEqualTo(3);
    assertThat(run.err()).contains("it is not known when segment s0 was said");
  }
}
