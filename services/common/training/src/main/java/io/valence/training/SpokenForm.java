package io.valence.training;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Makes a written, tokenised sentence look like a transcript of speech: lower case, no punctuation,
 * contractions in one word ("do n't" becomes "dont"), as the transcripts of CMU-MOSI have it. A model
 * that is to read transcripts should not learn from commas that it will never see.
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
    text = NOT.matcher(text).replaceAll("nt");
    text = CLITIC.matcher(text).replaceAll("$1");
    text = APOSTROPHE.matcher(text).replaceAll("");
    text = PUNCTUATION.matcher(text).replaceAll(" ");
    return SPACES.matcher(text).replaceAll(" ").strip();
  }
}
