package io.valence.ingest;

import io.valence.media.IsolationSettings;
import io.valence.streams.StreamsSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * How ingest works. Keys, each after {@code valence.ingest.}, with their defaults:
 *
 * <ul>
 *   <li>{@code window} (3s): length of a window, whole milliseconds, 0.1 s to 1 hour.
 *   <li>{@code grace} (3s): how far a modality may run past a window's end before the window closes
 *       without it, 0 to 1 hour.
 *   <li>{@code streams-at-once} (2): recordings sent at the same time, 1 to 64.
 *   <li>{@code bytes-in-flight} (16777216): payload bytes that may wait for the broker, 8 MiB to 1 GiB.
 *   <li>{@code delivery-timeout} (2m): when a chunk that the broker does not take fails its stream.
 *   <li>{@code topics-timeout} (60s): how long to wait for the topics at the start.
 *   <li>{@code remembered-streams} (1000): streams that are over and still listed, 1 to 100,000.
 *   <li>{@code root} (none): folder below which all files must lie.
 * </ul>
 *
 * And {@code valence.decoder.*}, see {@link IsolationSettings}.
 *
 * @param kafka where Kafka and the schema registry are, see {@link StreamsSettings}
 */
record IngestSettings(
    StreamsSettings kafka,
    Duration window,
    Duration grace,
    int streamsAtOnce,
    long bytesInFlight,
    Duration deliveryTimeout,
    Duration topicsTimeout,
    int rememberedStreams,
    Optional<Path> root,
    IsolationSettings decoder) {

  static final String PREFIX = "valence.ingest.";
  static final Duration SHORTEST_WINDOW = Duration.ofMillis(100);
  static final Duration LONGEST_WINDOW = Duration.ofHours(1);

  private static final long LEAST_BYTES_IN_FLIGHT = 8L << 20;
  private static final long MOST_BYTES_IN_FLIGHT = 1L << 30;

  IngestSettings {
    Objects.requireNonNull(kafka, "kafka");
    between("window", window, SHORTEST_WINDOW, LONGEST_WINDOW);
    if (window.toNanos() % 1_000_000 != 0) {
      throw new IllegalArgumentException(PREFIX + "window must be whole milliseconds");
    }
    between("grace", grace, Duration.ZERO, LONGEST_WINDOW);
    between("delivery-timeout", deliveryTimeout, Duration.ofSeconds(1), Duration.ofHours(1));
    between("topics-timeout", topicsTimeout, Duration.ofSeconds(1), Duration.ofHours(1));
    between("streams-at-once", streamsAtOnce, 1, 64);
    between("bytes-in-flight", bytesInFlight, LEAST_BYTES_IN_FLIGHT, MOST_BYTES_IN_FLIGHT);
    between("remembered-streams", rememberedStreams, 1, 100_000);
    Objects.requireNonNull(root, "root");
    Objects.requireNonNull(decoder, "decoder");
  }

  /**
   * Reads the settings.
   *
   * @param configuration the value of a key, where it has one
   * @throws IllegalArgumentException naming the key that is missing or wrong
   */
  static IngestSettings read(final Function<String, Optional<String>> configuration) {
    // A plain producer has no application id of Kafka Streams; the name serves as its client id.
    final StreamsSettings kafka =
        StreamsSettings.read(
            key ->
                key.equals(StreamsSettings.APPLICATION_ID)
                    ? Optional.of("valence-ingest")
                    : configuration.apply(key));
    final Function<String, Optional<String>> own =
        key -> configuration.apply(PREFIX + key).map(String::trim).filter(v -> !v.isEmpty());
    return new IngestSettings(
        kafka,
        duration(own, "window", "3s"),
        duration(own, "grace", "3s"),
        (int) number(own, "streams-at-once", 2),
        number(own, "bytes-in-flight", 16L << 20),
        duration(own, "delivery-timeout", "2m"),
        duration(own, "topics-timeout", "60s"),
        (int) number(own, "remembered-streams", 1000),
        own.apply("root").map(folder -> Path.of(folder).toAbsolutePath().normalize()),
        IsolationSettings.read(configuration));
  }

  private static Duration duration(
      final Function<String, Optional<String>> own, final String key, final String byDefault) {
    final String text = own.apply(key).orElse(byDefault).toLowerCase(Locale.ROOT);
    try {
      if (text.endsWith("ms")) {
        return Duration.ofMillis(Long.parseLong(text.substring(0, text.length() - 2)));
      }
      return Duration.parse(text.startsWith("p") ? text : "pt" + text);
    } catch (final DateTimeParseException | NumberFormatException e) {
      throw new IllegalArgumentException(
          PREFIX + key + " must be a time such as 3s, 500ms or PT3S, not " + text, e);
    }
  }

  private static long number(
      final Function<String, Optional<String>> own, final String key, final long byDefault) {
    final String text = own.apply(key).orElse(Long.toString(byDefault));
    try {
      return Math.toIntExact(Long.parseLong(text));
    } catch (final NumberFormatException | ArithmeticException e) {
      throw new IllegalArgumentException(PREFIX + key + " must be a whole number, not " + text, e);
    }
  }

  private static <T extends Comparable<T>> void between(
      final String key, final T value, final T least, final T most) {
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      throw new IllegalArgumentException(
          PREFIX + key + " must be " + least + " to " + most + ", not " + value);
    }
  }

  /** Configuration of the serde, keys named as Confluent's. */
  Map<String, String> serde() {
    return kafka.serde();
  }

  /** The settings for people and logs, one key=value a line, secrets masked. */
  String describe() {
    // What only a topology of Kafka Streams has does not concern a producer.
    return kafka
            .describe()
            .lines()
            .filter(line -> !line.contains("kafka-streams."))
            .collect(Collectors.joining("\n", "", "\n"))
        + String.join(
            "\n",
            PREFIX + "window=" + window,
            PREFIX + "grace=" + grace,
            PREFIX + "streams-at-once=" + streamsAtOnce,
            PREFIX + "bytes-in-flight=" + bytesInFlight,
            PREFIX + "delivery-timeout=" + deliveryTimeout,
            PREFIX + "topics-timeout=" + topicsTimeout,
            PREFIX + "remembered-streams=" + rememberedStreams,
            PREFIX + "root=" + root.map(Path::toString).orElse("(any)"),
            decoder.describe());
  }
}
