package io.valence.corpora;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How long a text may be that is read as one. No utterance is longer: such a text is a whole document,
 * or a quotation mark is missing. Characters are counted too, for there are languages that put no
 * blanks between their words.
 */
public final class TextLength {

  static final int MOST_WORDS = 1_000;
  static final int MOST_CHARACTERS = 10_000;

  /** What stands between blanks of any kind, those that do not break a line included. */
  private static final Pattern WORD = Pattern.compile("[^\\s\\p{Z}]+");

  private TextLength() {}

  /**
   * What is wrong with the length of a text, in words that go on after its place and a colon; empty
   * if nothing is.
   */
  public static Optional<String> excess(final String text) {
    final int words = words(text);
    if (words > MOST_WORDS) {
      return Optional.of(message(words, "words", MOST_WORDS));
    }
    return text.length() > MOST_CHARACTERS
        ? Optional.of(message(text.length(), "characters", MOST_CHARACTERS))
        : Optional.empty();
  }

  private static String message(final int count, final String unit, final int most) {
    return "a text of "
        + count
        + " "
        + unit
        + ", at most "
        + most
        + " are read as one; divide it, or look for a missing quotation mark";
  }

  private static int words(final String text) {
    int words = 0;
    final Matcher word = WORD.matcher(text);
    while (word.find()) {
      words++;
    }
    return words;
  }
}
