package io.valence.training;

import io.valence.model.BundleDescription;
import io.valence.model.BundleDescription.Calibration;
import io.valence.model.BundleDescription.PresenceInterval;
import io.valence.model.BundleDescription.QualityBin;
import io.valence.model.Modality;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Intervals by split conformal prediction (Lei et al., 2018): half their width is the
 * ⌈(n + 1) · level⌉-th smallest absolute error on n validation samples.
 *
 * <p>Where the samples have qualities that differ, the same is done for up to three bins of quality
 * with as many samples each, at least {@value #LEAST_IN_BIN}: a bin's factor is its own width by
 * that of all. No better quality gets a larger factor than a worse one.
 */
final class Calibrations {

  static final double LEVEL = 0.95;

  /** The 95 % quantile of fewer errors is about their largest. */
  private static final int LEAST_IN_BIN = 50;

  private static final int MOST_BINS = 3;

  /** Name of the metric that says whether the widths depend on the quality. */
  static final String QUALITY = "intervalsByQuality";

  private Calibrations() {}

  /** What a bundle says of that. */
  static String qualityNote(final Calibration calibration) {
    final long dependent =
        calibration.intervals().stream().filter(i -> !i.qualityBins().isEmpty()).count();
    return dependent == 0
        ? "no: the quality of the validation features is constant or not known"
        : "for " + dependent + " of 8 sets of modalities";
  }

  /**
   * @param prior the score where nothing is known
   * @param informative the modalities that take part; the others change nothing
   */
  static Calibration fit(
      final FusionModel model,
      final FusionData validation,
      final double prior,
      final Set<Modality> informative) {
    return fit(model, validation, Map.of(), prior, informative);
  }

  /**
   * @param qualities by modality, for each validation sample 0 to 1; none for a modality whose
   *     quality is not known
   * @param prior the score where nothing is known
   * @param informative the modalities that take part; the others change nothing
   */
  static Calibration fit(
      final FusionModel model,
      final FusionData validation,
      final Map<Modality, double[]> qualities,
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
        final double[] errors = errors(model.scores(some), some.labels());
        final double halfWidth = quantile(errors);
        intervals.add(
            new PresenceInterval(
                present,
                halfWidth,
                having.length,
                qualities.keySet().containsAll(playing)
                    ? bins(errors, means(qualities, playing, having), halfWidth)
                    : List.of()));
      }
    }
    return new Calibration(prior, LEVEL, intervals);
  }

  /** The mean quality of these modalities for each of these samples. */
  private static double[] means(
      final Map<Modality, double[]> qualities, final Set<Modality> playing, final int[] samples) {
    final double[] means = new double[samples.length];
    for (int i = 0; i < means.length; i++) {
      for (final Modality modality : playing) {
        means[i] += qualities.get(modality)[samples[i]] / playing.size();
      }
    }
    return means;
  }

  /** Bins of quality; none if it is the same everywhere, or the samples are too few. */
  static List<QualityBin> bins(
      final double[] errors, final double[] qualities, final double halfWidth) {
    final double[] sorted = qualities.clone();
    Arrays.sort(sorted);
    final int count = Math.min(MOST_BINS, sorted.length / LEAST_IN_BIN);
    final TreeSet<Double> starts = new TreeSet<>(Set.of(0.0));
    for (int i = 1; i < count; i++) {
      final double start = sorted[i * sorted.length / count];
      if (start > sorted[0]) {
        starts.add(start);
      }
    }
    if (starts.size() < 2 || halfWidth == 0) {
      return List.of();
    }
    final List<QualityBin> bins = new ArrayList<>();
    double factor = 0;
    double end = Double.POSITIVE_INFINITY;
    for (final double start : starts.descendingSet()) {
      final double until = end;
      final double[] mine =
          IntStream.range(0, errors.length)
              .filter(i -> qualities[i] >= start && qualities[i] < until)
              .mapToDouble(i -> errors[i])
              .toArray();
      if (mine.length >= LEAST_IN_BIN) {
        // From the best to the worst: one that is worse is never narrower.
        factor = Math.max(factor, quantile(mine) / halfWidth);
        bins.add(0, new QualityBin(start, factor, mine.length));
        end = start;
      }
    }
    // What was left over at the bottom has too few samples of its own: the bin above takes it in.
    if (!bins.isEmpty() && bins.get(0).from() > 0) {
      final QualityBin lowest = bins.get(0);
      bins.set(0, new QualityBin(0, lowest.factor(), lowest.samples()));
    }
    return bins.size() < 2 || bins.stream().anyMatch(bin -> !(bin.factor() > 0)) ? List.of() : bins;
  }

  /** The samples that have all of these modalities. */
  static int[] having(final FusionData data, final Set<Modality> modalities) {
    return IntStream.range(0, data.size())
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
