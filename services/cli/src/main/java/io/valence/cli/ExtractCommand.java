package io.valence.cli;

import io.valence.cli.corpus.ExtractCorpusCommand;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The real-time extractors on files and strings. */
@Command(
    name = "extract",
    description = {
      "Prints the features of a recording, a picture or a text.",
      "",
      "Examples:",
      "  valence extract visual talk.mp4 --json",
      "  valence extract visual face.png --static --landmarks --json",
      "  valence extract audio talk.wav --json",
      "  valence extract text \"I liked it\" @review.txt --json",
      "  valence extract corpus CMU_MOSI --out mosi-features.avro"
    },
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "visual|audio|text|corpus",
    subcommands = {
      ExtractVisualCommand.class,
      ExtractAudioCommand.class,
      ExtractTextCommand.class,
      ExtractCorpusCommand.class
    })
final class ExtractCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    throw new ParameterException(
        spec.commandLine(), "say what to extract: visual, audio, text or corpus");
  }
}
