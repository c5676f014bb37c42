package io.valence.features.text;

import io.valence.features.Features;
import java.util.Objects;

/**
 * What a text extractor makes of a text.
 *
 * @param features of the text
 * @param wordsBefore how many of the scores are of words before the text, of its first utterance
 * @param scores sentiment of each word that was read, -3 to 3, in order: first the last words before the
 *     text, then those of the text from its first on (words are what stands between blanks). NaN for a
 *     word without word pieces, such as a dash. Empty if the extractor gives none, or the text is silent.
 *     Not copied
 * @param pieces word pieces of each of these words, >= 0; not copied
 */
public record TextReading(Features features, int wordsBefore, float[] scores, int[] pieces) {

  private static final float[] NO_SCORES = {};
  private static final int[] NO_PIECES = {};

  public TextReading {
    Objects.requireNonNull(features, "features");
    if (scores.length != pieces.length || wordsBefore < 0 || wordsBefore > scores.length) {
      throw new IllegalArgumentException(
          scores.length
              + " scores of "
              + pieces.length
              + " words, "
              + wordsBefore
              + " of them before the text, make no sense");
    }
  }

  /** Features alone. */
  public static TextReading of(final Features features) {
    return new TextReading(features, 0, NO_SCORES, NO_PIECES);
  }

  /** The same words with other features. */
  public TextReading with(final Features others) {
    return new TextReading(others, wordsBefore, scores, pieces);
  }
}
