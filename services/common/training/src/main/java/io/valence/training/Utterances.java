package io.valence.training;

import io.valence.corpora.Conversations;
import io.valence.corpora.Segment;
import io.valence.features.text.SpokenForm;
import io.valence.features.text.TextDifference;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * What was said in some conversations, utterance by utterance: each segment of a corpus is one.
 *
 * @param conversations the words of each utterance, in the order in which they were said; no utterance
 *     is empty
 */
record Utterances(List<List<List<String>>> conversations) {

  /** So many borders with words after them, and words that are none, are needed to learn from. */
  static final int FEWEST = 50;

  // About what a second and a half of speech holds, in words.
  private static final int SHORTEST_WINDOW = 4;
  private static final int LONGEST_WINDOW = 5;
  private static final int MOST_BEFORE = TextDifference.Borders.WORDS_BEFORE;

  /**
   * Some words in a row, as a reader of a stream meets them: those of a window that is cut anywhere
   * and up to twelve before.
   *
   * @param words at least one
   * @param ends whether an utterance ends after each
   */
  record Stretch(List<String> words, List<Boolean> ends) {

    Stretch {
      words = List.copyOf(words);
      ends = List.copyOf(ends);
    }
  }

  Utterances {
    conversations = List.copyOf(conversations);
  }

  /** The segments that have words, by conversation and in the order of time. */
  static Utterances of(final List<Segment> segments) {
    final List<List<List<String>>> conversations = new ArrayList<>();
    for (final List<Segment> recording : Conversations.recordings(segments).values()) {
      final List<List<String>> utterances = new ArrayList<>();
      for (final Segment segment : recording) {
        final String spoken = SpokenForm.of(segment.text().orElse(""));
        if (!spoken.isEmpty()) {
          utterances.add(List.of(spoken.split(" ")));
        }
      }
      if (!utterances.isEmpty()) {
        conversations.add(utterances);
      }
    }
    return new Utterances(conversations);
  }

  int words() {
    return conversations.stream().flatMap(List::stream).mapToInt(List::size).sum();
  }

  /** Borders between two utterances. */
  int borders() {
    return conversations.stream().mapToInt(utterances -> utterances.size() - 1).sum();
  }

  /** Words after which their utterance goes on. */
  int inside() {
    return words() - conversations.stream().mapToInt(List::size).sum();
  }

  /** Why borders cannot be learned from these; nothing if they can. */
  Optional<String> shortcoming() {
    if (borders() >= FEWEST && inside() >= FEWEST) {
      return Optional.empty();
    }
    return Optional.of(
        ("%d borders between utterances of one conversation and %d words inside utterances are too"
                + " few to learn where utterances end, which takes %d of each")
            .formatted(borders(), inside(), FEWEST));
  }

  /**
   * Walks each conversation in windows of four or five words, the first cut at random, and takes each
   * with up to twelve words from before it.
   *
   * @param random decides where is cut and how much from before is taken
   * @param mostWords in all stretches together: if there are more, a share of the stretches is left
   *     out evenly, so that the windows are further apart
   */
  List<Stretch> stretches(final Random random, final int mostWords) {
    final List<Stretch> all = new ArrayList<>();
    long words = 0;
    for (final List<List<String>> utterances : conversations) {
      final List<String> said = new ArrayList<>();
      final List<Boolean> ends = new ArrayList<>();
      for (final List<String> utterance : utterances) {
        for (int i = 0; i < utterance.size(); i++) {
          said.add(utterance.get(i));
          ends.add(i == utterance.size() - 1);
        }
      }
      int from = 0;
      int to = 1 + random.nextInt(LONGEST_WINDOW);
      while (from < said.size()) {
        to = Math.min(to, said.size());
        final int first = Math.max(0, from - random.nextInt(MOST_BEFORE + 1));
        all.add(new Stretch(said.subList(first, to), ends.subList(first, to)));
        words += to - first;
        from = to;
        to += SHORTEST_WINDOW + random.nextInt(LONGEST_WINDOW - SHORTEST_WINDOW + 1);
      }
    }
    if (words <= mostWords) {
      return all;
    }
    final List<Stretch> some = new ArrayList<>();
    long passed = 0;
    long kept = 0;
    for (final Stretch stretch : all) {
      passed += stretch.words().size();
      if (kept + stretch.words().size() <= passed * mostWords / words) {
        some.add(stretch);
        kept += stretch.words().size();
      }
    }
    return some;
  }
}
