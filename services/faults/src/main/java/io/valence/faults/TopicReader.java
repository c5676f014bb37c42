package io.valence.faults;

import io.valence.schemas.Topic;
import io.valence.schemas.TopicCatalogue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads what was committed on all topics since a moment. */
final class TopicReader implements AutoCloseable {

  private static final Duration BOUND = Duration.ofSeconds(30);

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final List<TopicPartition> partitions = new ArrayList<>();
  private Map<TopicPartition, Long> from;

  TopicReader(final String bootstrapServers) {
    consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed",
                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                false,
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                "none",
                ConsumerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG,
                500),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    for (final Topic topic : TopicCatalogue.all()) {
      consumer
          .partitionsFor(topic.name(), BOUND)
          .forEach(info -> partitions.add(new TopicPartition(topic.name(), info.partition())));
    }
    consumer.assign(partitions);
    mark();
  }

  /** What comes from now on is the next reading. */
  void mark() {
    from = new HashMap<>(consumer.endOffsets(partitions, BOUND));
  }

  /**
   * All records since the mark, by topic, in order within each partition.
   *
   * @throws TimeoutException if the broker does not hand them out in time
   */
  Map<String, List<ConsumerRecord<byte[], byte[]>>> read() throws TimeoutException {
    final Map<TopicPartition, Long> to = consumer.endOffsets(partitions, BOUND);
    final Map<String, List<ConsumerRecord<byte[], byte[]>>> records = new HashMap<>();
    from.forEach(consumer::seek);
    final long deadline = System.nanoTime() + BOUND.toNanos();
    while (partitions.stream()
        .anyMatch(partition -> consumer.position(partition) < to.get(partition))) {
      if (System.nanoTime() > deadline) {
        throw new TimeoutException(
            "the topics could not be read within " + BOUND.toSeconds() + " s");
      }
      consumer
          .poll(Duration.ofMillis(100))
          .forEach(
              record ->
                  records.computeIfAbsent(record.topic(), any -> new ArrayList<>()).add(record));
    }
    return records;
  }

  @Override
  public void close() {
    consumer.close();
  }
}
