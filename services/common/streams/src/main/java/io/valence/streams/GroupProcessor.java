package io.valence.streams;

import io.valence.schemas.UndecodableRecordException;
import java.nio.charset.StandardCharsets;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/**
 * Puts each record, with all that it came with, under the key of its group. One that cannot be read
 * goes on without a group: the step makes it a dead letter.
 */
final class GroupProcessor<I extends SpecificRecord>
    implements Processor<byte[], byte[], byte[], byte[]> {

  private final RecordFlow<I, ?> flow;
  private final RecordDecoder<I> decoder;
  private ProcessorContext<byte[], byte[]> context;

  GroupProcessor(
      final RecordFlow<I, ?> flow,
      final StreamsSettings settings,
      final RegistryPatience patience) {
    this.flow = flow;
    this.decoder = new RecordDecoder<>(flow.inputType(), settings, patience);
  }

  @Override
  public void init(final ProcessorContext<byte[], byte[]> processorContext) {
    context = processorContext;
  }

  @Override
  public void process(final Record<byte[], byte[]> record) {
    final Arrival arrival = new Arrival(record, context.recordMetadata());
    context.forward(
        new Record<>(
            group(arrival).getBytes(StandardCharsets.UTF_8),
            arrival.toBytes(),
            record.timestamp()));
  }

  private String group(final Arrival arrival) {
    try {
      return decoder
          .peek(arrival.topic(), arrival.record().key(), arrival.record().value())
          .map(flow.group().orElseThrow())
          .orElse("");
    } catch (final UndecodableRecordException e) {
      return "";
    }
  }

  @Override
  public void close() {
    decoder.close();
  }
}
