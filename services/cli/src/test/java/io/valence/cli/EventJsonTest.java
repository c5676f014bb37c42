package io.valence.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.valence.schemas.EmitReason;
import io.valence.schemas.SentimentClass;
import io.valence.schemas.SentimentEvent;
import io.valence.schemas.WordScore;
import java.util.List;
import org.junit.jupiter.api.Test;

class EventJsonTest {

  private static SentimentEvent.Builder event() {
    return SentimentEvent.newBuilder()
        .setEventId("e")
        .setStreamId("s")
        .setWindowStartMicros(3_000_000)
        .setWindowEndMicros(6_000_000)
        .setScore(1.5)
        .setIntervalLow(0.5)
        .setIntervalHigh(2.5)
        .setSentimentClass(SentimentClass.POSITIVE)
        .setModalities(List.of())
        .setBaseline(0.25)
        .setReason(EmitReason.GRACE_OVER)
        .setBundleId("tiny")
        .setBundleVersion("1.0.0")
        .setCapturedAtMillis(1_000)
        .setCreatedAtMillis(1_250)
        .setLatencyMillis(250);
  }

  @Test
  void anEventHasItsWordsInSeconds() throws Exception {
    final SentimentEvent event =
        event()
            .setWords(
                List.of(
                    new WordScore(2_500_000L, 3_125_000L, -1.2f, 1f),
                    new WordScore(3_125_000L, 3_500_000L, 0.5f, 3f)))
            .build();

    final JsonNode node = EventJson.MAPPER.readTree(EventJson.line(event));

    assertThat(node.path("words").toString())
        .isEqualTo(
            "[{\"start\":2.5,\"end\":3.125,\"score\":-1.2,\"weight\":1.0},"
                + "{\"start\":3.125,\"end\":3.5,\"score\":0.5,\"weight\":3.0}]");
    assertThat(node.path("baseline").asDouble()).isEqualTo(0.25);
    assertThat(node.path("reason").asText()).isEqualTo("grace_over");
    assertThat(node.path("latencySeconds").asDouble()).isEqualTo(0.25);
  }

  @Test
  void anEventWithoutWordsHasAnEmptyList() throws Exception {
    final JsonNode events =
        EventJson.MAPPER.readTree(EventJson.document(List.of(event().build()))).path("events");
    assertThat(events.path(0).path("words").isArray()).isTrue();
    assertThat(events.path(0).path("words")).isEmpty();
  }
}
