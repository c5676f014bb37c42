package io.valence.windows;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * When which stream is to be looked at again. Looking for those that are due costs nothing for the
 * streams that are not, however many there are.
 *
 * <p>Each record of a stream moves its time on. So a stream stands in the queue once, with a time
 * that may be too early; when that comes, the stream is put back with the time that holds by then.
 */
final class WakeUps {

  private record Entry(long millis, String streamId) {}

  private final Map<String, Long> times = new HashMap<>();

  /** For each stream the time of its earliest entry in the queue. */
  private final Map<String, Long> queued = new HashMap<>();

  private final PriorityQueue<Entry> queue =
      new PriorityQueue<>(Comparator.comparingLong(Entry::millis).thenComparing(Entry::streamId));

  void set(final String streamId, final long millis) {
    times.put(streamId, millis);
    final Long earliest = queued.get(streamId);
    if (earliest == null || millis < earliest) {
      queued.put(streamId, millis);
      queue.add(new Entry(millis, streamId));
    }
  }

  void remove(final String streamId) {
    times.remove(streamId);
  }

  boolean contains(final String streamId) {
    return times.containsKey(streamId);
  }

  int size() {
    return times.size();
  }

  /** The streams whose time has come, in order of their id; each stays due until it is set again. */
  List<String> due(final long nowMillis) {
    final List<String> due = new ArrayList<>();
    final List<Entry> back = new ArrayList<>();
    final Set<String> seen = new HashSet<>();
    while (!queue.isEmpty() && queue.peek().millis() <= nowMillis) {
      final Entry entry = queue.remove();
      final Long earliest = queued.get(entry.streamId());
      if (earliest == null || earliest != entry.millis() || !seen.add(entry.streamId())) {
        // Another entry of the stream, with an earlier time or the same, has spoken for this one.
        continue;
      }
      final Long time = times.get(entry.streamId());
      if (time == null) {
        queued.remove(entry.streamId());
        continue;
      }
      queued.put(entry.streamId(), time);
      back.add(new Entry(time, entry.streamId()));
      if (time <= nowMillis) {
        due.add(entry.streamId());
      }
    }
    queue.addAll(back);
    due.sort(Comparator.naturalOrder());
    return due;
  }
}
