package io.valence.training;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How well scores tell the ends of utterances from other words.
 *
 * @param auc area under the ROC curve: how often an end scores higher than another word, ties half
 * @param precision share of borders among the words with a score above 0; 0 if there are none
 * @param recall share of the borders that have a score above 0
 * @param borders among the words
 * @param words that were judged
 */
record BorderFigures(double auc, double precision, double recall, int borders, int words) {

  /**
   * Counts.
   *
   * @param scores of each word
   * @param labels whether an utterance ends after the word; at least one does and one does not
   */
  static BorderFigures of(final List<Double> scores, final List<Boolean> labels) {
    final int[] order =
        IntStream.range(0, scores.size())
            .boxed()
            .sorted(Comparator.comparing(scores::get, Comparator.reverseOrder()))
            .mapToInt(Integer::intValue)
            .toArray();
    final long borders = labels.stream().filter(end -> end).count();
    final long others = labels.size() - borders;
    if (borders == 0 || others == 0) {
      throw new IllegalArgumentException(borders + " borders and " + others + " other words");
    }
    double pairs = 0;
    double precision = 0;
    double recall = 0;
    long found = 0;
    long wrong = 0;
    int from = 0;
    while (from < order.length) {
      final double score = scores.get(order[from]);
      int to = from;
      long tiedBorders = 0;
      while (to < order.length && scores.get(order[to]) == score) {
        tiedBorders += labels.get(order[to]) ? 1 : 0;
        to++;
      }
      final long tiedOthers = to - from - tiedBorders;
      pairs += tiedOthers * (found + tiedBorders / 2.0);
      found += tiedBorders;
      wrong += tiedOthers;
      if (score > 0) {
        precision = (double) found / (found + wrong);
        recall = (double) found / borders;
      }
      from = to;
    }
    return new BorderFigures(
        pairs / ((double) borders * others), precision, recall, (int) borders, labels.size());
  }
}
