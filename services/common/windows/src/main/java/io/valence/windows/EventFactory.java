package io.valence.windows;

import io.valence.model.ModelBundle;
import io.valence.model.SentimentScore;
import io.valence.model.SentimentScorer;
import io.valence.schemas.Modality;
import io.valence.schemas.ModalityReport;
import io.valence.schemas.ModalityStatus;
import io.valence.schemas.SentimentClass;
import io.valence.schemas.SentimentEvent;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Makes the event of a closed window: the scores of a bundle's fusion model with all that a reader
 * needs to judge them. The same window and bundle give the same event, but for the wall clock.
 *
 * <p>Belongs to one thread; close it before the bundle.
 */
public final class EventFactory implements AutoCloseable {

  /** Name space of the event ids, RFC 9562 section 6.5; any fixed value does, but it must stay. */
  private static final UUID NAME_SPACE = UUID.fromString("5f0e9f36-94b5-4b5c-9d0f-6a1f3c2e7b41");

  private final ModelBundle bundle;
  private final SentimentScorer scorer;

  public EventFactory(final ModelBundle bundle) {
    this.bundle = bundle;
    this.scorer = bundle.newScorer();
  }

  /**
   * Scores a window.
   *
   * @param closed the window, as {@link WindowJoin} gives it
   * @param nowMillis wall clock, milliseconds since 1970-01-01 UTC
   * @throws IllegalArgumentException if values are not of the bundle's base space
   * @throws io.valence.inference.InferenceException if the model fails
   */
  public SentimentEvent event(final ClosedWindow closed, final long nowMillis) {
    final Map<io.valence.model.Modality, float[]> vectors =
        new EnumMap<>(io.valence.model.Modality.class);
    final Map<io.valence.model.Modality, Double> qualities =
        new EnumMap<>(io.valence.model.Modality.class);
    for (final MergedModality part : closed.modalities()) {
      if (part.status() == ModalityStatus.PRESENT) {
        final io.valence.model.Modality modality = modelModality(part.modality());
        final String space = bundle.description().baseSpaces().get(modality).id();
        if (!space.equals(part.space())) {
          throw new IllegalArgumentException(
              modality.label() + " values of space " + part.space() + ", the bundle has " + space);
        }
        vectors.put(modality, part.values());
        qualities.put(modality, part.quality());
      }
    }
    final SentimentScore score = scorer.score(vectors, qualities);
    final List<ModalityReport> reports = new ArrayList<>();
    for (final MergedModality part : closed.modalities()) {
      reports.add(report(part, score.modalities().get(modelModality(part.modality()))));
    }
    // Clocks of two machines may disagree: latency is never negative.
    final long captured = Math.min(nowMillis, closed.capturedAtMillis().orElse(nowMillis));
    return SentimentEvent.newBuilder()
        .setEventId(eventId(closed.streamId(), closed.window(), bundle.id(), bundle.version()))
        .setStreamId(closed.streamId())
        .setSessionId(closed.sessionId())
        .setParticipantId(closed.participantId())
        .setWindowStartMicros(closed.window().startMicros())
        .setWindowEndMicros(closed.window().endMicros())
        .setSegmentId(closed.window().segmentId())
        .setScore(score.score())
        .setIntervalLow(score.intervalLow())
        .setIntervalHigh(score.intervalHigh())
        .setSentimentClass(sentimentClass(score.score()))
        .setModalities(reports)
        .setWords(closed.modalities().get(Modality.TEXT.ordinal()).words())
        .setBaseline(score.baseline())
        .setReason(closed.reason())
        .setBundleId(bundle.id())
        .setBundleVersion(bundle.version())
        .setCapturedAtMillis(captured)
        .setCreatedAtMillis(nowMillis)
        .setLatencyMillis(nowMillis - captured)
        .build();
  }

  private static ModalityReport report(final MergedModality part, final SentimentScore.Part score) {
    final boolean present = part.status() == ModalityStatus.PRESENT;
    return ModalityReport.newBuilder()
        .setModality(part.modality())
        .setStatus(part.status())
        .setWeight(part.weight())
        .setQuality(part.quality())
        .setCoverage(part.coverage())
        .setContribution(score.contribution())
        .setScoreAlone(present ? (Double) score.scoreAlone().getAsDouble() : null)
        .setClockOffsetMillis(
            part.clockOffsetMicros().isPresent()
                ? (Double) (part.clockOffsetMicros().getAsLong() / 1e3)
                : null)
        .setInformative(score.informative())
        .build();
  }

  /**
   * The class of a score: rounded to the nearest whole number, halves away from zero.
   *
   * @param score -3 to 3
   */
  public static SentimentClass sentimentClass(final double score) {
    final long rounded = Math.round(Math.abs(score)) * (score < 0 ? -1 : 1);
    return SentimentClass.values()[(int) rounded + 3];
  }

  /**
   * The id of the event that a window gets from a bundle: a name-based UUID of version 5 (RFC 9562
   * section 5.5) over all of these, texts preceded by their length so that no two run together.
   */
  public static String eventId(
      final String streamId,
      final Window window,
      final String bundleId,
      final String bundleVersion) {
    final String segment = window.segmentId() == null ? "" : sized(window.segmentId());
    final String name =
        String.join(
            "|",
            sized(streamId),
            Long.toString(window.startMicros()),
            Long.toString(window.endMicros()),
            segment,
            sized(bundleId),
            sized(bundleVersion));
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
    final byte[] hash = digest.digest(name.getBytes(StandardCharsets.UTF_8));
    hash[6] = (byte) ((hash[6] & 0x0f) | 0x50);
    hash[8] = (byte) ((hash[8] & 0x3f) | 0x80);
    final ByteBuffer bits = ByteBuffer.wrap(hash);
    return new UUID(bits.getLong(), bits.getLong()).toString();
  }

  private static String sized(final String text) {
    return text.length() + ":" + text;
  }

  /** The model's name for a modality of the records. */
  public static io.valence.model.Modality modelModality(final Modality modality) {
    return switch (modality) {
      case VISUAL -> io.valence.model.Modality.VISUAL;
      case AUDIO -> io.valence.model.Modality.AUDIO;
      case TEXT -> io.valence.model.Modality.TEXT;
    };
  }

  @Override
  public void close() {
    scorer.close();
  }
}
