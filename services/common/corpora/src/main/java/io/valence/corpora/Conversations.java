package io.valence.corpora;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The segments of a corpus as parts of the recordings in which they were said. */
public final class Conversations {

  /** More than any text expert reads: its context has some 160 word pieces, of a text at least two. */
  private static final int MOST_PRECEDING = 100;

  private Conversations() {}

  /** The segments of each recording, in order of time; recordings in the order of their first one. */
  public static Map<String, List<Segment>> recordings(final List<Segment> segments) {
    final Map<String, List<Segment>> recordings = new LinkedHashMap<>();
    segments.forEach(
        segment ->
            recordings.computeIfAbsent(segment.video(), key -> new ArrayList<>()).add(segment));
    recordings.values().forEach(list -> list.sort(Comparator.comparingDouble(Segment::start)));
    return recordings;
  }

  /**
   * What was said before each segment in its recording.
   *
   * @return by the segment's id the texts, oldest first, at most the last hundred
   */
  public static Map<String, List<String>> preceding(final List<Segment> segments) {
    final Map<String, List<String>> preceding = new HashMap<>();
    for (final List<Segment> recording : recordings(segments).values()) {
      final Deque<String> said = new ArrayDeque<>();
      for (final Segment segment : recording) {
        preceding.put(segment.id(), List.copyOf(said));
        segment.text().ifPresent(said::add);
        if (said.size() > MOST_PRECEDING) {
          said.remove();
        }
      }
    }
    return preceding;
  }
}
