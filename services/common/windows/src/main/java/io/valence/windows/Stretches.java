package io.valence.windows;

import java.util.Map;
import java.util.TreeMap;

/**
 * A set of starts of windows, kept as stretches [from, to): thousands in a row take no more room than
 * one.
 */
final class Stretches {

  private final TreeMap<Long, Long> stretches = new TreeMap<>();

  /** Adds a stretch that overlaps none that is there. */
  void add(final long from, final long to) {
    long start = from;
    long end = to;
    final Map.Entry<Long, Long> before = stretches.floorEntry(from);
    if (before != null && before.getValue() == from) {
      start = before.getKey();
    }
    final Long after = stretches.remove(to);
    if (after != null) {
      end = after;
    }
    stretches.put(start, end);
  }

  boolean contains(final long start) {
    final Map.Entry<Long, Long> at = stretches.floorEntry(start);
    return at != null && start < at.getValue();
  }

  /** End of the stretch that holds a start; the start itself if none does. */
  long endAfter(final long start) {
    final Map.Entry<Long, Long> at = stretches.floorEntry(start);
    return at == null ? start : Math.max(start, at.getValue());
  }

  /** Takes out the stretch that begins here, and gives its end; the place itself if there is none. */
  long take(final long from) {
    final Long end = stretches.remove(from);
    return end == null ? from : end;
  }

  void clear() {
    stretches.clear();
  }

  /** By start, the end of each. */
  Map<Long, Long> asMap() {
    return stretches;
  }
}
