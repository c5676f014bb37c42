package io.valence.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.valence.model.BundleJson;
import io.valence.model.Modality;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shipped bundle on a small corpus, as a user types it. */
class EvaluateTest {

  private static final Path BUNDLE =
      Path.of(System.getProperty("valence.home"), "deploy/bundles/direct");

  private static final int SEGMENTS = 24;

  @TempDir private Path folder;

  /** Texts, labels, and random features as wide as the bundle's: what they say does not matter. */
  private Path corpus(final boolean withTexts) throws Exception {
    final Path corpus = folder.resolve(withTexts ? "talks" : "silent");
    final int width = BundleJson.read(BUNDLE).inputSpaces().get(Modality.TEXT).size();
    final Random random = new Random(1);
    final StringBuilder segments =
        new StringBuilder("segment_id,video_id,start_s,end_s,label,fold");
    final StringBuilder features =
        new StringBuilder("segment_id,")
            .append(
                IntStream.range(0, width).mapToObj(i -> "f" + i).collect(Collectors.joining(",")));
    segments.append(withTexts ? ",text\n" : "\n");
    features.append('\n');
    for (int i = 0; i < SEGMENTS; i++) {
      segments.append("s%d,v%d,0,2,%s,test".formatted(i, i / 4, i % 7 - 3));
      segments.append(
          withTexts
              ? (i % 2 == 0 ? ",\"NOT <b>GOOD</b>, %d\"\n" : ",SO GOOD %d\n").formatted(i)
              : "\n");
      features.append('s').append(i);
      random.doubles(width, -0.5, 0.5).forEach(value -> features.append(',').append((float) value));
      features.append('\n');
    }
    Files.createDirectories(corpus.resolve("features"));
    Files.writeString(corpus.resolve("segments.csv"), segments);
    Files.writeString(corpus.resolve("features/words.csv"), features);
    return corpus;
  }

  private static Run evaluate(final Path corpus, final Path report) {
    final Run run =
        Run.of(
            "evaluate",
            corpus.toString(),
            BUNDLE.toString(),
            "--text",
            "words",
            "--report",
            report.toString());
    assertThat(run.exitCode()).as(run.err()).isZero();
    return run;
  }

  @Test
  void theReportShowsWhereTheBundleFails() throws Exception {
    final Path report = folder.resolve("report");

    final Run run = evaluate(corpus(true), report);

    assertThat(run.out()).startsWith("direct: r ");
    assertThat(report.resolve("report.md")).isRegularFile();
    assertThat(Files.readString(report.resolve("errors.html")))
        .contains("talks, fold test", "NOT &lt;b&gt;GOOD&lt;/b&gt;", "Reliability plot")
        .doesNotContain("<b>GOOD", "NaN", folder.toString());
    assertThat(Files.readAllLines(report.resolve("errors.csv")))
        .hasSize(SEGMENTS + 1)
        .element(1)
        .asString()
        .startsWith("direct,s0,test,\"NOT <b>GOOD</b>, 0\",-3.0000,")
        .endsWith(",3,true,text");
  }

  @Test
  void aCorpusWithoutTextsHasAPageToo() throws Exception {
    final Path report = folder.resolve("report");

    evaluate(corpus(false), report);

    assertThat(Files.readString(report.resolve("errors.html"))).contains("The corpus has no texts");
  }

  @Test
  void theHelpNamesThePage() {
    assertThat(Run.of("evaluate", "--help").out()).contains("errors.html", "errors.csv", "Example");
  }
}
