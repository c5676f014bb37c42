package io.valence.windows;

import io.valence.schemas.FeatureVector;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/**
 * A stretch of a stream's event time that gets one event: [k·size, (k+1)·size), or a segment that a
 * corpus gives. Ordered by end, then start, then segment.
 *
 * <p>Example with a size of 3 s: event time 0 to 2,999,999 µs lies in [0, 3 s), and 3,000,000 µs
 * already in [3 s, 6 s).
 *
 * @param startMicros inclusive, microseconds of event time, >= 0
 * @param endMicros exclusive, > startMicros
 * @param segmentId the corpus's segment; null for windows of fixed size
 */
public record Window(long startMicros, long endMicros, String segmentId)
    implements Comparable<Window> {

  private static final Comparator<Window> ORDER =
      Comparator.comparingLong(Window::endMicros)
          .thenComparingLong(Window::startMicros)
          .thenComparing(window -> window.segmentId() == null ? "" : window.segmentId());

  public Window {
    if (startMicros < 0 || endMicros <= startMicros) {
      throw new IllegalArgumentException(
          "a window needs 0 <= start < end, not [" + startMicros + ", " + endMicros + ")");
    }
  }

  /**
   * The window of fixed size that holds an instant.
   *
   * @throws IllegalArgumentException if the instant is negative or the size is not positive
   */
  public static Window containing(final long eventMicros, final long sizeMicros) {
    if (eventMicros < 0 || sizeMicros <= 0) {
      throw new IllegalArgumentException(
          "event time must be >= 0 and window size > 0, not " + eventMicros + ", " + sizeMicros);
    }
    final long start = eventMicros - eventMicros % sizeMicros;
    return new Window(start, Math.addExact(start, sizeMicros), null);
  }

  /**
   * The windows of fixed size that a range of event time touches, in order; none for an empty range.
   *
   * @throws IllegalArgumentException if the range is negative or turned round, or the size is not
   *     positive
   */
  public static List<Window> touching(
      final long startMicros, final long endMicros, final long sizeMicros) {
    if (endMicros < startMicros) {
      throw new IllegalArgumentException(
          "a range cannot end at " + endMicros + " before it starts at " + startMicros);
    }
    final List<Window> windows = new ArrayList<>();
    if (endMicros == startMicros) {
      return windows;
    }
    Window window = containing(startMicros, sizeMicros);
    while (window.startMicros() < endMicros) {
      windows.add(window);
      window = window.next();
    }
    return windows;
  }

  /** The window that a vector names. */
  static Window of(final FeatureVector vector) {
    return new Window(
        vector.getWindowStartMicros(), vector.getWindowEndMicros(), vector.getSegmentId());
  }

  /** The window of the same length that begins where this one ends. */
  public Window next() {
    return new Window(endMicros, Math.addExact(endMicros, sizeMicros()), null);
  }

  /** Length, microseconds. */
  public long sizeMicros() {
    return endMicros - startMicros;
  }

  /** Whether this is the window of the given size at its place. */
  public boolean isAligned(final long sizeMicros) {
    return segmentId == null && sizeMicros() == sizeMicros && startMicros % sizeMicros == 0;
  }

  @Override
  public int compareTo(final Window other) {
    return Objects.equals(this, other) ? 0 : ORDER.compare(this, other);
  }

  /** For messages, for instance {@code [3000000, 6000000)}. */
  @Override
  public String toString() {
    return "["
        + startMicros
        + ", "
        + endMicros
        + ")"
        + (segmentId == null ? "" : " of segment " + segmentId);
  }
}
