package io.valence.faults;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Faults and what became of them, over many seeds. */
final class FaultReport {

  private final Map<FaultKind, Row> rows = new EnumMap<>(FaultKind.class);
  private int seeds;
  private int failedSeeds;
  private int violations;
  private long millis;
  private long windows;

  private static final class Row {
    private int injected;
    private int seeds;
    private int failedSeeds;
    private final List<Long> recoveries = new ArrayList<>();
  }

  /** The result of one seed. */
  record Outcome(
      SeedPlan plan,
      List<String> violations,
      List<RecoveryWatch.Recovery> recoveries,
      int windows,
      long millis) {}

  /** Adds a seed. */
  void add(final Outcome outcome) {
    seeds++;
    violations += outcome.violations().size();
    failedSeeds += outcome.violations().isEmpty() ? 0 : 1;
    millis += outcome.millis();
    windows += outcome.windows();
    final Set<FaultKind> kinds = EnumSet.copyOf(outcome.plan().kinds());
    for (final FaultKind kind : kinds) {
      final Row row = rows.computeIfAbsent(kind, any -> new Row());
      row.seeds++;
      row.failedSeeds += outcome.violations().isEmpty() ? 0 : 1;
      row.injected += injected(kind, outcome.plan());
    }
    outcome
        .recoveries()
        .forEach(
            recovery ->
                rows.computeIfAbsent(recovery.kind(), any -> new Row())
                    .recoveries
                    .add(recovery.millis()));
  }

  private static int injected(final FaultKind kind, final SeedPlan plan) {
    if (kind == FaultKind.POISON) {
      return (int) plan.inputs().stream().filter(input -> input instanceof SeedPlan.Poison).count();
    }
    final int blows = (int) plan.faults().stream().filter(fault -> fault.kind() == kind).count();
    return Math.max(1, blows);
  }

  int failedSeeds() {
    return failedSeeds;
  }

  int seeds() {
    return seeds;
  }

  /** The table as a section of Markdown, which reads well as text too. */
  String markdown() {
    final StringBuilder text = new StringBuilder();
    text.append("| fault | times | seeds | seeds with a violation | recovery, median | worst |\n");
    text.append("|---|--:|--:|--:|--:|--:|\n");
    rows.forEach(
        (kind, row) ->
            text.append(
                String.format(
                    Locale.ROOT,
                    "| %s | %d | %d | %d | %s | %s |%n",
                    kind.label(),
                    row.injected,
                    row.seeds,
                    row.failedSeeds,
                    seconds(row.recoveries, 0.5),
                    seconds(row.recoveries, 1))));
    text.append(
        String.format(
            Locale.ROOT,
            "%n%d seeds, %d windows: %d violations in %d seeds; %.1f s a seed.%n",
            seeds,
            windows,
            violations,
            failedSeeds,
            seeds == 0 ? 0 : millis / 1e3 / seeds));
    text.append(
        "Recovery: from a death, or from the moment that an outage, a pause or a full disk is over, until the"
            + " processes hit answer\nagain and their consumer groups are stable.\n");
    return text.toString();
  }

  private static String seconds(final List<Long> millis, final double quantile) {
    if (millis.isEmpty()) {
      return "";
    }
    final List<Long> sorted = millis.stream().sorted().toList();
    final int at = (int) Math.ceil(quantile * sorted.size()) - 1;
    return String.format(Locale.ROOT, "%.1f s", sorted.get(Math.max(0, at)) / 1e3);
  }
}
