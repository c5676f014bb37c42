package io.valence.fusion;

import io.valence.model.BundleDescription;
import io.valence.model.BundleDescription.Space;
import io.valence.model.BundleException;
import io.valence.model.BundleLease;
import io.valence.model.LiveBundle;
import io.valence.model.Modality;
import io.valence.schemas.SchemaRefusedException;
import io.valence.schemas.SentimentEvent;
import io.valence.schemas.ShadowScore;
import io.valence.schemas.TopicCatalogue;
import io.valence.streams.RecordEncoder;
import io.valence.streams.StreamsSettings;
import io.valence.windows.ClosedWindow;
import io.valence.windows.EventFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.streams.processor.api.Record;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A second bundle that scores every window as well, beside the live one: what would it have said? Its
 * answer goes onto {@code sentiment.shadow} with the live one beside it, in the transaction of the
 * live event.
 *
 * <p>The live path does not depend on it. The live event is made and sent on first; whatever then
 * fails in the shadow is counted ({@code valence_shadow_failures_total}), logged once for each kind of
 * failure and bundle, and leaves no record. If the registry does not answer, or does not take
 * the schema, the shadow rests for a minute, so that waiting for it delays events once and not at every window. What it costs the live
 * path is one more run of a fusion model for each window: 0.08 ms with the shipped bundle
 * direct, 0.15 ms with mosei, on one core.
 *
 * <p>The shadow scores the vectors that the live bundle's adapters made, so it must have the live
 * bundle's base spaces, and what is compared are the two fusion models. It is swapped like the live
 * one, see {@link LiveBundle}, and as neither of the two takes a bundle of other spaces, what was
 * checked at the start stays so.
 */
final class ShadowScoring implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(ShadowScoring.class);
  private static final Duration REST = Duration.ofMinutes(1);

  private final Optional<LiveBundle> bundle;
  private final StreamsSettings settings;
  private final ShadowMetrics metrics;

  private ShadowScoring(
      final Optional<LiveBundle> bundle,
      final StreamsSettings settings,
      final ShadowMetrics metrics) {
    this.bundle = bundle;
    this.settings = settings;
    this.metrics = metrics;
  }

  /** No shadow. */
  static ShadowScoring none() {
    return new ShadowScoring(Optional.empty(), null, null);
  }

  /**
   * Scoring with a shadow, which is closed with it.
   *
   * @throws BundleException if the shadow cannot score what is made for the live bundle
   */
  static ShadowScoring with(
      final LiveBundle shadow,
      final LiveBundle live,
      final StreamsSettings settings,
      final ShadowMetrics metrics)
      throws BundleException {
    final BundleDescription other = shadow.description();
    final BundleDescription own = live.description();
    for (final Modality modality : Modality.values()) {
      final Space space = other.baseSpaces().get(modality);
      final Space expected = own.baseSpaces().get(modality);
      if (!space.equals(expected)) {
        throw new BundleException(
            String.format(
                "shadow bundle %s %s scores %s in %s (%d), the live bundle %s %s in %s (%d), and its"
                    + " vectors are what the shadow gets; shadow a bundle with the same base spaces, or"
                    + " run a second stack with this one",
                other.id(),
                other.version(),
                modality.label(),
                space.id(),
                space.size(),
                own.id(),
                own.version(),
                expected.id(),
                expected.size()));
      }
    }
    if (!other.textExpertSha256().equals(own.textExpertSha256())) {
      throw new BundleException(
          String.format(
              "shadow bundle %s %s has another text expert than the live bundle %s %s, whose vectors it"
                  + " would get; shadow a bundle with the same one, or run a second stack with this one",
              other.id(), other.version(), own.id(), own.version()));
    }
    return new ShadowScoring(Optional.of(shadow), settings, metrics);
  }

  /** The bundle that scores in the shadow, if one does. */
  Optional<LiveBundle> bundle() {
    return bundle;
  }

  /** For one stream task. */
  Task newTask() {
    return new Task();
  }

  @Override
  public void close() {
    bundle.ifPresent(LiveBundle::close);
  }

  /** One task's share; belongs to its thread. */
  final class Task implements AutoCloseable {

    private final Set<String> logged = new HashSet<>();
    private BundleLease<EventFactory> events;
    private RecordEncoder<ShadowScore> encoder;
    private long restUntilMillis = Long.MIN_VALUE;

    private Task() {}

    /**
     * Scores a window again.
     *
     * @param live the event that the window got; it has been sent on
     * @param nowMillis wall clock, milliseconds since 1970-01-01 UTC
     * @return a record for {@code sentiment.shadow}; empty if there is no shadow, or it failed
     */
    Optional<Record<byte[], byte[]>> score(
        final ClosedWindow window, final SentimentEvent live, final long nowMillis) {
      if (bundle.isEmpty() || nowMillis < restUntilMillis) {
        return Optional.empty();
      }
      try {
        if (encoder == null) {
          encoder = new RecordEncoder<>(ShadowScore.class, settings);
        }
        if (events == null) {
          events = bundle.get().lease(EventFactory::new, EventFactory::close);
        }
        final ShadowScore score = compare(live, events.current().event(window, nowMillis));
        final byte[] value = encoder.encode(TopicCatalogue.SENTIMENT_SHADOW.name(), score);
        metrics.scored(score);
        return Optional.of(
            new Record<>(live.getStreamId().getBytes(StandardCharsets.UTF_8), value, nowMillis));
      } catch (final InterruptException e) {
        // The thread is told to end; that is not the shadow's affair.
        throw e;
      } catch (final RuntimeException e) {
        failed(e, nowMillis);
        return Optional.empty();
      }
    }

    private void failed(final RuntimeException failure, final long nowMillis) {
      metrics.failed();
      if (failure instanceof RetriableException || failure instanceof SchemaRefusedException) {
        restUntilMillis = nowMillis + REST.toMillis();
      }
      final BundleDescription shadow = bundle.orElseThrow().description();
      if (logged.add(shadow.id() + " " + shadow.version() + " " + failure.getClass().getName())) {
        log.warn(
            "the shadow bundle {} {} failed, live events go on without it: {}",
            shadow.id(),
            shadow.version(),
            failure.getMessage(),
            failure);
      }
    }

    @Override
    public void close() {
      if (events != null) {
        events.close();
      }
      if (encoder != null) {
        encoder.close();
      }
    }
  }

  /** The two scores of one window side by side. */
  static ShadowScore compare(final SentimentEvent live, final SentimentEvent shadow) {
    return ShadowScore.newBuilder()
        .setStreamId(live.getStreamId())
        .setLiveEventId(live.getEventId())
        .setSessionId(live.getSessionId())
        .setWindowStartMicros(live.getWindowStartMicros())
        .setWindowEndMicros(live.getWindowEndMicros())
        .setSegmentId(live.getSegmentId())
        .setLiveBundleId(live.getBundleId())
        .setLiveBundleVersion(live.getBundleVersion())
        .setLiveScore(live.getScore())
        .setLiveIntervalLow(live.getIntervalLow())
        .setLiveIntervalHigh(live.getIntervalHigh())
        .setLiveClass(live.getSentimentClass())
        .setShadowBundleId(shadow.getBundleId())
        .setShadowBundleVersion(shadow.getBundleVersion())
        .setShadowScore(shadow.getScore())
        .setShadowIntervalLow(shadow.getIntervalLow())
        .setShadowIntervalHigh(shadow.getIntervalHigh())
        .setShadowClass(shadow.getSentimentClass())
        .setDifference(shadow.getScore() - live.getScore())
        .setClassesDiffer(live.getSentimentClass() != shadow.getSentimentClass())
        .setCreatedAtMillis(shadow.getCreatedAtMillis())
        .build();
  }
}
