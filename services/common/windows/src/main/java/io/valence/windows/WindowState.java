package io.valence.windows;

import io.valence.schemas.FeatureVector;
import io.valence.schemas.FloatValues;
import io.valence.schemas.Modality;
import io.valence.schemas.ModalityStatus;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;

/**
 * An open window: the partial vectors heard so far. They are kept as they came, sorted by modality,
 * sequence and start of cover, and merged only when the window closes. So the result does not depend
 * on the order in which they arrived, down to the last bit, although floating-point sums do depend on
 * their order.
 *
 * <p>Example: words of one window in two parts, [0, 2 s) weight 6 values (1, 0) and [2 s, 3 s) weight
 * 2 values (5, 4). Merged: weight 8, values (6·1 + 2·5, 6·0 + 2·4) / 8 = (2, 1), whichever came
 * first. A third part of weight 0 would add to what is covered and change nothing else.
 *
 * @param window the window
 * @param parts sorted; no two with the same modality and sequence
 */
public record WindowState(Window window, List<FeatureVector> parts) {

  private static final float[] NONE = {};

  private static final Comparator<FeatureVector> MERGE_ORDER =
      Comparator.comparing(FeatureVector::getModality)
          .thenComparingLong(FeatureVector::getSequence)
          .thenComparingLong(FeatureVector::getCoversStartMicros);

  public WindowState {
    final List<FeatureVector> sorted = new ArrayList<>(parts);
    sorted.sort(MERGE_ORDER);
    parts = Collections.unmodifiableList(sorted);
  }

  static WindowState empty(final Window window) {
    return new WindowState(window, List.of());
  }

  /** Whether the same piece is there already: same modality, same sequence. */
  boolean holds(final FeatureVector vector) {
    for (final FeatureVector part : parts) {
      if (part.getModality() == vector.getModality()
          && part.getSequence() == vector.getSequence()) {
        return true;
      }
    }
    return false;
  }

  WindowState with(final FeatureVector vector) {
    final List<FeatureVector> more = new ArrayList<>(parts);
    more.add(vector);
    return new WindowState(window, more);
  }

  /** Wall clock when the last of the media behind the parts was captured. */
  OptionalLong capturedAtMillis() {
    return parts.stream().mapToLong(FeatureVector::getCapturedAtMillis).max();
  }

  /** How much of [from, to) the parts of a modality cover together, microseconds. */
  long coveredMicros(final Modality modality, final long from, final long to) {
    final List<FeatureVector> mine = new ArrayList<>(partsOf(modality));
    mine.sort(Comparator.comparingLong(FeatureVector::getCoversStartMicros));
    long covered = 0;
    long reached = from;
    for (final FeatureVector part : mine) {
      final long start = Math.max(reached, part.getCoversStartMicros());
      final long end = Math.min(to, part.getCoversEndMicros());
      if (end > start) {
        covered += end - start;
        reached = end;
      }
    }
    return covered;
  }

  /** Whether the parts of a modality leave no gap in [from, to); an empty range has none. */
  boolean covers(final Modality modality, final long from, final long to) {
    return to <= from || coveredMicros(modality, from, to) == to - from;
  }

  /**
   * Merges a modality by the mean of its parts, weighted by their weights.
   *
   * @param from start of the range that counts for the coverage
   * @param to end of that range; > from
   * @param silentIfAbsent what to call it if no part has values: SILENT if all of it was covered,
   *     else MISSING
   */
  MergedModality merge(
      final Modality modality,
      final long from,
      final long to,
      final ModalityStatus silentIfAbsent) {
    final List<FeatureVector> mine = partsOf(modality);
    final double coverage = Math.min(1.0, (double) coveredMicros(modality, from, to) / (to - from));
    double weight = 0;
    for (final FeatureVector part : mine) {
      weight += part.getWeight();
    }
    if (weight == 0) {
      return new MergedModality(modality, silentIfAbsent, NONE, null, 0, 0, coverage);
    }
    final List<FeatureVector> speaking =
        mine.stream().filter(part -> part.getWeight() > 0).toList();
    return new MergedModality(
        modality,
        ModalityStatus.PRESENT,
        mean(speaking, weight),
        speaking.get(0).getSpace(),
        weight,
        quality(mine),
        coverage);
  }

  private List<FeatureVector> partsOf(final Modality modality) {
    return parts.stream().filter(part -> part.getModality() == modality).toList();
  }

  private static float[] mean(final List<FeatureVector> speaking, final double weight) {
    if (speaking.size() == 1) {
      return FloatValues.toArray(speaking.get(0).getValues());
    }
    double[] sum = null;
    for (final FeatureVector part : speaking) {
      final float[] values = FloatValues.toArray(part.getValues());
      if (sum == null) {
        sum = new double[values.length];
      } else if (sum.length != values.length) {
        throw new IllegalStateException(
            "parts of " + sum.length + " and " + values.length + " values in one window");
      }
      for (int i = 0; i < values.length; i++) {
        sum[i] += part.getWeight() * values[i];
      }
    }
    final float[] mean = new float[sum.length];
    for (int i = 0; i < mean.length; i++) {
      mean[i] = (float) (sum[i] / weight);
    }
    return mean;
  }

  private static double quality(final List<FeatureVector> parts) {
    double sum = 0;
    double duration = 0;
    for (final FeatureVector part : parts) {
      final double covered = part.getCoversEndMicros() - part.getCoversStartMicros();
      sum += covered * part.getQuality();
      duration += covered;
    }
    return Math.min(1, sum / duration);
  }
}
