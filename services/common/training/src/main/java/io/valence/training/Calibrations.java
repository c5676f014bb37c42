package io.valence.training;

import io.valence.model.BundleDescription;
import io.valence.model.BundleDescription.Calibration;
import io.valence.model.BundleDescription.PresenceInterval;
import io.valence.model.Modality;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Intervals by split conformal prediction (Lei et al., 2018): half their width is the
 * ⌈(n + 1) · level⌉-th smallest absolute error on n validation samples.
 */
final class Calibrations {

  static final double LEVEL = 0.95;

  private Calibrations() {}

  /**
   * @param prior the score where nothing is known
   * @param informative the modalities that take part; the others change nothing
   */
  static Calibration fit(
      final FusionModel model,
      final FusionData validation,
      final double prior,
      final Set<Modality> informative) {
    final List<PresenceInterval> intervals = new ArrayList<>();
    final double[] withoutAny = errors(constant(validation.size(), prior), validation.labels());
    for (final Set<Modality> present : BundleDescription.presenceSets()) {
      final Set<Modality> playing = EnumSet.noneOf(Modality.class);
      playing.addAll(present);
      playing.retainAll(informative);
      final int[] having = having(validation, playing);
      if (playing.isEmpty() || having.length < 20) {
        // Too few to say anything better than what holds without a model.
        intervals.add(new PresenceInterval(present, quantile(withoutAny), validation.size()));
      } else {
        final FusionData some = validation.select(having).only(playing);
        intervals.add(
            new PresenceInterval(
                present, quantile(errors(model.scores(some), some.labels())), having.length));
      }
    }
    return new Calibration(prior, LEVEL, intervals);
  }

  /** The samples that have all of these modalities. */
  static int[] having(final FusionData data, final Set<Modality> modalities) {
    return java.util.stream.IntStream.range(0, data.size())
        .filter(sample -> modalities.stream().allMatch(m -> data.present(m, sample)))
        .toArray();
  }

  /** The share of the labels that lie within half a width of their scores. */
  static double coverage(final float[] scores, final float[] labels, final double halfWidth) {
    int inside = 0;
    for (int i = 0; i < scores.length; i++) {
      inside += Math.abs((double) scores[i] - labels[i]) <= halfWidth ? 1 : 0;
    }
    return (double) inside / scores.length;
  }

  private static float[] constant(final int size, final double value) {
    final float[] scores = new float[size];
    Arrays.fill(scores, (float) value);
    return scores;
  }

  private static double[] errors(final float[] scores, final float[] labels) {
    final double[] errors = new double[scores.length];
    for (int i = 0; i < errors.length; i++) {
      errors[i] = Math.abs((double) scores[i] - labels[i]);
    }
    return errors;
  }

  static double quantile(final double[] errors) {
    final double[] sorted = errors.clone();
    Arrays.sort(sorted);
    final int rank = (int) Math.ceil((sorted.length + 1) * LEVEL);
    return sorted[Math.min(sorted.length, rank) - 1];
  }
}
