package io.valence.schemas;

import io.confluent.kafka.schemaregistry.ParsedSchema;
import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;

/**
 * Reads records in Confluent's wire format. The registry is asked once for each schema id, never for each
 * record; an id that it does not know is asked again after ten seconds at the earliest. Not for use by
 * several threads at once, as any Kafka deserializer.
 *
 * <p>Configuration: see {@link RegistryClients}.
 *
 * @param <T> the record's generated class
 */
public final class AvroDeserializer<T extends SpecificRecord> implements Deserializer<T> {

  static final int HEADER_BYTES = 5;
  private static final byte MAGIC = 0;
  private static final int UNKNOWN_IDS_KEPT = 1_000;
  private static final long UNKNOWN_ID_NANOS = Duration.ofSeconds(10).toNanos();

  private final Class<T> type;
  private final Schema schema;
  private final SpecificData model;
  private final Map<Integer, Reading<T>> readings = new HashMap<>();
  private final Map<Integer, Long> unknownIds = new LinkedHashMap<>();
  private SchemaRegistryClient client;
  private boolean closesClient;
  private String registry = "(not configured)";

  /** To be configured before use. */
  public AvroDeserializer(final Class<T> type) {
    this.type = type;
    this.schema = SpecificData.get().getSchema(type);
    this.model = model(type);
  }

  static SpecificData model(final Class<? extends SpecificRecord> type) {
    final SpecificData model = new SpecificData(type.getClassLoader());
    // Avro's other reader ("fast") makes a list of boxed numbers of every float array.
    model.setFastReaderEnabled(false);
    return model;
  }

  /** Ready for use; the client stays the caller's. */
  public AvroDeserializer(final Class<T> type, final SchemaRegistryClient client) {
    this(type);
    this.client = client;
    this.registry = "(given)";
  }

  /** What is known of one schema id: a reader, or why its records cannot be read. */
  private record Reading<T>(FloatArrayReader<T> reader, String refusal) {}

  @Override
  public void configure(final Map<String, ?> configuration, final boolean isKey) {
    if (client == null) {
      client = RegistryClients.create(configuration);
      closesClient = true;
      registry = RegistryClients.describe(configuration);
    }
  }

  /**
   * The record in the bytes, null for null.
   *
   * @throws UndecodableRecordException if the bytes are not such a record and never will be
   * @throws RegistryUnavailableException if the registry could not be asked for the schema; try again
   */
  @Override
  public T deserialize(final String topic, final byte[] bytes) {
    if (bytes == null) {
      return null;
    }
    if (bytes.length < HEADER_BYTES || bytes[0] != MAGIC) {
      throw new UndecodableRecordException(
          "not an Avro record in Confluent's wire format: "
              + (bytes.length < HEADER_BYTES
                  ? "only " + bytes.length + " bytes"
                  : "the first byte is " + (bytes[0] & 0xff) + ", not 0"));
    }
    final int id = ByteBuffer.wrap(bytes, 1, Integer.BYTES).getInt();
    final Reading<T> reading = reading(id);
    if (reading.refusal() != null) {
      throw new UndecodableRecordException(reading.refusal());
    }
    final BoundedDecoder decoder = new BoundedDecoder(bytes, HEADER_BYTES);
    final T record;
    final int trailing;
    try {
      record = reading.reader().read(decoder);
      trailing = decoder.remaining();
    } catch (final IOException | RuntimeException e) {
      throw new UndecodableRecordException(
          "the bytes are not a whole "
              + type.getSimpleName()
              + " of schema id "
              + id
              + ": "
              + Optional.ofNullable(e.getMessage()).orElse(e.getClass().getSimpleName()),
          e);
    }
    if (trailing != 0) {
      throw new UndecodableRecordException(
          trailing + " bytes follow the " + type.getSimpleName() + " of schema id " + id);
    }
    return record;
  }

  private Reading<T> reading(final int id) {
    final Reading<T> known = readings.get(id);
    if (known != null) {
      return known;
    }
    if (client == null) {
      throw new SerializationException("the deserializer was not configured: call configure first");
    }
    final Long unknownSince = unknownIds.get(id);
    if (unknownSince != null && System.nanoTime() - unknownSince < UNKNOWN_ID_NANOS) {
      throw new UndecodableRecordException(unknown(id));
    }
    final ParsedSchema parsed;
    try {
      parsed = client.getSchemaById(id);
    } catch (final RestClientException | IOException | UncheckedIOException e) {
      if (!RegistryClients.isUnknownSchema(e)) {
        throw RegistryClients.unavailable(registry, e);
      }
      unknownIds.remove(id);
      unknownIds.put(id, System.nanoTime());
      if (unknownIds.size() > UNKNOWN_IDS_KEPT) {
        unknownIds.remove(unknownIds.keySet().iterator().next());
      }
      throw new UndecodableRecordException(unknown(id), e);
    }
    final Reading<T> reading = understand(id, parsed);
    readings.put(id, reading);
    unknownIds.remove(id);
    return reading;
  }

  private static String unknown(final int id) {
    return "schema id " + Integer.toUnsignedString(id) + " is not in the schema registry";
  }

  private Reading<T> understand(final int id, final ParsedSchema parsed) {
    if (!(parsed instanceof AvroSchema avro)) {
      return new Reading<>(
          null, "schema id " + id + " is a " + parsed.schemaType() + " schema, not an Avro one");
    }
    final Schema writer = avro.rawSchema();
    final boolean sameRecord =
        writer.getType() == Schema.Type.RECORD && writer.getFullName().equals(schema.getFullName());
    if (!sameRecord) {
      return new Reading<>(
          null,
          "schema id "
              + id
              + " is "
              + (writer.getType() == Schema.Type.RECORD
                  ? writer.getFullName()
                  : writer.getType().getName())
              + ", but this topic holds "
              + schema.getFullName());
    }
    final SchemaCompatibility.SchemaPairCompatibility compatibility =
        SchemaCompatibility.checkReaderWriterCompatibility(schema, writer);
    if (compatibility.getType() != SchemaCompatibilityType.COMPATIBLE) {
      return new Reading<>(
          null,
          "schema id "
              + id
              + " is a "
              + schema.getFullName()
              + " that this version cannot read: "
              + compatibility.getResult().getIncompatibilities());
    }
    return new Reading<>(new FloatArrayReader<>(writer, schema, model), null);
  }

  @Override
  public void close() {
    if (closesClient) {
      try {
        client.close();
      } catch (final IOException e) {
        throw new UncheckedIOException("closing the schema registry client failed", e);
      }
    }
  }
}
