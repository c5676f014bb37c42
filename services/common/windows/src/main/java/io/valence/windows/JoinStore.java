package io.valence.windows;

import java.util.List;
import java.util.function.Consumer;

/**
 * Where a {@link WindowJoin} keeps its state. What is put must be there for the next call; whether it
 * survives a crash is the store's affair.
 */
public interface JoinStore {

  /** The state of a stream, or null if nothing is known of it. */
  StreamMemory stream(String streamId);

  /** Keeps the state of a stream in the place of what was there. */
  void putStream(StreamMemory state);

  /** Forgets a stream and whatever windows it has. */
  void deleteStream(String streamId);

  /** Shows every stream once, in any order; nothing is put or deleted meanwhile. */
  void forEachStream(Consumer<StreamMemory> action);

  /** The streams that were last heard of at this time of the wall clock or before. */
  List<String> streamsQuietSince(long millis);

  /** An open window or pane of a stream, or null. */
  WindowState window(String streamId, Window window);

  /**
   * Adds a part to a window.
   *
   * @param window the window with its other parts, which need not be written again
   * @param part a part that it does not hold
   */
  void addPart(String streamId, WindowState window, Part part);

  /** Forgets a window; nothing happens if it is not there. */
  void deleteWindow(String streamId, Window window);

  /**
   * Open windows of a stream in the order of {@link Window#compareTo}.
   *
   * @param endAtMostMicros only windows that end here or before
   * @param limit at most so many, > 0
   */
  List<WindowState> windows(String streamId, long endAtMostMicros, int limit);
}
