package io.valence.cli.dlq;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The commands about dead letters. */
@Command(
    name = "dlq",
    description = {
      "Dead letters: the records that a service could not process, kept untouched with the reason.",
      "",
      "Example: valence dlq list --since 2h"
    },
    mixinStandardHelpOptions = true,
    subcommands = {DlqListCommand.class, DlqShowCommand.class, DlqRedriveCommand.class})
public final class DlqCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "name one of list, show and redrive");
  }
}
