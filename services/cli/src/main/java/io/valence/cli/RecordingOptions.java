package io.valence.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** What the commands that take a recording have in common. */
final class RecordingOptions {

  static final String DEFAULT_BUNDLE = "direct";

  @Option(
      names = "--transcript",
      paramLabel = "FILE",
      description =
          "The words: .srt, .vtt, .csv with start,end,text, or .txt spread over the recording."
              + " Without it a file of the same name beside the recording is used, if there is one.")
  private Path transcript;

  /** The transcript that was named. */
  Optional<Path> transcript() {
    return Optional.ofNullable(transcript);
  }

  /** Refuses what is not a file before anything long is started. */
  static Path existing(final Path recording) throws InputException {
    if (!Files.exists(recording)) {
      throw new InputException("no such file: " + recording);
    }
    if (Files.isDirectory(recording)) {
      throw new InputException(recording + " is a folder: name a recording in it");
    }
    return recording;
  }

  /** A bundle by its id below deploy/bundles, or by its folder. */
  static Path bundle(final Path home, final String name) throws EnvironmentException {
    final Path shipped = home.resolve("deploy").resolve("bundles").resolve(name);
    if (Files.isDirectory(shipped)) {
      return shipped;
    }
    final Path folder = Path.of(name);
    if (Files.isDirectory(folder)) {
      return folder;
    }
    throw new EnvironmentException(
        "no model bundle '"
            + name
            + "': there is neither a folder of that name nor "
            + shipped
            + "; the shipped ones are in "
            + shipped.getParent());
  }
}
