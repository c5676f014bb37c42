package io.valence.pipeline;

import io.valence.schemas.MediaChunk;
import io.valence.schemas.RecordChecks;
import java.util.ArrayList;
import java.util.List;

/**
 * The part of one window that a chunk covers. All times are microseconds of event time; ends are
 * exclusive.
 *
 * <p>Example: with windows of 3 s a chunk from 2.5 s to 6.5 s that names no window covers three
 * parts: [2.5, 3) of window [0, 3), [3, 6) of window [3, 6), and [6, 6.5) of window [6, 9).
 */
record WindowPart(long windowStart, long windowEnd, long coversStart, long coversEnd) {

  /** More windows than any chunk has a reason to touch: 50 minutes of windows of 3 s. */
  private static final int MAX_PARTS = 1_000;

  /**
   * The parts of a chunk in order of time; at least one, also for a chunk of no length.
   *
   * @throws InvalidChunkException if its times or its window size make no sense, or it touches more
   *     than 1,000 windows
   */
  static List<WindowPart> of(final MediaChunk chunk) throws InvalidChunkException {
    check(chunk);
    if (chunk.getWindowStartMicros() != null
        && chunk.getWindowEndMicros() != null
        && chunk.getWindowStartMicros() >= 0
        && chunk.getWindowEndMicros() <= RecordChecks.MAX_EVENT_TIME_MICROS
        && chunk.getStartMicros() >= chunk.getWindowStartMicros()
        && chunk.getEndMicros() <= chunk.getWindowEndMicros()) {
      return List.of(
          new WindowPart(
              chunk.getWindowStartMicros(),
              chunk.getWindowEndMicros(),
              chunk.getStartMicros(),
              chunk.getEndMicros()));
    }
    final long size = chunk.getWindowSizeMicros();
    final List<WindowPart> parts = new ArrayList<>();
    long start = chunk.getStartMicros();
    do {
      final long windowStart = start / size * size;
      final long end = Math.min(windowStart + size, chunk.getEndMicros());
      parts.add(new WindowPart(windowStart, windowStart + size, start, end));
      start = end;
    } while (start < chunk.getEndMicros());
    return parts;
  }

  private static void check(final MediaChunk chunk) throws InvalidChunkException {
    final long start = chunk.getStartMicros();
    final long end = chunk.getEndMicros();
    final long size = chunk.getWindowSizeMicros();
    if (start < 0 || end < start || size < 1) {
      throw new InvalidChunkException(
          "a chunk from "
              + start
              + " to "
              + end
              + " us with windows of "
              + size
              + " us makes no sense");
    }
    if (end / size - start / size < MAX_PARTS
        && (size > RecordChecks.MAX_EVENT_TIME_MICROS
            || end > RecordChecks.MAX_EVENT_TIME_MICROS - size)) {
      // The last window's end must be a time too: where it overflows, the parts would never end.
      throw new InvalidChunkException(
          "a chunk from " + start + " to " + end + " us makes no sense: that is the end of time");
    }
    if (end / size - start / size >= MAX_PARTS) {
      throw new InvalidChunkException(
          "a chunk from "
              + start
              + " to "
              + end
              + " us touches more than "
              + MAX_PARTS
              + " windows of "
              + size
              + " us");
    }
  }

  /** The part that an instant lies in, or -1. */
  static int indexAt(final List<WindowPart> parts, final long micros) {
    for (int i = 0; i < parts.size(); i++) {
      if (micros >= parts.get(i).coversStart && micros < parts.get(i).coversEnd) {
        return i;
      }
    }
    return -1;
  }
}
