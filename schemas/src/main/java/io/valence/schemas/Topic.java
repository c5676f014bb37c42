package io.valence.schemas;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.config.TopicConfig;

/**
 * One topic of the pipeline. Keys are ids in UTF-8: of streams, or of sessions where records are about a session.
 *
 * @param name the topic's name
 * @param value class of the values; empty for dead letters, which keep the bytes of whatever failed,
 *     and for what is plain text
 * @param retention how long records are kept; empty for a compacted topic, which keeps the latest of each key
 * @param maxMessageBytes largest record, with key, headers and overhead
 */
public record Topic(
    String name,
    Optional<Class<? extends SpecificRecord>> value,
    Optional<Duration> retention,
    int maxMessageBytes) {

  public Topic {
    Objects.requireNonNull(value, "value");
    if (name.isBlank()) {
      throw new IllegalArgumentException("a topic needs a name");
    }
    if (retention.isPresent() && retention.get().isNegative()) {
      throw new IllegalArgumentException("retention of " + name + " must not be negative");
    }
    if (maxMessageBytes < 1024) {
      throw new IllegalArgumentException("topic " + name + " must take records of at least 1 KiB");
    }
  }

  /** True if Kafka keeps only the latest record of each key. */
  public boolean compacted() {
    return retention.isEmpty();
  }

  /**
   * The topic's settings as Kafka names them. A producer may compress, but the broker keeps the records unpacked:
   * Kafka measures them as they are kept, and a record that is small only as long as it is packed is more than a
   * service could set aside again.
   */
  public Map<String, String> configuration() {
    final Map<String, String> configuration = new HashMap<>();
    configuration.put(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(maxMessageBytes));
    configuration.put(TopicConfig.COMPRESSION_TYPE_CONFIG, "uncompressed");
    if (retention.isPresent()) {
      configuration.put(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_DELETE);
      configuration.put(TopicConfig.RETENTION_MS_CONFIG, Long.toString(retention.get().toMillis()));
    } else {
      configuration.put(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT);
    }
    return Map.copyOf(configuration);
  }
}
