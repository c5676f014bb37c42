package io.valence.local;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.valence.schemas.TopicCatalogue;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;

/**
 * A real Kafka broker in this JVM, broker and controller in one, reachable from this machine only. One JVM should run
 * one at a time: Kafka registers its metrics by name.
 */
public final class LocalBroker implements AutoCloseable {

  private static final String META_PROPERTIES = "meta.properties";
  private static final int NODE_ID = 1;
  private static final int INTERNAL_PARTITIONS = 4;
  private static final int OWN_ARGUMENTS = 3;

  private final KafkaRaftServer server;
  private final int port;
  private final Optional<Path> temporary;

  private LocalBroker(
      final KafkaRaftServer server, final int port, final Optional<Path> temporary) {
    this.server = server;
    this.port = port;
    this.temporary = temporary;
  }

  /** A broker on free ports whose data are deleted when it closes: for tests. */
  public static LocalBroker startTemporary() {
    final Path directory;
    try {
      directory = Files.createTempDirectory("valence-broker-");
    } catch (final IOException e) {
      throw new LocalStackException(
          "no room for the broker's temporary folder: " + e.getMessage(), e);
    }
    try {
      return start(directory, Ports.free(), Ports.free(), Map.of(), Optional.of(directory));
    } catch (final RuntimeException e) {
      delete(directory);
      throw e;
    }
  }

  /**
   * A broker that keeps its data.
   *
   * @param directory where the data are or shall be
   * @param port for clients
   * @param controllerPort for the broker's own use
   * @throws LocalStackException if the folder cannot be used or a port is taken
   */
  public static LocalBroker start(final Path directory, final int port, final int controllerPort) {
    return start(directory, port, controllerPort, Map.of(), Optional.empty());
  }

  private static LocalBroker start(
      final Path directory,
      final int port,
      final int controllerPort,
      final Map<String, String> more,
      final Optional<Path> temporary) {
    Ports.requireFree(port, "the Kafka broker");
    Ports.requireFree(controllerPort, "the Kafka controller");
    format(directory);
    final KafkaRaftServer server;
    try {
      final Properties properties = properties(directory, port, controllerPort);
      properties.putAll(more);
      server = new KafkaRaftServer(new KafkaConfig(properties, false), Time.SYSTEM);
      server.startup();
    } catch (final RuntimeException e) {
      throw new LocalStackException(
          "the Kafka broker did not start with its data in " + directory + ": " + e.getMessage(),
          e);
    }
    return new LocalBroker(server, port, temporary);
  }

  private static void format(final Path directory) {
    if (Files.exists(directory.resolve(META_PROPERTIES))) {
      return;
    }
    try {
      Files.createDirectories(directory);
      new Formatter()
          .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, UTF_8))
          .setNodeId(NODE_ID)
          .setClusterId(Uuid.randomUuid().toString())
          .setReleaseVersion(MetadataVersion.LATEST_PRODUCTION)
          .setControllerListenerName("CONTROLLER")
          .setMetadataLogDirectory(directory.toString())
          .addDirectory(directory.toString())
          .run();
    } catch (final Exception e) {
      // Formatter.run declares Exception; whatever it is, the folder cannot be used.
      throw new LocalStackException(
          "the broker's data folder " + directory + " cannot be prepared: " + e.getMessage(), e);
    }
  }

  private static Properties properties(
      final Path directory, final int port, final int controllerPort) {
    final Properties properties = new Properties();
    properties.put("process.roles", "broker,controller");
    properties.put("node.id", Integer.toString(NODE_ID));
    properties.put("controller.quorum.voters", NODE_ID + "@localhost:" + controllerPort);
    properties.put(
        "listeners", "PLAINTEXT://localhost:" + port + ",CONTROLLER://localhost:" + controllerPort);
    properties.put("advertised.listeners", "PLAINTEXT://localhost:" + port);
    properties.put("controller.listener.names", "CONTROLLER");
    properties.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
    properties.put("log.dirs", directory.toString());
    properties.put("offsets.topic.replication.factor", "1");
    properties.put("offsets.topic.num.partitions", Integer.toString(INTERNAL_PARTITIONS));
    properties.put("transaction.state.log.replication.factor", "1");
    properties.put("transaction.state.log.min.isr", "1");
    properties.put("transaction.state.log.num.partitions", Integer.toString(INTERNAL_PARTITIONS));
    properties.put("share.coordinator.state.topic.replication.factor", "1");
    properties.put("share.coordinator.state.topic.min.isr", "1");
    properties.put("group.initial.rebalance.delay.ms", "0");
    properties.put("auto.create.topics.enable", "false");
    final String largest = Integer.toString(TopicCatalogue.deadLetters("ingest").maxMessageBytes());
    properties.put("message.max.bytes", largest);
    properties.put("replica.fetch.max.bytes", largest);
    // One machine, one user: few threads, and a cleaner that does not reserve 128 MiB.
    properties.put("num.network.threads", "2");
    properties.put("num.io.threads", "4");
    properties.put("background.threads", "2");
    properties.put("log.cleaner.dedupe.buffer.size", Integer.toString(4 * 1024 * 1024));
    return properties;
  }

  /** host:port for clients. */
  public String bootstrapServers() {
    return "localhost:" + port;
  }

  /** Stops the broker, and deletes its data if they were temporary. */
  @Override
  public void close() {
    server.shutdown();
    server.awaitShutdown();
    temporary.ifPresent(LocalBroker::delete);
  }

  private static void delete(final Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      for (final Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (final IOException e) {
      throw new UncheckedIOException("the broker's temporary folder remains: " + directory, e);
    }
  }

  /**
   * The broker as a process of its own, until it is ended.
   *
   * @param arguments data folder, port, controller port, and any properties of the broker as key=value
   */
  public static void main(final String[] arguments) {
    if (arguments.length < OWN_ARGUMENTS) {
      System.err.println("usage: LocalBroker DIRECTORY PORT CONTROLLER_PORT [KEY=VALUE...]");
      System.exit(2);
    }
    final Map<String, String> more = new LinkedHashMap<>();
    for (final String property : List.of(arguments).subList(OWN_ARGUMENTS, arguments.length)) {
      final int equals = property.indexOf('=');
      if (equals < 1) {
        System.err.println("a property of the broker must be KEY=VALUE, not " + property);
        System.exit(2);
      }
      more.put(property.substring(0, equals), property.substring(equals + 1));
    }
    // The broker tells at length what it does; as a child it speaks only when something is wrong.
    Logger.getLogger("").setLevel(Level.WARNING);
    try {
      final LocalBroker broker =
          start(
              Path.of(arguments[0]),
              Integer.parseInt(arguments[1]),
              Integer.parseInt(arguments[2]),
              more,
              Optional.empty());
      Runtime.getRuntime().addShutdownHook(new Thread(broker::close, "broker-shutdown"));
      broker.server.awaitShutdown();
    } catch (final LocalStackException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }
}
