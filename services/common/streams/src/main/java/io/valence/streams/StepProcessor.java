package io.valence.streams;

import io.valence.schemas.InvalidRecordException;
import io.valence.schemas.SchemaRefusedException;
import io.valence.schemas.UndecodableRecordException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the step on each record and sets aside the ones that cannot be processed. */
final class StepProcessor<I extends SpecificRecord, O extends SpecificRecord>
    implements Processor<byte[], byte[], byte[], byte[]>, SequenceOrder.Reader {

  static final String DEAD_LETTER_SINK = "dead-letters";

  private static final Logger log = LoggerFactory.getLogger(StepProcessor.class);

  private final RecordFlow<I, O> flow;
  private final RecordDecoder<I> decoder;
  private final RecordEncoder<O> encoder;
  private final DeadLetters deadLetters;
  private final Map<String, String> sinks;
  private final int resultStreamId;
  private ProcessorContext<byte[], byte[]> context;
  private DeadLetterCount deadLetterCount;
  private StoredMemory memory;
  private SequenceMetrics sequenceMetrics;
  private SequenceOrder order;

  /** A result in bytes and the sink that it goes to. */
  private record Result(String sink, byte[] value) {}

  StepProcessor(
      final RecordFlow<I, O> flow,
      final StreamsSettings settings,
      final RegistryPatience patience,
      final DeadLetters deadLetters,
      final Map<String, String> sinks) {
    this.flow = flow;
    this.decoder = new RecordDecoder<>(flow.inputType(), settings, patience);
    this.encoder = new RecordEncoder<>(flow.outputType(), settings, patience);
    this.deadLetters = deadLetters;
    this.sinks = sinks;
    this.resultStreamId = RecordDecoder.streamIdPosition(flow.outputType());
  }

  @Override
  public void init(final ProcessorContext<byte[], byte[]> processorContext) {
    context = processorContext;
    deadLetterCount = new DeadLetterCount(processorContext, flow.service());
    if (flow.sequence().isPresent()) {
      memory = StoredMemory.open(processorContext);
      sequenceMetrics = new SequenceMetrics(processorContext, flow.service());
      order = new SequenceOrder(processorContext, this, sequenceMetrics);
    }
  }

  @Override
  public void process(final Record<byte[], byte[]> incoming) {
    final Arrival arrival =
        flow.group().isPresent()
            ? Arrival.fromBytes(incoming.value())
            : new Arrival(incoming, context.recordMetadata());
    final Record<byte[], byte[]> record = arrival.record();
    if (order == null) {
      read(arrival, false);
      return;
    }
    final Optional<I> input;
    try {
      input = decoder.peek(arrival.topic(), record.key(), record.value());
    } catch (final UndecodableRecordException e) {
      order.passed();
      deadLetter(arrival, e);
      return;
    }
    final long sequence = input.map(flow.sequence().orElseThrow()::applyAsLong).orElse(-1L);
    // Beyond the largest number there is no next one.
    if (sequence < 0 || sequence == Long.MAX_VALUE || record.key().length == 0) {
      order.passed();
      read(arrival, false);
    } else {
      order.arrived(new String(record.key(), StandardCharsets.UTF_8), sequence, arrival);
    }
  }

  @Override
  public boolean accepts(final Arrival arrival) {
    final Optional<List<Result>> results = resultsOrDeadLetter(arrival);
    forget();
    return results.isPresent();
  }

  @Override
  public void read(final Arrival arrival, final boolean remembers) {
    final Record<byte[], byte[]> record = arrival.record();
    final Optional<List<Result>> results = resultsOrDeadLetter(arrival);
    if (remembers && results.isPresent()) {
      memory.settle(record.timestamp());
    } else {
      forget();
    }
    for (final Result result : results.orElse(List.of())) {
      context.forward(
          new Record<>(record.key(), result.value(), record.timestamp()), result.sink());
    }
  }

  private void forget() {
    if (memory != null) {
      memory.discard();
    }
  }

  private Optional<List<Result>> resultsOrDeadLetter(final Arrival arrival) {
    try {
      return Optional.of(results(arrival.topic(), arrival.record()));
    } catch (final InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptException("interrupted in the middle of a record", e);
    } catch (final InterruptException | RetriableException | SchemaRefusedException e) {
      // Says nothing about this record: the thread's death keeps it, uncommitted, for the next try.
      throw e;
    } catch (final Exception e) {
      deadLetter(arrival, e);
      return Optional.empty();
    }
  }

  private void deadLetter(final Arrival arrival, final Exception reason) {
    log.warn("dead letter from {}: {}", arrival.place(), DeadLetters.reasonOf(reason));
    deadLetterCount.increment();
    context.forward(
        deadLetters.letter(arrival.record(), arrival.origin(), reason), DEAD_LETTER_SINK);
  }

  private List<Result> results(final String topic, final Record<byte[], byte[]> record)
      throws Exception {
    final I input = decoder.decode(topic, record.key(), record.value());
    final List<O> outputs = flow.step().apply(input, memory);
    final Object streamId = input.get(RecordDecoder.streamIdPosition(flow.inputType()));
    final List<Result> results = new ArrayList<>(outputs.size());
    for (final O output : outputs) {
      if (!streamId.equals(output.get(resultStreamId))) {
        throw new InvalidRecordException(
            "the result belongs to another stream: " + output.get(resultStreamId));
      }
      final String outputTopic = flow.outputTopic().apply(output);
      final String sink = sinks.get(outputTopic);
      if (sink == null) {
        throw new InvalidRecordException(
            "the result would go to " + outputTopic + ", which is none of " + sinks.keySet());
      }
      results.add(new Result(sink, encoder.encode(outputTopic, output)));
    }
    return results;
  }

  @Override
  public void close() {
    deadLetterCount.close();
    if (sequenceMetrics != null) {
      sequenceMetrics.close();
    }
    decoder.close();
    encoder.close();
  }
}
