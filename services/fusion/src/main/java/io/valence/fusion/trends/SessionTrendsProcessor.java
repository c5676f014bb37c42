package io.valence.fusion.trends;

import io.valence.schemas.SchemaRefusedException;
import io.valence.schemas.SessionNote;
import io.valence.schemas.TrendScope;
import io.valence.streams.DeadLetterCount;
import io.valence.streams.DeadLetters;
import io.valence.streams.RecordDecoder;
import io.valence.streams.StreamsSettings;
import java.time.Duration;
import java.util.Optional;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.streams.errors.ProcessorStateException;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the trends of sessions on the notes of their streams. */
final class SessionTrendsProcessor implements Processor<byte[], byte[], byte[], byte[]> {

  private static final Logger log = LoggerFactory.getLogger(SessionTrendsProcessor.class);
  private static final Duration TICK = Duration.ofSeconds(1);

  private final StreamsSettings settings;
  private final TrendSettings trendSettings;
  private final DeadLetters deadLetters;
  private final TrendMetrics metrics;
  private ProcessorContext<byte[], byte[]> context;
  private RecordDecoder<SessionNote> notes;
  private SessionTrends trends;
  private TrendOutput output;
  private DeadLetterCount deadLetterCount;

  SessionTrendsProcessor(
      final StreamsSettings settings,
      final TrendSettings trendSettings,
      final DeadLetters deadLetters,
      final TrendMetrics metrics) {
    this.settings = settings;
    this.trendSettings = trendSettings;
    this.deadLetters = deadLetters;
    this.metrics = metrics;
  }

  @Override
  public void init(final ProcessorContext<byte[], byte[]> processorContext) {
    context = processorContext;
    notes = new RecordDecoder<>(SessionNote.class, settings, "sessionId");
    trends =
        new SessionTrends(
            new KafkaTrendStore<>(
                processorContext.getStateStore(TrendTopology.SESSIONS_STORE),
                processorContext.getStateStore(TrendTopology.SESSIONS_HELD_STORE),
                TrendCodec::encode,
                TrendCodec::decodeSession),
            trendSettings);
    output =
        new TrendOutput(processorContext, TrendScope.SESSION, settings, metrics, trends.held());
    deadLetterCount = new DeadLetterCount(processorContext, TrendTopology.SERVICE);
    processorContext.schedule(
        TICK,
        PunctuationType.WALL_CLOCK_TIME,
        now -> output.send(trends.advanceWallClock(now), now));
    processorContext.schedule(
        TrendTopology.retentionCheck(trendSettings),
        PunctuationType.WALL_CLOCK_TIME,
        now -> output.send(trends.forget(now), now));
  }

  @Override
  public void process(final Record<byte[], byte[]> record) {
    final Optional<RecordMetadata> origin = context.recordMetadata();
    final long now = context.currentSystemTimeMs();
    final TrendResult result;
    try {
      final SessionNote note =
          notes.decode(origin.map(RecordMetadata::topic).orElse(""), record.key(), record.value());
      result = trends.accept(note, now);
    } catch (final ProcessorStateException e) {
      // Nor does a store that cannot be written.
      throw e;
    } catch (final InterruptException | RetriableException | SchemaRefusedException e) {
      // Says nothing about this record: the thread's death keeps it, uncommitted, for the next try.
      throw e;
    } catch (final RuntimeException e) {
      log.warn(
          "dead letter from {}: {}",
          origin.map(at -> at.topic() + "/" + at.partition() + "@" + at.offset()).orElse("nowhere"),
          DeadLetters.reasonOf(e));
      deadLetterCount.increment();
      context.forward(deadLetters.letter(record, origin, e), TrendTopology.DEAD_LETTERS);
      return;
    }
    output.send(result, now);
  }

  @Override
  public void close() {
    output.close();
    deadLetterCount.close();
    notes.close();
  }
}
