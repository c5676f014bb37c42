package io.valence.cli.training;

import io.valence.corpora.Segment;
import io.valence.pipeline.WordTimeline;
import io.valence.schemas.ModalityStatus;
import io.valence.schemas.SentimentEvent;
import java.util.List;

/**
 * What the events of a recording say of its segments, which lie anywhere across the windows. By words
 * where the events have them: a word is told from its neighbour, whichever window both are in. By
 * windows else.
 */
final class SegmentScores {

  private static final double MICROS_PER_SECOND = 1e6;

  /**
   * For each length of a window that it began later. Of 1 to 7 it was best on CMU-MOSI's validation fold,
   * for windows of 3 s every 3 s to every 0.5 s.
   */
  private static final double LATER_COUNTS_MORE = 2;

  private final List<SentimentEvent> events;
  private final WordTimeline words;

  /**
   * @param events of one recording, in order of time
   */
  SegmentScores(final List<SentimentEvent> events) {
    this.events = List.copyOf(events);
    this.words = WordTimeline.of(events);
  }

  /** Whether the events have words; if not, both scores are the same. */
  boolean hasWords() {
    return !words.readings().isEmpty();
  }

  /**
   * Mean of the last readings of the segment's words, weighted by their word pieces, −3 to +3; where it
   * has no words, the score by windows.
   *
   * <p>Example: a segment from 1 s to 5 s, words at [0.5, 1) with score +3, [1, 2) with +1 and weight 3,
   * and [4.5, 5) with −1 and weight 1. The first has its middle before the segment; the score is (3 · 1
   * − 1 · 1) / 4 = 0.5.
   */
  double byWords(final Segment segment) {
    return words
        .mean(micros(segment.start()), micros(segment.end()))
        .orElseGet(() -> byWindows(segment));
  }

  private static long micros(final double seconds) {
    return Math.round(seconds * MICROS_PER_SECOND);
  }

  /**
   * Mean of the events with words over the segment's time, −3 to +3; NaN if there is none.
   *
   * <p>Example: a segment from 1 s to 5 s, windows of 3 s. [0, 3) overlaps it by 2 s and counts 2,
   * [3, 6) overlaps it by 2 s too and began one window later: it counts 4.
   */
  double byWindows(final Segment segment) {
    double sum = 0;
    double total = 0;
    double first = Double.NaN;
    for (final SentimentEvent event : events) {
      final double overlap =
          Math.min(segment.end(), event.getWindowEndMicros() / MICROS_PER_SECOND)
              - Math.max(segment.start(), event.getWindowStartMicros() / MICROS_PER_SECOND);
      final boolean heard =
          event.getModalities().stream()
              .anyMatch(modality -> modality.getStatus() == ModalityStatus.PRESENT);
      if (overlap > 0 && heard) {
        final double start = event.getWindowStartMicros() / MICROS_PER_SECOND;
        final double length = event.getWindowEndMicros() / MICROS_PER_SECOND - start;
        first = Double.isNaN(first) ? start : first;
        final double weight = overlap * Math.pow(LATER_COUNTS_MORE, (start - first) / length);
        sum += weight * event.getScore();
        total += weight;
      }
    }
    return sum / total;
  }
}
