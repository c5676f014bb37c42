package io.valence.local;

import io.valence.schemas.TopicCatalogue;
import io.valence.schemas.TopicCreationException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Broker, schema registry and services, up and watched until closed. They end with this process: on {@link #close},
 * on Ctrl-C, and also if it is killed outright.
 */
public final class LocalStack implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(LocalStack.class);
  private static final String BROKER = "broker";
  private static final long POLL_MILLIS = 50;
  private static final int CONNECT_MILLIS = 500;
  private static final Duration END_TIMEOUT = Duration.ofSeconds(15);
  // A program that writes its archive of classes on the way out takes longer, once.
  private static final Duration FIRST_END_TIMEOUT = Duration.ofSeconds(90);

  /**
   * A service and what its JVM gets.
   *
   * @param name in the topic catalogue, and the module's folder
   * @param heapMegabytes the most that its heap may take
   */
  private record Service(String name, int heapMegabytes) {}

  /** How to start one process, the first time or again. */
  private interface Launch {
    ChildProcess start(boolean again);
  }

  private static final List<Service> SERVICES =
      List.of(
          new Service("ingest", 160),
          new Service("visual-features", 160),
          new Service("audio-features", 128),
          new Service("text-features", 128),
          new Service("adapter", 96),
          new Service("fusion", 128));

  /**
   * One process of the stack.
   *
   * @param name of the program
   * @param pid process id
   * @param residentBytes its resident memory now, where the system tells it
   * @param log where its output goes
   */
  public record ProcessReport(String name, long pid, OptionalLong residentBytes, Path log) {}

  private final LocalStackSettings settings;
  private final List<Service> wanted;
  private final Consumer<String> progress;
  private final List<ChildProcess> infrastructure = new CopyOnWriteArrayList<>();
  private final List<ChildProcess> services = new CopyOnWriteArrayList<>();
  private final Map<String, Launch> launches = new ConcurrentHashMap<>();
  private final Map<String, URI> readiness = new ConcurrentHashMap<>();
  private final Thread shutdownHook = new Thread(this::end, "local-stack-shutdown");
  private Optional<Path> temporaryData = Optional.empty();
  private String bootstrapServers;
  private String registryUrl;
  private String ingestUrl;
  private boolean firstRun;
  private boolean ended;

  private LocalStack(
      final LocalStackSettings settings,
      final List<Service> wanted,
      final Consumer<String> progress) {
    this.settings = Objects.requireNonNull(settings, "settings");
    this.wanted = List.copyOf(wanted);
    this.progress = Objects.requireNonNull(progress, "progress");
  }

  /**
   * Starts everything and waits until it is ready.
   *
   * @param progress gets one line for each step
   * @throws LocalStackException if something is not built, a port is taken, a folder cannot be used, a process dies
   *     or the time is over; nothing is left running then
   */
  public static LocalStack start(final LocalStackSettings settings, final Consumer<String> progress)
      throws InterruptedException {
    return start(settings, SERVICES, progress);
  }

  /** With some of the services only, for tests. */
  static LocalStack startWith(
      final LocalStackSettings settings, final List<String> names, final Consumer<String> progress)
      throws InterruptedException {
    return start(
        settings,
        SERVICES.stream().filter(service -> names.contains(service.name())).toList(),
        progress);
  }

  private static LocalStack start(
      final LocalStackSettings settings,
      final List<Service> wanted,
      final Consumer<String> progress)
      throws InterruptedException {
    final LocalStack stack = new LocalStack(settings, wanted, progress);
    Runtime.getRuntime().addShutdownHook(stack.shutdownHook);
    try {
      stack.startAll();
      return stack;
    } catch (final RuntimeException | InterruptedException e) {
      // Nothing worth keeping came of this run: whoever waits for the message should not wait for
      // archives.
      stack.firstRun = false;
      stack.close();
      throw e;
    }
  }

  private void startAll() throws InterruptedException {
    final long begin = System.nanoTime();
    final long deadline = begin + settings.startTimeout().toNanos();
    final Map<String, Program> programs = new LinkedHashMap<>();
    wanted.forEach(
        service -> programs.put(service.name(), Program.service(settings.home(), service.name())));
    folders();
    final Path archives = settings.cache().resolve("start-up");
    progress.accept("starting the Kafka broker and the schema registry");
    final LocalRegistry registry = startInfrastructure(archives);
    progress.accept("starting the services: " + String.join(", ", programs.keySet()));
    final Map<ChildProcess, URI> pending = new LinkedHashMap<>();
    for (final Service service : wanted) {
      final int port =
          service.name().equals("ingest")
              ? Ports.choose(settings.ingestPort(), "the ingest service")
              : Ports.free();
      if (service.name().equals("ingest")) {
        ingestUrl = "http://127.0.0.1:" + port;
      }
      final URI health = URI.create("http://127.0.0.1:" + port + "/q/health/ready");
      readiness.put(service.name(), health);
      pending.put(startService(service, programs.get(service.name()), port, archives), health);
    }
    readiness.put(LocalRegistry.NAME, URI.create(registryUrl + "/subjects"));
    await("the schema registry", deadline, registry::isReady);
    registry.demandBackwardCompatibility();
    createTopics(deadline);
    awaitServices(pending, deadline);
    progress.accept(
        String.format("everything is up after %.1f s", (System.nanoTime() - begin) / 1e9));
  }

  private void folders() {
    try {
      Files.createDirectories(settings.logs());
      Files.createDirectories(settings.cache());
      if (settings.data().isPresent()) {
        Files.createDirectories(settings.data().get());
      } else {
        temporaryData = Optional.of(Files.createTempDirectory("valence-local-"));
      }
    } catch (final IOException e) {
      throw new LocalStackException(
          "a folder of the local stack cannot be made ("
              + e.getMessage()
              + "): make room, or set VALENCE_CACHE to a folder that can be written",
          e);
    }
  }

  private Path data() {
    return settings.data().or(() -> temporaryData).orElseThrow();
  }

  private LocalRegistry startInfrastructure(final Path archives) {
    final int brokerPort = Ports.choose(settings.brokerPort(), "the Kafka broker");
    final int controllerPort = Ports.free();
    final int registryPort = Ports.choose(settings.registryPort(), "the schema registry");
    bootstrapServers = "localhost:" + brokerPort;
    final Path lib = settings.home().resolve("services/local/target/lib");
    final List<Path> classPath = new ArrayList<>();
    classPath.add(Program.ownJar(settings.home()));
    try (Stream<Path> jars = Files.list(lib)) {
      jars.filter(jar -> jar.toString().endsWith(".jar")).sorted().forEach(classPath::add);
    } catch (final IOException e) {
      throw new LocalStackException(
          "the broker's libraries are not there: run mvn -DskipTests package -pl services/local -am in "
              + settings.home(),
          e);
    }
    final StartArchive archive = archive(archives, BROKER, classPath);
    final List<String> arguments = new ArrayList<>();
    arguments.add(data().resolve(BROKER).toString());
    arguments.add(Integer.toString(brokerPort));
    arguments.add(Integer.toString(controllerPort));
    settings.brokerProperties().forEach((key, value) -> arguments.add(key + "=" + value));
    launch(
        infrastructure,
        BROKER,
        again ->
            ChildProcess.start(
                new ChildProcess.Command(
                    BROKER, jvm(192), classPath, LocalBroker.class.getName(), arguments),
                settings.logs(),
                Optional.of(archive),
                Map.of(),
                again));
    final AtomicReference<LocalRegistry> registry = new AtomicReference<>();
    launch(
        infrastructure,
        LocalRegistry.NAME,
        again -> {
          registry.set(
              LocalRegistry.launch(
                  settings.home(),
                  registryPort,
                  settings.data(),
                  settings.logs(),
                  Optional.of(archives),
                  again));
          return registry.get().process();
        });
    registryUrl = registry.get().url();
    return registry.get();
  }

  private StartArchive archive(final Path archives, final String name, final List<Path> jars) {
    final StartArchive archive = StartArchive.of(archives, name, jars);
    firstRun |= !archive.exists();
    return archive;
  }

  private static List<String> jvm(final int heapMegabytes) {
    return List.of(
        "-Xmx" + heapMegabytes + "m",
        "-Xss512k",
        "-XX:+UseSerialGC",
        // The optimising compiler would take two seconds of each start and saves less than that in
        // an hour's
        // recording: a window of sound takes 15 to 45 ms without it.
        "-XX:TieredStopAtLevel=1",
        "-XX:ReservedCodeCacheSize=48m",
        "-XX:+ExitOnOutOfMemoryError",
        "-XX:-UsePerfData",
        "-Djava.awt.headless=true");
  }

  /** Starts a process unless the stack is being ended: Ctrl-C may come in the middle of a start. */
  private synchronized ChildProcess launch(
      final List<ChildProcess> kind, final String name, final Launch launch) {
    requireNotEnded();
    final ChildProcess process = launch.start(false);
    kind.add(process);
    launches.put(name, launch);
    return process;
  }

  private void requireNotEnded() {
    if (ended) {
      throw new LocalStackException("the local stack was told to end while it was starting");
    }
  }

  private ChildProcess startService(
      final Service service, final Program program, final int port, final Path archives) {
    final List<String> arguments = new ArrayList<>(jvm(service.heapMegabytes()));
    final Map<String, String> properties = new LinkedHashMap<>(settings.properties());
    properties.put("valence.home", settings.home().toString());
    properties.put("kafka.bootstrap.servers", bootstrapServers);
    properties.put("valence.schema.registry.url", registryUrl);
    // The services start beside the broker and ask for it until it is there: no news.
    properties.put(
        "quarkus.log.category.\"org.apache.kafka.clients.NetworkClient\".level", "ERROR");
    properties.put("quarkus.http.host", "127.0.0.1");
    properties.put("quarkus.http.port", Integer.toString(port));
    properties.put("kafka-streams.state.dir", stateFolder(service.name()).toString());
    properties.forEach((key, value) -> arguments.add("-D" + key + "=" + value));
    final StartArchive archive = archive(archives, service.name(), program.jars());
    return launch(
        services,
        service.name(),
        again ->
            ChildProcess.start(
                new ChildProcess.Command(
                    service.name(),
                    arguments,
                    program.classPath(settings.home()),
                    program.mainClass(),
                    List.of()),
                settings.logs(),
                Optional.of(archive),
                Map.of("VALENCE_CACHE", settings.cache().toString()),
                again));
  }

  private void createTopics(final long deadline) throws InterruptedException {
    final Duration left = Duration.ofNanos(Math.max(1, deadline - System.nanoTime()));
    final int timeout = (int) Math.max(1, Math.min(Integer.MAX_VALUE, left.toMillis()));
    try (Admin admin =
        Admin.create(
            Map.of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                timeout,
                AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
                timeout,
                AdminClientConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG,
                100))) {
      TopicCatalogue.create(admin, settings.partitions(), (short) 1, left);
    } catch (final TopicCreationException e) {
      throwFailure();
      throw new LocalStackException(e.getMessage(), e);
    }
  }

  private interface Condition {
    boolean holds();
  }

  private void await(final String what, final long deadline, final Condition condition)
      throws InterruptedException {
    while (!condition.holds()) {
      throwFailure();
      if (System.nanoTime() > deadline) {
        throw new LocalStackException(
            what
                + " did not answer within "
                + settings.startTimeout().toSeconds()
                + " s; see the logs in "
                + settings.logs());
      }
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    }
  }

  private void awaitServices(final Map<ChildProcess, URI> pending, final long deadline)
      throws InterruptedException {
    final Map<ChildProcess, URI> waiting = new LinkedHashMap<>(pending);
    while (!waiting.isEmpty()) {
      throwFailure();
      final List<ChildProcess> ready =
          waiting.entrySet().stream()
              .filter(entry -> ChildProcess.answers(entry.getValue()))
              .map(Map.Entry::getKey)
              .toList();
      ready.forEach(
          process -> {
            waiting.remove(process);
            progress.accept(process.name() + " is ready");
          });
      if (!waiting.isEmpty() && System.nanoTime() > deadline) {
        final ChildProcess slow = waiting.keySet().iterator().next();
        throw new LocalStackException(
            slow.name()
                + " was not ready within "
                + settings.startTimeout().toSeconds()
                + " s; the last lines of "
                + slow.log()
                + ":\n"
                + slow.lastLines());
      }
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    }
  }

  private void throwFailure() {
    failure()
        .ifPresent(
            failure -> {
              throw failure;
            });
  }

  /** What has gone wrong since the start: a process that ended by itself, with the end of its log. */
  public Optional<LocalStackException> failure() {
    return Stream.concat(infrastructure.stream(), services.stream())
        .map(ChildProcess::failure)
        .flatMap(Optional::stream)
        .findFirst();
  }

  /** host:port of Kafka. */
  public String bootstrapServers() {
    return bootstrapServers;
  }

  /** URL of the schema registry for Confluent's clients. */
  public String registryUrl() {
    return registryUrl;
  }

  /** URL of the ingest service. */
  public String ingestUrl() {
    return ingestUrl;
  }

  /** Folder of the logs. */
  public Path logs() {
    return settings.logs();
  }

  /** The processes, their ids and their memory now. */
  public List<ProcessReport> processes() {
    return Stream.concat(infrastructure.stream(), services.stream())
        .map(
            child ->
                new ProcessReport(child.name(), child.pid(), child.residentBytes(), child.log()))
        .toList();
  }

  /** Resident memory of all processes together, bytes. */
  public long residentBytes() {
    return processes().stream().mapToLong(report -> report.residentBytes().orElse(0)).sum();
  }

  // Single processes, for tests that break things.

  /**
   * Ends a process outright, as {@code kill -9} does, and waits until it is gone.
   *
   * @param name broker, registry or a service
   */
  public void kill(final String name) {
    process(name).kill();
  }

  /** Asks a process to end, and waits until it has. */
  public void stop(final String name) {
    process(name).close();
  }

  /**
   * Starts a process that has ended, with the ports and folders that it had; its log goes on. Returns at once:
   * ask {@link #isReady}.
   *
   * @throws LocalStackException if it still runs, or the stack was closed
   */
  public synchronized void startAgain(final String name) {
    requireNotEnded();
    final ChildProcess before = process(name);
    if (before.isAlive()) {
      throw new LocalStackException(name + " still runs and cannot be started again");
    }
    final ChildProcess after = launches.get(name).start(true);
    infrastructure.replaceAll(process -> process == before ? after : process);
    services.replaceAll(process -> process == before ? after : process);
  }

  /** Whether a process runs. */
  public boolean isAlive(final String name) {
    return process(name).isAlive();
  }

  /** Whether a process answers: services and registry over HTTP, the broker by taking a connection. */
  public boolean isReady(final String name) {
    if (!isAlive(name)) {
      return false;
    }
    if (!name.equals(BROKER)) {
      return ChildProcess.answers(readiness.get(name));
    }
    final int port =
        Integer.parseInt(bootstrapServers.substring(bootstrapServers.indexOf(':') + 1));
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MILLIS);
      return true;
    } catch (final IOException e) {
      // Not up yet: that is what is being asked.
      return false;
    }
  }

  /** The end of a process' log. */
  public String lastLines(final String name) {
    return process(name).lastLines();
  }

  /** Folder that a service keeps Kafka Streams' files in. */
  public Path stateFolder(final String service) {
    return data().resolve("streams").resolve(service);
  }

  private ChildProcess process(final String name) {
    return Stream.concat(infrastructure.stream(), services.stream())
        .filter(process -> process.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("the stack has no process " + name));
  }

  /** Ends all processes, services first, and waits for them. */
  @Override
  public void close() {
    end();
    try {
      Runtime.getRuntime().removeShutdownHook(shutdownHook);
    } catch (final IllegalStateException e) {
      log.debug("the JVM is ending already, its hook has nothing left to do", e);
    }
  }

  private synchronized void end() {
    if (ended) {
      return;
    }
    ended = true;
    if (firstRun && !services.isEmpty()) {
      progress.accept("keeping archives for a faster next start (this once)");
    }
    final Duration timeout = firstRun ? FIRST_END_TIMEOUT : END_TIMEOUT;
    endAll(services, timeout);
    endAll(infrastructure, timeout);
    temporaryData.ifPresent(LocalStack::delete);
  }

  private static void endAll(final List<ChildProcess> processes, final Duration timeout) {
    final long deadline = System.nanoTime() + timeout.toNanos();
    processes.forEach(ChildProcess::end);
    processes.forEach(process -> process.awaitEnd(deadline));
  }

  private static void delete(final Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (final Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (final IOException e) {
      log.warn("the temporary folder {} remains", folder, e);
    }
  }
}
