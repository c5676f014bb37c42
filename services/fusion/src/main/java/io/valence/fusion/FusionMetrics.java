package io.valence.fusion;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.valence.schemas.EmitReason;
import io.valence.schemas.SentimentEvent;
import io.valence.windows.WindowJoin;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What fusion counts, for Prometheus: {@code valence_fusion_open_windows}, {@code
 * valence_fusion_active_streams}, {@code valence_fusion_events_total} by reason, {@code
 * valence_fusion_latency_seconds}, {@code valence_fusion_scoring_seconds}, {@code
 * valence_fusion_late_total}, {@code valence_fusion_duplicates_total} and {@code
 * valence_fusion_dead_letters_total}. See {@link io.valence.model.BundleMetrics} for the bundle.
 */
final class FusionMetrics {

  private final MeterRegistry registry;
  private final Set<TaskGauges> tasks = ConcurrentHashMap.newKeySet();

  /** The join's own figures; written by its thread alone, read by whoever scrapes. */
  static final class TaskGauges {
    private final AtomicLong openWindows = new AtomicLong();
    private final AtomicLong activeStreams = new AtomicLong();

    void update(final WindowJoin join) {
      openWindows.set(join.openWindows());
      activeStreams.set(join.activeStreams());
    }
  }

  FusionMetrics(final MeterRegistry registry) {
    this.registry = registry;
    Gauge.builder(
            "valence.fusion.open.windows",
            tasks,
            all -> all.stream().mapToLong(task -> task.openWindows.get()).sum())
        .description("windows that wait for a modality")
        .register(registry);
    Gauge.builder(
            "valence.fusion.active.streams",
            tasks,
            all -> all.stream().mapToLong(task -> task.activeStreams.get()).sum())
        .description("streams with windows that wait")
        .register(registry);
    // Counters that never counted must still be there to be watched.
    for (final EmitReason reason : EmitReason.values()) {
      registry.counter("valence.fusion.events", "reason", reason.name());
    }
    late(0);
    duplicate(0);
    deadLetters(0);
  }

  TaskGauges newTask() {
    final TaskGauges gauges = new TaskGauges();
    tasks.add(gauges);
    return gauges;
  }

  void endTask(final TaskGauges gauges) {
    tasks.remove(gauges);
  }

  void event(final SentimentEvent event, final Duration scoring) {
    registry.counter("valence.fusion.events", "reason", event.getReason().name()).increment();
    timer("valence.fusion.latency", "from capture to event")
        .record(Duration.ofMillis(event.getLatencyMillis()));
    timer("valence.fusion.scoring", "making one event").record(scoring);
  }

  private Timer timer(final String name, final String description) {
    return Timer.builder(name)
        .description(description)
        .publishPercentiles(0.5, 0.95, 0.99)
        .register(registry);
  }

  void late(final int count) {
    registry.counter("valence.fusion.late").increment(count);
  }

  void duplicate(final int count) {
    registry.counter("valence.fusion.duplicates").increment(count);
  }

  void deadLetters(final int count) {
    registry.counter("valence.fusion.dead.letters").increment(count);
  }
}
