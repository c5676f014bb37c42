package io.valence.streams;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * A value of each stream, in a store with a change log. It is preceded by the Kafka timestamp of the
 * record that it was put at: streams that have long been quiet, by the timestamps of what is read and
 * not by the clock of a service that may be behind, are forgotten.
 */
final class StreamValues {

  private static final Duration QUIET = Duration.ofHours(1);
  private static final Duration LOOK = Duration.ofMinutes(10);

  private final KeyValueStore<byte[], byte[]> store;

  private StreamValues(final KeyValueStore<byte[], byte[]> store) {
    this.store = store;
  }

  static StoreBuilder<KeyValueStore<byte[], byte[]>> store(final String name) {
    return Stores.keyValueStoreBuilder(
            Stores.persistentKeyValueStore(name), Serdes.ByteArray(), Serdes.ByteArray())
        .withLoggingEnabled(Map.of());
  }

  static StreamValues open(final ProcessorContext<?, ?> context, final String name) {
    final StreamValues values = new StreamValues(context.getStateStore(name));
    context.schedule(LOOK, PunctuationType.STREAM_TIME, values::forgetQuiet);
    return values;
  }

  Optional<byte[]> get(final String streamId) {
    return Optional.ofNullable(store.get(key(streamId)))
        .map(value -> Arrays.copyOfRange(value, Long.BYTES, value.length));
  }

  /**
   * Takes the place of what was put before.
   *
   * @param timestampMillis Kafka timestamp of the record that it is put at
   */
  void put(final String streamId, final byte[] value, final long timestampMillis) {
    store.put(
        key(streamId),
        ByteBuffer.allocate(Long.BYTES + value.length).putLong(timestampMillis).put(value).array());
  }

  private void forgetQuiet(final long streamTimeMillis) {
    final List<byte[]> quiet = new ArrayList<>();
    try (KeyValueIterator<byte[], byte[]> all = store.all()) {
      while (all.hasNext()) {
        final KeyValue<byte[], byte[]> entry = all.next();
        if (ByteBuffer.wrap(entry.value).getLong() < streamTimeMillis - QUIET.toMillis()) {
          quiet.add(entry.key);
        }
      }
    }
    quiet.forEach(store::delete);
  }

  private static byte[] key(final String streamId) {
    return streamId.getBytes(StandardCharsets.UTF_8);
  }
}
