package io.valence.schemas;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serializer;

/**
 * Records as Avro over the schema registry: {@link AvroSerializer} and {@link AvroDeserializer} together.
 *
 * @param <T> the record's generated class
 */
public final class AvroSerde<T extends SpecificRecord> implements Serde<T> {

  private final AvroSerializer<T> serializer;
  private final AvroDeserializer<T> deserializer;

  /** To be configured before use. */
  public AvroSerde(final Class<T> type) {
    this.serializer = new AvroSerializer<>(type);
    this.deserializer = new AvroDeserializer<>(type);
  }

  /** Ready for use; the client stays the caller's. */
  public AvroSerde(final Class<T> type, final SchemaRegistryClient client) {
    this.serializer = new AvroSerializer<>(type, client);
    this.deserializer = new AvroDeserializer<>(type, client);
  }

  /**
   * A serde configured for record values.
   *
   * @param configuration at least {@code schema.registry.url}; see {@link RegistryClients}
   */
  public static <T extends SpecificRecord> AvroSerde<T> forValues(
      final Class<T> type, final Map<String, ?> configuration) {
    final AvroSerde<T> serde = new AvroSerde<>(type);
    serde.configure(configuration, false);
    return serde;
  }

  @Override
  public void configure(final Map<String, ?> configuration, final boolean isKey) {
    serializer.configure(configuration, isKey);
    deserializer.configure(configuration, isKey);
  }

  @Override
  public Serializer<T> serializer() {
    return serializer;
  }

  @Override
  public Deserializer<T> deserializer() {
    return deserializer;
  }

  @Override
  public void close() {
    serializer.close();
    deserializer.close();
  }
}
