package io.valence.local;

import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/** One Java process of the local stack: its log, its state, its end. */
final class ChildProcess implements AutoCloseable {

  private static final int LAST_LINES = 8;
  private static final int TAIL_BYTES = 8 * 1024;
  private static final int PROBE_TIMEOUT_MILLIS = 1_000;
  private static final File NOTHING = new File("/dev/null");
  private static final Path SETSID = Path.of("/usr/bin/setsid");

  private final String name;
  private final Process process;
  private final Path log;
  private final Optional<StartArchive> archive;
  private volatile boolean ending;

  private ChildProcess(
      final String name,
      final Process process,
      final Path log,
      final Optional<StartArchive> archive) {
    this.name = name;
    this.process = process;
    this.log = log;
    this.archive = archive;
  }

  /**
   * What to start.
   *
   * @param name for people, and of the log file
   * @param jvm arguments of the JVM
   * @param classPath jars, no folders
   * @param mainClass the class to run
   * @param arguments of that class
   */
  record Command(
      String name,
      List<String> jvm,
      List<Path> classPath,
      String mainClass,
      List<String> arguments) {

    Command {
      jvm = List.copyOf(jvm);
      classPath = List.copyOf(classPath);
      arguments = List.copyOf(arguments);
    }
  }

  static ChildProcess start(
      final Command command,
      final Path logs,
      final Optional<StartArchive> archive,
      final Map<String, String> environment) {
    return start(command, logs, archive, environment, false);
  }

  /**
   * @param again whether the log goes on where that of a process before this one ended
   */
  static ChildProcess start(
      final Command command,
      final Path logs,
      final Optional<StartArchive> archive,
      final Map<String, String> environment,
      final boolean again) {
    final List<String> line = new ArrayList<>();
    if (Files.isExecutable(SETSID)) {
      // In a session of its own the child does not get the terminal's Ctrl-C: the supervisor ends
      // it, in order.
      line.add(SETSID.toString());
    }
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    archive.ifPresent(present -> line.addAll(present.jvmArguments()));
    line.addAll(command.jvm());
    line.add("-cp");
    line.add(
        String.join(
            System.getProperty("path.separator"),
            command.classPath().stream().map(Path::toString).toList()));
    line.add(Child.class.getName());
    line.add(Long.toString(ProcessHandle.current().pid()));
    line.add(command.mainClass());
    line.addAll(command.arguments());
    final Path log = logs.resolve(command.name() + ".log");
    final ProcessBuilder builder =
        new ProcessBuilder(line)
            .redirectErrorStream(true)
            .redirectOutput(
                again
                    ? ProcessBuilder.Redirect.appendTo(log.toFile())
                    : ProcessBuilder.Redirect.to(log.toFile()))
            .redirectInput(ProcessBuilder.Redirect.from(NOTHING));
    // With one arena for each of many threads the C library would keep tens of megabytes to itself.
    builder.environment().put("MALLOC_ARENA_MAX", "2");
    builder.environment().putAll(environment);
    try {
      return new ChildProcess(command.name(), builder.start(), log, archive);
    } catch (final IOException e) {
      throw new LocalStackException(command.name() + " cannot be started: " + e.getMessage(), e);
    }
  }

  String name() {
    return name;
  }

  long pid() {
    return process.pid();
  }

  Path log() {
    return log;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Resident memory in bytes, that of its own children included, where the system tells it. */
  OptionalLong residentBytes() {
    final OptionalLong own = residentBytes(pid());
    return own.isEmpty()
        ? own
        : OptionalLong.of(
            own.getAsLong()
                + process
                    .descendants()
                    .mapToLong(child -> residentBytes(child.pid()).orElse(0))
                    .sum());
  }

  private static OptionalLong residentBytes(final long pid) {
    final Path status = Path.of("/proc", Long.toString(pid), "status");
    try {
      for (final String line : Files.readAllLines(status)) {
        if (line.startsWith("VmRSS:")) {
          return OptionalLong.of(Long.parseLong(line.replaceAll("\\D", "")) * 1024);
        }
      }
    } catch (final IOException e) {
      // No such file: the process has ended, or this system has no /proc.
      return OptionalLong.empty();
    }
    return OptionalLong.empty();
  }

  /** Why the process is not there any more, if it went by itself. */
  Optional<LocalStackException> failure() {
    if (ending || process.isAlive()) {
      return Optional.empty();
    }
    return Optional.of(
        new LocalStackException(
            name
                + " ended by itself with exit code "
                + process.exitValue()
                + "; the last lines of "
                + log
                + ":\n"
                + lastLines()));
  }

  /** The end of the log, for messages. */
  String lastLines() {
    try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
      final long from = Math.max(0, file.length() - TAIL_BYTES);
      file.seek(from);
      final byte[] tail = new byte[(int) (file.length() - from)];
      file.readFully(tail);
      final List<String> lines =
          new String(tail, StandardCharsets.UTF_8)
              .lines()
              .filter(line -> !line.isBlank() && !line.stripLeading().startsWith("at "))
              .toList();
      return String.join("\n", lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()));
    } catch (final IOException e) {
      return "(the log cannot be read: " + e.getMessage() + ")";
    }
  }

  /** True if a GET of the address answers 200. */
  static boolean answers(final URI address) {
    try {
      final HttpURLConnection connection = (HttpURLConnection) address.toURL().openConnection();
      connection.setConnectTimeout(PROBE_TIMEOUT_MILLIS);
      connection.setReadTimeout(PROBE_TIMEOUT_MILLIS);
      try {
        return connection.getResponseCode() == HttpURLConnection.HTTP_OK;
      } finally {
        connection.disconnect();
      }
    } catch (final IOException e) {
      // Not up yet: that is what is being asked.
      return false;
    }
  }

  /** Asks the process to end; {@link #awaitEnd} waits for it. */
  void end() {
    ending = true;
    process.destroy();
  }

  /** Ends the process as {@code kill -9} does and waits until it is gone. */
  void kill() {
    ending = true;
    process.destroyForcibly().onExit().join();
    archive.ifPresent(present -> present.keep(false));
  }

  /** Waits for the end and forces it at the deadline. */
  void awaitEnd(final long deadlineNanos) {
    boolean ended = false;
    boolean interrupted = false;
    try {
      ended = process.waitFor(Math.max(0, deadlineNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (final InterruptedException e) {
      interrupted = true;
    }
    if (!ended) {
      process.destroyForcibly().onExit().join();
    }
    final boolean whole = ended;
    archive.ifPresent(present -> present.keep(whole));
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    end();
    awaitEnd(System.nanoTime() + TimeUnit.SECONDS.toNanos(30));
  }
}
