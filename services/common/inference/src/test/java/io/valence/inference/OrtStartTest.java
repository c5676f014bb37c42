package io.valence.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What versions of ONNX Runtime that report to their makers break. */
class OrtStartTest {

  /** A program of its own: the command line of this process is what it is. */
  public static final class Opens {
    private Opens() {}

    public static void main(final String[] arguments) throws Exception {
      final Path model = Path.of(arguments[0]);
      try (OnnxModel opened = OnnxModel.open(model, 1)) {
        System.out.println("opened with " + opened.inputNames());
      }
    }
  }

  @TempDir private Path home;
  @TempDir private Path output;

  /** ONNX Runtime 1.29 matched a regular expression against all of it by recursion. */
  @Test
  void aLongCommandLineDoesNotTakeTheProcessDown() throws Exception {
    assertOpens(builder("some words ".repeat(5_000).replace(' ', File.separatorChar)));
  }

  /** ONNX Runtime 1.29 left the number of a device and a database of events to send. */
  @Test
  void nothingIsLeftInTheHomeOfTheUser() throws Exception {
    final ProcessBuilder builder = builder();
    // Under a variable of one of many CI systems it would not report.
    builder.environment().clear();
    builder.environment().put("HOME", home.toString());

    assertOpens(builder);

    try (Stream<Path> left = Files.walk(home)) {
      assertThat(left).containsExactly(home);
    }
  }

  private static ProcessBuilder builder(final String... more) {
    final List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                Opens.class.getName(),
                Path.of(System.getProperty("valence.home"))
                    .resolve("deploy/models/facemesh/face_detection_short_range.onnx")
                    .toString()));
    command.addAll(List.of(more));
    return new ProcessBuilder(command).redirectErrorStream(true);
  }

  private void assertOpens(final ProcessBuilder builder) throws Exception {
    final Path printed = output.resolve("printed");
    final Process process = builder.redirectOutput(printed.toFile()).start();
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(printed).content().contains("opened with [input]");
    assertThat(process.exitValue()).isZero();
  }
}
