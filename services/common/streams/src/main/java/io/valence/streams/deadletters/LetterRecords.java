package io.valence.streams.deadletters;

import io.valence.schemas.InvalidRecordException;
import io.valence.schemas.RecordChecks;
import io.valence.schemas.RecordSerdes;
import io.valence.schemas.SessionNote;
import io.valence.schemas.Topic;
import io.valence.schemas.TopicCatalogue;
import io.valence.schemas.UndecodableRecordException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Serde;

/**
 * Between the value of a dead letter and the record that it is, where it is one. The schema registry is asked when the
 * first is needed. For one thread.
 */
public final class LetterRecords implements AutoCloseable {

  private final Map<String, String> configuration;
  private final Map<Class<? extends SpecificRecord>, Serde<? extends SpecificRecord>> serdes =
      new HashMap<>();

  /**
   * @param configuration of the serde, as {@link RecordSerdes} takes it
   */
  public LetterRecords(final Map<String, String> configuration) {
    this.configuration = Map.copyOf(configuration);
  }

  /**
   * The record that the letter's value is. It may break the rules of its schema: that may be why it failed.
   *
   * @throws DeadLetterException if it is none: no value, no origin, other bytes
   * @throws io.valence.schemas.RegistryUnavailableException if the registry could not be asked
   */
  public SpecificRecord decode(final DeadLetter letter) throws DeadLetterException {
    final String topic =
        letter
            .originTopic()
            .orElseThrow(
                () -> new DeadLetterException("it is not known which kind of record the value is"));
    final Class<? extends SpecificRecord> type =
        TopicCatalogue.find(topic)
            .flatMap(Topic::value)
            .orElseThrow(
                () ->
                    new DeadLetterException(
                        "it is not known which kind of record " + topic + " holds"));
    if (letter.value() == null) {
      throw new DeadLetterException("the record has no value");
    }
    try {
      return serde(type).deserializer().deserialize(topic, letter.value());
    } catch (final UndecodableRecordException e) {
      throw new DeadLetterException(e.getMessage(), e);
    }
  }

  /**
   * The bytes of a mended record.
   *
   * @throws DeadLetterException if it would only fail again: it breaks the rules of its schema, or its key's id is not
   *     the letter's key
   * @throws io.valence.schemas.RegistryUnavailableException if the registry could not be asked
   */
  public byte[] encode(final DeadLetter letter, final SpecificRecord record)
      throws DeadLetterException {
    try {
      RecordChecks.check(record);
    } catch (final InvalidRecordException e) {
      throw new DeadLetterException("the mended record would fail again: " + e.getMessage(), e);
    }
    final boolean ofSession = record instanceof SessionNote;
    final Schema.Field key =
        Objects.requireNonNull(record.getSchema().getField(ofSession ? "sessionId" : "streamId"));
    final String id = record.get(key.pos()).toString();
    if (!Arrays.equals(letter.key(), id.getBytes(StandardCharsets.UTF_8))) {
      throw new DeadLetterException(
          "the mended record would fail again: its "
              + (ofSession ? "session" : "stream")
              + " id \""
              + id
              + "\" is not its key, and the key stays as it is");
    }
    try {
      return encode(letter.originTopic().orElseThrow(), record);
    } catch (final SerializationException e) {
      throw new DeadLetterException(e.getMessage(), e);
    }
  }

  private <T extends SpecificRecord> byte[] encode(final String topic, final T record) {
    // The record is of the class that its serde was made for.
    @SuppressWarnings("unchecked")
    final Serde<T> serde = (Serde<T>) serde(record.getClass());
    return serde.serializer().serialize(topic, record);
  }

  private Serde<? extends SpecificRecord> serde(final Class<? extends SpecificRecord> type) {
    return serdes.computeIfAbsent(type, key -> RecordSerdes.forValues(key, configuration));
  }

  @Override
  public void close() {
    serdes.values().forEach(Serde::close);
  }
}
