package io.valence.fusion;

import io.valence.windows.JoinStore;
import io.valence.windows.StateCodec;
import io.valence.windows.StreamMemory;
import io.valence.windows.Window;
import io.valence.windows.WindowState;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/** Keeps the join's state in two stores of Kafka Streams, and so in their changelogs. */
final class KafkaJoinStore implements JoinStore {

  private final KeyValueStore<Bytes, byte[]> streams;
  private final KeyValueStore<Bytes, byte[]> windows;

  KafkaJoinStore(
      final KeyValueStore<Bytes, byte[]> streams, final KeyValueStore<Bytes, byte[]> windows) {
    this.streams = streams;
    this.windows = windows;
  }

  private static Bytes key(final String streamId) {
    return Bytes.wrap(streamId.getBytes(StandardCharsets.UTF_8));
  }

  private static Bytes key(final String streamId, final Window window) {
    return Bytes.wrap(StateCodec.key(streamId, window));
  }

  @Override
  public StreamMemory stream(final String streamId) {
    final byte[] bytes = streams.get(key(streamId));
    return bytes == null ? null : StateCodec.decodeStream(bytes);
  }

  @Override
  public void putStream(final StreamMemory state) {
    streams.put(key(state.streamId()), StateCodec.encode(state));
  }

  @Override
  public void deleteStream(final String streamId) {
    streams.delete(key(streamId));
  }

  @Override
  public void forEachStream(final Consumer<StreamMemory> action) {
    try (KeyValueIterator<Bytes, byte[]> all = streams.all()) {
      while (all.hasNext()) {
        action.accept(StateCodec.decodeStream(all.next().value));
      }
    }
  }

  @Override
  public WindowState window(final String streamId, final Window window) {
    final byte[] bytes = windows.get(key(streamId, window));
    return bytes == null ? null : StateCodec.decodeWindow(bytes);
  }

  @Override
  public void putWindow(final String streamId, final WindowState state) {
    windows.put(key(streamId, state.window()), StateCodec.encode(state));
  }

  @Override
  public void deleteWindow(final String streamId, final Window window) {
    windows.delete(key(streamId, window));
  }

  @Override
  public List<WindowState> windows(
      final String streamId, final long endAtMostMicros, final int limit) {
    final List<WindowState> found = new ArrayList<>();
    try (KeyValueIterator<Bytes, byte[]> range =
        windows.range(
            Bytes.wrap(StateCodec.firstKey(streamId)),
            Bytes.wrap(StateCodec.lastKey(streamId, endAtMostMicros)))) {
      while (range.hasNext() && found.size() < limit) {
        final KeyValue<Bytes, byte[]> entry = range.next();
        found.add(StateCodec.decodeWindow(entry.value));
      }
    }
    return found;
  }
}
