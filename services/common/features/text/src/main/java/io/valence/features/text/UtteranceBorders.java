package io.valence.features.text;

import io.valence.inference.ModelFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Where an utterance ends, as a text expert has learned it from transcripts that have no punctuation:
 * a logistic regression on what BERT makes of the words after half of its layers. The input is {@code
 * [CLS] words [SEP]}; an utterance ends after a word if
 *
 * <pre>own · weights[0] + next · weights[1] + bias[min(following, 3)] > 0</pre>
 *
 * where own is the vector of the word's last piece, next that of the token after it, and following the
 * number of words that come after it in the input: the fewer there are, the less is known.
 *
 * @param weights [2, hidden]
 * @param bias for 0, 1, 2, and 3 or more following words; the threshold is in it
 */
record UtteranceBorders(float[] weights, float[] bias) {

  static final String WEIGHT = "borders.weight";
  static final String BIAS = "borders.bias";
  static final int BUCKETS = 4;

  /** Words before those of interest that are looked at as well. */
  static final int WORDS_BEFORE = 20;

  /**
   * What a difference says of them, if it does.
   *
   * @param file of the difference, for messages
   * @throws ModelFileException if they do not fit the rest of it
   */
  static Optional<UtteranceBorders> of(final TextDifference difference, final Path file)
      throws ModelFileException {
    final float[] weights = difference.tensors().get(WEIGHT);
    final float[] bias = difference.tensors().get(BIAS);
    if (weights == null && bias == null) {
      return Optional.empty();
    }
    final int hidden = difference.tensors().get("head.weight").length;
    if (weights == null
        || bias == null
        || !difference.description().shapes().get(WEIGHT).equals(List.of(2L, (long) hidden))
        || bias.length != BUCKETS) {
      throw new ModelFileException(file + " is damaged: no whole borders of utterances");
    }
    return Optional.of(new UtteranceBorders(weights, bias));
  }

  /**
   * Whether an utterance ends after a word.
   *
   * @param own what the graph says of its last piece, see {@link BertGraph#BORDERS}
   * @param next what the graph says of the token after it
   * @param following words after it in the input
   */
  boolean endsAfter(final float own, final float next, final int following) {
    return own + next + bias[Math.min(following, BUCKETS - 1)] > 0;
  }
}
