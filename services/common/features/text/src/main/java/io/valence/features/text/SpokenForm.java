package io.valence.features.text;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Makes a written, tokenised sentence look like a transcript of speech: lower case, no punctuation,
 * contractions in one word ("do n't" becomes "dont"), as the transcripts of CMU-MOSI have
 * it. Some transcribers write commas and apostrophes and some do not; a score should not depend on
 * that, nor learn from it. Idempotent.
 */
final class SpokenForm {

  private static final Pattern BRACKET = Pattern.compile("-[lr][rsc]b-");
  private static final Pattern NOT = Pattern.compile("\\s+n\\s?'t\\b");
  private static final Pattern CLITIC = Pattern.compile("\\s+'(s|re|ve|ll|d|m)\\b");
  private static final Pattern APOSTROPHE = Pattern.compile("['`’]");
  private static final Pattern PUNCTUATION = Pattern.compile("[\\p{Punct}\\p{IsPunctuation}]");
  private static final Pattern SPACES = Pattern.compile("\\s+");

  private SpokenForm() {}

  static String of(final String sentence) {
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
