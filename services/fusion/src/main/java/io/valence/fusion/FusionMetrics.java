package io.valence.fusion;

import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.valence.schemas.EmitReason;
import io.valence.schemas.Modality;
import io.valence.schemas.ModalityReport;
import io.valence.schemas.SentimentEvent;
import io.valence.windows.WindowJoin;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;

/**
 * What fusion counts, for Prometheus: {@code valence_fusion_open_windows}, {@code
 * valence_fusion_active_streams}, {@code valence_fusion_events_total} by reason, {@code
 * valence_fusion_latency_seconds}, {@code valence_fusion_scoring_seconds}, {@code
 * valence_fusion_processing_seconds} (join and scoring together, as a histogram), {@code
 * valence_fusion_clock_offset_seconds} by modality (what is measured after the configured
 * correction), {@code valence_fusion_late_total}, {@code valence_fusion_duplicates_total} and {@code
 * valence_fusion_dead_letters_total}. See {@link io.valence.model.BundleMetrics} for the bundle.
 */
final class FusionMetrics {

  /** Of the histogram of join and scoring: fine where most are, and 100 ms, which none should reach. */
  private static final Duration[] BOUNDS =
      LongStream.of(
              100, 200, 300, 500, 700, 1_000, 2_000, 3_000, 5_000, 7_000, 10_000, 20_000, 30_000,
              50_000, 70_000, 100_000, 200_000, 500_000, 1_000_000)
          .mapToObj(micros -> Duration.ofNanos(1_000 * micros))
          .toArray(Duration[]::new);

  private final MeterRegistry registry;
  private final Set<TaskGauges> tasks = ConcurrentHashMap.newKeySet();
  private final Timer latency;
  private final Timer scoring;
  private final Timer processing;
  private final Map<Modality, DistributionSummary> clockOffsets = new EnumMap<>(Modality.class);

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
    // Looked up once: each lookup costs as much as joining a small vector.
    latency = timer("valence.fusion.latency", "from capture to event");
    scoring = timer("valence.fusion.scoring", "making one event");
    for (final Modality modality : Modality.values()) {
      clockOffsets.put(
          modality,
          DistributionSummary.builder("valence.fusion.clock.offset")
              .description("how far a modality's clock is off that of the first declared one")
              .baseUnit("seconds")
              .tag("modality", modality.name())
              .register(registry));
    }
    processing =
        Timer.builder("valence.fusion.processing")
            .description(
                "from taking the record that closes a window, before it is decoded, to handing on the event")
            .serviceLevelObjectives(BOUNDS)
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

  /**
   * @param made how long the event took to be made of its window
   * @param taken how long it took since the record that closed the window was taken
   */
  void event(final SentimentEvent event, final Duration made, final Duration taken) {
    registry.counter("valence.fusion.events", "reason", event.getReason().name()).increment();
    latency.record(Duration.ofMillis(event.getLatencyMillis()));
    scoring.record(made);
    processing.record(taken);
    for (final ModalityReport report : event.getModalities()) {
      if (report.getClockOffsetMillis() != null) {
        // A summary takes no negative amounts: which way it is off stands in the event.
        clockOffsets
            .get(report.getModality())
            .record(Math.abs(report.getClockOffsetMillis()) / 1e3);
      }
    }
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
