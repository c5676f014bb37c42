package io.valence.streams;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/**
 * A record as it came.
 *
 * @param origin where it lay; empty if it did not come from a topic
 */
record Arrival(Record<byte[], byte[]> record, Optional<RecordMetadata> origin) {

  private static final int ABSENT = -1;

  private record Place(String topic, int partition, long offset) implements RecordMetadata {}

  String topic() {
    return origin.map(RecordMetadata::topic).orElse("");
  }

  /** For people: {@code topic/partition@offset}. */
  String place() {
    return origin
        .map(at -> at.topic() + "/" + at.partition() + "@" + at.offset())
        .orElse("nowhere");
  }

  /** For a state store, or a topic of the service's own. */
  byte[] toBytes() {
    final RecordMetadata at = origin.orElseThrow();
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeUTF(at.topic());
      out.writeInt(at.partition());
      out.writeLong(at.offset());
      out.writeLong(record.timestamp());
      write(out, record.key());
      write(out, record.value());
      final Header[] headers = record.headers().toArray();
      out.writeInt(headers.length);
      for (final Header header : headers) {
        write(out, header.key().getBytes(StandardCharsets.UTF_8));
        write(out, header.value());
      }
    } catch (final IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
    return bytes.toByteArray();
  }

  /** What {@link #toBytes} gave. */
  static Arrival fromBytes(final byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      final RecordMetadata at = new Place(in.readUTF(), in.readInt(), in.readLong());
      final long timestamp = in.readLong();
      final byte[] key = read(in);
      final byte[] value = read(in);
      final Headers headers = new RecordHeaders();
      final int count = in.readInt();
      for (int i = 0; i < count; i++) {
        headers.add(new String(read(in), StandardCharsets.UTF_8), read(in));
      }
      return new Arrival(new Record<>(key, value, timestamp, headers), Optional.of(at));
    } catch (final IOException e) {
      throw new IllegalStateException("a kept record is damaged", e);
    }
  }

  private static void write(final DataOutputStream out, final byte[] bytes) throws IOException {
    if (bytes == null) {
      out.writeInt(ABSENT);
      return;
    }
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static byte[] read(final DataInputStream in) throws IOException {
    final int length = in.readInt();
    return length == ABSENT ? null : in.readNBytes(length);
  }
}
