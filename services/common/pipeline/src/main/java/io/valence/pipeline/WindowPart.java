package io.valence.pipeline;

import io.valence.schemas.MediaChunk;
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

  /** The parts of a chunk in order of time; at least one, also for a chunk of no length. */
  static List<WindowPart> of(final MediaChunk chunk) {
    if (chunk.getWindowStartMicros() != null
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
