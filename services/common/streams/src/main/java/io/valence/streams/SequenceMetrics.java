package io.valence.streams;

import java.util.Map;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.metrics.Sensor;
import org.apache.kafka.common.metrics.stats.Value;
import org.apache.kafka.streams.StreamsMetrics;
import org.apache.kafka.streams.processor.api.ProcessingContext;

/**
 * What the order of one task's records takes, as Kafka Streams metrics of the group {@code
 * stream-valence-metrics}, tagged with the service and the task: {@code held-records}, how many are held
 * because one before them is missing, and {@code sequence-gap-total} and {@code sequence-gap-rate}, the
 * gaps that were given up.
 */
final class SequenceMetrics implements AutoCloseable {

  private static final String GROUP = "stream-valence-metrics";

  private final StreamsMetrics metrics;
  private final Sensor gaps;
  private final Sensor held;

  SequenceMetrics(final ProcessingContext context, final String service) {
    this.metrics = context.metrics();
    final String entity = service + "-" + context.taskId();
    this.gaps =
        metrics.addRateTotalSensor(
            "valence", entity, "sequence-gap", Sensor.RecordingLevel.INFO, "service", service);
    this.held = metrics.addSensor(entity + "-held-records", Sensor.RecordingLevel.INFO);
    held.add(
        new MetricName(
            "held-records",
            GROUP,
            "records that wait for one before them",
            Map.of("service", service, "valence-id", entity)),
        new Value());
  }

  /** One more was given up. */
  void gap() {
    gaps.record();
  }

  /** So many are held now. */
  void held(final int count) {
    held.record(count);
  }

  @Override
  public void close() {
    metrics.removeSensor(gaps);
    metrics.removeSensor(held);
  }
}
