package io.valence.local;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A real schema registry, Apicurio, as a child process that speaks Confluent's protocol on the loopback interface and
 * demands backward compatibility.
 */
public final class LocalRegistry implements AutoCloseable {

  static final String NAME = "registry";
  private static final String API = "/apis/ccompat/v7";
  private static final long POLL_MILLIS = 50;
  private static final int TIMEOUT_MILLIS = 10_000;

  private final ChildProcess process;
  private final int port;

  private LocalRegistry(final ChildProcess process, final int port) {
    this.process = process;
    this.port = port;
  }

  /**
   * Starts a registry on a free port with its schemas in memory and waits until it answers: for tests.
   *
   * @param home folder of the built project
   * @param logs folder for its log
   */
  public static LocalRegistry startTemporary(final Path home, final Path logs)
      throws InterruptedException {
    final LocalRegistry registry =
        launch(home, Ports.free(), Optional.empty(), logs, Optional.empty(), false);
    try {
      registry.awaitReady(System.nanoTime() + Duration.ofSeconds(120).toNanos());
      return registry;
    } catch (final RuntimeException | InterruptedException e) {
      registry.close();
      throw e;
    }
  }

  static LocalRegistry launch(
      final Path home,
      final int port,
      final Optional<Path> data,
      final Path logs,
      final Optional<Path> archives,
      final boolean again) {
    Ports.requireFree(port, "the schema registry");
    final Path folder = home.resolve("services/local/target/registry");
    final Program program = Program.inFolder(NAME, folder, "services/local", home);
    final Optional<StartArchive> archive =
        archives.map(path -> StartArchive.of(path, NAME, program.jars()));
    final String database =
        data.map(path -> "jdbc:h2:file:" + path.resolve("registry"))
            .orElse("jdbc:h2:mem:registry_db");
    final ChildProcess.Command command =
        new ChildProcess.Command(
            NAME,
            List.of(
                "-Xmx144m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:+ExitOnOutOfMemoryError",
                "-Dquarkus.http.host=127.0.0.1",
                "-Dquarkus.http.port=" + port,
                "-Dquarkus.datasource.jdbc.url=" + database,
                "-Dquarkus.datasource.jdbc.min-size=1",
                "-Dquarkus.datasource.jdbc.initial-size=1",
                "-Dquarkus.datasource.jdbc.max-size=8",
                "-Dquarkus.banner.enabled=false",
                "-Dquarkus.log.level=WARN",
                "-Dquarkus.log.category.\"io.apicurio\".level=WARN"),
            program.classPath(home),
            program.mainClass(),
            List.of());
    return new LocalRegistry(ChildProcess.start(command, logs, archive, Map.of(), again), port);
  }

  /** URL for the clients' {@code schema.registry.url}. */
  public String url() {
    return "http://127.0.0.1:" + port + API;
  }

  ChildProcess process() {
    return process;
  }

  boolean isReady() {
    return ChildProcess.answers(URI.create(url() + "/subjects"));
  }

  private void awaitReady(final long deadlineNanos) throws InterruptedException {
    while (!isReady()) {
      process
          .failure()
          .ifPresent(
              failure -> {
                throw failure;
              });
      if (System.nanoTime() > deadlineNanos) {
        throw new LocalStackException(
            "the schema registry did not answer in time; the last lines of "
                + process.log()
                + ":\n"
                + process.lastLines());
      }
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    }
    demandBackwardCompatibility();
  }

  /** Apicurio takes any schema until it is told otherwise. */
  void demandBackwardCompatibility() {
    try {
      final HttpURLConnection connection =
          (HttpURLConnection) URI.create(url() + "/config").toURL().openConnection();
      connection.setConnectTimeout(TIMEOUT_MILLIS);
      connection.setReadTimeout(TIMEOUT_MILLIS);
      connection.setRequestMethod("PUT");
      connection.setDoOutput(true);
      connection.setRequestProperty("Content-Type", "application/vnd.schemaregistry.v1+json");
      connection
          .getOutputStream()
          .write("{\"compatibility\":\"BACKWARD\"}".getBytes(StandardCharsets.UTF_8));
      final int status = connection.getResponseCode();
      if (status != HttpURLConnection.HTTP_OK) {
        throw new LocalStackException(
            "the schema registry answers " + status + " to the demand for backward compatibility");
      }
      connection.disconnect();
    } catch (final IOException e) {
      throw new LocalStackException(
          "the schema registry did not take the demand for backward compatibility: "
              + e.getMessage(),
          e);
    }
  }

  @Override
  public void close() {
    process.close();
  }

  /** Whether the registry was unpacked by the build. */
  static boolean isBuilt(final Path home) {
    return Files.isDirectory(home.resolve("services/local/target/registry"));
  }
}
