package io.valence.windows;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Keeps only bytes, as a store on disk does: what the codec loses is lost. */
final class EncodingJoinStore implements JoinStore {

  private final Map<String, byte[]> streams = new HashMap<>();
  private final TreeMap<byte[], byte[]> windows = new TreeMap<>(Arrays::compareUnsigned);

  @Override
  public StreamMemory stream(final String streamId) {
    final byte[] bytes = streams.get(streamId);
    return bytes == null ? null : StateCodec.decodeStream(bytes);
  }

  @Override
  public void putStream(final StreamMemory state) {
    streams.put(state.streamId(), StateCodec.encode(state));
  }

  @Override
  public void deleteStream(final String streamId) {
    streams.remove(streamId);
  }

  @Override
  public void forEachStream(final Consumer<StreamMemory> action) {
    streams.values().forEach(bytes -> action.accept(StateCodec.decodeStream(bytes)));
  }

  @Override
  public WindowState window(final String streamId, final Window window) {
    final byte[] bytes = windows.get(StateCodec.key(streamId, window));
    return bytes == null ? null : StateCodec.decodeWindow(bytes);
  }

  @Override
  public void putWindow(final String streamId, final WindowState state) {
    windows.put(StateCodec.key(streamId, state.window()), StateCodec.encode(state));
  }

  @Override
  public void deleteWindow(final String streamId, final Window window) {
    windows.remove(StateCodec.key(streamId, window));
  }

  @Override
  public List<WindowState> windows(
      final String streamId, final long endAtMostMicros, final int limit) {
    final List<WindowState> found = new ArrayList<>();
    for (final byte[] bytes :
        windows
            .subMap(StateCodec.firstKey(streamId), StateCodec.lastKey(streamId, endAtMostMicros))
            .values()) {
      if (found.size() < limit) {
        found.add(StateCodec.decodeWindow(bytes));
      }
    }
    return found;
  }

  int streamCount() {
    return streams.size();
  }

  int windowCount() {
    return windows.size();
  }
}
