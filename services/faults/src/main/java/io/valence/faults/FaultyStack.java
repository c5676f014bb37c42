package io.valence.faults;

import io.valence.local.LocalStack;
import io.valence.local.LocalStackSettings;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The stack with an orchestrator that can also do harm: what has died is started again after a short wait, as a
 * supervisor of containers would, and every death is judged: was it dealt, or may a service die of this, and does it
 * say why?
 */
final class FaultyStack implements AutoCloseable {

  static final String BROKER = "broker";
  static final String REGISTRY = "registry";
  static final String FUSION = "fusion";
  static final List<String> SERVICES =
      List.of("ingest", "visual-features", "audio-features", "text-features", "adapter", FUSION);

  private static final long FIRST_WAIT_MILLIS = 300;
  private static final long LONGEST_WAIT_MILLIS = 1_500;
  // A service whose last write failed for want of room may die of it a little after there is room.
  private static final long DISK_ECHO_MILLIS = 15_000;
  private static final long SIGNAL_SECONDS = 5;
  private static final int MOST_LOG_BYTES = 256 * 1024;
  private static final int LOG_LINES = 12;

  private final Path data;
  private final LocalStack stack;
  private final Optional<SmallDisk> disk;
  private final Map<String, Life> lives = new LinkedHashMap<>();
  private final Set<Long> processIds = ConcurrentHashMap.newKeySet();
  private final List<String> violations = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private long registryBackSince;
  private long diskFullSince;
  private long diskFreeSince;
  private long logWhenFull;
  private CompletableFuture<Void> stopping = CompletableFuture.completedFuture(null);

  /** One process between two starts. */
  private static final class Life {
    private long startedAt;
    private long logOffset;
    private long startAgainAt = Long.MAX_VALUE;
    private long waitMillis = FIRST_WAIT_MILLIS;
    private boolean killed;
    private volatile boolean paused;
    private boolean held;
  }

  private FaultyStack(final Path data, final LocalStack stack, final Optional<SmallDisk> disk) {
    this.data = data;
    this.stack = stack;
    this.disk = disk;
    final long now = now();
    registryBackSince = now;
    diskFullSince = Long.MIN_VALUE;
    diskFreeSince = Long.MIN_VALUE;
    stack
        .processes()
        .forEach(
            process -> {
              final Life life = new Life();
              life.startedAt = now;
              lives.put(process.name(), life);
              processIds.add(process.pid());
            });
  }

  /**
   * Starts a whole stack.
   *
   * @param home folder of the built project
   * @param cache with the BERT weights
   * @param data new folder for all data, deleted when it closes
   * @param logs folder of the logs
   * @param progress gets a line for each step
   */
  static FaultyStack start(
      final Path home,
      final Path cache,
      final Path data,
      final Path logs,
      final Consumer<String> progress)
      throws IOException, InterruptedException {
    if (Files.exists(data)) {
      // A run that was ended by force leaves its data, and perhaps its mount, behind.
      SmallDisk.unmount(data.resolve("streams").resolve(FUSION));
      delete(data);
    }
    Files.createDirectories(data);
    final Optional<SmallDisk> disk = SmallDisk.mount(data.resolve("streams").resolve(FUSION));
    try {
      final LocalStack stack =
          LocalStack.start(
              new LocalStackSettings(
                  home,
                  cache,
                  Optional.of(data),
                  logs,
                  2,
                  0,
                  0,
                  0,
                  Duration.ofMinutes(5),
                  serviceProperties(),
                  brokerProperties()),
              progress);
      return new FaultyStack(data, stack, disk);
    } catch (final RuntimeException | InterruptedException e) {
      disk.ifPresent(SmallDisk::close);
      delete(data);
      throw e;
    }
  }

  /** What has died is missed soon, and nothing is given up because a fault held it up. */
  private static Map<String, String> serviceProperties() {
    final Map<String, String> properties = new HashMap<>();
    properties.put(
        "kafka-streams.consumer.session.timeout.ms", Long.toString(SeedPlan.SESSION_MILLIS));
    properties.put("kafka-streams.consumer.heartbeat.interval.ms", "1000");
    // Longer than a service waits for the registry in the middle of a record.
    properties.put("kafka-streams.producer.transaction.timeout.ms", "6000");
    properties.put("kafka-streams.reconnect.backoff.max.ms", "500");
    properties.put("valence.fusion.stall-timeout", "20M");
    properties.put("valence.fusion.descriptor-timeout", "20M");
    properties.put("valence.fusion.backlog-timeout", "1H");
    properties.put("valence.trends.session-patience", "20M");
    alertRules(properties);
    properties.put("valence.ingest.grace", "1h");
    return properties;
  }

  /** Rules that come to hold in the recording: some once a stream, some for several episodes. */
  private static void alertRules(final Map<String, String> properties) {
    for (final String scope : List.of("stream", "session")) {
      final String rules = "valence.alerts.rules.\"" + scope;
      properties.put(rules + "-known\".type", "above");
      properties.put(rules + "-known\".threshold", "-2.9");
      properties.put(rules + "-known\".windows", "2");
      properties.put(rules + "-known\".scope", scope);
      for (final String type : List.of("drop", "rise")) {
        properties.put(rules + "-" + type + "\".type", type);
        properties.put(rules + "-" + type + "\".threshold", "0.1");
        properties.put(rules + "-" + type + "\".within", "4S");
        properties.put(rules + "-" + type + "\".scope", scope);
      }
    }
  }

  private static Map<String, String> brokerProperties() {
    return Map.of(
        "group.min.session.timeout.ms", "1000",
        "broker.session.timeout.ms", "3000",
        "broker.heartbeat.interval.ms", "500",
        "transaction.abort.timed.out.transaction.cleanup.interval.ms", "500");
  }

  private static long now() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  }

  LocalStack stack() {
    return stack;
  }

  boolean diskMayFill() {
    return disk.isPresent();
  }

  /** Ids of all processes that ever were, with their children; goes on growing until the stack is closed. */
  Set<Long> processIds() {
    return Collections.unmodifiableSet(processIds);
  }

  // Harm and its undoing.

  boolean isUp(final String name) {
    final Life life = lives.get(name);
    return stack.isAlive(name) && !life.paused;
  }

  void kill(final String name) {
    final Life life = lives.get(name);
    life.killed = true;
    noteChildren(name);
    stack.kill(name);
    life.paused = false;
  }

  /** What a service has started itself must end with it. */
  private void noteChildren(final String name) {
    ProcessHandle.of(processId(name))
        .ifPresent(process -> process.descendants().forEach(child -> processIds.add(child.pid())));
  }

  /** Keeps what is dead from being started again until {@link #release}. */
  void hold(final String name) {
    lives.get(name).held = true;
  }

  void release(final String name) {
    lives.get(name).held = false;
    lives.get(name).startAgainAt = now();
  }

  /** Asks a process to end, without waiting for it. */
  void stop(final String name) {
    lives.get(name).killed = true;
    stopping = CompletableFuture.runAsync(() -> stack.stop(name));
  }

  void pause(final String name) throws IOException, InterruptedException {
    signal(name, "STOP");
    lives.get(name).paused = true;
  }

  void goOn(final String name) throws IOException, InterruptedException {
    if (lives.get(name).paused) {
      signal(name, "CONT");
      lives.get(name).paused = false;
    }
  }

  private void signal(final String name, final String signal)
      throws IOException, InterruptedException {
    final Process process =
        new ProcessBuilder("kill", "-" + signal, Long.toString(processId(name)))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (!process.waitFor(SIGNAL_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
      throw new IOException("the signal " + signal + " could not be sent to " + name);
    }
  }

  private long processId(final String name) {
    return stack.processes().stream()
        .filter(process -> process.name().equals(name))
        .findFirst()
        .orElseThrow()
        .pid();
  }

  /** Deletes what a service that is dead keeps on its disk. */
  void deleteState(final String service) throws IOException {
    final Path folder = stack.stateFolder(service);
    if (Files.isDirectory(folder)) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (final Path file :
            files.filter(file -> !file.equals(folder)).sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  void fillDisk() throws IOException {
    diskFullSince = now();
    logWhenFull = logSize(FUSION);
    diskFreeSince = Long.MAX_VALUE;
    disk.orElseThrow().fill();
  }

  void freeDisk() throws IOException {
    disk.orElseThrow().free();
    diskFreeSince = now();
  }

  // The orchestrator.

  /** Looks after the processes; to be called many times a second. */
  void tick() {
    final long now = now();
    if (!stack.isAlive(REGISTRY)) {
      registryBackSince = Long.MAX_VALUE;
    } else if (registryBackSince == Long.MAX_VALUE && stack.isReady(REGISTRY)) {
      registryBackSince = now;
    }
    lives.forEach((name, life) -> tick(name, life, now));
  }

  private void tick(final String name, final Life life, final long now) {
    if (stack.isAlive(name)) {
      return;
    }
    if (life.startAgainAt == Long.MAX_VALUE) {
      if (!life.killed) {
        judge(name, life, now);
      }
      life.startAgainAt = now + life.waitMillis;
      life.waitMillis = Math.min(LONGEST_WAIT_MILLIS, 2 * life.waitMillis);
    }
    if (!life.held && now >= life.startAgainAt && stopping.isDone()) {
      life.logOffset = logSize(name);
      stack.startAgain(name);
      processIds.add(processId(name));
      life.startedAt = now;
      life.startAgainAt = Long.MAX_VALUE;
      life.killed = false;
      life.paused = false;
    }
  }

  /** A service died that nobody has killed. */
  private void judge(final String name, final Life life, final long now) {
    final String said = log(name, life.logOffset);
    final boolean noRegistry =
        registryBackSince >= life.startedAt && said.contains("schema registry");
    final boolean noRoom =
        name.equals(FUSION)
            && diskFullSince != Long.MIN_VALUE
            && now >= diskFullSince
            && (diskFreeSince == Long.MAX_VALUE || now <= diskFreeSince + DISK_ECHO_MILLIS)
            && said.contains("No space left on device");
    if (SERVICES.contains(name) && (noRegistry || noRoom)) {
      notes.add(name + " ended, as it may: " + (noRoom ? "no room on its disk" : "no registry"));
    } else {
      violations.add(name + " died by itself; its log ends:\n" + lastLines(said));
    }
  }

  private static String lastLines(final String text) {
    final List<String> lines =
        text.lines()
            .filter(line -> !line.isBlank() && !line.stripLeading().startsWith("at "))
            .toList();
    return lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()).stream()
        .map(line -> "      " + line)
        .collect(Collectors.joining("\n"));
  }

  private Path logFile(final String name) {
    return stack.logs().resolve(name + ".log");
  }

  private long logSize(final String name) {
    try {
      return Files.size(logFile(name));
    } catch (final IOException e) {
      violations.add("the log of " + name + " cannot be read: " + e.getMessage());
      return 0;
    }
  }

  private String log(final String name, final long from) {
    try (RandomAccessFile file = new RandomAccessFile(logFile(name).toFile(), "r")) {
      final long start = Math.max(from, file.length() - MOST_LOG_BYTES);
      file.seek(start);
      final byte[] bytes = new byte[(int) (file.length() - start)];
      file.readFully(bytes);
      return new String(bytes, StandardCharsets.UTF_8);
    } catch (final IOException e) {
      return "(the log cannot be read: " + e.getMessage() + ")";
    }
  }

  /** Whether fusion has said, since its disk was filled last, that there is no room. */
  boolean missesRoom() {
    return log(FUSION, logWhenFull).contains("No space left on device");
  }

  /** Whether a service has come so far since it was started last that it asks for the registry. */
  boolean asksForRegistry(final String service) {
    return stack.isAlive(service)
        && log(service, lives.get(service).logOffset).contains(service + " runs with");
  }

  /** Every process runs and answers. */
  boolean isWhole() {
    return lives.keySet().stream().allMatch(name -> isUp(name) && stack.isReady(name));
  }

  /** Of these, the ones that do not run or do not answer. */
  List<String> notReady(final Collection<String> names) {
    return names.stream().filter(name -> !isUp(name) || !stack.isReady(name)).toList();
  }

  List<String> names() {
    return List.copyOf(lives.keySet());
  }

  /** What was found wrong since the last call. */
  List<String> takeViolations() {
    final List<String> found = List.copyOf(violations);
    violations.clear();
    return found;
  }

  /** Deaths that were in order since the last call. */
  List<String> takeNotes() {
    final List<String> found = List.copyOf(notes);
    notes.clear();
    return found;
  }

  /** A new seed: waits before a start are short again. */
  void calm() {
    lives.values().forEach(life -> life.waitMillis = FIRST_WAIT_MILLIS);
  }

  @Override
  public void close() {
    for (final String name : lives.keySet()) {
      try {
        goOn(name);
        noteChildren(name);
      } catch (final IOException e) {
        // It will be ended by force.
        violations.add(e.getMessage());
      } catch (final InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    stack.close();
    disk.ifPresent(SmallDisk::close);
    delete(data);
  }

  private static void delete(final Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (final Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (final IOException e) {
      System.err.println("the temporary folder " + folder + " remains: " + e.getMessage());
    }
  }
}
