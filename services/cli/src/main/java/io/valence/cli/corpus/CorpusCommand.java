package io.valence.cli.corpus;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The commands about research corpora. */
@Command(
    name = "corpus",
    description = {
      "Look into a corpus, or make one with a known answer.",
      "",
      "Example: valence corpus describe CMU_MOSI"
    },
    mixinStandardHelpOptions = true,
    subcommands = {DescribeCorpusCommand.class, PlantCorpusCommand.class})
public final class CorpusCommand implements Callable<Integer> {

  @Spec private CommandSpec specification;

  /** Asked for by itself it shows its help, which is wrong usage for a script. */
  @Override
  public Integer call() {
    specification.commandLine().usage(specification.commandLine().getErr());
    return CommandLine.ExitCode.USAGE;
  }
}
