package io.valence.cli;

import io.valence.model.BundleDescription;
import io.valence.model.Modality;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
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

  /** Where the bundle has learned nothing but words, a recording without words has no say. */
  static void warnOfMissingWords(final BundleDescription bundle, final PrintWriter err) {
    if (bundle.informativeModalities().equals(Set.of(Modality.TEXT))) {
      err.printf(
          Locale.ROOT,
          "valence: bundle %s scores words alone: without a transcript every window gets its mean"
              + " score, %+.2f%n",
          bundle.id(),
          bundle.calibration().priorScore());
      err.flush();
    }
  }
}
