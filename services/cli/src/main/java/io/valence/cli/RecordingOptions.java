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
}
