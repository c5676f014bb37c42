package io.valence.fusion;

import io.valence.fusion.trends.StreamNews;
import io.valence.fusion.trends.TrendTopology;
import io.valence.model.BundleLease;
import io.valence.model.LiveBundle;
import io.valence.schemas.FeatureVector;
import io.valence.schemas.InvalidRecordException;
import io.valence.schemas.SchemaRefusedException;
import io.valence.schemas.SentimentEvent;
import io.valence.schemas.StreamDescriptor;
import io.valence.schemas.TopicCatalogue;
import io.valence.streams.DeadLetterCount;
import io.valence.streams.DeadLetters;
import io.valence.streams.RecordDecoder;
import io.valence.streams.RecordEncoder;
import io.valence.streams.StreamsSettings;
import io.valence.windows.ClosedWindow;
import io.valence.windows.EventFactory;
import io.valence.windows.JoinResult;
import io.valence.windows.JoinSettings;
import io.valence.windows.WindowJoin;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the window join on what comes, and sends on what it decides: events at once, late vectors
 * aside with the reason, what cannot be processed to the dead letters. Repeats are counted. State,
 * results and offsets are committed together, so each window's event is committed exactly once.
 *
 * <p>The model bundle may be swapped meanwhile. A window is scored by the bundle that this task holds
 * when the record (or the tick of the clock) that closes it is processed, and its event names that
 * bundle. The join knows nothing of models but their base spaces, and a bundle with others is not
 * taken: a window that is open during the swap stays as it is, with vectors that the adapters of the
 * old bundle may have made. The new model may score those: they lie in the same space, in its raw
 * units, for an adapter undoes its own standardisation and each model applies its own. Nor does the
 * state say which bundle a window is for, only whether it is open: if the process dies right after the
 * swap, the transaction with the event and the closed window is there as a whole or not at all, and
 * in the second case the window is scored once more, by the bundle then in force, and committed once.
 * Worked example: windows [0,3) and [3,6) are open, [0,3) closes under 1.0, the swap comes, [3,6)
 * closes under 1.1: two events, of 1.0 and 1.1; a late vector for [0,3) is late for 1.1 as well.
 */
final class FusionProcessor implements Processor<byte[], byte[], byte[], Object> {

  static final String EVENTS = "events";
  static final String LATE = "late";
  static final String SHADOW = "shadow";
  static final String DEAD_LETTERS = "dead-letters";

  private static final Logger log = LoggerFactory.getLogger(FusionProcessor.class);
  private static final Duration TICK = Duration.ofSeconds(1);

  private final StreamsSettings settings;
  private final JoinSettings joinSettings;
  private final LiveBundle bundle;
  private final ShadowScoring shadowScoring;
  private final DeadLetters deadLetters;
  private final FusionMetrics metrics;

  private final ClockOffsetWatch clockOffsets = new ClockOffsetWatch();

  // Made when the task begins: Kafka Streams makes processors also to look at them.
  private RecordDecoder<StreamDescriptor> descriptors;
  private RecordDecoder<FeatureVector> vectors;
  private RecordEncoder<FeatureVector> vectorEncoder;
  private RecordEncoder<SentimentEvent> eventEncoder;
  private BundleLease<EventFactory> events;
  private ShadowScoring.Task shadow;
  private FusionMetrics.TaskGauges gauges;
  private ProcessorContext<byte[], Object> context;
  private DeadLetterCount deadLetterCount;
  private KafkaJoinStore store;
  private WindowJoin join;

  FusionProcessor(
      final StreamsSettings settings,
      final JoinSettings joinSettings,
      final LiveBundle bundle,
      final ShadowScoring shadowScoring,
      final DeadLetters deadLetters,
      final FusionMetrics metrics) {
    this.settings = settings;
    this.joinSettings = joinSettings;
    this.bundle = bundle;
    this.shadowScoring = shadowScoring;
    this.deadLetters = deadLetters;
    this.metrics = metrics;
  }

  @Override
  public void init(final ProcessorContext<byte[], Object> processorContext) {
    context = processorContext;
    descriptors = new RecordDecoder<>(StreamDescriptor.class, settings);
    vectors = new RecordDecoder<>(FeatureVector.class, settings);
    vectorEncoder = new RecordEncoder<>(FeatureVector.class, settings);
    eventEncoder = new RecordEncoder<>(SentimentEvent.class, settings);
    events = bundle.lease(EventFactory::new, EventFactory::close);
    shadow = shadowScoring.newTask();
    gauges = metrics.newTask();
    deadLetterCount = new DeadLetterCount(processorContext, FusionService.NAME);
    store =
        new KafkaJoinStore(
            processorContext.getStateStore(FusionTopology.STREAMS_STORE),
            processorContext.getStateStore(FusionTopology.WINDOWS_STORE));
    join = new WindowJoin(store, joinSettings, events.bundle());
    gauges.update(join);
    processorContext.schedule(TICK, PunctuationType.WALL_CLOCK_TIME, this::tick);
  }

  private void tick(final long nowMillis) {
    final long begin = System.nanoTime();
    sendOn(join.advanceWallClock(nowMillis), nowMillis, begin);
  }

  @Override
  public void process(final Record<byte[], byte[]> record) {
    final long begin = System.nanoTime();
    final Optional<RecordMetadata> origin = context.recordMetadata();
    final String topic = origin.map(RecordMetadata::topic).orElse("");
    final boolean aboutStream = topic.equals(TopicCatalogue.STREAMS.name());
    if (aboutStream && record.value() == null) {
      // The compacted topic forgets a stream. Fusion forgets it when no late record is expected.
      return;
    }
    final SpecificRecord decoded;
    try {
      decoded = (aboutStream ? descriptors : vectors).decode(topic, record.key(), record.value());
    } catch (final InterruptException | RetriableException | SchemaRefusedException e) {
      // Says nothing about this record: the thread's death keeps it, uncommitted, for the next try.
      throw e;
    } catch (final RuntimeException e) {
      deadLetter(record, origin, e);
      return;
    }
    final long now = context.currentSystemTimeMs();
    final JoinResult result =
        decoded instanceof StreamDescriptor descriptor
            ? join.accept(descriptor, now)
            : join.accept(
                (FeatureVector) decoded, origin.map(at -> HeldOrigin.of(at, record)), now);
    switch (result.outcome()) {
      case ACCEPTED -> {
        if (decoded instanceof StreamDescriptor descriptor) {
          tellTrends(new StreamNews.Described(descriptor), now);
        }
        if (result.latePiece() != null) {
          setAside(record, origin, result.latePiece(), now);
        }
      }
      case DUPLICATE -> {
        log.debug("duplicate from {}: {}", topic, result.reason());
        metrics.duplicate(1);
      }
      case LATE -> setAside(record, origin, result.reason(), now);
      case REFUSED -> deadLetter(record, origin, new InvalidRecordException(result.reason()));
    }
    sendOn(result, now, begin);
  }

  private void sendOn(final JoinResult result, final long now, final long beginNanos) {
    final EventFactory factory = events.current();
    final Map<String, List<SentimentEvent>> byStream = new LinkedHashMap<>();
    for (final ClosedWindow window : result.closed()) {
      final long before = System.nanoTime();
      final SentimentEvent event = factory.event(window, now);
      final Duration made = Duration.ofNanos(System.nanoTime() - before);
      clockOffsets.look(event);
      context.forward(
          new Record<>(
              event.getStreamId().getBytes(StandardCharsets.UTF_8),
              eventEncoder.encode(TopicCatalogue.SENTIMENT_EVENTS.name(), event),
              now),
          EVENTS);
      metrics.event(event, made, Duration.ofNanos(System.nanoTime() - beginNanos));
      shadow.score(window, event, now).ifPresent(record -> context.forward(record, SHADOW));
      byStream.computeIfAbsent(event.getStreamId(), id -> new ArrayList<>()).add(event);
    }
    byStream.forEach(
        (streamId, decided) ->
            tellTrends(new StreamNews.Decided(decided, join.decidedThroughMicros(streamId)), now));
    for (final JoinResult.EndedStream ended : result.endedStreams()) {
      tellTrends(new StreamNews.Ended(ended.streamId(), ended.sessionId()), now);
    }
    for (final JoinResult.Refused refused : result.refused()) {
      deadLetterOfHeld(refused, now);
    }
    store.flush();
    gauges.update(join);
  }

  private void tellTrends(final StreamNews news, final long now) {
    context.forward(
        new Record<>(news.streamId().getBytes(StandardCharsets.UTF_8), news, now),
        TrendTopology.STREAMS);
  }

  private void deadLetter(
      final Record<byte[], byte[]> record,
      final Optional<RecordMetadata> origin,
      final Exception reason) {
    log.warn(
        "dead letter from {}: {}",
        origin.map(at -> at.topic() + "/" + at.partition() + "@" + at.offset()).orElse("nowhere"),
        DeadLetters.reasonOf(reason));
    metrics.deadLetters(1);
    deadLetterCount.increment();
    context.forward(deadLetters.letter(record, origin, reason), DEAD_LETTERS);
  }

  private void deadLetterOfHeld(final JoinResult.Refused refused, final long now) {
    deadLetter(
        HeldOrigin.record(refused, vectorEncoder, now),
        refused.origin().map(HeldOrigin::place),
        new InvalidRecordException(refused.reason()));
  }

  private void setAside(
      final Record<byte[], byte[]> record,
      final Optional<RecordMetadata> origin,
      final String reason,
      final long now) {
    metrics.late(1);
    context.forward(late(record, origin, reason, now), LATE);
  }

  private static Record<byte[], byte[]> late(
      final Record<byte[], byte[]> record,
      final Optional<RecordMetadata> origin,
      final String reason,
      final long now) {
    final Headers headers = new RecordHeaders(record.headers().toArray());
    headers.add(DeadLetters.REASON, reason.getBytes(StandardCharsets.UTF_8));
    headers.add(DeadLetters.SERVICE, FusionService.NAME.getBytes(StandardCharsets.UTF_8));
    origin.ifPresent(
        at -> {
          headers.add(DeadLetters.ORIGIN_TOPIC, at.topic().getBytes(StandardCharsets.UTF_8));
          headers.add(
              DeadLetters.ORIGIN_PARTITION,
              Integer.toString(at.partition()).getBytes(StandardCharsets.UTF_8));
          headers.add(
              DeadLetters.ORIGIN_OFFSET,
              Long.toString(at.offset()).getBytes(StandardCharsets.UTF_8));
        });
    return new Record<>(record.key(), record.value(), now, headers);
  }

  @Override
  public void close() {
    metrics.endTask(gauges);
    store.close();
    deadLetterCount.close();
    events.close();
    shadow.close();
    descriptors.close();
    vectors.close();
    vectorEncoder.close();
    eventEncoder.close();
  }
}
