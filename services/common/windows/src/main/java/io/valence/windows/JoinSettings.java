package io.valence.windows;

import java.time.Duration;

/**
 * The bounds of a {@link WindowJoin}.
 *
 * @param stallTimeout how long a modality may be quiet by the wall clock before its open windows go
 *     out without it; at least twice the window size is always waited
 * @param backlogTimeout how much longer it may be quiet while its extractor is at work on records
 *     captured before the waiting window: then it is behind, not stalled
 * @param descriptorTimeout how long vectors of a stream without a descriptor are held before the
 *     stream is taken to declare what has arrived
 * @param maximumHeldVectors how many such vectors are held for one stream before the same happens
 * @param presumedGrace grace of a stream without a descriptor, event time
 * @param maximumWindowsAhead how many windows a record may lie ahead of the stream's first open one;
 *     one beyond is refused, since every window between would get an event
 * @param retention how long a stream is remembered after it was last heard of and all its windows
 *     are closed, to the nearest hundredth. Longer than the topics keep records, or a vector read
 *     again would open its window again.
 */
public record JoinSettings(
    Duration stallTimeout,
    Duration backlogTimeout,
    Duration descriptorTimeout,
    int maximumHeldVectors,
    Duration presumedGrace,
    int maximumWindowsAhead,
    Duration retention) {

  public JoinSettings {
    requirePositive("stall timeout", stallTimeout);
    requirePositive("backlog timeout", backlogTimeout);
    requirePositive("descriptor timeout", descriptorTimeout);
    requirePositive("retention", retention);
    if (presumedGrace.isNegative()) {
      throw new IllegalArgumentException("presumed grace must be >= 0, not " + presumedGrace);
    }
    if (maximumHeldVectors < 1 || maximumWindowsAhead < 1) {
      throw new IllegalArgumentException(
          "maximum held vectors ("
              + maximumHeldVectors
              + ") and maximum windows ahead ("
              + maximumWindowsAhead
              + ") must be at least 1");
    }
  }

  private static void requirePositive(final String what, final Duration duration) {
    // The bound keeps sums of milliseconds and microseconds far from overflow.
    if (duration.isNegative()
        || duration.isZero()
        || duration.compareTo(Duration.ofDays(3660)) > 0) {
      throw new IllegalArgumentException(
          what + " must be longer than nothing and at most ten years, not " + duration);
    }
  }

  /**
   * Stall 30 s, backlog 1 h, descriptor 30 s, 3,000 held vectors, presumed grace 3 s, a day of
   * windows of 3 s ahead, retention 8 days (the topics keep vectors for 7).
   */
  public static JoinSettings defaults() {
    return new JoinSettings(
        Duration.ofSeconds(30),
        Duration.ofHours(1),
        Duration.ofSeconds(30),
        3_000,
        Duration.ofSeconds(3),
        28_800,
        Duration.ofDays(8));
  }
}
