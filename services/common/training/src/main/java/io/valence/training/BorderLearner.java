package io.valence.training;

import io.valence.corpora.Segment;
import io.valence.features.text.ContextLimits;
import io.valence.features.text.ContextualPieces;
import io.valence.features.text.ContextualTokenizer;
import io.valence.features.text.SpokenText;
import io.valence.features.text.TextDifference;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Learns where utterances end from transcripts that say so: a logistic regression on BERT's states
 * half-way up, {@link TextDifference.Borders}. The same transcripts, seed and layers give the same
 * numbers, bit for bit.
 *
 * <p>An utterance is taken to end where its end has a probability over 1/7: an end that is missed counts
 * six times one that is none. Two utterances read as one get the same mixed score, while half an
 * utterance is still read after its other half. The probability is that of a logistic regression of the
 * validation fold's ends on the scores (Platt, 1999), for the penalty draws those of the scores themselves
 * together. Where the fold has too few ends, those that were learned from are taken.
 */
final class BorderLearner {

  /** Words of all stretches of a fold together: their states take 6 kB each, 190 MB in all. */
  private static final int MOST_WORDS = 30_000;

  private static final int MOST_PIECES = 400;
  private static final int MARKS = 2;
  // Of the weights of features with mean 0 and deviation 1.
  private static final double PENALTY = 0.1;
  private static final double LEAST_DEVIATION = 1e-3;
  private static final int GROUPS = 4;
  // So many ends that are none are as bad as one that is missed.
  private static final double MISSED_COUNTS = 6;
  // So that the slope stays finite where scores tell all ends from all other words.
  private static final double SLOPE_PENALTY = 1e-3;
  // With less, higher scores do not make an end more probable.
  private static final double LEAST_SLOPE = 1e-3;
  // Ends, and other words, of a fold that is to say how probable an end is.
  private static final int FEWEST_JUDGED = 10;

  /**
   * What was learned.
   *
   * @param borders in half precision, as the file has them
   * @param utterances that were learned from
   * @param words of the stretches that were learned from
   * @param judgedOn the fold that the figures and the probabilities are of
   * @param figures how well they are found
   */
  record Learned(
      TextDifference.Borders borders,
      Utterances utterances,
      int words,
      String judgedOn,
      BorderFigures figures) {

    /** One line for a card. */
    String line() {
      return String.format(
          Locale.ROOT,
          "borders of utterances: learned from %,d of them (%,d words of stretches); %s,"
              + " which says how probable they are: AUC %.3f, %.1f %% of %,d borders among %,d words are"
              + " found, %.1f %% of what is found are borders",
          utterances.borders(),
          words,
          judgedOn,
          figures.auc(),
          100 * figures.recall(),
          figures.borders(),
          figures.words(),
          100 * figures.precision());
    }
  }

  /**
   * The words of some stretches.
   *
   * @param features own and next state, one after the other
   * @param groups how many words follow in the stretch, 3 for more
   * @param ends whether an utterance ends after the word
   */
  private record Words(float[][] features, int[] groups, boolean[] ends) {

    /** Words with some after them: after the last one of a stretch nobody can tell. */
    private int[] followed() {
      return IntStream.range(0, groups.length).filter(word -> groups[word] > 0).toArray();
    }

    private double score(final int word, final float[] weight, final double[] bias) {
      return LogisticRegression.dot(features[word], weight) + bias[groups[word]];
    }

    BorderFigures figures(final float[] weight, final double[] bias) {
      final List<Double> scores = new ArrayList<>();
      final List<Boolean> labels = new ArrayList<>();
      for (final int word : followed()) {
        scores.add(score(word, weight, bias));
        labels.add(ends[word]);
      }
      return BorderFigures.of(scores, labels);
    }

    double threshold(final float[] weight, final double[] bias) {
      final int[] words = followed();
      final float[] scores = new float[words.length];
      final boolean[] labels = new boolean[words.length];
      for (int i = 0; i < words.length; i++) {
        scores[i] = (float) score(words[i], weight, bias);
        labels[i] = ends[words[i]];
      }
      return BorderLearner.threshold(scores, labels);
    }

    /** Whether there are so many of both kinds of words. */
    boolean tells(final int fewest) {
      int ending = 0;
      int inside = 0;
      for (final int word : followed()) {
        ending += ends[word] ? 1 : 0;
        inside += ends[word] ? 0 : 1;
      }
      return ending >= fewest && inside >= fewest;
    }
  }

  private final Path bert;
  private final int positions;
  private final LowerLayers layers;
  private final Consumer<String> log;

  /**
   * @param bert what {@code BertModelCache.prepare} returned
   * @param positions the longest input of this BERT, word pieces
   * @param layers of this BERT with the expert's differences
   * @param log hears one line at a time
   */
  BorderLearner(
      final Path bert, final int positions, final LowerLayers layers, final Consumer<String> log) {
    this.bert = bert;
    this.positions = positions;
    this.layers = layers;
    this.log = log;
  }

  /**
   * Learns.
   *
   * @param training segments of the conversations to learn from
   * @param validation segments that say how probable an end is at a score, and how well they are found;
   *     where their stretches have fewer than ten borders those to learn from say it
   * @param seed of where the conversations are cut
   * @return empty if there are too few borders; the log then says so
   */
  Optional<Learned> learn(
      final List<Segment> training, final List<Segment> validation, final long seed)
      throws IOException {
    final Utterances utterances = Utterances.of(training);
    final Optional<String> shortcoming = utterances.shortcoming();
    if (shortcoming.isPresent()) {
      log.accept("borders of utterances: " + shortcoming.orElseThrow() + "; none are learned");
      return Optional.empty();
    }
    final Random random = new Random(seed);
    final Words learning = words(utterances, random, "borders, training");
    final Words held = words(Utterances.of(validation), random, "borders, validation");
    if (!learning.tells(1)) {
      log.accept("borders of utterances: no stretch of words has one inside; none are learned");
      return Optional.empty();
    }
    final boolean judgedOnHeld = held.tells(FEWEST_JUDGED);
    final Words judged = judgedOnHeld ? held : learning;
    // In place, for there may be 190 MB of them; what is judged is judged as it was read.
    final int width = 2 * layers.width();
    final double[] mean = new double[width];
    final double[] deviation = new double[width];
    measure(learning.features(), mean, deviation);
    standardise(learning.features(), mean, deviation);
    final LogisticRegression.Fit fit =
        LogisticRegression.fit(
            learning.features(),
            learning.groups(),
            learning.ends(),
            GROUPS,
            PENALTY,
            line -> log.accept("borders, " + line));
    log.accept(
        String.format(
            Locale.ROOT,
            "borders: %,d words learned in %d iterations",
            learning.groups().length,
            fit.iterations()));
    if (!judgedOnHeld) {
      restore(learning.features(), mean, deviation);
    }
    return Optional.of(folded(fit, mean, deviation, judged, judgedOnHeld, utterances, learning));
  }

  /**
   * The score above which an end is assumed; 0 if higher scores do not make an end more probable.
   *
   * @param scores of words, higher for ends
   * @param ends whether an utterance ends after each; after one it does and after one it does not
   */
  static double threshold(final float[] scores, final boolean[] ends) {
    final float[][] rows = new float[scores.length][];
    for (int word = 0; word < rows.length; word++) {
      rows[word] = new float[] {scores[word]};
    }
    final LogisticRegression.Fit probability =
        LogisticRegression.fit(rows, new int[rows.length], ends, 1, SLOPE_PENALTY, line -> {});
    final double slope = probability.weight()[0];
    return slope < LEAST_SLOPE ? 0 : -(Math.log(MISSED_COUNTS) + probability.bias()[0]) / slope;
  }

  /** Puts the standardisation and the threshold into the numbers of the file. */
  private Learned folded(
      final LogisticRegression.Fit fit,
      final double[] mean,
      final double[] deviation,
      final Words judged,
      final boolean judgedOnHeld,
      final Utterances utterances,
      final Words learning) {
    final float[] raw = new float[mean.length];
    for (int i = 0; i < raw.length; i++) {
      raw[i] = (float) (fit.weight()[i] / deviation[i]);
    }
    final float[] weight = TextDifference.rounded(raw);
    // From the rounded weights, so that their rounding moves no word by its mean.
    double shift = 0;
    for (int i = 0; i < weight.length; i++) {
      shift += weight[i] * mean[i];
    }
    final double[] bias = fit.bias().clone();
    for (int group = 0; group < bias.length; group++) {
      bias[group] -= shift;
    }
    final double threshold = judged.threshold(weight, bias);
    final float[] rounded = new float[bias.length];
    for (int group = 0; group < bias.length; group++) {
      rounded[group] = (float) (bias[group] - threshold);
    }
    final TextDifference.Borders borders =
        new TextDifference.Borders(weight, TextDifference.rounded(rounded));
    final double[] written = new double[bias.length];
    for (int group = 0; group < bias.length; group++) {
      written[group] = borders.bias()[group];
    }
    final Learned learned =
        new Learned(
            borders,
            utterances,
            learning.groups().length,
            judgedOnHeld ? "validation" : "training",
            judged.figures(weight, written));
    log.accept(learned.line());
    return learned;
  }

  private Words words(final Utterances utterances, final Random random, final String name)
      throws IOException {
    final List<TextSample> samples = new ArrayList<>();
    final List<int[]> lastPieces = new ArrayList<>();
    final List<boolean[]> ends = new ArrayList<>();
    final int most = Math.min(MOST_PIECES, positions - MARKS);
    try (ContextualTokenizer tokenizer =
        ContextualTokenizer.open(bert, new ContextLimits(0, 0, most))) {
      final Map<String, long[]> known = new HashMap<>();
      for (final Utterances.Stretch stretch :
          pronounceable(utterances, tokenizer, known).stretches(random, MOST_WORDS)) {
        add(stretch, known, most, samples, lastPieces, ends);
      }
    }
    final int[] start = new int[samples.size() + 1];
    for (int text = 0; text < samples.size(); text++) {
      start[text + 1] = start[text] + lastPieces.get(text).length;
    }
    final int count = start[samples.size()];
    final Words words = new Words(new float[count][], new int[count], new boolean[count]);
    for (int text = 0; text < samples.size(); text++) {
      for (int word = 0; word < lastPieces.get(text).length; word++) {
        words.groups()[start[text] + word] =
            Math.min(lastPieces.get(text).length - 1 - word, GROUPS - 1);
        words.ends()[start[text] + word] = ends.get(text)[word];
      }
    }
    final int width = layers.width();
    layers.read(
        samples,
        layers.half(),
        name,
        (text, values, from, size) -> {
          final int[] last = lastPieces.get(text);
          for (int word = 0; word < last.length; word++) {
            // The state of the piece and that of the token after it lie one after the other.
            final int at = from + last[word] * width;
            words.features()[start[text] + word] = Arrays.copyOfRange(values, at, at + 2 * width);
          }
        });
    return words;
  }

  /** Without the words that have no pieces, which the network cannot see. */
  private static Utterances pronounceable(
      final Utterances utterances,
      final ContextualTokenizer tokenizer,
      final Map<String, long[]> known) {
    final List<List<List<String>>> conversations = new ArrayList<>();
    for (final List<List<String>> conversation : utterances.conversations()) {
      final List<List<String>> kept = new ArrayList<>();
      for (final List<String> utterance : conversation) {
        final List<String> words =
            utterance.stream()
                .filter(
                    word ->
                        // [CLS] and [SEP] are always there.
                        known.computeIfAbsent(word, text -> pieces(text, tokenizer)).length > MARKS)
                .toList();
        if (!words.isEmpty()) {
          kept.add(words);
        }
      }
      if (!kept.isEmpty()) {
        conversations.add(kept);
      }
    }
    return new Utterances(conversations);
  }

  private static long[] pieces(final String word, final ContextualTokenizer tokenizer) {
    return tokenizer.of(SpokenText.alone(word)).ids();
  }

  /** Of a stretch with too many pieces the last words are kept. */
  private static void add(
      final Utterances.Stretch stretch,
      final Map<String, long[]> known,
      final int most,
      final List<TextSample> samples,
      final List<int[]> lastPieces,
      final List<boolean[]> ends) {
    final int words = stretch.words().size();
    int first = words;
    int count = 0;
    while (first > 0 && count + known.get(stretch.words().get(first - 1)).length - MARKS <= most) {
      first--;
      count += known.get(stretch.words().get(first)).length - MARKS;
    }
    final long[] ids = new long[count + MARKS];
    final int[] last = new int[words - first];
    final boolean[] labels = new boolean[words - first];
    int at = 1;
    for (int word = first; word < words; word++) {
      final long[] own = known.get(stretch.words().get(word));
      ids[0] = own[0];
      ids[ids.length - 1] = own[own.length - 1];
      System.arraycopy(own, 1, ids, at, own.length - MARKS);
      at += own.length - MARKS;
      last[word - first] = at - 1;
      labels[word - first] = stretch.ends().get(word);
    }
    samples.add(
        new TextSample("stretch " + samples.size(), new ContextualPieces(ids, 0, count, 0), 0));
    lastPieces.add(last);
    ends.add(labels);
  }

  private static void measure(
      final float[][] features, final double[] mean, final double[] deviation) {
    for (final float[] row : features) {
      for (int i = 0; i < mean.length; i++) {
        mean[i] += row[i];
      }
    }
    for (int i = 0; i < mean.length; i++) {
      mean[i] /= features.length;
    }
    for (final float[] row : features) {
      for (int i = 0; i < mean.length; i++) {
        deviation[i] += (row[i] - mean[i]) * (row[i] - mean[i]);
      }
    }
    for (int i = 0; i < mean.length; i++) {
      deviation[i] = Math.sqrt(deviation[i] / features.length) + LEAST_DEVIATION;
    }
  }

  private static void standardise(
      final float[][] features, final double[] mean, final double[] deviation) {
    for (final float[] row : features) {
      for (int i = 0; i < mean.length; i++) {
        row[i] = (float) ((row[i] - mean[i]) / deviation[i]);
      }
    }
  }

  private static void restore(
      final float[][] features, final double[] mean, final double[] deviation) {
    for (final float[] row : features) {
      for (int i = 0; i < mean.length; i++) {
        row[i] = (float) (row[i] * deviation[i] + mean[i]);
      }
    }
  }
}
