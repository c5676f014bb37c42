package io.valence.fusion.trends;

import java.util.List;
import java.util.OptionalDouble;

/**
 * Figures over some windows, to which more can be added. The slope is kept as sums over the time
 * since the first known window, so that a day of windows loses no digits to the size of the clock.
 *
 * @param windows how many
 * @param known how many of them are known; the figures below are over these
 * @param incomplete in how many a declared modality was missing
 * @param negative how many known ones have a score below 0
 * @param startMicros start of the earliest window; 0 if there is none
 * @param endMicros end of the latest window; 0 if there is none
 * @param sum of the scores
 * @param minimum lowest score
 * @param minimumAtMicros start of the earliest window that has it
 * @param maximum highest score
 * @param maximumAtMicros start of the earliest window that has it
 * @param first score of the earliest window
 * @param firstAtMicros its end
 * @param last score of the latest window
 * @param lastAtMicros its end
 * @param originMinutes middle of the first known window that was added; x is counted from here
 * @param sumX of the windows' middles, minutes
 * @param sumXX of their squares
 * @param sumXY of their products with the scores
 */
record TrendTotals(
    int windows,
    int known,
    int incomplete,
    int negative,
    long startMicros,
    long endMicros,
    double sum,
    double minimum,
    long minimumAtMicros,
    double maximum,
    long maximumAtMicros,
    double first,
    long firstAtMicros,
    double last,
    long lastAtMicros,
    double originMinutes,
    double sumX,
    double sumXX,
    double sumXY) {

  static final TrendTotals NONE =
      new TrendTotals(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

  static TrendTotals over(final List<TrendWindow> windows) {
    TrendTotals totals = NONE;
    for (final TrendWindow window : windows) {
      totals = totals.with(window);
    }
    return totals;
  }

  TrendTotals with(final TrendWindow added) {
    final long start =
        windows == 0 ? added.startMicros() : Math.min(startMicros, added.startMicros());
    final long end = Math.max(endMicros, added.endMicros());
    final int incompletes = incomplete + (added.isIncomplete() ? 1 : 0);
    if (!added.isKnown()) {
      return new TrendTotals(
          windows + 1,
          known,
          incompletes,
          negative,
          start,
          end,
          sum,
          minimum,
          minimumAtMicros,
          maximum,
          maximumAtMicros,
          first,
          firstAtMicros,
          last,
          lastAtMicros,
          originMinutes,
          sumX,
          sumXX,
          sumXY);
    }
    final double score = added.score().getAsDouble();
    final long at = added.startMicros();
    final boolean only = known == 0;
    final boolean lowest = only || score < minimum || (score == minimum && at < minimumAtMicros);
    final boolean highest = only || score > maximum || (score == maximum && at < maximumAtMicros);
    final boolean earliest = only || added.endMicros() < firstAtMicros;
    final boolean latest = only || added.endMicros() >= lastAtMicros;
    final double origin = only ? added.middleMinutes() : originMinutes;
    final double x = added.middleMinutes() - origin;
    return new TrendTotals(
        windows + 1,
        known + 1,
        incompletes,
        negative + (score < 0 ? 1 : 0),
        start,
        end,
        sum + score,
        lowest ? score : minimum,
        lowest ? at : minimumAtMicros,
        highest ? score : maximum,
        highest ? at : maximumAtMicros,
        earliest ? score : first,
        earliest ? added.endMicros() : firstAtMicros,
        latest ? score : last,
        latest ? added.endMicros() : lastAtMicros,
        origin,
        sumX + x,
        sumXX + x * x,
        sumXY + x * score);
  }

  /** Mean score; empty if nothing is known. */
  OptionalDouble mean() {
    // The quotient of a sum of rounded numbers may lie beyond the largest of them by a last digit.
    return known == 0
        ? OptionalDouble.empty()
        : OptionalDouble.of(Math.max(minimum, Math.min(maximum, sum / known)));
  }

  /** Share of known windows below 0; empty if nothing is known. */
  OptionalDouble negativeShare() {
    return known == 0 ? OptionalDouble.empty() : OptionalDouble.of((double) negative / known);
  }

  /**
   * Slope of the least-squares line, points of the score per minute; empty with fewer than two known
   * windows, or if all have the same middle.
   */
  OptionalDouble slopePerMinute() {
    final double spread = known * sumXX - sumX * sumX;
    if (known < 2 || spread <= 0) {
      return OptionalDouble.empty();
    }
    return OptionalDouble.of((known * sumXY - sumX * sum) / spread);
  }
}
