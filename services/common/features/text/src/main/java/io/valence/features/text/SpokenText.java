package io.valence.features.text;

import java.util.List;
import java.util.Objects;

/**
 * A text and what was said before it.
 *
 * @param preceding what was said before, oldest first, one element a window or segment; blank ones do
 *     not count
 * @param before of running speech: the speaker's own words directly before the text, which come after
 *     all of {@code preceding}; the text's first words may go on with their last utterance. Blank
 *     otherwise
 * @param text what the vector is of
 * @param utterance whether the text is one utterance, to be read as a whole; else it is cut from running
 *     speech anywhere, and a text expert that has learned where utterances end reads it by these
 */
public record SpokenText(List<String> preceding, String before, String text, boolean utterance) {

  public SpokenText {
    preceding = List.copyOf(preceding);
    Objects.requireNonNull(before, "before");
    Objects.requireNonNull(text, "text");
    if (utterance && !before.isBlank()) {
      throw new IllegalArgumentException("an utterance begins with its first word, not before it");
    }
  }

  /** A text of which nothing is known but itself. */
  public static SpokenText alone(final String text) {
    return new SpokenText(List.of(), "", text, true);
  }

  /** An utterance with the texts before it. */
  public static SpokenText after(final List<String> preceding, final String text) {
    return new SpokenText(preceding, "", text, true);
  }

  /** Words cut from running speech. */
  public static SpokenText running(
      final List<String> preceding, final String before, final String text) {
    return new SpokenText(preceding, before, text, false);
  }
}
