package io.valence.windows;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Keeps a join's state on the heap: for a single run in one process. */
public final class InMemoryJoinStore implements JoinStore {

  private final Map<String, StreamMemory> streams = new HashMap<>();
  private final Map<String, TreeMap<Window, WindowState>> windows = new HashMap<>();

  @Override
  public StreamMemory stream(final String streamId) {
    return streams.get(streamId);
  }

  @Override
  public void putStream(final StreamMemory state) {
    streams.put(state.streamId(), state);
  }

  @Override
  public void deleteStream(final String streamId) {
    streams.remove(streamId);
    windows.remove(streamId);
  }

  @Override
  public void forEachStream(final Consumer<StreamMemory> action) {
    streams.values().forEach(action);
  }

  @Override
  public List<String> streamsQuietSince(final long millis) {
    return streams.values().stream()
        .filter(state -> state.lastHeardMillis() <= millis)
        .map(StreamMemory::streamId)
        .toList();
  }

  @Override
  public WindowState window(final String streamId, final Window window) {
    final TreeMap<Window, WindowState> open = windows.get(streamId);
    return open == null ? null : open.get(window);
  }

  @Override
  public void addPart(final String streamId, final WindowState window, final Part part) {
    windows
        .computeIfAbsent(streamId, id -> new TreeMap<>())
        .put(window.window(), window.with(part));
  }

  @Override
  public void deleteWindow(final String streamId, final Window window) {
    final TreeMap<Window, WindowState> open = windows.get(streamId);
    if (open != null) {
      open.remove(window);
      if (open.isEmpty()) {
        windows.remove(streamId);
      }
    }
  }

  @Override
  public List<WindowState> windows(
      final String streamId, final long endAtMostMicros, final int limit) {
    final TreeMap<Window, WindowState> open = windows.get(streamId);
    if (open == null) {
      return List.of();
    }
    return open.values().stream()
        .takeWhile(state -> state.window().endMicros() <= endAtMostMicros)
        .limit(limit)
        .toList();
  }
}
