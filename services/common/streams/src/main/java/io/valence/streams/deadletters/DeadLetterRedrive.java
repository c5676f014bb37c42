package io.valence.streams.deadletters;

import io.valence.schemas.Topic;
import io.valence.schemas.TopicCatalogue;
import io.valence.streams.DeadLetters;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Writes the records of dead letters back to where they came from: all that are sent before {@link #commit} in one
 * transaction, or none. Each goes to the topic and partition of its origin under the same key, with its own headers and
 * with {@link DeadLetters#REDRIVEN_FROM}, without those of the failure.
 *
 * <p>No letter is re-driven twice by accident. In the same transaction each leaves a marker on the compacted topic
 * {@link TopicCatalogue#REDRIVEN}: under the letter's address, the time of the letter. All re-drives share one
 * transactional id, and the markers are read after it was taken: whatever an earlier one committed is seen, one that died
 * in the middle has left nothing, and of two at once the first is fenced off and writes nothing.
 *
 * <p>For one thread.
 */
public final class DeadLetterRedrive implements AutoCloseable {

  private static final String TRANSACTIONAL_ID = "valence-dead-letter-redrive";
  private static final int MAX_REQUEST_BYTES = 16 << 20;
  private static final int BLOCK_MILLIS = 15_000;
  private static final int TRANSACTION_MILLIS = 300_000;
  // Room for the batch's header and the record's own lengths, and for the header that is added.
  private static final int OVERHEAD_BYTES = 1024;

  private final DeadLetterReader reader;
  private final KafkaProducer<byte[], byte[]> producer;
  private final Map<LetterAddress, DeadLetterReader.Marker> redriven;
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private boolean inTransaction;

  /**
   * Where the record of a letter goes.
   *
   * @param topic its origin
   * @param partition its partition there; empty where the letter does not tell, and the key decides
   */
  public record Destination(String topic, Optional<Integer> partition) {

    public Destination {
      Objects.requireNonNull(topic, "topic");
      Objects.requireNonNull(partition, "partition");
    }

    @Override
    public String toString() {
      return topic + partition.map(number -> "/" + number).orElse("");
    }
  }

  /**
   * Connects, ends what another re-drive has left unfinished, and reads which letters were re-driven.
   *
   * @param reader of the same brokers
   * @throws DeadLetterException if the topic of the markers is not there
   */
  public DeadLetterRedrive(final String bootstrapServers, final DeadLetterReader reader)
      throws DeadLetterException {
    this.reader = reader;
    if (reader.partitions(TopicCatalogue.REDRIVEN.name()) == 0) {
      throw new DeadLetterException(
          "this Kafka has no topic "
              + TopicCatalogue.REDRIVEN.name()
              + ", where re-driven letters are marked: start the stack once with this version, or make"
              + " the topic (compacted, as many partitions as the others)");
    }
    this.producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ProducerConfig.TRANSACTIONAL_ID_CONFIG,
                TRANSACTIONAL_ID,
                ProducerConfig.TRANSACTION_TIMEOUT_CONFIG,
                TRANSACTION_MILLIS,
                ProducerConfig.MAX_BLOCK_MS_CONFIG,
                BLOCK_MILLIS,
                ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                MAX_REQUEST_BYTES),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    try {
      producer.initTransactions();
      this.redriven = reader.redriven();
    } catch (final RuntimeException e) {
      producer.close();
      throw e;
    }
  }

  /** The marker of a letter that was re-driven before. */
  public Optional<DeadLetterReader.Marker> marker(final DeadLetter letter) {
    return Optional.ofNullable(redriven.get(letter.address()))
        .filter(marker -> marker.isOf(letter));
  }

  /**
   * Where a letter's record would go.
   *
   * @throws DeadLetterException if it did not come from a topic, or that is not there any more
   */
  public static Destination destination(final DeadLetter letter, final DeadLetterReader reader)
      throws DeadLetterException {
    final String topic =
        letter
            .originTopic()
            .orElseThrow(
                () ->
                    new DeadLetterException(
                        "letter "
                            + letter.address()
                            + " did not come from a topic: there is nowhere to re-drive it to"));
    final int partitions = reader.partitions(topic);
    if (partitions == 0) {
      throw new DeadLetterException(
          "letter "
              + letter.address()
              + " came from "
              + topic
              + ", which this Kafka does not have");
    }
    if (letter.originPartition().isEmpty()) {
      return new Destination(topic, Optional.empty());
    }
    final int partition = letter.originPartition().getAsInt();
    if (partition >= partitions) {
      throw new DeadLetterException(
          "letter "
              + letter.address()
              + " came from partition "
              + partition
              + " of "
              + topic
              + ", which has only "
              + partitions);
    }
    return new Destination(topic, Optional.of(partition));
  }

  /**
   * Writes a letter's record to its origin, to be seen when the transaction is committed.
   *
   * @param value the record's value, untouched or mended; null where it had none
   * @return where it went
   * @throws DeadLetterException if it has no origin, or is larger than its topic takes
   */
  public Destination send(final DeadLetter letter, final byte[] value) throws DeadLetterException {
    final Destination destination = destination(letter, reader);
    final Headers headers = headers(letter);
    requireRoom(letter, destination, value, headers);
    try {
      if (!inTransaction) {
        producer.beginTransaction();
        inTransaction = true;
      }
      send(
          new ProducerRecord<>(
              destination.topic(),
              destination.partition().orElse(null),
              letter.key(),
              value,
              headers));
      send(
          new ProducerRecord<>(
              TopicCatalogue.REDRIVEN.name(),
              letter.address().toString().getBytes(StandardCharsets.UTF_8),
              letter.failedAt().toString().getBytes(StandardCharsets.UTF_8)));
    } catch (final KafkaException e) {
      throw notWritten(e);
    }
    return destination;
  }

  private void send(final ProducerRecord<byte[], byte[]> record) {
    // The callback hears of success and failure alike; the commit fails with the first failure.
    final var unused =
        producer.send(
            record,
            (metadata, problem) -> {
              if (problem != null) {
                failure.compareAndSet(null, problem);
              }
            });
  }

  private static Headers headers(final DeadLetter letter) {
    final Headers headers = new RecordHeaders();
    for (final Header header : letter.headers()) {
      if (!DeadLetterReader.isOfFailure(header.key())) {
        headers.add(header);
      }
    }
    headers.add(
        DeadLetters.REDRIVEN_FROM, letter.address().toString().getBytes(StandardCharsets.UTF_8));
    return headers;
  }

  private static void requireRoom(
      final DeadLetter letter,
      final Destination destination,
      final byte[] value,
      final Headers headers)
      throws DeadLetterException {
    long bytes = OVERHEAD_BYTES + length(letter.key()) + length(value);
    for (final Header header : headers) {
      bytes += header.key().length() + length(header.value());
    }
    final int most =
        TopicCatalogue.find(destination.topic())
            .map(Topic::maxMessageBytes)
            .orElse(MAX_REQUEST_BYTES);
    // An untouched record did fit, to the last byte perhaps: only what was changed is judged here.
    if (value != letter.value() && bytes > most) {
      throw new DeadLetterException(
          "the mended record of letter "
              + letter.address()
              + " has "
              + length(value)
              + " bytes, and "
              + destination.topic()
              + " takes at most "
              + most
              + " with headers");
    }
  }

  private static int length(final byte[] bytes) {
    return bytes == null ? 0 : bytes.length;
  }

  /**
   * Lets the records be seen, all at once, and their letters be marked.
   *
   * @throws DeadLetterException if another re-drive began meanwhile: nothing was written then
   */
  public void commit() throws DeadLetterException {
    if (!inTransaction) {
      return;
    }
    try {
      producer.commitTransaction();
      inTransaction = false;
    } catch (final KafkaException e) {
      throw notWritten(e);
    }
  }

  /** What a failure means to whoever asked; what the broker alone is to blame for is thrown as it is. */
  private DeadLetterException notWritten(final KafkaException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof ProducerFencedException
          || cause instanceof InvalidProducerEpochException) {
        // The producer is of no more use, not even to give the transaction up.
        inTransaction = false;
        return new DeadLetterException(
            "another re-drive began meanwhile, or this one took more than "
                + TRANSACTION_MILLIS / 60_000
                + " minutes: nothing was re-driven by this one",
            e);
      }
    }
    final Exception first = failure.get();
    if (first != null && !(first instanceof org.apache.kafka.common.errors.RetriableException)) {
      return new DeadLetterException(
          "Kafka did not take a record (" + first.getMessage() + "): nothing was re-driven", first);
    }
    throw e;
  }

  /** Gives up what was not committed. */
  @Override
  public void close() {
    try {
      if (inTransaction) {
        producer.abortTransaction();
      }
    } finally {
      producer.close();
    }
  }
}
