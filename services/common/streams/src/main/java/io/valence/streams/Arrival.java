package io.valence.streams;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
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

  /** For a state store. */
  void writeTo(final DataOutputStream out) throws IOException {
    final RecordMetadata at = origin.orElseThrow();
    out.writeUTF(at.topic());
    out.writeInt(at.partition());
    out.writeLong(at.offset());
    out.writeLong(record.timestamp());
    write(out, record.key());
    write(out, record.value());
    final Header[] headers = record.headers().toArray();
    out.writeInt(headers.length);
    for (final Header header : headers) {
      out.writeUTF(header.key());
      write(out, header.value());
    }
  }

  static Arrival readFrom(final DataInputStream in) throws IOException {
    final RecordMetadata at = new Place(in.readUTF(), in.readInt(), in.readLong());
    final long timestamp = in.readLong();
    final byte[] key = read(in);
    final byte[] value = read(in);
    final Headers headers = new RecordHeaders();
    final int count = in.readInt();
    for (int i = 0; i < count; i++) {
      headers.add(in.readUTF(), read(in));
    }
    return new Arrival(new Record<>(key, value, timestamp, headers), Optional.of(at));
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
