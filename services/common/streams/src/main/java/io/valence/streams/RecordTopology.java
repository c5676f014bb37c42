package io.valence.streams;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.TimestampExtractor;

/**
 * The topology of a service that does one thing with each record:
 *
 * <pre>
 *   input topics ─► decode, check, step, encode ─┬─► output topics
 *                                                └─► &lt;service&gt;.dead-letters
 * </pre>
 *
 * <p>The step of a flow that remembers gets the records of a stream in order, see {@link SequenceOrder}.
 *
 * <p>Results keep the key and the Kafka timestamp of the record that they come from, so a stream stays on its
 * partition. Either all results of a record go out or, if one of them fails, none and a dead letter.
 */
public final class RecordTopology {

  /** Kafka's timestamps are wall clock and serve retention only: one that is missing is no reason to stop. */
  public static final TimestampExtractor TIMESTAMPS =
      (record, partitionTime) ->
          record.timestamp() >= 0 ? record.timestamp() : System.currentTimeMillis();

  private RecordTopology() {}

  /** The topology of a flow. */
  public static <I extends SpecificRecord, O extends SpecificRecord> Topology build(
      final RecordFlow<I, O> flow, final StreamsSettings settings) {
    return build(flow, settings, RegistryPatience.USUAL);
  }

  static <I extends SpecificRecord, O extends SpecificRecord> Topology build(
      final RecordFlow<I, O> flow,
      final StreamsSettings settings,
      final RegistryPatience patience) {
    final DeadLetters deadLetters = new DeadLetters(flow.service());
    final Map<String, String> sinks = new LinkedHashMap<>();
    flow.outputTopics().forEach(topic -> sinks.put(topic, "to-" + topic));
    final Topology topology =
        new Topology()
            .addSource(
                AutoOffsetReset.earliest(),
                "records",
                TIMESTAMPS,
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer(),
                flow.inputTopics().toArray(String[]::new))
            .addProcessor(
                "step",
                () -> new StepProcessor<>(flow, settings, patience, deadLetters, sinks),
                "records")
            .addSink(
                StepProcessor.DEAD_LETTER_SINK,
                deadLetters.topic(),
                new ByteArraySerializer(),
                new ByteArraySerializer(),
                "step");
    if (flow.sequence().isPresent()) {
      topology.addStateStore(StoredMemory.store(), "step");
      SequenceOrder.stores().forEach(store -> topology.addStateStore(store, "step"));
    }
    sinks.forEach(
        (topic, sink) ->
            topology.addSink(
                sink, topic, new ByteArraySerializer(), new ByteArraySerializer(), "step"));
    return topology;
  }
}
