package io.valence.fusion.benchmark;

import io.valence.schemas.AvroDeserializer;
import io.valence.schemas.EmitReason;
import io.valence.schemas.SentimentEvent;
import io.valence.schemas.TopicCatalogue;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads the committed events as a consumer of theirs would, and measures from the moment that the last vector of the
 * window was handed to the producer: to the event's append on the broker, and to the event in this consumer's hands.
 */
final class EventWatch implements AutoCloseable {

  private static final int LONGEST_MILLIS = 120_000;

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final AvroDeserializer<SentimentEvent> events =
      new AvroDeserializer<>(SentimentEvent.class);
  private final Thread thread = new Thread(this::run, "events");
  private final AtomicLong seen = new AtomicLong();
  private final Map<EmitReason, Long> reasons = new TreeMap<>();
  private final Map<String, Long> lastWindow = new HashMap<>();
  private final int[] appended = new int[LONGEST_MILLIS + 1];
  private final int[] received = new int[LONGEST_MILLIS + 1];
  private volatile long fromMillis = Long.MAX_VALUE;
  private volatile long toMillis = Long.MAX_VALUE;
  private volatile boolean ending;
  private long outOfOrder;
  private long measured;

  EventWatch(final String bootstrapServers, final String registryUrl) {
    this.consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers,
                ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed",
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    events.configure(Map.of("schema.registry.url", registryUrl), false);
    final String topic = TopicCatalogue.SENTIMENT_EVENTS.name();
    consumer.assign(
        consumer.partitionsFor(topic).stream()
            .map(info -> new TopicPartition(topic, info.partition()))
            .toList());
    thread.start();
  }

  /** Measures the windows whose last vector is sent between these moments. */
  void measure(final long from, final long to) {
    toMillis = to;
    fromMillis = from;
  }

  long seen() {
    return seen.get();
  }

  private void run() {
    try {
      while (!ending) {
        for (final ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(50))) {
          take(record, System.currentTimeMillis());
        }
      }
    } catch (final WakeupException e) {
      if (!ending) {
        throw e;
      }
    }
  }

  private void take(final ConsumerRecord<byte[], byte[]> record, final long now) {
    final SentimentEvent event = events.deserialize(record.topic(), record.value());
    reasons.merge(event.getReason(), 1L, Long::sum);
    final Long before = lastWindow.put(event.getStreamId(), event.getWindowStartMicros());
    // A stream's windows complete one after the other: anything else is lost, doubled or swapped.
    if (event.getWindowStartMicros()
        != (before == null
            ? 0
            : before + event.getWindowEndMicros() - event.getWindowStartMicros())) {
      outOfOrder++;
    }
    final long captured = event.getCapturedAtMillis();
    if (captured >= fromMillis && captured < toMillis) {
      measured++;
      appended[bounded(record.timestamp() - captured)]++;
      received[bounded(now - captured)]++;
    }
    seen.incrementAndGet();
  }

  private static int bounded(final long millis) {
    return (int) Math.max(0, Math.min(LONGEST_MILLIS, millis));
  }

  /** Ends the reading, once; the figures are whole after it. */
  @Override
  public void close() throws InterruptedException {
    if (ending) {
      return;
    }
    ending = true;
    consumer.wakeup();
    thread.join();
    consumer.close();
    events.close();
  }

  long measured() {
    return measured;
  }

  long outOfOrder() {
    return outOfOrder;
  }

  Map<EmitReason, Long> reasons() {
    return reasons;
  }

  long appendedMillis(final double share) {
    return quantile(appended, share);
  }

  long receivedMillis(final double share) {
    return quantile(received, share);
  }

  private static long quantile(final int[] counts, final double share) {
    long total = 0;
    for (final int count : counts) {
      total += count;
    }
    long left = (long) Math.ceil(share * total);
    for (int millis = 0; millis < counts.length; millis++) {
      left -= counts[millis];
      if (left <= 0) {
        return millis;
      }
    }
    return LONGEST_MILLIS;
  }
}
