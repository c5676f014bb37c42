package io.valence.streams.deadletters;

import io.valence.schemas.TopicCatalogue;
import io.valence.streams.DeadLetters;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads dead letters, committed ones only, and which of them were re-driven. It belongs to no consumer group and leaves
 * nothing behind. For one thread.
 *
 * <p>However many letters there are, it holds a few at a time: those of one fetch, 8 MiB or one letter. All methods
 * throw {@link org.apache.kafka.common.KafkaException} if the broker does not answer.
 */
public final class DeadLetterReader implements AutoCloseable {

  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int CALL_TIMEOUT_MILLIS = 10_000;

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Map<String, List<PartitionInfo>> topics;

  /** Takes letters one by one. */
  @FunctionalInterface
  public interface Visitor {

    /**
     * @throws DeadLetterException to end the reading
     */
    void letter(DeadLetter letter) throws DeadLetterException;
  }

  /**
   * Says that a letter was re-driven.
   *
   * @param letterFailedAt time of the letter, which tells it from one at the same address of a topic that was deleted
   *     and made again
   * @param redrivenAt when
   */
  public record Marker(Instant letterFailedAt, Instant redrivenAt) {

    /** Whether it speaks of this letter. */
    public boolean isOf(final DeadLetter letter) {
      return letter.failedAt().equals(letterFailedAt);
    }
  }

  /**
   * Connects.
   *
   * @param bootstrapServers host:port of the brokers, comma separated
   */
  public DeadLetterReader(final String bootstrapServers) {
    this.consumer =
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
                CALL_TIMEOUT_MILLIS,
                ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG,
                1 << 20,
                ConsumerConfig.FETCH_MAX_BYTES_CONFIG,
                8 << 20),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    try {
      this.topics = consumer.listTopics();
    } catch (final RuntimeException e) {
      consumer.close();
      throw e;
    }
  }

  /** The services of the catalogue whose dead-letter topic is there. */
  public List<String> services() {
    return TopicCatalogue.SERVICES.stream()
        .filter(service -> topics.containsKey(TopicCatalogue.deadLetters(service).name()))
        .toList();
  }

  /** How many partitions a topic has; 0 if it is not there. */
  public int partitions(final String topic) {
    return topics.getOrDefault(topic, List.of()).size();
  }

  /**
   * Goes through the letters that are there now, partition by partition, oldest first in each.
   *
   * @param services whose letters; one without a topic has none
   * @param since only letters that failed then or later; empty for all
   */
  public void visit(
      final Collection<String> services, final Optional<Instant> since, final Visitor visitor)
      throws DeadLetterException {
    final Map<String, String> serviceOfTopic = new HashMap<>();
    services.forEach(
        service -> serviceOfTopic.put(TopicCatalogue.deadLetters(service).name(), service));
    visitRecords(
        partitionsOf(serviceOfTopic.keySet()),
        since,
        record ->
            visitor.letter(
                new DeadLetter(
                    new LetterAddress(
                        serviceOfTopic.get(record.topic()), record.partition(), record.offset()),
                    record)));
  }

  /**
   * The letter at an address.
   *
   * @throws DeadLetterException if there is none: never was, or has expired
   */
  public DeadLetter read(final LetterAddress address) throws DeadLetterException {
    final int partitions = partitions(address.topic().name());
    if (partitions == 0) {
      throw new DeadLetterException(
          "there is no letter "
              + address
              + ": this Kafka has no topic "
              + address.topic().name()
              + "; is it the right --bootstrap?");
    }
    if (address.partition() >= partitions) {
      throw new DeadLetterException(
          "there is no letter "
              + address
              + ": "
              + address.topic().name()
              + " has partitions 0 to "
              + (partitions - 1));
    }
    final TopicPartition place = address.topicPartition();
    final long first = consumer.beginningOffsets(List.of(place)).get(place);
    final long end = consumer.endOffsets(List.of(place)).get(place);
    if (address.offset() < first) {
      throw new DeadLetterException(
          "letter "
              + address
              + " has expired: dead letters are kept for "
              + address.topic().retention().map(Duration::toDays).orElse(0L)
              + " days, and the oldest offset of the partition is "
              + first);
    }
    if (address.offset() >= end) {
      throw new DeadLetterException(
          "there is no letter "
              + address
              + (end == first
                  ? ": the partition is empty"
                  : ": the last offset of the partition is " + (end - 1)));
    }
    consumer.assign(List.of(place));
    consumer.seek(place, address.offset());
    final long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (consumer.position(place) < end) {
      for (final ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        if (record.offset() == address.offset()) {
          return new DeadLetter(address, record);
        }
        throw nothingAt(address);
      }
      requireBefore(deadline, place);
    }
    throw nothingAt(address);
  }

  private static DeadLetterException nothingAt(final LetterAddress address) {
    return new DeadLetterException(
        "there is no letter "
            + address
            + ": that offset is a mark of Kafka's own, or of a transaction that was given up");
  }

  /** Which letters were re-driven, and when last. */
  public Map<LetterAddress, Marker> redriven() {
    final Map<LetterAddress, Marker> markers = new HashMap<>();
    try {
      visitRecords(
          partitionsOf(List.of(TopicCatalogue.REDRIVEN.name())),
          Optional.empty(),
          record -> {
            final LetterAddress address;
            final Instant failedAt;
            try {
              address = LetterAddress.parse(text(record.key()));
              failedAt = Instant.parse(text(record.value()));
            } catch (final IllegalArgumentException | DateTimeParseException e) {
              throw new DeadLetterException(
                  "the record at "
                      + record.topic()
                      + "/"
                      + record.partition()
                      + "@"
                      + record.offset()
                      + " is no mark of a re-driven letter ("
                      + e.getMessage()
                      + "): something else writes to that topic",
                  e);
            }
            markers.put(address, new Marker(failedAt, Instant.ofEpochMilli(record.timestamp())));
          });
    } catch (final DeadLetterException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
    return markers;
  }

  private static String text(final byte[] bytes) {
    return bytes == null ? "" : new String(bytes, StandardCharsets.UTF_8);
  }

  private List<TopicPartition> partitionsOf(final Collection<String> names) {
    final List<TopicPartition> partitions = new ArrayList<>();
    for (final String name : names.stream().sorted().toList()) {
      for (int partition = 0; partition < partitions(name); partition++) {
        partitions.add(new TopicPartition(name, partition));
      }
    }
    return partitions;
  }

  private interface RecordVisitor {
    void record(ConsumerRecord<byte[], byte[]> record) throws DeadLetterException;
  }

  /** What lay in the partitions when it was called: what is written meanwhile is not visited. */
  private void visitRecords(
      final List<TopicPartition> partitions,
      final Optional<Instant> since,
      final RecordVisitor visitor)
      throws DeadLetterException {
    final Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    final Map<TopicPartition, Long> starts = starts(partitions, since, ends);
    for (final TopicPartition partition : partitions) {
      final long end = ends.get(partition);
      final long start = starts.get(partition);
      if (start >= end) {
        continue;
      }
      consumer.assign(List.of(partition));
      consumer.seek(partition, start);
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      for (long position = start; position < end; ) {
        for (final ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          if (record.offset() < end
              && since.map(at -> record.timestamp() >= at.toEpochMilli()).orElse(true)) {
            visitor.record(record);
          }
        }
        final long reached = consumer.position(partition);
        if (reached > position) {
          deadline = System.nanoTime() + PATIENCE.toNanos();
        } else {
          requireBefore(deadline, partition);
        }
        position = reached;
      }
    }
  }

  private Map<TopicPartition, Long> starts(
      final List<TopicPartition> partitions,
      final Optional<Instant> since,
      final Map<TopicPartition, Long> ends) {
    if (since.isEmpty()) {
      return consumer.beginningOffsets(partitions);
    }
    final Map<TopicPartition, Long> wanted = new HashMap<>();
    partitions.forEach(partition -> wanted.put(partition, since.get().toEpochMilli()));
    final Map<TopicPartition, OffsetAndTimestamp> found = consumer.offsetsForTimes(wanted);
    final Map<TopicPartition, Long> starts = new HashMap<>();
    for (final TopicPartition partition : partitions) {
      final OffsetAndTimestamp first = found.get(partition);
      starts.put(partition, first == null ? ends.get(partition) : first.offset());
    }
    return starts;
  }

  private static void requireBefore(final long deadlineNanos, final TopicPartition partition) {
    if (System.nanoTime() > deadlineNanos) {
      throw new TimeoutException(
          "the broker gave nothing of " + partition + " for " + PATIENCE.toSeconds() + " s");
    }
  }

  /** The headers that speak of a failure or of a re-drive: the record did not come with them. */
  static boolean isOfFailure(final String header) {
    return DeadLetters.HEADERS.contains(header) || header.equals(DeadLetters.REDRIVEN_FROM);
  }

  @Override
  public void close() {
    consumer.close();
  }
}
