package io.valence.features.text;

import io.valence.features.Features;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Words cut from running speech on their way through the network: which words there are, where their
 * utterances begin, and what is read of each.
 *
 * <p>Example: the text "very much the food" after "i did not like the" and "room but we liked it". If
 * borders are found after "room" and "much", "but we liked it very much" is read as the first utterance
 * and "the food" as the second; the text's vector is the mean over "very much" of the one and "the food"
 * of the other.
 */
final class RunningSpeech {

  /** Of the words before: twelve of speech have some 15, and there must be room for the text. */
  private static final int MOST_PIECES_BEFORE = 75;

  /** Each is read with context of its own: 300 pieces of speech give some 40, a hostile text 300. */
  private static final int MOST_UTTERANCES = 60;

  private final SpokenText spoken;
  private final ContextualTokenizer tokenizer;
  private final List<long[]> older;
  private final List<long[]> words = new ArrayList<>();
  private final int before;
  private final int pieces;
  private final int unknown;
  private final List<Integer> starts = new ArrayList<>();

  /**
   * What is read of it at once.
   *
   * @param start index of its first word among all that are looked at
   * @param end index after its last word
   * @param pieces the input
   * @param ownFrom index of the first piece that is of the text itself
   * @param ownTo index after the last
   */
  record Utterance(int start, int end, ContextualPieces pieces, int ownFrom, int ownTo) {}

  /**
   * @param longest word pieces and marks that the network reads at once
   */
  RunningSpeech(final SpokenText spoken, final ContextualTokenizer tokenizer, final int longest) {
    this.spoken = spoken;
    this.tokenizer = tokenizer;
    final List<long[]> own = tokenizer.words(spoken.text());
    this.pieces = own.stream().mapToInt(word -> word.length).sum();
    this.unknown = own.stream().mapToInt(tokenizer::unknown).sum();
    final List<long[]> earlier = tokenizer.lastWords(spoken.before());
    int from = earlier.size();
    int room = Math.min(MOST_PIECES_BEFORE, longest - 2 - pieces);
    while (from > 0
        && earlier.size() - from < TextDifference.Borders.WORDS_BEFORE
        && earlier.get(from - 1).length <= room) {
      room -= earlier.get(--from).length;
    }
    this.older = earlier.subList(0, from);
    this.before = earlier.size() - from;
    words.addAll(earlier.subList(from, earlier.size()));
    words.addAll(own);
    starts.add(before);
  }

  /** Word pieces of the text; the text is silent if there are none. */
  int pieces() {
    return pieces;
  }

  /** Share of the text's pieces that are in the vocabulary. */
  double known() {
    return (double) (pieces - unknown) / pieces;
  }

  /** What is read to find the borders. */
  ContextualPieces whole() {
    return tokenizer.of(List.of(), List.of(), words);
  }

  /**
   * Takes what the graph says of the tokens of {@link #whole}.
   *
   * @param terms two numbers a token, see {@link BertGraph#BORDERS}
   */
  void findBorders(final TextDifference.Borders borders, final float[] terms) {
    starts.clear();
    starts.add(0);
    int following = (int) words.stream().filter(word -> word.length > 0).count();
    int token = 1;
    for (int word = 0; word < words.size() - 1; word++) {
      final int count = words.get(word).length;
      if (count == 0) {
        continue;
      }
      token += count;
      following--;
      if (following > 0
          && borders.endsAfter(terms[2 * (token - 1)], terms[2 * token + 1], following)) {
        if (word < before) {
          starts.set(0, word + 1);
        } else if (starts.size() < MOST_UTTERANCES) {
          starts.add(word + 1);
        }
      }
    }
  }

  /** The utterances to read, in order; those without word pieces are left out. */
  List<Utterance> utterances() {
    final List<Utterance> utterances = new ArrayList<>();
    for (int i = 0; i < starts.size(); i++) {
      final int start = starts.get(i);
      final int end = i + 1 < starts.size() ? starts.get(i + 1) : words.size();
      final List<long[]> read = words.subList(start, end);
      if (read.stream().anyMatch(word -> word.length > 0)) {
        final List<long[]> said = new ArrayList<>(older);
        said.addAll(words.subList(0, start));
        final ContextualPieces input = tokenizer.of(spoken.preceding(), said, read);
        int ownFrom = firstPiece(input);
        for (int word = start; word < Math.min(before, end); word++) {
          ownFrom += words.get(word).length;
        }
        utterances.add(new Utterance(start, end, input, ownFrom, input.ids().length - 1));
      }
    }
    return utterances;
  }

  private static int firstPiece(final ContextualPieces input) {
    return Math.max(1, input.textStart());
  }

  /**
   * What came of it.
   *
   * @param features of the text
   * @param utterances as {@link #utterances} gave them
   * @param scores of the tokens of each of these
   */
  TextReading reading(
      final Features features, final List<Utterance> utterances, final List<float[]> scores) {
    final int first = starts.get(0);
    final float[] ofWords = new float[words.size() - first];
    final int[] counts = new int[ofWords.length];
    Arrays.fill(ofWords, Float.NaN);
    for (int i = 0; i < utterances.size(); i++) {
      final Utterance utterance = utterances.get(i);
      int token = firstPiece(utterance.pieces());
      for (int word = utterance.start(); word < utterance.end(); word++) {
        final int count = words.get(word).length;
        double sum = 0;
        for (int piece = 0; piece < count; piece++) {
          sum += scores.get(i)[token++];
        }
        if (count > 0) {
          ofWords[word - first] = (float) Math.max(-3, Math.min(3, sum / count));
          counts[word - first] = count;
        }
      }
    }
    return new TextReading(features, before - first, ofWords, counts);
  }
}
