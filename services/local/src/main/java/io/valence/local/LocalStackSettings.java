package io.valence.local;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * How to run the local stack.
 *
 * @param home folder of the built project
 * @param cache folder for what makes the next start faster
 * @param data folder for the broker's and the registry's data, kept between runs; empty: temporary, deleted at the
 *     end
 * @param logs folder for one log of each process
 * @param partitions of each topic, 1 to 64
 * @param brokerPort of Kafka, 0 for any free one
 * @param registryPort of the schema registry, 0 for any free one
 * @param ingestPort of the ingest service, 0 for any free one
 * @param startTimeout how long the whole may take to start
 * @param properties more configuration for all services, as {@code -Dkey=value}
 * @param brokerProperties more configuration for the broker, keys as Kafka names them
 */
public record LocalStackSettings(
    Path home,
    Path cache,
    Optional<Path> data,
    Path logs,
    int partitions,
    int brokerPort,
    int registryPort,
    int ingestPort,
    Duration startTimeout,
    Map<String, String> properties,
    Map<String, String> brokerProperties) {

  private static final int MOST_PARTITIONS = 64;

  public LocalStackSettings {
    home = home.toAbsolutePath().normalize();
    cache = cache.toAbsolutePath().normalize();
    data = data.map(path -> path.toAbsolutePath().normalize());
    logs = logs.toAbsolutePath().normalize();
    properties = Map.copyOf(properties);
    brokerProperties = Map.copyOf(brokerProperties);
    Objects.requireNonNull(startTimeout, "startTimeout");
    if (partitions < 1 || partitions > MOST_PARTITIONS) {
      throw new IllegalArgumentException(
          "the local stack takes 1 to " + MOST_PARTITIONS + " partitions, not " + partitions);
    }
    if (startTimeout.isNegative() || startTimeout.isZero()) {
      throw new IllegalArgumentException("the start needs some time, not " + startTimeout);
    }
  }

  /**
   * Temporary data, free ports, one partition: for a demonstration.
   *
   * @param home folder of the built project
   * @param cache folder for what makes the next start faster
   */
  public static LocalStackSettings defaults(final Path home, final Path cache) {
    return new LocalStackSettings(
        home,
        cache,
        Optional.empty(),
        cache.resolve("logs"),
        1,
        0,
        0,
        0,
        Duration.ofSeconds(120),
        Map.of(),
        Map.of());
  }

  /** The same on these ports, 0 for any free one. */
  public LocalStackSettings withPorts(final int broker, final int registry, final int ingest) {
    return new LocalStackSettings(
        home,
        cache,
        data,
        logs,
        partitions,
        broker,
        registry,
        ingest,
        startTimeout,
        properties,
        brokerProperties);
  }

  /** The same with data that are kept in this folder. */
  public LocalStackSettings withData(final Path folder) {
    return new LocalStackSettings(
        home,
        cache,
        Optional.of(folder),
        logs,
        partitions,
        brokerPort,
        registryPort,
        ingestPort,
        startTimeout,
        properties,
        brokerProperties);
  }

  /** The same with more configuration for the services. */
  public LocalStackSettings withProperties(final Map<String, String> more) {
    return new LocalStackSettings(
        home,
        cache,
        data,
        logs,
        partitions,
        brokerPort,
        registryPort,
        ingestPort,
        startTimeout,
        more,
        brokerProperties);
  }
}
