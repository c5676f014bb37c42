package io.valence.fusion.trends;

import io.valence.schemas.EmitReason;
import io.valence.schemas.Modality;
import io.valence.schemas.ModalityReport;
import io.valence.schemas.ModalityStatus;
import io.valence.schemas.SentimentClass;
import io.valence.schemas.SentimentEvent;
import io.valence.schemas.SessionNote;
import io.valence.schemas.SessionNoteKind;
import io.valence.schemas.TrendScope;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Events and notes in seconds; the interval is the score and 0.5 to both sides. */
final class Events {

  static final long SECOND = 1_000_000;

  private Events() {}

  static SentimentEvent event(final int from, final int to, final double score) {
    return event("s", null, from, to, score, ModalityStatus.PRESENT);
  }

  /** Nothing is known of it: the score is the baseline. */
  static SentimentEvent unknown(final int from, final int to) {
    return event("s", null, from, to, -2.5, ModalityStatus.SILENT);
  }

  static SentimentEvent missing(final int from, final int to) {
    return event("s", null, from, to, -2.5, ModalityStatus.MISSING);
  }

  static SentimentEvent event(
      final String streamId,
      final String sessionId,
      final int from,
      final int to,
      final double score,
      final ModalityStatus words) {
    return SentimentEvent.newBuilder()
        .setEventId("event-" + from)
        .setStreamId(streamId)
        .setSessionId(sessionId)
        .setWindowStartMicros(from * SECOND)
        .setWindowEndMicros(to * SECOND)
        .setScore(score)
        .setIntervalLow(Math.max(-3, score - 0.5))
        .setIntervalHigh(Math.min(3, score + 0.5))
        .setSentimentClass(SentimentClass.NEUTRAL)
        .setModalities(
            List.of(
                // Face and voice are there, but the bundle has learned nothing from them.
                report(Modality.VISUAL, ModalityStatus.PRESENT, false),
                report(Modality.AUDIO, ModalityStatus.PRESENT, false),
                report(Modality.TEXT, words, true)))
        .setBaseline(-2.5)
        .setReason(EmitReason.COMPLETE)
        .setBundleId("tiny")
        .setBundleVersion("1.0.0")
        .setCapturedAtMillis(0)
        .setCreatedAtMillis(0)
        .setLatencyMillis(0)
        .build();
  }

  private static ModalityReport report(
      final Modality modality, final ModalityStatus status, final boolean informative) {
    return ModalityReport.newBuilder()
        .setModality(modality)
        .setStatus(status)
        .setWeight(0)
        .setQuality(0)
        .setCoverage(1)
        .setContribution(0)
        .setInformative(informative)
        .build();
  }

  static TrendWindow window(final int from, final int to, final double score) {
    return TrendWindow.of(event(from, to, score));
  }

  static SessionNote.Builder note(
      final String streamId, final SessionNoteKind kind, final int reached) {
    return SessionNote.newBuilder()
        .setSessionId("talk")
        .setStreamId(streamId)
        .setParticipantId(streamId.toUpperCase(java.util.Locale.ROOT))
        .setKind(kind)
        .setReachedMicros(reached * SECOND)
        .setCreatedAtMillis(0);
  }

  static SessionNote note(final String streamId, final int from, final int to, final Double score) {
    return note(streamId, SessionNoteKind.WINDOW, to)
        .setWindowStartMicros(from * SECOND)
        .setWindowEndMicros(to * SECOND)
        .setScore(score)
        .build();
  }

  static AlertRule below(final double threshold, final int windows, final TrendScope scope) {
    return new AlertRule(
        "low", AlertRule.Type.BELOW, threshold, windows, 0, scope, Optional.empty(), false);
  }

  static TrendSettings settings(final AlertRule... rules) {
    return new TrendSettings(
        Duration.ofSeconds(30), Duration.ofMinutes(1), Duration.ofDays(8), List.of(rules));
  }
}
