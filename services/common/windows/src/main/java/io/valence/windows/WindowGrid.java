package io.valence.windows;

import io.valence.schemas.ClockOffset;
import io.valence.schemas.Modality;
import io.valence.schemas.RecordChecks;
import io.valence.schemas.StreamDescriptor;
import java.math.BigDecimal;
import java.util.Optional;

/**
 * Where a stream's windows of fixed size lie. A window begins at every multiple of the hop and is as
 * long as the size. Without a hop they follow one another; with one they overlap.
 *
 * <p>The first window begins at the last multiple of the hop that is not after the stream's start.
 * The last is the first that reaches the stream's end: another would only repeat a part of it.
 *
 * <p>Worked example, start 0 and end 4.5 s:
 *
 * <pre>
 *   size 3 s            [0,3) [3,6)                2 windows, the last holds 1.5 s
 *   size 3 s, hop 1 s   [0,3) [1,4) [2,5)          3 windows, the last holds 2.5 s
 *   size 6 s, hop 1 s   [0,6)                      1 window
 *   size 3 s, hop 1 s, start 7.2 s, end 11 s       [7,10) [8,11)
 * </pre>
 *
 * <p>A stretch of one hop is a <em>pane</em>: media and vectors are cut by panes, so that each
 * belongs to whole windows. In the second line the words of the pane [2,3) take part in all three
 * windows, those of [0,1) in one.
 *
 * @param sizeMicros length of a window, microseconds, > 0
 * @param hopMicros from the start of a window to that of the next, microseconds; goes into the size
 *     without remainder
 * @param startMicros start of the stream's event time, microseconds, >= 0
 */
public record WindowGrid(long sizeMicros, long hopMicros, long startMicros) {

  public WindowGrid {
    if (hopMicros <= 0
        || hopMicros > sizeMicros
        || sizeMicros % hopMicros != 0
        || startMicros < 0) {
      throw new IllegalArgumentException(
          "windows of "
              + sizeMicros
              + " us cannot begin every "
              + hopMicros
              + " us from "
              + startMicros
              + " us on");
    }
  }

  /** The grid that a stream declares. */
  public static WindowGrid of(final StreamDescriptor descriptor) {
    final long size = descriptor.getWindowSizeMicros();
    final Long hop = descriptor.getHopMicros();
    return new WindowGrid(size, hop == null ? size : hop, descriptor.getStartMicros());
  }

  /**
   * How many windows a stream gets whose end is known.
   *
   * @throws IllegalArgumentException if the descriptor names no end
   */
  public static long count(final StreamDescriptor descriptor) {
    if (descriptor.getEndMicros() == null) {
      throw new IllegalArgumentException("stream " + descriptor.getStreamId() + " has no end yet");
    }
    long end = 0;
    for (final Modality modality : descriptor.getModalities()) {
      end = Math.max(end, descriptor.getEndMicros() + clockOffsetMicros(descriptor, modality));
    }
    return of(descriptor).count(end);
  }

  /**
   * Why windows cannot lie so, in one line with seconds; empty if they can.
   *
   * @param sizeMicros length of a window, microseconds, > 0
   * @param hopMicros from the start of a window to that of the next, microseconds
   */
  public static Optional<String> refusal(final long sizeMicros, final long hopMicros) {
    final String hop = "a hop of " + seconds(hopMicros);
    final String size = "a window of " + seconds(sizeMicros);
    if (hopMicros <= 0) {
      return Optional.of(hop + " leads nowhere: it must be longer than 0 s");
    }
    if (hopMicros > sizeMicros) {
      return Optional.of(hop + " leaves gaps after " + size + ": it must not be longer");
    }
    if (sizeMicros % hopMicros != 0) {
      return Optional.of(hop + " does not go into " + size + " without remainder");
    }
    return sizeMicros / hopMicros > RecordChecks.MAX_HOPS_IN_WINDOW
        ? Optional.of(
            hop + " goes into " + size + " more than " + RecordChecks.MAX_HOPS_IN_WINDOW + " times")
        : Optional.empty();
  }

  private static String seconds(final long micros) {
    return BigDecimal.valueOf(micros, 6).stripTrailingZeros().toPlainString() + " s";
  }

  /** What a stream's descriptor adds to the event time of a modality, microseconds. */
  static long clockOffsetMicros(final StreamDescriptor descriptor, final Modality modality) {
    for (final ClockOffset offset : descriptor.getClockOffsets()) {
      if (offset.getModality() == modality) {
        return offset.getOffsetMicros();
      }
    }
    return 0;
  }

  /** Whether a window begins before the one before it ends. */
  public boolean overlaps() {
    return hopMicros < sizeMicros;
  }

  /** How many windows there are up to an end, microseconds of event time. */
  public long count(final long endMicros) {
    final long beyondTheFirst = endMicros - firstMicros() - sizeMicros;
    return endMicros <= firstMicros()
        ? 0
        : 1 + Math.max(0, (beyondTheFirst + hopMicros - 1) / hopMicros);
  }

  /** Where the first window begins. */
  long firstMicros() {
    return startMicros / hopMicros * hopMicros;
  }

  /** How many panes make a window. */
  int panes() {
    return Math.toIntExact(sizeMicros / hopMicros);
  }

  Window window(final long startOfWindowMicros) {
    return new Window(startOfWindowMicros, startOfWindowMicros + sizeMicros, null);
  }

  Window pane(final long startOfPaneMicros) {
    return new Window(startOfPaneMicros, startOfPaneMicros + hopMicros, null);
  }

  /** Start of the pane that an instant lies in. */
  long paneStart(final long eventMicros) {
    return eventMicros / hopMicros * hopMicros;
  }

  /** Whether a window lies in a range that is known to reach up to an instant. */
  boolean isWithin(final long startOfWindowMicros, final long knownMicros) {
    return startOfWindowMicros < knownMicros
        && (startOfWindowMicros == firstMicros()
            || startOfWindowMicros + sizeMicros - hopMicros < knownMicros);
  }

  /** Start of the first window that holds a pane; it may lie before the first of the stream. */
  long firstWindowWith(final Window pane) {
    return Math.max(firstMicros(), pane.endMicros() - sizeMicros);
  }
}
