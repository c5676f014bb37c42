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
 * Keeps a service's memory in a store with a change log. A value is preceded by the Kafka timestamp of
 * the record that it was kept at: streams that have long been quiet, by the timestamps of what is
 * read and not by the clock of a service that may be behind, are forgotten.
 */
final class StoredMemory implements StreamMemory {

  private static final String STORE = "memory";
  private static final Duration QUIET = Duration.ofHours(1);
  private static final Duration LOOK = Duration.ofMinutes(10);

  private final KeyValueStore<byte[], byte[]> store;
  private long now;

  private StoredMemory(final KeyValueStore<byte[], byte[]> store) {
    this.store = store;
  }

  static StoreBuilder<KeyValueStore<byte[], byte[]>> store() {
    return Stores.keyValueStoreBuilder(
            Stores.persistentKeyValueStore(STORE), Serdes.ByteArray(), Serdes.ByteArray())
        .withLoggingEnabled(Map.of());
  }

  static StoredMemory open(final ProcessorContext<?, ?> context) {
    final StoredMemory memory = new StoredMemory(context.getStateStore(STORE));
    context.schedule(LOOK, PunctuationType.STREAM_TIME, memory::forgetQuiet);
    return memory;
  }

  /** The Kafka timestamp of the record that is being processed, milliseconds. */
  void at(final long timestampMillis) {
    now = timestampMillis;
  }

  @Override
  public Optional<byte[]> recall(final String streamId) {
    return Optional.ofNullable(store.get(key(streamId)))
        .map(value -> Arrays.copyOfRange(value, Long.BYTES, value.length));
  }

  @Override
  public void keep(final String streamId, final byte[] value) {
    store.put(
        key(streamId),
        ByteBuffer.allocate(Long.BYTES + value.length).putLong(now).put(value).array());
  }

  @Override
  public void forget(final String streamId) {
    store.delete(key(streamId));
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
