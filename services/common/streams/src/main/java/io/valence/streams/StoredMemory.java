package io.valence.streams;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;

/** A service's memory in a store. What a step keeps is not there before it is said to stay. */
final class StoredMemory implements StreamMemory {

  private static final String STORE = "memory";

  private final StreamValues values;
  private final Map<String, byte[]> changes = new HashMap<>();

  private StoredMemory(final StreamValues values) {
    this.values = values;
  }

  static StoreBuilder<KeyValueStore<byte[], byte[]>> store() {
    return StreamValues.store(STORE);
  }

  static StoredMemory open(final ProcessorContext<?, ?> context) {
    return new StoredMemory(StreamValues.open(context, STORE));
  }

  @Override
  public Optional<byte[]> recall(final String id) {
    return Optional.ofNullable(changes.get(id)).or(() -> values.get(id));
  }

  @Override
  public void keep(final String id, final byte[] value) {
    changes.put(id, value);
  }

  /**
   * What was kept since the last call stays.
   *
   * @param timestampMillis Kafka timestamp of the record that it was kept at
   */
  void settle(final long timestampMillis) {
    changes.forEach((id, value) -> values.put(id, value, timestampMillis));
    changes.clear();
  }

  /** What was kept since the last call is as if it had not been. */
  void discard() {
    changes.clear();
  }
}
