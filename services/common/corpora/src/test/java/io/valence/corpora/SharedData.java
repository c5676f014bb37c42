package io.valence.corpora;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** The research corpora that lie beside the repository on a development machine. */
final class SharedData {

  private SharedData() {}

  /** A file or folder of the shared data; the test is skipped where there is none. */
  static Path path(String relative) {
    final Path path =
        Path.of(System.getProperty("valence.home", "."))
            .resolve("../shared/data")
            .resolve(relative)
            .normalize();
    assumeTrue(Files.exists(path), "the research data are not beside this checkout: " + relative);
    return path;
  }
}
