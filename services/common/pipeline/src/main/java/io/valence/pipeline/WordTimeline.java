package io.valence.pipeline;

import io.valence.schemas.SentimentEvent;
import io.valence.schemas.WordScore;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * The words of a stream, each with the last of its readings. The words of an event replace all that
 * was read from the start of the event's first word on; what was read before that stands.
 *
 * <p>Example, times in seconds: the event of [0, 3) has words at [0.5, 1) with score +2 and at [2, 3)
 * with score +1, each of weight 1. That of [3, 6) read the second anew: [2, 3) now has −1, and [3, 3.4)
 * has −2 with weight 3. The mean of [0, 3) is then (2·1 − 1·1) / 2 = 0.5 and no more 1.5, for [3, 3.4)
 * has its middle at 3.2. That of [2, 4) is (−1·1 − 2·3) / 4 = −1.75.
 *
 * <p>For one thread.
 */
public final class WordTimeline {

  private final List<WordScore> readings = new ArrayList<>();

  /** What the events of a stream leave of it, the events in order of time. */
  public static WordTimeline of(final List<SentimentEvent> events) {
    final WordTimeline timeline = new WordTimeline();
    for (final SentimentEvent event : events) {
      timeline.accept(event.getWords());
    }
    return timeline;
  }

  /**
   * Takes the words of the next event.
   *
   * @param words in order of their starts; none change nothing
   */
  public void accept(final List<WordScore> words) {
    if (words.isEmpty()) {
      return;
    }
    final long from = words.get(0).getStartMicros();
    int kept = readings.size();
    while (kept > 0 && readings.get(kept - 1).getStartMicros() >= from) {
      kept--;
    }
    readings.subList(kept, readings.size()).clear();
    readings.addAll(words);
  }

  /** The last reading of each word, in order of time. */
  public List<WordScore> readings() {
    return List.copyOf(readings);
  }

  /**
   * Mean of the words whose middle lies in [start, end), by their weights, −3 to +3; empty if there
   * is none.
   *
   * @param startMicros microseconds of event time
   * @param endMicros microseconds of event time
   */
  public OptionalDouble mean(final long startMicros, final long endMicros) {
    double sum = 0;
    double weight = 0;
    for (final WordScore word : readings) {
      // Twice the middle: halves of a microsecond are not rounded.
      final long middles = word.getStartMicros() + word.getEndMicros();
      if (middles >= 2 * startMicros && middles < 2 * endMicros) {
        sum += (double) word.getWeight() * word.getScore();
        weight += word.getWeight();
      }
    }
    return weight > 0 ? OptionalDouble.of(sum / weight) : OptionalDouble.empty();
  }
}
