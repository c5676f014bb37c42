package io.valence.windows;

import io.valence.schemas.FeatureVector;
import io.valence.schemas.FloatValues;
import io.valence.schemas.Modality;
import io.valence.schemas.ModalityStatus;
import io.valence.schemas.RecordChecks;
import io.valence.schemas.WordScore;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * An open window, or a pane of one: the partial vectors heard so far. They are kept as they came, sorted by modality,
 * sequence and start of cover, and merged only when the window closes. So the result does not depend
 * on the order in which they arrived, down to the last bit, although floating-point sums do depend on
 * their order.
 *
 * <p>Example: words of one window in two parts, [0, 2 s) weight 6 values (1, 0) and [2 s, 3 s) weight
 * 2 values (5, 4). Merged: weight 8, values (6·1 + 2·5, 6·0 + 2·4) / 8 = (2, 1), whichever came
 * first. A third part of weight 0 would add to what is covered and change nothing else.
 *
 * <p>Where windows overlap, the vector of a pane may stand for all that was said in the window that
 * ends with it ({@link FeatureVector#getReadFromMicros}). The last pane with such a vector then speaks
 * for the window: of the panes [0, 1), [1, 2) and [2, 3), the last of them silent, that is [1, 2), which
 * was read from one second before the window on. The panes are those that the vectors named: pieces of
 * one that a clock offset spreads over two stay together.
 *
 * <p>Readings of single words do not merge by weight: of the vectors of a pane the one that knows most
 * words of the window speaks for all of them. One that was read later holds the earlier words too,
 * and a mended chunk that came late was read with those after it. A later pane's words take the place
 * of all from the start of its first word on. Example: the pane [0, 1) has words at 0.2 and 0.7 s, the
 * pane [1, 2) words at 0.7 and 1.3 s, for it read one of them anew. The window has the first pane's word
 * at 0.2 s and both of the second.
 *
 * @param window the window or pane
 * @param parts sorted; no two of the same vector in the same pane
 */
public record WindowState(Window window, List<Part> parts) {

  private static final float[] NONE = {};

  private static final Comparator<Part> MERGE_ORDER =
      Comparator.<Part, Modality>comparing(part -> part.vector().getModality())
          .thenComparingLong(part -> part.vector().getSequence())
          .thenComparingLong(part -> part.vector().getCoversStartMicros())
          .thenComparingLong(Part::sourceMicros);

  public WindowState {
    final List<Part> sorted = new ArrayList<>(parts);
    sorted.sort(MERGE_ORDER);
    parts = Collections.unmodifiableList(sorted);
  }

  /** No parts yet. */
  public static WindowState empty(final Window window) {
    return new WindowState(window, List.of());
  }

  /** Whether the same piece is there already: same modality, same sequence, of the same window. */
  boolean holds(final Part part) {
    for (final Part other : parts) {
      if (other.isSameAs(part)) {
        return true;
      }
    }
    return false;
  }

  /** With one more part. */
  public WindowState with(final Part part) {
    final List<Part> more = new ArrayList<>(parts.size() + 1);
    more.addAll(parts);
    more.add(part);
    return new WindowState(window, more);
  }

  /** Wall clock when the last of the media behind the parts was captured. */
  OptionalLong capturedAtMillis() {
    return parts.stream().mapToLong(part -> part.vector().getCapturedAtMillis()).max();
  }

  /**
   * The least time from event to capture among the parts of a modality, microseconds on two clocks
   * that have nothing to do with each other: only differences between modalities say something. The
   * least is taken, as in NTP's clock filter (RFC 5905 section 10), because what delays a capture
   * only ever adds.
   */
  OptionalLong leastDelayMicros(final Modality modality) {
    return parts.stream()
        .filter(part -> part.vector().getModality() == modality)
        .mapToLong(part -> part.vector().getCapturedAtMillis() * 1_000 - part.wholeEndMicros())
        .min();
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
   * @param clockOffsetMicros see {@link MergedModality}
   * @param silentIfAbsent what to call it if no part has values: SILENT if all of it was covered,
   *     else MISSING
   */
  MergedModality merge(
      final Modality modality,
      final long from,
      final long to,
      final OptionalLong clockOffsetMicros,
      final ModalityStatus silentIfAbsent) {
    final List<Part> pieces =
        parts.stream().filter(part -> part.vector().getModality() == modality).toList();
    final List<FeatureVector> mine = pieces.stream().map(Part::vector).toList();
    final double coverage = Math.min(1.0, (double) coveredMicros(modality, from, to) / (to - from));
    double weight = 0;
    for (final FeatureVector part : mine) {
      weight += part.getWeight();
    }
    if (weight == 0) {
      return new MergedModality(
          modality, silentIfAbsent, NONE, null, 0, 0, coverage, List.of(), clockOffsetMicros);
    }
    final List<FeatureVector> speaking = speaking(pieces);
    return new MergedModality(
        modality,
        ModalityStatus.PRESENT,
        mean(speaking),
        speaking.get(0).getSpace(),
        weight,
        quality(mine),
        coverage,
        words(pieces),
        clockOffsetMicros);
  }

  private List<FeatureVector> partsOf(final Modality modality) {
    return parts.stream()
        .map(Part::vector)
        .filter(vector -> vector.getModality() == modality)
        .toList();
  }

  /** The parts with values; of those that were read with all before them, the last pane's alone. */
  private static List<FeatureVector> speaking(final List<Part> parts) {
    final List<Part> present =
        parts.stream().filter(part -> part.vector().getWeight() > 0).toList();
    final boolean eachForItself =
        present.stream().allMatch(part -> part.vector().getReadFromMicros() == null);
    final long last = present.stream().mapToLong(Part::sourceMicros).max().orElseThrow();
    return present.stream()
        .filter(part -> eachForItself || part.sourceMicros() == last)
        .map(Part::vector)
        .toList();
  }

  /** The readings of the window's words; of more than an event may have the last. */
  private List<WordScore> words(final List<Part> pieces) {
    final TreeMap<Long, FeatureVector> panes = new TreeMap<>();
    for (final Part part : pieces) {
      if (!part.vector().getWords().isEmpty()) {
        // Parts are sorted by sequence: of two that know as many words the later one speaks.
        panes.merge(
            part.sourceMicros(),
            part.vector(),
            (before, next) -> known(next) >= known(before) ? next : before);
      }
    }
    List<WordScore> words = List.of();
    for (final FeatureVector pane : panes.descendingMap().values()) {
      // Of earlier panes only what the window lacks: what they have from before it is in other
      // events.
      final long from = words.isEmpty() ? 0 : window.startMicros();
      final long to = words.isEmpty() ? window.endMicros() : words.get(0).getStartMicros();
      final List<WordScore> more = new ArrayList<>();
      for (final WordScore word : pane.getWords()) {
        if (word.getStartMicros() >= from && word.getStartMicros() < to) {
          more.add(word);
        }
      }
      more.addAll(words);
      words = more;
    }
    return words.subList(Math.max(0, words.size() - RecordChecks.MAX_WORDS), words.size());
  }

  /** How many words of the window a vector knows. */
  private long known(final FeatureVector vector) {
    return vector.getWords().stream()
        .filter(word -> word.getStartMicros() >= window.startMicros())
        .count();
  }

  private static float[] mean(final List<FeatureVector> speaking) {
    if (speaking.size() == 1) {
      return FloatValues.toArray(speaking.get(0).getValues());
    }
    double weight = 0;
    for (final FeatureVector part : speaking) {
      weight += part.getWeight();
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
