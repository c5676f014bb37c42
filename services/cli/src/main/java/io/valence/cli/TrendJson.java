package io.valence.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.valence.schemas.AlertWindow;
import io.valence.schemas.ParticipantTrend;
import io.valence.schemas.SentimentAlert;
import io.valence.schemas.SentimentTrend;
import java.util.Locale;

/** Trends and alerts as JSON for programs: seconds of event time, doubles at full precision. */
final class TrendJson {

  private static final double MICROS_PER_SECOND = 1e6;

  private TrendJson() {}

  private static Double seconds(final Long micros) {
    return micros == null ? null : (Double) (micros / MICROS_PER_SECOND);
  }

  private static String lower(final Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  /** A trend on one line. */
  static String line(final SentimentTrend trend) throws JsonProcessingException {
    final ObjectNode node = EventJson.MAPPER.createObjectNode();
    node.put("trendId", trend.getTrendId());
    node.put("scope", lower(trend.getScope()));
    node.put("kind", lower(trend.getKind()));
    node.put("streamId", trend.getStreamId());
    node.put("sessionId", trend.getSessionId());
    node.put("participantId", trend.getParticipantId());
    node.put("revision", trend.getRevision());
    node.put("start", seconds(trend.getStartMicros()));
    node.put("end", seconds(trend.getEndMicros()));
    node.put("windows", trend.getWindows());
    node.put("knownWindows", trend.getKnownWindows());
    node.put("incompleteWindows", trend.getIncompleteWindows());
    node.put("mean", trend.getMean());
    node.put("slopePerMinute", trend.getSlopePerMinute());
    node.put("negativeShare", trend.getNegativeShare());
    node.put("minimum", trend.getMinimum());
    node.put("minimumAt", seconds(trend.getMinimumAtMicros()));
    node.put("maximum", trend.getMaximum());
    node.put("maximumAt", seconds(trend.getMaximumAtMicros()));
    node.put("first", trend.getFirst());
    node.put("last", trend.getLast());
    node.put("alerts", trend.getAlerts());
    node.put("lateWindows", trend.getLateWindows());
    final ArrayNode participants = node.putArray("participants");
    for (final ParticipantTrend participant : trend.getParticipants()) {
      participants
          .addObject()
          .put("streamId", participant.getStreamId())
          .put("participantId", participant.getParticipantId())
          .put("windows", participant.getWindows())
          .put("knownWindows", participant.getKnownWindows())
          .put("mean", participant.getMean())
          .put("negativeShare", participant.getNegativeShare());
    }
    return EventJson.MAPPER.writeValueAsString(node);
  }

  /** An alert on one line. */
  static String line(final SentimentAlert alert) throws JsonProcessingException {
    final ObjectNode node = EventJson.MAPPER.createObjectNode();
    node.put("alertId", alert.getAlertId());
    node.put("rule", alert.getRule());
    node.put("ruleText", alert.getRuleText());
    node.put("scope", lower(alert.getScope()));
    node.put("streamId", alert.getStreamId());
    node.put("sessionId", alert.getSessionId());
    node.put("participantId", alert.getParticipantId());
    node.put("start", seconds(alert.getStartMicros()));
    node.put("end", seconds(alert.getEndMicros()));
    node.put("value", alert.getValue());
    node.put("threshold", alert.getThreshold());
    node.put("message", alert.getMessage());
    final ArrayNode windows = node.putArray("windows");
    for (final AlertWindow window : alert.getWindows()) {
      windows
          .addObject()
          .put("start", seconds(window.getStartMicros()))
          .put("end", seconds(window.getEndMicros()))
          .put("segmentId", window.getSegmentId())
          .put("eventId", window.getEventId())
          .put("score", window.getScore());
    }
    return EventJson.MAPPER.writeValueAsString(node);
  }
}
