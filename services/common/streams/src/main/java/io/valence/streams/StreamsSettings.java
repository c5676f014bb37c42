package io.valence.streams;

import io.valence.schemas.RecordSerdes;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.kafka.streams.StreamsConfig;

/**
 * Where a service finds Kafka and the schema registry, and how it commits.
 *
 * <p>Keys, with their defaults:
 *
 * <ul>
 *   <li>{@code kafka.bootstrap.servers}: host:port, comma separated. Required.
 *   <li>{@code quarkus.kafka-streams.application-id}: the consumer group, and the prefix of transactions. Required.
 *   <li>{@code kafka-streams.commit.interval.ms} (100): milliseconds between commits, 1 to 60,000; readers of
 *       committed data wait as long.
 *   <li>{@code kafka-streams.processing.guarantee} (exactly_once_v2): or at_least_once.
 *   <li>{@code valence.schema.registry.url}: http(s) URLs, comma separated, or mock://name in tests. Required.
 *   <li>{@code valence.auto.register.schemas}, {@code valence.use.latest.version}, {@code
 *       valence.basic.auth.credentials.source}, {@code valence.basic.auth.user.info}, {@code
 *       valence.schema.registry.ssl.*}: as Confluent's clients name them, after {@code valence.}
 *   <li>{@code valence.value.serde}: see {@link io.valence.schemas.RecordSerdes}.
 * </ul>
 *
 * @param bootstrapServers host:port, comma separated
 * @param applicationId the Kafka Streams application id
 * @param commitInterval time between commits
 * @param guarantee the processing guarantee, as Kafka Streams names it
 * @param serde configuration of the serde, keys named as Confluent's
 */
public record StreamsSettings(
    String bootstrapServers,
    String applicationId,
    Duration commitInterval,
    String guarantee,
    Map<String, String> serde) {

  public static final String BOOTSTRAP_SERVERS = "kafka.bootstrap.servers";
  public static final String APPLICATION_ID = "quarkus.kafka-streams.application-id";
  public static final String COMMIT_INTERVAL = "kafka-streams.commit.interval.ms";
  public static final String GUARANTEE = "kafka-streams.processing.guarantee";
  public static final String REGISTRY_URL = "valence.schema.registry.url";

  private static final String PREFIX = "valence.";
  private static final List<String> SERDE_KEYS =
      List.of(
          "schema.registry.url",
          "auto.register.schemas",
          "use.latest.version",
          "basic.auth.credentials.source",
          "basic.auth.user.info",
          "bearer.auth.credentials.source",
          "bearer.auth.token",
          "http.connect.timeout.ms",
          "http.read.timeout.ms",
          "schema.registry.ssl.protocol",
          "schema.registry.ssl.enabled.protocols",
          "schema.registry.ssl.truststore.type",
          "schema.registry.ssl.truststore.location",
          "schema.registry.ssl.truststore.password",
          "schema.registry.ssl.keystore.type",
          "schema.registry.ssl.keystore.location",
          "schema.registry.ssl.keystore.password",
          "schema.registry.ssl.key.password",
          "schema.registry.ssl.endpoint.identification.algorithm");
  private static final List<String> SECRETS = List.of("password", "user.info", "token", "secret");
  private static final Duration LONGEST_COMMIT_INTERVAL = Duration.ofMinutes(1);

  public StreamsSettings {
    Objects.requireNonNull(commitInterval, "commitInterval");
    serde = Map.copyOf(serde);
    checkServers(bootstrapServers);
    if (applicationId.isBlank()) {
      throw new IllegalArgumentException(APPLICATION_ID + " must not be blank");
    }
    if (commitInterval.compareTo(Duration.ofMillis(1)) < 0
        || commitInterval.compareTo(LONGEST_COMMIT_INTERVAL) > 0) {
      throw new IllegalArgumentException(
          COMMIT_INTERVAL + " must be 1 to 60000 milliseconds, not " + commitInterval.toMillis());
    }
    if (!guarantee.equals(StreamsConfig.EXACTLY_ONCE_V2)
        && !guarantee.equals(StreamsConfig.AT_LEAST_ONCE)) {
      throw new IllegalArgumentException(
          GUARANTEE + " must be exactly_once_v2 or at_least_once, not " + guarantee);
    }
    checkRegistry(serde.get("schema.registry.url"));
  }

  /**
   * Reads the settings.
   *
   * @param configuration the value of a key, where it has one
   * @throws IllegalArgumentException naming the key that is missing or wrong
   */
  public static StreamsSettings read(final Function<String, Optional<String>> configuration) {
    final Map<String, String> serde = new LinkedHashMap<>();
    for (final String key : SERDE_KEYS) {
      configuration.apply(PREFIX + key).ifPresent(value -> serde.put(key, value));
    }
    final String valueSerde = RecordSerdes.SERDE_CLASS;
    configuration.apply(valueSerde).ifPresent(value -> serde.put(valueSerde, value));
    final String interval = configuration.apply(COMMIT_INTERVAL).orElse("100");
    final Duration commitInterval;
    try {
      commitInterval = Duration.ofMillis(Long.parseLong(interval.trim()));
    } catch (final NumberFormatException e) {
      throw new IllegalArgumentException(
          COMMIT_INTERVAL + " must be a number of milliseconds, not " + interval, e);
    }
    return new StreamsSettings(
        required(configuration, BOOTSTRAP_SERVERS),
        required(configuration, APPLICATION_ID),
        commitInterval,
        configuration.apply(GUARANTEE).orElse(StreamsConfig.EXACTLY_ONCE_V2),
        serde);
  }

  private static String required(
      final Function<String, Optional<String>> configuration, final String key) {
    return configuration
        .apply(key)
        .filter(value -> !value.isBlank())
        .orElseThrow(() -> new IllegalArgumentException(key + " is not set"));
  }

  private static void checkServers(final String servers) {
    for (final String server : servers.split(",", -1)) {
      final int colon = server.trim().lastIndexOf(':');
      final String port = server.trim().substring(colon + 1);
      if (colon < 1 || !port.matches("\\d{1,5}") || Integer.parseInt(port) > 65_535) {
        throw new IllegalArgumentException(
            BOOTSTRAP_SERVERS + " must be host:port, comma separated, not " + servers);
      }
    }
  }

  private static void checkRegistry(final String urls) {
    if (urls == null || urls.isBlank()) {
      throw new IllegalArgumentException(REGISTRY_URL + " is not set");
    }
    for (final String url : urls.split(",", -1)) {
      final String scheme;
      try {
        scheme = URI.create(url.trim()).getScheme();
      } catch (final IllegalArgumentException e) {
        throw new IllegalArgumentException(REGISTRY_URL + " is not a URL: " + url, e);
      }
      if (!List.of("http", "https", "mock").contains(String.valueOf(scheme))) {
        throw new IllegalArgumentException(
            REGISTRY_URL + " must begin with http://, https:// or mock://, not: " + url);
      }
    }
  }

  /** The settings for people and logs, one key=value a line, secrets masked. */
  public String describe() {
    final Map<String, String> lines = new TreeMap<>();
    lines.put(BOOTSTRAP_SERVERS, bootstrapServers);
    lines.put(APPLICATION_ID, applicationId);
    lines.put(COMMIT_INTERVAL, Long.toString(commitInterval.toMillis()));
    lines.put(GUARANTEE, guarantee);
    serde.forEach(
        (key, value) -> lines.put(key.startsWith(PREFIX) ? key : PREFIX + key, mask(key, value)));
    final StringBuilder text = new StringBuilder();
    lines.forEach((key, value) -> text.append(key).append('=').append(value).append('\n'));
    return text.toString().stripTrailing();
  }

  private static String mask(final String key, final String value) {
    final String lower = key.toLowerCase(Locale.ROOT);
    if (SECRETS.stream().anyMatch(lower::contains)) {
      return "****";
    }
    // A URL may carry user:password before its host.
    return value.replaceAll("//[^/@,]*@", "//****@");
  }

  /** As {@link #describe()}: a password must not reach a log by way of a message. */
  @Override
  public String toString() {
    return describe();
  }
}
