package io.valence.streams;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.processor.TimestampExtractor;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.state.StoreBuilder;

/**
 * The topology of a service that does one thing with each record:
 *
 * <pre>
 *   input topics ─► decode, check, step, encode ─┬─► output topics
 *                                                └─► &lt;service&gt;.dead-letters
 * </pre>
 *
 * <p>The step of a flow that remembers gets the records of a stream in order, see {@link SequenceOrder}. Where
 * streams share what is remembered, each record goes through a topic of the service's own that is keyed by their
 * group; results and dead letters are as without it.
 *
 * <p>Results keep the key and the Kafka timestamp of the record that they come from, so a stream stays on its
 * partition. Either all results of a record go out or, if one of them fails, none and a dead letter.
 */
public final class RecordTopology {

  /** Kafka's timestamps are wall clock, no event time: one that is missing is no reason to stop. */
  public static final TimestampExtractor TIMESTAMPS =
      (record, partitionTime) ->
          record.timestamp() >= 0 ? record.timestamp() : System.currentTimeMillis();

  private static final String SOURCE = "records";
  private static final String STEP = "step";

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
    final ProcessorSupplier<byte[], byte[], byte[], byte[]> step =
        new ProcessorSupplier<>() {
          @Override
          public Processor<byte[], byte[], byte[], byte[]> get() {
            return new StepProcessor<>(flow, settings, patience, deadLetters, sinks);
          }

          @Override
          public Set<StoreBuilder<?>> stores() {
            final Set<StoreBuilder<?>> stores = new LinkedHashSet<>();
            if (flow.sequence().isPresent()) {
              stores.add(StoredMemory.store());
              stores.addAll(SequenceOrder.stores());
            }
            return stores;
          }
        };
    final Topology topology =
        flow.group().isPresent()
            ? stepByGroup(flow, settings, patience, step)
            : new Topology()
                .addSource(
                    AutoOffsetReset.earliest(),
                    SOURCE,
                    TIMESTAMPS,
                    new ByteArrayDeserializer(),
                    new ByteArrayDeserializer(),
                    flow.inputTopics().toArray(String[]::new))
                .addProcessor(STEP, step, SOURCE);
    topology.addSink(
        StepProcessor.DEAD_LETTER_SINK,
        deadLetters.topic(),
        new ByteArraySerializer(),
        new ByteArraySerializer(),
        STEP);
    sinks.forEach(
        (topic, sink) ->
            topology.addSink(
                sink, topic, new ByteArraySerializer(), new ByteArraySerializer(), STEP));
    return topology;
  }

  private static <I extends SpecificRecord, O extends SpecificRecord> Topology stepByGroup(
      final RecordFlow<I, O> flow,
      final StreamsSettings settings,
      final RegistryPatience patience,
      final ProcessorSupplier<byte[], byte[], byte[], byte[]> step) {
    final StreamsBuilder builder = new StreamsBuilder();
    builder.stream(
            flow.inputTopics(),
            Consumed.with(Serdes.ByteArray(), Serdes.ByteArray())
                .withName(SOURCE)
                .withTimestampExtractor(TIMESTAMPS)
                .withOffsetResetPolicy(AutoOffsetReset.earliest()))
        .process(() -> new GroupProcessor<>(flow, settings, patience), Named.as("group"))
        .repartition(
            Repartitioned.with(Serdes.ByteArray(), Serdes.ByteArray()).withName("by-group"))
        .process(step, Named.as(STEP));
    return builder.build();
  }
}
