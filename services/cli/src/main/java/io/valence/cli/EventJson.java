package io.valence.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.valence.schemas.ModalityReport;
import io.valence.schemas.SentimentEvent;
import io.valence.schemas.WordScore;
import java.util.List;
import java.util.Locale;

/** Sentiment events as JSON for programs: seconds of event time, doubles at full precision. */
final class EventJson {

  static final ObjectMapper MAPPER = new ObjectMapper();

  private static final double MICROS_PER_SECOND = 1e6;

  private EventJson() {}

  /** {@code {"events": [...]}}, the form of {@code analyze --json}. */
  static String document(final List<SentimentEvent> events) throws JsonProcessingException {
    final ObjectNode root = MAPPER.createObjectNode();
    final ArrayNode array = root.putArray("events");
    events.forEach(event -> array.add(node(event)));
    return MAPPER.writeValueAsString(root);
  }

  /** One event on one line, the form of {@code demo --json}. */
  static String line(final SentimentEvent event) throws JsonProcessingException {
    return MAPPER.writeValueAsString(node(event));
  }

  private static ObjectNode node(final SentimentEvent event) {
    final ObjectNode node = MAPPER.createObjectNode();
    node.put("eventId", event.getEventId());
    node.put("streamId", event.getStreamId());
    node.put("windowStart", event.getWindowStartMicros() / MICROS_PER_SECOND);
    node.put("windowEnd", event.getWindowEndMicros() / MICROS_PER_SECOND);
    node.put("score", event.getScore());
    node.putArray("interval").add(event.getIntervalLow()).add(event.getIntervalHigh());
    node.put("class", event.getSentimentClass().name().toLowerCase(Locale.ROOT));
    node.put("baseline", event.getBaseline());
    final ObjectNode modalities = node.putObject("modalities");
    for (final ModalityReport report : event.getModalities()) {
      final ObjectNode modality =
          modalities.putObject(report.getModality().name().toLowerCase(Locale.ROOT));
      modality.put("status", report.getStatus().name().toLowerCase(Locale.ROOT));
      modality.put("weight", report.getWeight());
      modality.put("quality", report.getQuality());
      modality.put("coverage", report.getCoverage());
      modality.put("contribution", report.getContribution());
      modality.put("scoreAlone", report.getScoreAlone());
      modality.put("clockOffsetMillis", report.getClockOffsetMillis());
      modality.put("informative", report.getInformative());
    }
    final ArrayNode words = node.putArray("words");
    for (final WordScore word : event.getWords()) {
      words
          .addObject()
          .put("start", word.getStartMicros() / MICROS_PER_SECOND)
          .put("end", word.getEndMicros() / MICROS_PER_SECOND)
          .put("score", word.getScore())
          .put("weight", word.getWeight());
    }
    node.put("reason", event.getReason().name().toLowerCase(Locale.ROOT));
    node.put("bundle", event.getBundleId() + " " + event.getBundleVersion());
    node.put("latencySeconds", event.getLatencyMillis() / 1000.0);
    return node;
  }
}
