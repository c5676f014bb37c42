package io.valence.model;

import io.valence.inference.InferenceException;
import io.valence.inference.ModelCall;
import io.valence.inference.OnnxModel;
import io.valence.model.BundleDescription.Space;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * Scores windows with a bundle's fusion model. Absent is not zero: which modalities are there goes
 * into the model as a mask, and a modality that the bundle calls not informative is masked out.
 *
 * <p>Contributions are exact Shapley values (L. S. Shapley, A value for n-person games, 1953): with
 * N the modalities that take part, n of them, and v(S) the score on the set S,
 *
 * <pre>  phi(i) = sum over S of N without i:  |S|! (n - |S| - 1)! / n!  ·  (v(S + i) - v(S))</pre>
 *
 * where v of the empty set is the prior score. With three players all 7 sets are scored in one run
 * of the model. Worked example with two: prior 0.1, face alone 0.5, words alone 1.1, both 1.3; the
 * face contributes ((0.5 - 0.1) + (1.3 - 1.1)) / 2 = 0.3, the words ((1.1 - 0.1) + (1.3 - 0.5)) / 2
 * = 0.9, together 1.2 = 1.3 - 0.1.
 *
 * <p>The interval is score ± w(N) · f(N, q), cut off at -3 and 3: w from the validation samples that
 * have exactly the modalities N, and f from those among them whose quality was about q, the mean of
 * the qualities of the modalities in N. f is 1 where the bundle has no bins of quality for N. Worked
 * example: w 0.8 for face and words, bins 1.5 from 0 and 0.9 from 0.6; a face of quality 0.4 and
 * words of 1.0 make q = 0.7 and the half width 0.72; words alone have a w and bins of their own.
 *
 * <p>The same vectors give the same bits. Belongs to one thread; close it before its bundle.
 */
public final class SentimentScorer implements AutoCloseable {

  private static final String MASK = "mask";
  private static final String OUTPUT = "score";
  private static final int MODALITIES = Modality.values().length;

  /** Large enough to keep the processor busy, small enough to stay in its cache. */
  private static final int BATCH = 64;

  private final BundleDescription description;
  private final ModelCall call;
  private final Standardiser[] standardisers = new Standardiser[MODALITIES];
  private final float[][] rows = new float[MODALITIES][];
  private final float[] mask = new float[BATCH * MODALITIES];

  SentimentScorer(final BundleDescription description, final OnnxModel model) {
    this.description = description;
    this.call = model.newCall();
    for (final Modality modality : Modality.values()) {
      standardisers[modality.ordinal()] =
          description.baseNormalisation().get(modality).standardiser(description.clip());
      rows[modality.ordinal()] = new float[BATCH * standardisers[modality.ordinal()].size()];
    }
  }

  /** Checks that a model file has the shape of a fusion model, see {@link ModelBundle#load}. */
  static void requireShape(final OnnxModel model, final Map<Modality, Space> baseSpaces)
      throws BundleException {
    OnnxShapes.requireInputs(
        model, Modality.VISUAL.label(), Modality.AUDIO.label(), Modality.TEXT.label(), MASK);
    for (final Modality modality : Modality.values()) {
      OnnxShapes.requireInput(model, modality.label(), baseSpaces.get(modality).size());
    }
    OnnxShapes.requireInput(model, MASK, MODALITIES);
    OnnxShapes.requireOutput(model, OUTPUT, -1);
  }

  /**
   * Scores one window.
   *
   * @param vectors the modalities that are present, each with the values of its base space (as
   *     adapters give them, not standardised); may be empty
   * @throws IllegalArgumentException if a vector has the wrong length or a value that is not finite
   * @throws InferenceException if the model fails or gives something that is no number
   */
  public SentimentScore score(final Map<Modality, float[]> vectors) {
    return score(vectors, Map.of());
  }

  /**
   * Scores one window, with an interval that takes the quality of its features into account.
   *
   * @param vectors see {@link #score(Map)}
   * @param qualities 0 to 1 for each modality that is present; one that has none counts as 1
   * @throws IllegalArgumentException if a vector has the wrong length or a value that is not finite
   * @throws InferenceException if the model fails or gives something that is no number
   */
  public SentimentScore score(
      final Map<Modality, float[]> vectors, final Map<Modality, Double> qualities) {
    requireSizes(vectors);
    final double baseline = description.calibration().priorScore();
    final Set<Modality> informative = description.informativeModalities();
    final Set<Modality> playing = EnumSet.noneOf(Modality.class);
    playing.addAll(vectors.keySet());
    playing.retainAll(informative);

    final double[] value = subsetScores(vectors, playing, baseline);
    final int all = bits(playing);
    final double score = value[all];
    final Map<Modality, SentimentScore.Part> parts = new EnumMap<>(Modality.class);
    for (final Modality modality : Modality.values()) {
      final boolean plays = playing.contains(modality);
      final OptionalDouble alone =
          vectors.containsKey(modality)
              ? OptionalDouble.of(plays ? value[1 << modality.ordinal()] : baseline)
              : OptionalDouble.empty();
      parts.put(
          modality,
          new SentimentScore.Part(
              informative.contains(modality),
              plays ? shapley(value, all, modality.ordinal()) : 0,
              alone));
    }
    // Added up in the modalities' own order: the same bits each time.
    double quality = 0;
    for (final Modality modality : playing) {
      quality += qualities.getOrDefault(modality, 1.0) / playing.size();
    }
    final double halfWidth = description.calibration().halfWidth(playing, Math.min(1, quality));
    return new SentimentScore(
        score, Math.max(-3, score - halfWidth), Math.min(3, score + halfWidth), baseline, parts);
  }

  /**
   * Scores many windows, without intervals and contributions: for evaluation.
   *
   * @param windows for each window the modalities that are present, see {@link #score}
   * @return a score for each, -3 to 3
   */
  public double[] scores(final List<Map<Modality, float[]>> windows) {
    final Set<Modality> informative = description.informativeModalities();
    final double[] scores = new double[windows.size()];
    for (int from = 0; from < scores.length; from += BATCH) {
      final int count = Math.min(BATCH, scores.length - from);
      for (int row = 0; row < count; row++) {
        final Map<Modality, float[]> vectors = windows.get(from + row);
        requireSizes(vectors);
        for (final Modality modality : Modality.values()) {
          fill(row, modality, informative.contains(modality) ? vectors.get(modality) : null);
        }
      }
      final float[] values = run(count);
      for (int row = 0; row < count; row++) {
        scores[from + row] =
            maskIsEmpty(row) ? description.calibration().priorScore() : checked(values[row]);
      }
    }
    return scores;
  }

  /** Runs every subset of these vectors, informative or not, and requires numbers. */
  void probe(final Map<Modality, float[]> vectors) {
    subsetScores(vectors, EnumSet.allOf(Modality.class), 0);
  }

  /** Scores of all subsets of the playing modalities, by bit set; one run of the model. */
  private double[] subsetScores(
      final Map<Modality, float[]> vectors, final Set<Modality> playing, final double baseline) {
    final double[] value = new double[1 << MODALITIES];
    value[0] = baseline;
    if (playing.isEmpty()) {
      return value;
    }
    final int all = bits(playing);
    int count = 0;
    for (int subset = 1; subset <= all; subset++) {
      if ((subset & ~all) != 0) {
        continue;
      }
      for (final Modality modality : Modality.values()) {
        fill(
            count,
            modality,
            (subset & (1 << modality.ordinal())) != 0 ? vectors.get(modality) : null);
      }
      count++;
    }
    final float[] values = run(count);
    int row = 0;
    for (int subset = 1; subset <= all; subset++) {
      if ((subset & ~all) == 0) {
        value[subset] = checked(values[row++]);
      }
    }
    return value;
  }

  /** Puts one modality of one row in place; null means absent: zeros, and 0 in the mask. */
  private void fill(final int row, final Modality modality, final float[] values) {
    final int index = modality.ordinal();
    final int size = standardisers[index].size();
    if (values == null) {
      Arrays.fill(rows[index], row * size, (row + 1) * size, 0f);
    } else {
      standardisers[index].standardise(values, rows[index], row * size);
    }
    mask[row * MODALITIES + index] = values == null ? 0f : 1f;
  }

  private boolean maskIsEmpty(final int row) {
    for (int i = 0; i < MODALITIES; i++) {
      if (mask[row * MODALITIES + i] != 0) {
        return false;
      }
    }
    return true;
  }

  private float[] run(final int count) {
    for (final Modality modality : Modality.values()) {
      final int size = standardisers[modality.ordinal()].size();
      call.floats(modality.label(), count, size).put(rows[modality.ordinal()], 0, count * size);
    }
    call.floats(MASK, count, MODALITIES).put(mask, 0, count * MODALITIES);
    call.run(OUTPUT);
    final float[] values = call.output(OUTPUT);
    if (values.length != count) {
      throw new InferenceException(
          "the fusion model gave " + values.length + " scores for " + count + " rows");
    }
    return values;
  }

  private static double checked(final float score) {
    if (!Float.isFinite(score)) {
      throw new InferenceException("the fusion model gave the score " + score);
    }
    return Math.max(-3, Math.min(3, score));
  }

  private void requireSizes(final Map<Modality, float[]> vectors) {
    vectors.forEach(
        (modality, values) -> {
          final Space space = description.baseSpaces().get(modality);
          if (values.length != space.size()) {
            throw new IllegalArgumentException(
                modality.label()
                    + ": "
                    + values.length
                    + " values where "
                    + space.id()
                    + " has "
                    + space.size());
          }
        });
  }

  private static int bits(final Set<Modality> set) {
    int bits = 0;
    for (final Modality modality : set) {
      bits |= 1 << modality.ordinal();
    }
    return bits;
  }

  private static double shapley(final double[] value, final int all, final int player) {
    final int players = Integer.bitCount(all);
    final int mine = 1 << player;
    double sum = 0;
    for (int subset = 0; subset <= all; subset++) {
      if ((subset & ~all) == 0 && (subset & mine) == 0) {
        final int size = Integer.bitCount(subset);
        final double share = factorial(size) * factorial(players - size - 1) / factorial(players);
        sum += share * (value[subset | mine] - value[subset]);
      }
    }
    return sum;
  }

  private static double factorial(final int n) {
    double product = 1;
    for (int i = 2; i <= n; i++) {
      product *= i;
    }
    return product;
  }

  @Override
  public void close() {
    call.close();
  }
}
