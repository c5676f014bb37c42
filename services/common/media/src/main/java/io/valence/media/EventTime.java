package io.valence.media;

/**
 * The clock of the pieces. Matroska keeps whole milliseconds, so the millisecond decides which window
 * a frame belongs to, both where the recording is cut and where the piece is decoded.
 *
 * <p>Rounding is downwards: window borders are whole milliseconds, so a frame at 2.9997 s (2999 ms)
 * stays before a border at 3 s, as its exact time says. One microsecond is added first because times
 * such as n/30 s carry that much rounding: 2.999999 s is meant to be 3 s.
 */
final class EventTime {

  private EventTime() {}

  static long millis(final long micros) {
    return Math.floorDiv(micros + 1, 1000L);
  }

  /** The first whole millisecond that is not before a border between two ranges. */
  static long border(final long micros) {
    return -Math.floorDiv(-micros, 1000L);
  }
}
