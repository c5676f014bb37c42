package io.valence.fusion.trends;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.valence.schemas.SentimentAlert;
import io.valence.schemas.TrendScope;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What trends count, for Prometheus: {@code valence_alerts_total} by rule and scope, {@code
 * valence_trends_held_windows} (windows that wait to be judged) and {@code
 * valence_trends_late_windows_total}, both by scope.
 */
public final class TrendMetrics {

  private final MeterRegistry registry;
  private final Set<Held> held = ConcurrentHashMap.newKeySet();

  /** The windows that wait in one task; written by its thread alone, read by whoever scrapes. */
  static final class Held {
    private final TrendScope scope;
    private final AtomicInteger windows;

    private Held(final TrendScope scope, final int windows) {
      this.scope = scope;
      this.windows = new AtomicInteger(windows);
    }
  }

  /**
   * @param settings whose rules are to be watched; those that never alerted show 0
   */
  public TrendMetrics(final MeterRegistry registry, final TrendSettings settings) {
    this.registry = Objects.requireNonNull(registry, "registry");
    for (final AlertRule rule : settings.rules()) {
      registry.counter("valence.alerts", "rule", rule.name(), "scope", lower(rule.scope()));
    }
    for (final TrendScope scope : TrendScope.values()) {
      registry.counter("valence.trends.late.windows", "scope", lower(scope));
      Gauge.builder(
              "valence.trends.held.windows",
              held,
              all ->
                  all.stream()
                      .filter(task -> task.scope == scope)
                      .mapToInt(task -> task.windows.get())
                      .sum())
          .tag("scope", lower(scope))
          .description("windows that wait to be judged")
          .register(registry);
    }
  }

  private static String lower(final TrendScope scope) {
    return scope.name().toLowerCase(Locale.ROOT);
  }

  Held newTask(final TrendScope scope, final int windows) {
    final Held task = new Held(scope, windows);
    held.add(task);
    return task;
  }

  void endTask(final Held task) {
    held.remove(task);
  }

  void count(final Held task, final TrendResult result) {
    task.windows.addAndGet(result.held());
    registry
        .counter("valence.trends.late.windows", "scope", lower(task.scope))
        .increment(result.late());
    for (final SentimentAlert alert : result.alerts()) {
      registry
          .counter("valence.alerts", "rule", alert.getRule(), "scope", lower(alert.getScope()))
          .increment();
    }
  }
}
