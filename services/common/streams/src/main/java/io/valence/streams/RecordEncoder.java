package io.valence.streams;

import io.valence.schemas.InvalidRecordException;
import io.valence.schemas.RecordChecks;
import io.valence.schemas.RecordSerdes;
import io.valence.schemas.Topic;
import io.valence.schemas.TopicCatalogue;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Serializer;

/**
 * From a result to bytes that its topic takes. For one stream thread.
 *
 * @param <T> the record's generated class
 */
public final class RecordEncoder<T extends SpecificRecord> implements AutoCloseable {

  // Room for the key, the batch's header and the record's own lengths.
  private static final int OVERHEAD_BYTES = 1024;

  private final Serializer<T> serializer;
  private final RegistryPatience patience;

  public RecordEncoder(final Class<T> type, final StreamsSettings settings) {
    this(type, settings, RegistryPatience.USUAL);
  }

  RecordEncoder(
      final Class<T> type, final StreamsSettings settings, final RegistryPatience patience) {
    this.serializer = RecordSerdes.forValues(type, settings.serde()).serializer();
    this.patience = patience;
  }

  /**
   * The bytes of a result.
   *
   * @throws InvalidRecordException if the result breaks the rules of its schema or is too large for the topic
   * @throws io.valence.schemas.RegistryUnavailableException if the registry could not be asked within a few
   *     seconds: let it stop the thread
   * @throws io.valence.schemas.SchemaRefusedException if the registry does not take the schema: let it stop the
   *     service
   */
  public byte[] encode(final String topic, final T record) {
    RecordChecks.check(record);
    final byte[] bytes = patience.call(() -> serializer.serialize(topic, record));
    final int most =
        TopicCatalogue.find(topic).map(Topic::maxMessageBytes).orElse(Integer.MAX_VALUE);
    if (bytes.length > most - OVERHEAD_BYTES) {
      throw new InvalidRecordException(
          "the result has "
              + bytes.length
              + " bytes, but "
              + topic
              + " takes records of at most "
              + most);
    }
    return bytes;
  }

  @Override
  public void close() {
    serializer.close();
  }
}
