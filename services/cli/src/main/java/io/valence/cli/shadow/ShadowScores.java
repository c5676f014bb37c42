package io.valence.cli.shadow;

import io.valence.cli.EnvironmentException;
import io.valence.schemas.AvroDeserializer;
import io.valence.schemas.InvalidRecordException;
import io.valence.schemas.RecordChecks;
import io.valence.schemas.RegistryClients;
import io.valence.schemas.ShadowScore;
import io.valence.schemas.TopicCatalogue;
import io.valence.schemas.UndecodableRecordException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads {@code sentiment.shadow}, committed records only, as a member of no consumer group. */
final class ShadowScores implements AutoCloseable {

  private static final String TOPIC = TopicCatalogue.SENTIMENT_SHADOW.name();
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int CALL_TIMEOUT_MILLIS = 10_000;

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final AvroDeserializer<ShadowScore> deserializer =
      new AvroDeserializer<>(ShadowScore.class);
  private long unreadable;
  private String firstReason;

  /**
   * Connects.
   *
   * @throws org.apache.kafka.common.KafkaException if the addresses make no sense
   */
  ShadowScores(final String bootstrapServers, final String registryUrl) {
    deserializer.configure(Map.of(RegistryClients.URL, registryUrl), false);
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
                "earliest",
                ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG,
                false,
                ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                CALL_TIMEOUT_MILLIS),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
  }

  /**
   * Hands out what is there now, from the beginning.
   *
   * @throws EnvironmentException if the topic is not there, or the broker falls silent
   */
  void readAll(final Consumer<ShadowScore> action) throws EnvironmentException {
    final List<TopicPartition> partitions = assign();
    consumer.seekToBeginning(partitions);
    final Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (partitions.stream().anyMatch(at -> consumer.position(at) < ends.get(at))) {
      if (poll(action) > 0) {
        deadline = System.nanoTime() + PATIENCE.toNanos();
      } else if (System.nanoTime() > deadline) {
        throw new EnvironmentException(
            "nothing more came of " + TOPIC + " for " + PATIENCE.toSeconds() + " s: look at Kafka");
      }
    }
  }

  /**
   * Hands out what comes from now on.
   *
   * @param duration how long to listen
   * @throws EnvironmentException if the topic is not there
   */
  void listen(final Duration duration, final Consumer<ShadowScore> action)
      throws EnvironmentException {
    final List<TopicPartition> partitions = assign();
    consumer.seekToEnd(partitions);
    // Seeking is lazy: asking for the positions fixes them.
    partitions.forEach(consumer::position);
    final long begin = System.nanoTime();
    while (System.nanoTime() - begin < duration.toNanos()) {
      poll(action);
    }
  }

  private List<TopicPartition> assign() throws EnvironmentException {
    final List<PartitionInfo> found = consumer.listTopics().get(TOPIC);
    if (found == null) {
      throw new EnvironmentException(
          "this Kafka has no topic "
              + TOPIC
              + ": give the --bootstrap that 'deploy/valence run' printed, or start a stack with a"
              + " shadow, 'deploy/valence run --shadow BUNDLE'");
    }
    final List<TopicPartition> partitions =
        found.stream().map(info -> new TopicPartition(TOPIC, info.partition())).toList();
    consumer.assign(partitions);
    return partitions;
  }

  private int poll(final Consumer<ShadowScore> action) {
    int count = 0;
    for (final ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
      count++;
      decode(record).ifPresent(action);
    }
    return count;
  }

  private Optional<ShadowScore> decode(final ConsumerRecord<byte[], byte[]> record) {
    try {
      final ShadowScore score = deserializer.deserialize(TOPIC, record.value());
      if (score == null) {
        throw new InvalidRecordException("it has no value");
      }
      RecordChecks.check(score);
      return Optional.of(score);
    } catch (final InvalidRecordException | UndecodableRecordException e) {
      unreadable++;
      if (firstReason == null) {
        firstReason = record.partition() + "@" + record.offset() + ": " + e.getMessage();
      }
      return Optional.empty();
    }
  }

  /** How many records were passed over because they could not be read. */
  long unreadable() {
    return unreadable;
  }

  /** Where the first of them lies, and what is wrong with it. */
  Optional<String> firstReason() {
    return Optional.ofNullable(firstReason);
  }

  @Override
  public void close() {
    consumer.close();
    deserializer.close();
  }
}
