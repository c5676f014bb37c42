package io.valence.fusion.trends;

import io.valence.schemas.TrendScope;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The windows of one stream or session as they were judged, one after the other: the latest of them,
 * the totals of all, and which rules hold.
 *
 * @param history the latest windows, in event-time order: as many as the average and the rules look at
 * @param totals over all windows, late ones included
 * @param holding texts of the rules, with their names, that hold after the latest window
 * @param alerts how many alerts there were
 * @param late how many windows came after later ones had been judged
 */
record TrendSeries(
    List<TrendWindow> history, TrendTotals totals, Set<String> holding, int alerts, int late) {

  static final TrendSeries EMPTY = new TrendSeries(List.of(), TrendTotals.NONE, Set.of(), 0, 0);

  TrendSeries {
    history = List.copyOf(history);
    Objects.requireNonNull(totals, "totals");
    holding = Set.copyOf(holding);
  }

  /**
   * A rule that came to hold.
   *
   * @param rule the rule
   * @param finding what made it hold
   */
  record Alarm(AlertRule rule, AlertRule.Finding finding) {}

  /**
   * What the next window brought.
   *
   * @param series with it
   * @param alarms rules that came to hold with it
   */
  record Step(TrendSeries series, List<Alarm> alarms) {}

  /** Judges the next window in event-time order. */
  Step judge(final TrendWindow next, final TrendScope scope, final TrendSettings settings) {
    final List<TrendWindow> all = new ArrayList<>(history);
    all.add(next);
    final List<TrendWindow> kept = latest(all, settings);
    final List<TrendWindow> known = kept.stream().filter(TrendWindow::isKnown).toList();
    final Set<String> held = new TreeSet<>();
    final List<Alarm> alarms = new ArrayList<>();
    for (final AlertRule rule : settings.rules(scope)) {
      final Optional<AlertRule.Finding> finding = rule.findIn(kept, known);
      if (finding.isPresent()) {
        // A rule that was changed under its old name is another rule.
        final String mark = rule.name() + ": " + rule.text();
        held.add(mark);
        if (!holding.contains(mark)) {
          alarms.add(new Alarm(rule, finding.get()));
        }
      }
    }
    return new Step(
        new TrendSeries(kept, totals.with(next), held, alerts + alarms.size(), late), alarms);
  }

  /** Counts a window that came after later ones had been judged. */
  TrendSeries withLate(final TrendWindow window) {
    return new TrendSeries(history, totals.with(window), holding, alerts, late + 1);
  }

  /** Nothing more will be judged: only the figures are kept. */
  TrendSeries ended() {
    return new TrendSeries(List.of(), totals, Set.of(), alerts, late);
  }

  /** The windows of the moving average: those that end less than the span before the latest. */
  TrendTotals moving(final TrendSettings settings) {
    if (history.isEmpty()) {
      return TrendTotals.NONE;
    }
    final long after = history.get(history.size() - 1).endMicros() - settings.spanMicros();
    return TrendTotals.over(history.stream().filter(window -> window.endMicros() > after).toList());
  }

  private static List<TrendWindow> latest(
      final List<TrendWindow> all, final TrendSettings settings) {
    final long from = all.get(all.size() - 1).endMicros() - settings.historyMicros();
    final int inARow = settings.historyWindows();
    final Deque<TrendWindow> kept = new ArrayDeque<>();
    int known = 0;
    for (int i = all.size() - 1; i >= 0 && kept.size() < TrendSettings.MAXIMUM_HISTORY; i--) {
      final TrendWindow window = all.get(i);
      final boolean inRun = all.size() - i <= inARow || (window.isKnown() && known < inARow);
      if (window.endMicros() >= from || inRun) {
        kept.addFirst(window);
      }
      known += window.isKnown() ? 1 : 0;
    }
    return List.copyOf(kept);
  }
}
