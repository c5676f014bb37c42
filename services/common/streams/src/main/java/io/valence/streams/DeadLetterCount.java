package io.valence.streams;

import org.apache.kafka.common.metrics.Sensor;
import org.apache.kafka.streams.StreamsMetrics;
import org.apache.kafka.streams.processor.api.ProcessingContext;

/**
 * Counts the dead letters of one task as a Kafka Streams metric: {@code dead-letter-total} and {@code
 * dead-letter-rate} of the group {@code stream-valence-metrics}, tagged with the service and the task. Prometheus
 * shows them among the other metrics of Kafka Streams.
 */
public final class DeadLetterCount implements AutoCloseable {

  private final StreamsMetrics metrics;
  private final Sensor sensor;

  /**
   * @param context the processor's context, in its {@code init}
   * @param service name of the service
   */
  public DeadLetterCount(final ProcessingContext context, final String service) {
    this.metrics = context.metrics();
    this.sensor =
        metrics.addRateTotalSensor(
            "valence",
            service + "-" + context.taskId(),
            "dead-letter",
            Sensor.RecordingLevel.INFO,
            "service",
            service);
  }

  /** One more. */
  public void increment() {
    sensor.record();
  }

  @Override
  public void close() {
    metrics.removeSensor(sensor);
  }
}
