package io.valence.schemas;

import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.SchemaMetadata;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DatumWriter;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Serializer;

/**
 * Writes records in Confluent's wire format. The registry is asked once for each topic. May be used by
 * several threads at once.
 *
 * <p>Configuration beside that of {@link RegistryClients}:
 *
 * <ul>
 *   <li>{@code auto.register.schemas} (true): register the schema under the topic's subject; false: it
 *       must be there already.
 *   <li>{@code use.latest.version} (false): with {@code auto.register.schemas=false}, the subject's latest
 *       version must be this program's schema.
 * </ul>
 *
 * @param <T> the record's generated class
 */
public final class AvroSerializer<T extends SpecificRecord> implements Serializer<T> {

  public static final String AUTO_REGISTER = "auto.register.schemas";
  public static final String USE_LATEST = "use.latest.version";

  private static final int USUAL_BYTES = 512;

  private final Class<T> type;
  private final Schema schema;
  private final DatumWriter<T> writer;
  private final Map<String, Integer> ids = new ConcurrentHashMap<>();
  private SchemaRegistryClient client;
  private boolean closesClient;
  private boolean autoRegister = true;
  private boolean useLatest;
  private boolean isKey;
  private String registry = "(not configured)";

  /** To be configured before use. */
  public AvroSerializer(final Class<T> type) {
    this.type = type;
    this.schema = SpecificData.get().getSchema(type);
    this.writer = new FloatArrayWriter<>(schema, SpecificData.getForClass(type));
  }

  /** Ready for use, registers its schemas; the client stays the caller's. */
  public AvroSerializer(final Class<T> type, final SchemaRegistryClient client) {
    this(type);
    this.client = client;
    this.registry = "(given)";
  }

  @Override
  public void configure(final Map<String, ?> configuration, final boolean key) {
    autoRegister = flag(configuration, AUTO_REGISTER, true);
    useLatest = flag(configuration, USE_LATEST, false);
    isKey = key;
    if (autoRegister && useLatest) {
      throw new ConfigException(
          USE_LATEST
              + "=true has no effect while "
              + AUTO_REGISTER
              + "=true: set the latter to false");
    }
    if (client == null) {
      client = RegistryClients.create(configuration);
      closesClient = true;
      registry = RegistryClients.describe(configuration);
    }
  }

  private static boolean flag(
      final Map<String, ?> configuration, final String key, final boolean byDefault) {
    final Object value = configuration.get(key);
    if (value == null) {
      return byDefault;
    }
    return switch (value.toString().trim()) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new ConfigException(key + " must be true or false, not: " + value);
    };
  }

  /**
   * The record as bytes, null for null.
   *
   * @throws RegistryUnavailableException if the registry could not be asked; try again
   * @throws SchemaRefusedException if the registry does not take or have the schema
   * @throws SerializationException if the record itself cannot be written (a field that must not be null)
   */
  @Override
  public byte[] serialize(final String topic, final T record) {
    if (record == null) {
      return null;
    }
    final int id = id(topic);
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream(USUAL_BYTES);
    bytes.write(0);
    bytes.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(id).array());
    try {
      final BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
      writer.write(record, encoder);
      encoder.flush();
    } catch (final IOException | RuntimeException e) {
      throw new SerializationException(
          "this "
              + type.getSimpleName()
              + " cannot be written: "
              + Optional.ofNullable(e.getMessage()).orElse(e.getClass().getSimpleName()),
          e);
    }
    return bytes.toByteArray();
  }

  private int id(final String topic) {
    final Integer known = ids.get(topic);
    if (known != null) {
      return known;
    }
    if (client == null) {
      throw new SerializationException("the serializer was not configured: call configure first");
    }
    final String subject = topic + (isKey ? "-key" : "-value");
    final int id;
    try {
      id = ask(subject);
    } catch (final RestClientException e) {
      if (e.getStatus() == 404 || e.getStatus() == 409 || e.getStatus() == 422) {
        throw new SchemaRefusedException(refusal(subject, e), e);
      }
      throw RegistryClients.unavailable(registry, e);
    } catch (final IOException | UncheckedIOException e) {
      throw RegistryClients.unavailable(registry, e);
    }
    ids.put(topic, id);
    return id;
  }

  private int ask(final String subject) throws IOException, RestClientException {
    if (autoRegister) {
      return register(subject);
    }
    if (!useLatest) {
      return client.getId(subject, new AvroSchema(schema));
    }
    final SchemaMetadata latest = client.getLatestSchemaMetadata(subject);
    final Schema latestSchema = new Schema.Parser().parse(latest.getSchema());
    if (SchemaNormalization.parsingFingerprint64(latestSchema)
        != SchemaNormalization.parsingFingerprint64(schema)) {
      throw new SchemaRefusedException(
          "the latest version ("
              + latest.getVersion()
              + ") of subject "
              + subject
              + " is not the "
              + schema.getFullName()
              + " that this program writes: register this one, or set "
              + USE_LATEST
              + "=false to write an older registered version",
          null);
    }
    return latest.getId();
  }

  /**
   * Of two writers that register the same schema at the same moment some registries refuse one with
   * 409, as if it did not fit. Asked again they know it; what truly does not fit is refused again.
   */
  private int register(final String subject) throws IOException, RestClientException {
    final AvroSchema offered = new AvroSchema(schema);
    try {
      return client.register(subject, offered);
    } catch (final RestClientException e) {
      if (e.getStatus() != 409) {
        throw e;
      }
      return client.register(subject, offered);
    }
  }

  private String refusal(final String subject, final RestClientException e) {
    final String what = "the schema registry at " + registry + " ";
    return switch (e.getStatus()) {
      case 404 ->
          what
              + "does not have the schema "
              + schema.getFullName()
              + " under subject "
              + subject
              + ": register it, or set "
              + AUTO_REGISTER
              + "=true";
      case 409 ->
          what
              + "refuses the schema "
              + schema.getFullName()
              + " for subject "
              + subject
              + " as incompatible with the registered version: "
              + e.getMessage();
      default -> what + "refuses the schema for subject " + subject + ": " + e.getMessage();
    };
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
