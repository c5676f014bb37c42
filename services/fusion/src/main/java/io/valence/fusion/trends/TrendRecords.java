package io.valence.fusion.trends;

import io.valence.schemas.AlertWindow;
import io.valence.schemas.ParticipantTrend;
import io.valence.schemas.SentimentAlert;
import io.valence.schemas.SentimentTrend;
import io.valence.schemas.TrendKind;
import io.valence.schemas.TrendScope;
import io.valence.windows.Window;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.OptionalDouble;
import java.util.UUID;

/** Makes the records of one stream or session; the same state gives the same, but for the wall clock. */
final class TrendRecords {

  /** Name space of the ids, RFC 9562 section 6.5; any fixed value does, but it must stay. */
  private static final UUID NAME_SPACE = UUID.fromString("a8b6b9c2-52f0-4c1e-8a5c-6f4f6f1f2d90");

  private final TrendScope scope;
  private final String streamId;
  private final String sessionId;
  private final String participantId;

  private TrendRecords(
      final TrendScope scope,
      final String streamId,
      final String sessionId,
      final String participantId) {
    this.scope = scope;
    this.streamId = streamId;
    this.sessionId = sessionId;
    this.participantId = participantId;
  }

  static TrendRecords of(final StreamTrend stream) {
    return new TrendRecords(
        TrendScope.STREAM, stream.streamId(), stream.sessionId(), stream.participantId());
  }

  static TrendRecords ofSession(final String sessionId) {
    return new TrendRecords(TrendScope.SESSION, null, sessionId, null);
  }

  private String id() {
    return scope == TrendScope.STREAM ? streamId : sessionId;
  }

  /** The moving figures after the latest window. */
  SentimentTrend update(
      final TrendSeries series, final TrendSettings settings, final long nowMillis) {
    final Window latest = series.history().get(series.history().size() - 1).window();
    return trend(TrendKind.UPDATE, 1, latest.toString(), series.moving(settings), series, nowMillis)
        .build();
  }

  /** The figures over all windows. */
  SentimentTrend summary(
      final TrendSeries series,
      final int revision,
      final List<ParticipantTrend> participants,
      final long nowMillis) {
    return trend(TrendKind.SUMMARY, revision, "", series.totals(), series, nowMillis)
        .setParticipants(participants)
        .build();
  }

  private SentimentTrend.Builder trend(
      final TrendKind kind,
      final int revision,
      final String at,
      final TrendTotals totals,
      final TrendSeries series,
      final long nowMillis) {
    final boolean known = totals.known() > 0;
    return SentimentTrend.newBuilder()
        .setTrendId(uuid("trend", scope.name(), id(), kind.name(), Integer.toString(revision), at))
        .setScope(scope)
        .setKind(kind)
        .setStreamId(streamId)
        .setSessionId(sessionId)
        .setParticipantId(participantId)
        .setRevision(revision)
        .setStartMicros(totals.startMicros())
        .setEndMicros(totals.endMicros())
        .setWindows(totals.windows())
        .setKnownWindows(totals.known())
        .setIncompleteWindows(totals.incomplete())
        .setMean(boxed(totals.mean()))
        .setSlopePerMinute(boxed(totals.slopePerMinute()))
        .setNegativeShare(boxed(totals.negativeShare()))
        .setMinimum(known ? (Double) totals.minimum() : null)
        .setMinimumAtMicros(known ? (Long) totals.minimumAtMicros() : null)
        .setMaximum(known ? (Double) totals.maximum() : null)
        .setMaximumAtMicros(known ? (Long) totals.maximumAtMicros() : null)
        .setFirst(known ? (Double) totals.first() : null)
        .setLast(known ? (Double) totals.last() : null)
        .setAlerts(series.alerts())
        .setLateWindows(series.late())
        .setParticipants(List.of())
        .setCreatedAtMillis(nowMillis);
  }

  static ParticipantTrend participant(final SessionTrend.Member member) {
    return ParticipantTrend.newBuilder()
        .setStreamId(member.streamId())
        .setParticipantId(member.participantId())
        .setWindows(member.totals().windows())
        .setKnownWindows(member.totals().known())
        .setMean(boxed(member.totals().mean()))
        .setNegativeShare(boxed(member.totals().negativeShare()))
        .build();
  }

  SentimentAlert alert(final TrendSeries.Alarm alarm, final long nowMillis) {
    final AlertRule rule = alarm.rule();
    final List<TrendWindow> windows = alarm.finding().windows();
    final TrendWindow latest = windows.get(windows.size() - 1);
    final String subject =
        scope == TrendScope.SESSION
            ? "Session " + sessionId
            : "Stream " + streamId + (participantId == null ? "" : " (" + participantId + ")");
    return SentimentAlert.newBuilder()
        .setAlertId(
            uuid("alert", rule.name(), rule.text(), scope.name(), id(), latest.window().toString()))
        .setRule(rule.name())
        .setRuleText(rule.text())
        .setScope(scope)
        .setStreamId(streamId)
        .setSessionId(sessionId)
        .setParticipantId(participantId)
        // In the order of their ends, but a long segment may begin before a short one that it
        // follows.
        .setStartMicros(windows.stream().mapToLong(TrendWindow::startMicros).min().orElseThrow())
        .setEndMicros(latest.endMicros())
        .setWindows(windows.stream().map(TrendRecords::window).toList())
        .setValue(alarm.finding().value())
        .setThreshold(rule.threshold())
        .setMessage(rule.message(subject, alarm.finding()))
        .setCreatedAtMillis(nowMillis)
        .build();
  }

  private static AlertWindow window(final TrendWindow window) {
    return AlertWindow.newBuilder()
        .setStartMicros(window.startMicros())
        .setEndMicros(window.endMicros())
        .setSegmentId(window.window().segmentId())
        .setEventId(window.eventId())
        .setScore(boxed(window.score()))
        .build();
  }

  private static Double boxed(final OptionalDouble value) {
    return value.isPresent() ? (Double) value.getAsDouble() : null;
  }

  /**
   * A name-based UUID of version 5 (RFC 9562 section 5.5), texts preceded by their length so that no
   * two run together.
   */
  private static String uuid(final String... parts) {
    final StringBuilder name = new StringBuilder();
    for (final String part : parts) {
      name.append(part.length()).append(':').append(part).append('|');
    }
    final MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-1");
    } catch (final NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-1", e);
    }
    digest.update(
        ByteBuffer.allocate(16)
            .putLong(NAME_SPACE.getMostSignificantBits())
            .putLong(NAME_SPACE.getLeastSignificantBits())
            .array());
    final byte[] hash = digest.digest(name.toString().getBytes(StandardCharsets.UTF_8));
    hash[6] = (byte) ((hash[6] & 0x0f) | 0x50);
    hash[8] = (byte) ((hash[8] & 0x3f) | 0x80);
    final ByteBuffer bits = ByteBuffer.wrap(hash);
    return new UUID(bits.getLong(), bits.getLong()).toString();
  }
}
