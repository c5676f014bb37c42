package io.valence.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.valence.features.text.BertModelCache;
import io.valence.inference.ModelStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole: broker, registry, six services in processes of their own, one recording through them. */
class DemoTest {

  private static final Path HOME = Path.of(System.getProperty("valence.home"));
  private static final Path SAMPLE = HOME.resolve("deploy/samples/portrait-reading.mp4");
  private static final int WINDOWS = 4;

  @TempDir private Path folder;

  @Test
  void analyzeGivesEachWindowOnceAndAPicture() throws Exception {
    // A copy without the transcript beside it: what needs no BERT runs on every machine.
    final Path recording = Files.copy(SAMPLE, folder.resolve("portrait.mp4"));
    final Path plot = folder.resolve("portrait.png");

    final Run run = Run.of("analyze", recording.toString(), "--json", "--plot", plot.toString());

    assertThat(run.exitCode()).as(run.err()).isZero();
    final List<JsonNode> events = analyzed(run);
    assertWindows(events);
    for (final JsonNode event : events) {
      final JsonNode modalities = event.path("modalities");
      assertThat(modalities.path("visual").path("quality").asDouble()).isGreaterThan(0.9);
      assertThat(modalities.path("audio").path("status").asText()).isEqualTo("present");
      assertThat(modalities.path("text").path("status").asText()).isEqualTo("undeclared");
    }
    assertThat(javax.imageio.ImageIO.read(plot.toFile()).getWidth()).isEqualTo(1200);
  }

  @Test
  void overlappingWindowsShareWhatIsInThem() throws Exception {
    final Path recording = Files.copy(SAMPLE, folder.resolve("portrait.mp4"));
    final Run overlapping =
        Run.of("analyze", recording.toString(), "--json", "--window", "6", "--hop", "3");
    assertThat(overlapping.exitCode()).as(overlapping.err()).isZero();
    final List<JsonNode> events = analyzed(overlapping);
    // 12 s: the last window is the first that reaches the end.
    assertThat(events)
        .extracting(event -> event.path("windowStart").asDouble())
        .containsExactly(0.0, 3.0, 6.0);
    assertThat(events).extracting(event -> event.path("reason").asText()).containsOnly("complete");

    final List<JsonNode> single =
        analyzed(Run.of("analyze", recording.toString(), "--json", "--window", "3"));
    for (int i = 0; i < events.size(); i++) {
      for (final String modality : new String[] {"visual", "audio"}) {
        assertThat(events.get(i).path("modalities").path(modality).path("weight").asDouble())
            .isCloseTo(
                single.get(i).path("modalities").path(modality).path("weight").asDouble()
                    + single.get(i + 1).path("modalities").path(modality).path("weight").asDouble(),
                within(1e-6));
      }
    }
  }

  @Test
  void theDemoGivesTheScoresOfAnalyze() throws Exception {
    assumeTrue(
        new BertModelCache(ModelStore.fromEnvironment().cache()).isComplete(),
        "BERT is not set up on this machine ('deploy/valence setup'): the demo is skipped");

    final Run analyzed = Run.of("analyze", SAMPLE.toString(), "--json");
    final Run demo = Run.of("demo", "--json");

    assertThat(demo.exitCode()).as(demo.err()).isZero();
    assertThat(analyzed.exitCode()).as(analyzed.err()).isZero();
    final List<JsonNode> streamed = new ArrayList<>();
    for (final String line : demo.out().lines().toList()) {
      streamed.add(EventJson.MAPPER.readTree(line));
    }
    final List<JsonNode> expected = analyzed(analyzed);
    assertWindows(streamed);
    for (int i = 0; i < WINDOWS; i++) {
      assertThat(streamed.get(i).path("score").asDouble())
          .isCloseTo(expected.get(i).path("score").asDouble(), within(1e-5));
      assertThat(streamed.get(i).path("reason").asText()).isEqualTo("complete");
      assertThat(streamed.get(i).path("modalities").path("text").path("status").asText())
          .isEqualTo("present");
    }
  }

  private static List<JsonNode> analyzed(final Run run) throws Exception {
    final List<JsonNode> events = new ArrayList<>();
    EventJson.MAPPER.readTree(run.out()).path("events").forEach(events::add);
    return events;
  }

  private static void assertWindows(final List<JsonNode> events) {
    assertThat(events)
        .extracting(event -> event.path("windowStart").asDouble())
        .containsExactly(0.0, 3.0, 6.0, 9.0);
    assertThat(events)
        .allSatisfy(
            event -> {
              final double score = event.path("score").asDouble();
              assertThat(score).isBetween(-3.0, 3.0);
              assertThat(event.path("interval").path(0).asDouble()).isLessThanOrEqualTo(score);
              assertThat(event.path("interval").path(1).asDouble()).isGreaterThanOrEqualTo(score);
            });
  }
}
