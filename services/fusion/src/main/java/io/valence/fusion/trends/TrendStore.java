package io.valence.fusion.trends;

import io.valence.windows.Window;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Keeps what is remembered of streams or sessions, and their windows that wait to be judged.
 *
 * @param <S> what is remembered of one
 */
interface TrendStore<S> {

  /** What is remembered; null if nothing is. */
  S get(String id);

  void put(String id, S state);

  void delete(String id);

  /** All that is remembered; the action must not change the store. */
  void forEach(Consumer<S> action);

  /**
   * Keeps a window.
   *
   * @param place where it stands in event time; its segment tells windows of the same range apart
   */
  void hold(String id, Window place, TrendWindow window);

  /** The first window that waits. */
  Optional<TrendWindow> firstHeld(String id);

  /**
   * Takes out the windows that end by a time.
   *
   * @param endAtMostMicros microseconds of event time; negative for none
   * @return in event-time order
   */
  List<TrendWindow> release(String id, long endAtMostMicros);
}
