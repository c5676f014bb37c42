package io.valence.windows;

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
    windows(streamId, Long.MAX_VALUE, Integer.MAX_VALUE)
        .forEach(state -> deleteWindow(streamId, state.window()));
  }

  @Override
  public void forEachStream(final Consumer<StreamMemory> action) {
    streams.values().forEach(bytes -> action.accept(StateCodec.decodeStream(bytes)));
  }

  @Override
  public List<String> streamsQuietSince(final long millis) {
    return streams.entrySet().stream()
        .filter(entry -> StateCodec.lastHeardMillis(entry.getValue()) <= millis)
        .map(Map.Entry::getKey)
        .toList();
  }

  @Override
  public WindowState window(final String streamId, final Window window) {
    return windows(streamId, Long.MAX_VALUE, Integer.MAX_VALUE).stream()
        .filter(state -> state.window().equals(window))
        .findAny()
        .orElse(null);
  }

  @Override
  public void addPart(final String streamId, final WindowState window, final Part part) {
    windows.put(
        StateCodec.key(streamId, window.window(), part), StateCodec.encode(window.window(), part));
  }

  @Override
  public void deleteWindow(final String streamId, final Window window) {
    final WindowState state = window(streamId, window);
    if (state != null) {
      state.parts().forEach(part -> windows.remove(StateCodec.key(streamId, window, part)));
    }
  }

  @Override
  public List<WindowState> windows(
      final String streamId, final long endAtMostMicros, final int limit) {
    final TreeMap<Window, WindowState> found = new TreeMap<>();
    for (final byte[] bytes :
        windows
            .subMap(StateCodec.firstKey(streamId), StateCodec.lastKey(streamId, endAtMostMicros))
            .values()) {
      final StateCodec.StoredPart stored = StateCodec.decodePart(bytes);
      found.merge(
          stored.window(),
          WindowState.empty(stored.window()).with(stored.part()),
          (before, one) -> before.with(stored.part()));
    }
    return found.values().stream().limit(limit).toList();
  }

  int streamCount() {
    return streams.size();
  }

  /** Parts of windows. */
  int windowCount() {
    return windows.size();
  }
}
