package io.valence.evaluation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * Where a bundle errs: its worst segments, and its error by length, negation, label and score. Groups
 * overlap and there are many of them, so one that stands out is a hint where to look, not a finding.
 *
 * @param scores what is analysed
 * @param measures of the whole set; where one has no value, why
 * @param whole the whole set as one group
 * @param overestimated of the {@link #WORST} segments with the largest error those with a score above
 *     the label, the largest error first
 * @param underestimated the others of them
 * @param byLength segments with a text by its number of words, up to 4, then 5 to 8, 9 to
 *     16 and so on, twice as many each; a bin that holds none is left out
 * @param byNegation segments with and without a {@link Negation}, then each of the two with a label
 *     below 0, then above; empty without texts
 * @param byLabel seven groups, the class of the label from -3 to 3
 * @param confusion how many segments by class of the label (row) and of the score (column), each from
 *     -3 to 3
 * @param byScore at most ten groups of equal size (up to one), the lowest scores first: the calibration.
 *     Empty if there are too few segments for one
 */
public record ErrorAnalysis(
    BundleScores scores,
    Map<Metric, Estimate> measures,
    ErrorGroup whole,
    List<JudgedSegment> overestimated,
    List<JudgedSegment> underestimated,
    List<ErrorGroup> byLength,
    List<ErrorGroup> byNegation,
    List<ErrorGroup> byLabel,
    List<List<Integer>> confusion,
    List<ErrorGroup> byScore) {

  /** How many segments count as the worst. */
  public static final int WORST = 25;

  private static final int SHORTEST = 4;
  private static final int CLASSES = 7;
  private static final int LIMIT = 3;
  private static final int BINS = 10;
  private static final int NEGATION_GROUPS = 6;

  public ErrorAnalysis {
    Objects.requireNonNull(scores, "scores");
    Objects.requireNonNull(whole, "whole");
    measures = Map.copyOf(measures);
    overestimated = List.copyOf(overestimated);
    underestimated = List.copyOf(underestimated);
    byLength = List.copyOf(byLength);
    byNegation = List.copyOf(byNegation);
    byLabel = List.copyOf(byLabel);
    confusion = confusion.stream().map(List::copyOf).toList();
    byScore = List.copyOf(byScore);
    if (measures.size() != Metric.values().length) {
      throw new IllegalArgumentException("not every measure is told: " + measures.keySet());
    }
    if (overestimated.stream().anyMatch(segment -> !(segment.error() > 0))
        || underestimated.stream().anyMatch(segment -> !(segment.error() < 0))) {
      throw new IllegalArgumentException("a segment is on the wrong side of its label");
    }
    final int size = scores.segments().size();
    if (byLabel.size() != CLASSES
        || confusion.size() != CLASSES
        || confusion.stream().anyMatch(row -> row.size() != CLASSES)
        || confusion.stream().flatMap(List::stream).mapToInt(Integer::intValue).sum() != size) {
      throw new IllegalArgumentException("the seven classes do not hold the " + size + " segments");
    }
    if (!byNegation.isEmpty() && byNegation.size() != NEGATION_GROUPS) {
      throw new IllegalArgumentException(byNegation.size() + " groups by negation");
    }
    requireAll("length", byLength, scores.texts());
    requireAll("label", byLabel, size);
    if (!byScore.isEmpty()) {
      requireAll("score", byScore, size);
    }
  }

  private static void requireAll(String what, List<ErrorGroup> groups, int size) {
    final int grouped = groups.stream().mapToInt(ErrorGroup::samples).sum();
    if (grouped != size) {
      throw new IllegalArgumentException(
          "the groups by " + what + " hold " + grouped + " of " + size + " segments");
    }
  }

  /**
   * Analyses the scores of one bundle.
   *
   * @param bootstrap how intervals are made
   */
  public static ErrorAnalysis of(BundleScores scores, Bootstrap bootstrap) {
    final List<JudgedSegment> segments = scores.segments();
    final List<JudgedSegment> worst =
        segments.stream()
            .filter(segment -> segment.error() != 0)
            .sorted(
                Comparator.comparingDouble((JudgedSegment segment) -> -Math.abs(segment.error())))
            .limit(WORST)
            .toList();
    return new ErrorAnalysis(
        scores,
        ErrorGroup.measured(segments, bootstrap),
        ErrorGroup.of("all segments", segments, bootstrap),
        worst.stream().filter(segment -> segment.error() > 0).toList(),
        worst.stream().filter(segment -> segment.error() < 0).toList(),
        byLength(segments, bootstrap),
        byNegation(segments, bootstrap),
        IntStream.rangeClosed(-LIMIT, LIMIT)
            .mapToObj(
                label ->
                    ErrorGroup.of(
                        signed(label),
                        where(segments, segment -> segment.labelClass() == label),
                        bootstrap))
            .toList(),
        confusion(segments),
        byScore(segments, bootstrap));
  }

  private static List<ErrorGroup> byLength(List<JudgedSegment> segments, Bootstrap bootstrap) {
    final List<ErrorGroup> groups = new ArrayList<>();
    final int longest =
        segments.stream().mapToInt(segment -> segment.words().orElse(-1)).max().orElse(-1);
    int above = -1;
    for (long upTo = SHORTEST; above < longest; upTo *= 2) {
      final int from = above + 1;
      final int to = (int) Math.min(upTo, Integer.MAX_VALUE);
      final List<JudgedSegment> inside =
          where(
              segments,
              segment -> {
                final int words = segment.words().orElse(-1);
                return words >= from && words <= to;
              });
      // A gap between the lengths that occur is no group.
      if (!inside.isEmpty()) {
        groups.add(
            ErrorGroup.of(from == 0 ? "up to " + to : from + " to " + to, inside, bootstrap));
      }
      above = to;
    }
    return groups;
  }

  private static List<ErrorGroup> byNegation(List<JudgedSegment> segments, Bootstrap bootstrap) {
    final List<JudgedSegment> with = where(segments, segment -> segment.negated().orElse(false));
    final List<JudgedSegment> without = where(segments, segment -> !segment.negated().orElse(true));
    if (with.isEmpty() && without.isEmpty()) {
      return List.of();
    }
    return List.of(
        ErrorGroup.of("negated", with, bootstrap),
        ErrorGroup.of("not negated", without, bootstrap),
        ErrorGroup.of(
            "negated, label below 0", where(with, segment -> segment.label() < 0), bootstrap),
        ErrorGroup.of(
            "not negated, label below 0",
            where(without, segment -> segment.label() < 0),
            bootstrap),
        ErrorGroup.of(
            "negated, label above 0", where(with, segment -> segment.label() > 0), bootstrap),
        ErrorGroup.of(
            "not negated, label above 0",
            where(without, segment -> segment.label() > 0),
            bootstrap));
  }

  private static List<List<Integer>> confusion(List<JudgedSegment> segments) {
    final int[][] counts = new int[CLASSES][CLASSES];
    for (final JudgedSegment segment : segments) {
      counts[segment.labelClass() + LIMIT][segment.scoreClass() + LIMIT]++;
    }
    return IntStream.range(0, CLASSES)
        .mapToObj(row -> IntStream.of(counts[row]).boxed().toList())
        .toList();
  }

  private static List<ErrorGroup> byScore(List<JudgedSegment> segments, Bootstrap bootstrap) {
    final List<JudgedSegment> ordered =
        segments.stream().sorted(Comparator.comparingDouble(JudgedSegment::score)).toList();
    // No more bins than leave each enough segments to be measured.
    final int bins = Math.min(BINS, ordered.size() / ErrorGroup.FEWEST);
    final List<ErrorGroup> groups = new ArrayList<>();
    for (int bin = 0; bin < bins; bin++) {
      final List<JudgedSegment> inside =
          ordered.subList(bin * ordered.size() / bins, (bin + 1) * ordered.size() / bins);
      groups.add(
          ErrorGroup.of(
              Decimals.of(inside.get(0).score())
                  + " to "
                  + Decimals.of(inside.get(inside.size() - 1).score()),
              inside,
              bootstrap));
    }
    return groups;
  }

  private static List<JudgedSegment> where(
      List<JudgedSegment> segments, Predicate<JudgedSegment> condition) {
    return segments.stream().filter(condition).toList();
  }

  private static String signed(int label) {
    return label > 0 ? "+" + label : label < 0 ? "\u2212" + -label : "0";
  }

  /** Every group but the whole set, in the order of the page. */
  List<ErrorGroup> groups() {
    final List<ErrorGroup> all = new ArrayList<>();
    all.addAll(byLength);
    all.addAll(byNegation);
    all.addAll(byLabel);
    all.addAll(byScore);
    return all;
  }
}
