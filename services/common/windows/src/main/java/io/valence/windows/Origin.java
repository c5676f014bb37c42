package io.valence.windows;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Where a vector lay, so that it can be named, and given back untouched, when it turns out not to
 * belong.
 *
 * @param topic the topic
 * @param partition its partition
 * @param offset the record's offset there
 * @param record the record's own bytes; kept only as long as the vector waits for its descriptor
 */
public record Origin(String topic, int partition, long offset, Optional<Content> record) {

  public Origin {
    Objects.requireNonNull(topic, "topic");
    Objects.requireNonNull(record, "record");
  }

  /**
   * A record as it came.
   *
   * @param value its value; not to be changed
   * @param headers its headers, in their order
   */
  @SuppressWarnings("ArrayRecordComponent") // Handed on as it is, never compared.
  public record Content(byte[] value, List<Header> headers) {

    public Content {
      headers = List.copyOf(headers);
    }
  }

  /**
   * A header of a record.
   *
   * @param key its name
   * @param value its value, may be null; not to be changed
   */
  @SuppressWarnings("ArrayRecordComponent") // Handed on as it is, never compared.
  public record Header(String key, byte[] value) {}

  /** The place alone. */
  Origin withoutRecord() {
    return record.isEmpty() ? this : new Origin(topic, partition, offset, Optional.empty());
  }
}
