package io.valence.features.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Makes a written, tokenised sentence look like a transcript of speech: lower case, no punctuation,
 * contractions in one word ("do n't" becomes "dont"), as the transcripts of CMU-MOSI have
 * it. Some transcribers write commas and apostrophes and some do not; a score should not depend on
 * that, nor learn from it. Idempotent.
 */
public final class SpokenForm {

  private static final Pattern BRACKET = Pattern.compile("-[lr][rsc]b-");
  private static final Pattern NOT = Pattern.compile("\\s+n\\s?'t\\b");
  private static final Pattern CLITIC = Pattern.compile("\\s+'(s|re|ve|ll|d|m)\\b");
  private static final Pattern APOSTROPHE = Pattern.compile("['`’]");
  private static final Pattern PUNCTUATION = Pattern.compile("[\\p{Punct}\\p{IsPunctuation}]");
  private static final Pattern SPACES = Pattern.compile("\\s+");

  private static final Pattern CLITIC_ALONE = Pattern.compile("(?i)n['`’]t|['`’](s|re|ve|ll|d|m)");

  /** Words that are looked at, so that a hostile text of nothing but dashes does not take long. */
  private static final int MOST_WORDS = 2_000;

  private SpokenForm() {}

  /**
   * The form of each of the first 2,000 words by itself, one for every word between blanks; blank for
   * what is punctuation alone. A contraction in two words ("do n't") is the first of them.
   */
  static List<String> ofWords(final String text) {
    if (text.isBlank()) {
      return List.of();
    }
    final String[] words = SPACES.split(text.strip(), MOST_WORDS + 1);
    final List<String> forms = new ArrayList<>(words.length);
    for (int i = 0; i < Math.min(words.length, MOST_WORDS); i++) {
      if (i > 0 && CLITIC_ALONE.matcher(words[i]).matches()) {
        forms.add("");
        continue;
      }
      final StringBuilder word = new StringBuilder(words[i]);
      for (int next = i + 1;
          next < words.length && CLITIC_ALONE.matcher(words[next]).matches();
          next++) {
        word.append(' ').append(words[next]);
      }
      forms.add(of(word.toString()));
    }
    return forms;
  }

  /**
   * The spoken form of a sentence.
   *
   * @return words of lower case with one blank between them; empty if there are none
   */
  public static String of(final String sentence) {
    String text = sentence.toLowerCase(Locale.ROOT);
    text = BRACKET.matcher(text).replaceAll(" ");
    // Each run of blanks is one from here on: the patterns below would look through a long run from
    // each of its blanks anew, minutes for a text that is nothing else.
    text = SPACES.matcher(text).replaceAll(" ");
    text = NOT.matcher(text).replaceAll("nt");
    text = CLITIC.matcher(text).replaceAll("$1");
    text = APOSTROPHE.matcher(text).replaceAll("");
    text = PUNCTUATION.matcher(text).replaceAll(" ");
    return SPACES.matcher(text).replaceAll(" ").strip();
  }
}
