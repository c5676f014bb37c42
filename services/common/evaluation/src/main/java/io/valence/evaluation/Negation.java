package io.valence.evaluation;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * English words that turn the meaning of others round, in the forms of speech: an error analysis asks
 * whether a text holds one, not what it negates ("not only good" counts too).
 *
 * <p>Apostrophes are left out before words are compared, so that {@code didn't}, {@code didn’t} and the
 * {@code DIDNT} of transcripts without punctuation are the same word. The two contractions that are
 * then spelled like other words (cant, wont) are rare as such in speech, and count as negations.
 */
public final class Negation {

  private static final Set<String> WORDS =
      Set.of(
          "not",
          "no",
          "never",
          "nothing",
          "nobody",
          "noone",
          "none",
          "nowhere",
          "neither",
          "nor",
          "nope",
          "cannot",
          "without",
          "hardly",
          "barely",
          "scarcely",
          // A contraction that a tokeniser has cut in two: did n't.
          "nt",
          "aint",
          "arent",
          "cant",
          "couldnt",
          "darent",
          "didnt",
          "doesnt",
          "dont",
          "hadnt",
          "hasnt",
          "havent",
          "isnt",
          "mightnt",
          "mustnt",
          "neednt",
          "oughtnt",
          "shant",
          "shouldnt",
          "wasnt",
          "werent",
          "wont",
          "wouldnt");

  /** The typewriter's, the typographic ones, and the accents that are typed in their place. */
  private static final Pattern APOSTROPHES = Pattern.compile("['\u2018\u2019\u02bc`\u00b4]");

  private static final Pattern BETWEEN_WORDS = Pattern.compile("[^\\p{L}\\p{N}]+");

  private Negation() {}

  /** Whether a text holds at least one of {@link #words}, in any case. */
  public static boolean in(String text) {
    final String plain = APOSTROPHES.matcher(text.toLowerCase(Locale.ROOT)).replaceAll("");
    return Stream.of(BETWEEN_WORDS.split(plain)).anyMatch(WORDS::contains);
  }

  /** The words that count, in lower case and without apostrophes. */
  public static Set<String> words() {
    return WORDS;
  }
}
