package io.valence.schemas;

import java.lang.reflect.Constructor;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.serialization.Serde;

/**
 * The serde that the configuration names. By default it is {@link AvroSerde}; a build with the Maven profile
 * {@code confluent} may name Confluent's own, {@code
 * io.confluent.kafka.streams.serdes.avro.SpecificAvroSerde}: the bytes are the same.
 */
public final class RecordSerdes {

  /** Configuration key: class of the serde. */
  public static final String SERDE_CLASS = "valence.value.serde";

  private RecordSerdes() {}

  /**
   * A serde for the values of records, configured.
   *
   * @throws ConfigException if the class named is not a serde that can be made here
   */
  public static <T extends SpecificRecord> Serde<T> forValues(
      final Class<T> type, final Map<String, ?> configuration) {
    final Object name = configuration.get(SERDE_CLASS);
    if (name == null || name.toString().equals(AvroSerde.class.getName())) {
      return AvroSerde.forValues(type, configuration);
    }
    try {
      final Constructor<?> constructor = Class.forName(name.toString()).getConstructor();
      // The type of the records is the class's own affair: the reader's schema comes from the
      // generated class.
      @SuppressWarnings("unchecked")
      final Serde<T> serde = (Serde<T>) constructor.newInstance();
      final Map<String, Object> specific = new HashMap<>(configuration);
      specific.put("specific.avro.reader", true);
      serde.configure(specific, false);
      return serde;
    } catch (final ReflectiveOperationException | ClassCastException e) {
      throw new ConfigException(
          SERDE_CLASS + " names " + name + ", which is not a serde on the class path: " + e);
    }
  }
}
