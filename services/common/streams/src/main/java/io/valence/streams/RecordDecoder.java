package io.valence.streams;

import io.valence.schemas.InvalidRecordException;
import io.valence.schemas.RecordChecks;
import io.valence.schemas.RecordSerdes;
import io.valence.schemas.UndecodableRecordException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Deserializer;

/**
 * From the bytes of a Kafka record to a record that the code behind can trust: of the right schema, within its
 * documented ranges, under its own key (the stream's id unless told otherwise). For one stream thread.
 *
 * @param <T> the record's generated class
 */
public final class RecordDecoder<T extends SpecificRecord> implements AutoCloseable {

  private final Deserializer<T> deserializer;
  private final RegistryPatience patience;
  private final String keyField;
  private final int keyPosition;

  /** For records under their stream's id. */
  public RecordDecoder(final Class<T> type, final StreamsSettings settings) {
    this(type, settings, RegistryPatience.USUAL);
  }

  /**
   * For records under another key.
   *
   * @param keyField the record's field that holds the key, a text
   */
  public RecordDecoder(final Class<T> type, final StreamsSettings settings, final String keyField) {
    this(type, settings, RegistryPatience.USUAL, keyField);
  }

  RecordDecoder(
      final Class<T> type, final StreamsSettings settings, final RegistryPatience patience) {
    this(type, settings, patience, "streamId");
  }

  private RecordDecoder(
      final Class<T> type,
      final StreamsSettings settings,
      final RegistryPatience patience,
      final String keyField) {
    this.deserializer = RecordSerdes.forValues(type, settings.serde()).deserializer();
    this.patience = patience;
    this.keyField = keyField;
    this.keyPosition = position(type, keyField);
  }

  static int streamIdPosition(final Class<? extends SpecificRecord> type) {
    return position(type, "streamId");
  }

  private static int position(final Class<? extends SpecificRecord> type, final String keyField) {
    final Schema.Field field = SpecificData.get().getSchema(type).getField(keyField);
    if (field == null) {
      throw new IllegalArgumentException(
          type + " has no " + words(keyField) + " and cannot travel in a stream");
    }
    return field.pos();
  }

  /** A field's name as people write it: {@code streamId} is the stream id. */
  private static String words(final String field) {
    return field.replaceAll("(?=[A-Z])", " ").toLowerCase(Locale.ROOT);
  }

  /**
   * The record.
   *
   * @param topic the topic that the bytes came from
   * @throws UndecodableRecordException if the bytes are not such a record
   * @throws InvalidRecordException if they are, but key or values break the rules
   * @throws io.valence.schemas.RegistryUnavailableException if the registry could not be asked within a few
   *     seconds: not the record's fault, let it stop the thread
   */
  public T decode(final String topic, final byte[] key, final byte[] value) {
    final T record = deserialize(topic, value);
    if (key == null) {
      throw new InvalidRecordException("the record has no key: it must be the " + words(keyField));
    }
    RecordChecks.check(record);
    if (!isKeyOf(record, key)) {
      throw new InvalidRecordException(
          "the key is not the record's "
              + words(keyField)
              + " \""
              + key(record)
              + "\": the record is on the wrong partition");
    }
    return record;
  }

  /**
   * The record if it lies under its own key, whatever else may be wrong with it: no more is needed to
   * know of which stream it is.
   *
   * @throws UndecodableRecordException as {@link #decode}
   * @throws io.valence.schemas.RegistryUnavailableException as {@link #decode}
   */
  Optional<T> peek(final String topic, final byte[] key, final byte[] value) {
    return Optional.of(deserialize(topic, value)).filter(record -> isKeyOf(record, key));
  }

  private T deserialize(final String topic, final byte[] value) {
    if (value == null) {
      throw new UndecodableRecordException("the record has no value");
    }
    return patience.call(() -> deserializer.deserialize(topic, value));
  }

  private boolean isKeyOf(final T record, final byte[] key) {
    return Arrays.equals(key, key(record).getBytes(StandardCharsets.UTF_8));
  }

  private String key(final T record) {
    return record.get(keyPosition).toString();
  }

  @Override
  public void close() {
    deserializer.close();
  }
}
