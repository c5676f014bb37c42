package io.valence.streams.deadletters;

import io.valence.streams.DeadLetters;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/** A dead letter as it lies on its topic: the record that failed, untouched, and why it failed. */
public final class DeadLetter {

  private final LetterAddress address;
  private final ConsumerRecord<byte[], byte[]> record;

  DeadLetter(final LetterAddress address, final ConsumerRecord<byte[], byte[]> record) {
    this.address = Objects.requireNonNull(address, "address");
    this.record = Objects.requireNonNull(record, "record");
  }

  /** Where it lies. */
  public LetterAddress address() {
    return address;
  }

  /** When the record failed. */
  public Instant failedAt() {
    return Instant.ofEpochMilli(record.timestamp());
  }

  /** The record's key, which should be the stream id in UTF-8; null if it had none. */
  public byte[] key() {
    return record.key();
  }

  /** The record's value as it came; null if it had none. */
  public byte[] value() {
    return record.value();
  }

  /** Bytes of the value, 0 if there is none. */
  public int size() {
    return record.value() == null ? 0 : record.value().length;
  }

  /** All headers: the record's own and those of the failure. */
  public Headers headers() {
    return record.headers();
  }

  /** What is wrong with the record, one line; "no reason given" if whatever wrote the letter gave none. */
  public String reason() {
    return text(DeadLetters.REASON).orElse("no reason given");
  }

  /** Class of the exception and the first line of its stack. */
  public Optional<String> stack() {
    return text(DeadLetters.STACK);
  }

  /** The topic that the record came from; empty if it did not come from one. */
  public Optional<String> originTopic() {
    return text(DeadLetters.ORIGIN_TOPIC);
  }

  /** The record's partition there; empty if that is not known. */
  public OptionalInt originPartition() {
    final OptionalLong number = number(DeadLetters.ORIGIN_PARTITION);
    return number.isPresent() && number.getAsLong() <= Integer.MAX_VALUE
        ? OptionalInt.of((int) number.getAsLong())
        : OptionalInt.empty();
  }

  /** The record's offset there; empty if that is not known. */
  public OptionalLong originOffset() {
    return number(DeadLetters.ORIGIN_OFFSET);
  }

  /** Where the record lay, as {@code topic/partition@offset}, as far as it is known. */
  public String origin() {
    return originTopic().orElse("(not from a topic)")
        + (originPartition().isPresent() ? "/" + originPartition().getAsInt() : "")
        + (originOffset().isPresent() ? "@" + originOffset().getAsLong() : "");
  }

  /** The letter that the record was re-driven from before it failed again. */
  public Optional<String> redrivenFrom() {
    return text(DeadLetters.REDRIVEN_FROM);
  }

  private Optional<String> text(final String name) {
    return Optional.ofNullable(record.headers().lastHeader(name))
        .map(Header::value)
        .map(bytes -> new String(bytes, StandardCharsets.UTF_8));
  }

  private OptionalLong number(final String name) {
    final String text = text(name).orElse("");
    return text.matches("\\d{1,18}") ? OptionalLong.of(Long.parseLong(text)) : OptionalLong.empty();
  }
}
