package io.valence.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class OrtRuntimeTest {

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

  @Test
  void aLongCommandLineDoesNotTakeTheProcessDown() throws Exception {
    final Path model =
        Path.of(System.getProperty("valence.home"))
            .resolve("deploy/models/facemesh/face_detection_short_range.onnx");
    final Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                Opens.class.getName(),
                model.toString(),
                "some words ".repeat(5_000).replace(' ', File.separatorChar))
            .redirectErrorStream(true)
            .start();
    final String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(output).contains("opened with [input]");
    assertThat(process.exitValue()).isZero();
  }
}
