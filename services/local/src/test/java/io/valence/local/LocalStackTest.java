package io.valence.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalStackTest {

  private static final Path HOME = Path.of(System.getProperty("valence.home"));
  private static final Duration BOUND = Duration.ofSeconds(60);

  @TempDir private Path folder;

  @Test
  void saysWhatIsNotBuilt() {
    assertThatThrownBy(
            () ->
                LocalStack.start(
                    LocalStackSettings.defaults(folder, folder.resolve("cache")), line -> {}))
        .isInstanceOf(LocalStackException.class)
        .hasMessageContaining("ingest is not built: run mvn");
  }

  @Test
  void saysWhenAFolderCannotBeUsed() throws IOException {
    final Path file = Files.writeString(folder.resolve("file"), "not a folder");
    assertThatThrownBy(
            () ->
                LocalStack.startWith(
                    LocalStackSettings.defaults(HOME, file.resolve("cache")),
                    List.of(),
                    line -> {}))
        .isInstanceOf(LocalStackException.class)
        .hasMessageContaining("VALENCE_CACHE");
  }

  @Test
  void saysWhenAPortIsTaken() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(
              () ->
                  LocalStack.startWith(
                      LocalStackSettings.defaults(HOME, folder.resolve("cache"))
                          .withPorts(taken.getLocalPort(), 0, 0),
                      List.of(),
                      line -> {}))
          .isInstanceOf(LocalStackException.class)
          .hasMessageContaining("port " + taken.getLocalPort() + " for the Kafka broker is taken")
          .hasMessageContaining("choose another port");
    }
  }

  @Test
  void refusesSettingsThatMakeNoSense() {
    assertThatThrownBy(
            () ->
                new LocalStackSettings(
                    HOME, folder, Optional.empty(), folder, 0, 0, 0, 0, BOUND, Map.of(), Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 to 64 partitions, not 0");
  }

  private ChildProcess sleeper(final String name, final String mainClass) {
    return ChildProcess.start(
        new ChildProcess.Command(
            name,
            List.of("-Xmx32m"),
            List.of(
                HOME.resolve("services/local/target/classes"),
                HOME.resolve("services/local/target/test-classes")),
            mainClass,
            List.of()),
        folder,
        Optional.empty(),
        Map.of());
  }

  /** Main class of a child that waits until it is ended. */
  static final class Sleeper {
    private Sleeper() {}

    public static void main(final String[] arguments) {
      System.out.println("sleeping");
      new CompletableFuture<Void>().join();
    }
  }

  /** Main class of a child that fails. */
  static final class Failing {
    private Failing() {}

    public static void main(final String[] arguments) {
      System.out.println("the disk is on fire");
      System.exit(7);
    }
  }

  /** Main class of a supervisor that starts a child, tells its process id and waits. */
  static final class Supervisor {
    private Supervisor() {}

    public static void main(final String[] arguments) {
      final LocalStackTest test = new LocalStackTest();
      test.folder = Path.of(arguments[0]);
      System.out.println(test.sleeper("orphan", Sleeper.class.getName()).pid());
      new CompletableFuture<Void>().join();
    }
  }

  @Test
  void aChildThatEndsByItselfIsReportedWithItsLastLines() throws Exception {
    try (ChildProcess child = sleeper("failing", Failing.class.getName())) {
      ProcessHandle.of(child.pid())
          .map(ProcessHandle::onExit)
          .ifPresent(exit -> exit.orTimeout(60, TimeUnit.SECONDS).join());
      assertThat(child.failure())
          .get()
          .extracting(Throwable::getMessage)
          .asString()
          .contains("failing ended by itself with exit code 7")
          .contains("failing.log")
          .contains("the disk is on fire");
    }
  }

  @Test
  void aChildEndsWhenToldTo() {
    final ChildProcess child = sleeper("sleeper", Sleeper.class.getName());
    assertThat(child.isAlive()).isTrue();
    assertThat(child.failure()).isEmpty();
    child.close();
    assertThat(child.isAlive()).isFalse();
    assertThat(child.failure()).isEmpty();
  }

  @Test
  void aSupervisorThatIsKilledLeavesNoOrphan() throws Exception {
    final List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.add("-cp");
    line.add(System.getProperty("java.class.path"));
    line.add("-Dvalence.home=" + HOME);
    line.add(Supervisor.class.getName());
    line.add(folder.toString());
    final Process supervisor =
        new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    try {
      final String pid = supervisor.inputReader().readLine();
      assertThat(pid).isNotNull();
      final ProcessHandle orphan = ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
      // The child must be past its own start before its supervisor goes.
      final Path log = folder.resolve("orphan.log");
      final long deadline = System.nanoTime() + BOUND.toNanos();
      while (!Files.readString(log).contains("sleeping") && System.nanoTime() < deadline) {
        Thread.onSpinWait();
      }
      assertThat(orphan.isAlive()).isTrue();

      supervisor.destroyForcibly().waitFor();

      orphan.onExit().get(BOUND.toSeconds(), TimeUnit.SECONDS);
      assertThat(orphan.isAlive()).isFalse();
    } finally {
      supervisor.destroyForcibly();
    }
  }
}
