package io.valence.training;

import io.valence.corpora.Segment;
import io.valence.features.text.SpokenText;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The transcripts of a corpus as a live stream has them: in windows of fixed size, which begin and end
 * in the middle of what is said. The words of a segment are spread evenly over its time; a window's
 * label is the mean of those of its words, each with the label of its segment.
 *
 * <p>Example, windows of 3 s: a segment of 2 s labelled 2 says "i like it a", from 1 s on, and one
 * labelled -1 says "lot not", from 3 s to 4 s. Window [0, 3) is "i like it a" with label 2, window
 * [3, 6) is "lot not" with label -1 after the preceding text "i like it a".
 */
final class SpokenWindows {

  /** As far back as a live stream remembers, seconds. */
  private static final double OLDEST_SECONDS = 60;

  private SpokenWindows() {}

  /**
   * A window.
   *
   * @param id of the recording and the window's start
   * @param spoken its words, after those of the windows before it
   * @param label -3 to 3
   */
  record Window(String id, SpokenText spoken, double label) {}

  /** The words that fall into a window, and the sum of their labels. */
  private static final class Words {
    private final StringBuilder text = new StringBuilder();
    private double labels;
    private int count;

    void add(final String word, final double label) {
      text.append(text.isEmpty() ? "" : " ").append(word);
      labels += label;
      count++;
    }
  }

  /**
   * The windows of all recordings that have words.
   *
   * @param seconds length of a window, above 0
   */
  static List<Window> of(final List<Segment> segments, final double seconds) {
    final Map<String, List<Segment>> recordings = new LinkedHashMap<>();
    segments.stream()
        .filter(segment -> segment.text().isPresent() && segment.label().isPresent())
        .forEach(
            segment ->
                recordings.computeIfAbsent(segment.video(), key -> new ArrayList<>()).add(segment));
    final List<Window> windows = new ArrayList<>();
    recordings.forEach((video, list) -> add(video, list, seconds, windows));
    return windows;
  }

  private static void add(
      final String video,
      final List<Segment> segments,
      final double seconds,
      final List<Window> windows) {
    segments.sort(Comparator.comparingDouble(Segment::start));
    final TreeMap<Long, Words> byWindow = new TreeMap<>();
    for (final Segment segment : segments) {
      final String[] words = segment.text().orElseThrow().strip().split("\\s+", -1);
      final double share = (segment.end() - segment.start()) / words.length;
      for (int i = 0; i < words.length; i++) {
        final double middle = segment.start() + (i + 0.5) * share;
        byWindow
            .computeIfAbsent((long) (middle / seconds), key -> new Words())
            .add(words[i], segment.label().orElseThrow());
      }
    }
    byWindow.forEach(
        (number, words) -> {
          final long oldest = number - (long) (OLDEST_SECONDS / seconds);
          final List<String> preceding =
              byWindow.subMap(oldest, number).values().stream()
                  .map(before -> before.text.toString())
                  .toList();
          windows.add(
              new Window(
                  video + "@" + number * seconds,
                  SpokenText.after(preceding, words.text.toString()),
                  words.labels / words.count));
        });
  }
}
