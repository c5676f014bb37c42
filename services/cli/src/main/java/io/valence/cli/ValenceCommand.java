package io.valence.cli;

import io.valence.cli.corpus.CorpusCommand;
import io.valence.cli.dlq.DlqCommand;
import io.valence.cli.shadow.ShadowCommand;
import io.valence.cli.training.EvaluateCommand;
import io.valence.cli.training.EvaluateLiveCommand;
import io.valence.cli.training.TrainAdaptersCommand;
import io.valence.cli.training.TrainBaseCommand;
import io.valence.cli.training.TrainBundlesCommand;
import io.valence.cli.training.TrainTextCommand;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The root of the command line, started by {@code deploy/valence}. */
@Command(
    name = "valence",
    description =
        "Turns live or recorded conversations into sentiment: face, voice and words in, scores from"
            + " -3 to +3 out, each with a 95 %% interval.",
    mixinStandardHelpOptions = true,
    version = "Valence 0.1.0",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      DemoCommand.class,
      RunCommand.class,
      PlayCommand.class,
      WatchCommand.class,
      AnalyzeCommand.class,
      ExtractCommand.class,
      SetupCommand.class,
      DoctorCommand.class,
      DlqCommand.class,
      ShadowCommand.class,
      CorpusCommand.class,
      TrainBaseCommand.class,
      TrainAdaptersCommand.class,
      EvaluateCommand.class,
      EvaluateLiveCommand.class,
      TrainTextCommand.class,
      TrainBundlesCommand.class,
    },
    footer = {
      "",
      "Examples:",
      "  valence demo                          play the sample through Kafka, print its events",
      "  valence analyze talk.mp4 --plot s.png the same in one process, with a picture",
      "  valence extract audio talk.wav --json the 74 audio features of a file",
      "  valence doctor                        what this machine lacks",
      "",
      "Exit codes: 0 done, 2 bad usage, 3 bad input, 4 the machine is not ready."
    })
public final class ValenceCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "name a command; 'valence --help' lists them");
  }

  public static void main(final String[] arguments) {
    quietLogging();
    System.exit(run(arguments));
  }

  /** Runs a command line in this process and gives its exit code. */
  public static int run(final String... arguments) {
    final CommandLine commandLine =
        new CommandLine(new ValenceCommand())
            // '@file' is an input of 'extract text', not a file of arguments.
            .setExpandAtFiles(false)
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setParameterExceptionHandler(ValenceCommand::usage)
            .setExecutionExceptionHandler(ValenceCommand::failure);
    final int exitCode;
    try {
      exitCode = commandLine.execute(arguments);
    } catch (final OutOfMemoryError | LinkageError e) {
      // picocli hands only exceptions to its handler.
      final Failure failure = Failure.of(e);
      commandLine.getErr().println("valence: " + failure.message());
      commandLine.getErr().flush();
      return failure.exitCode();
    }
    if (commandLine.getOut().checkError()) {
      commandLine.getErr().println("valence: standard output cannot be written");
      commandLine.getErr().flush();
      return ExitCode.ENVIRONMENT;
    }
    return exitCode;
  }

  private static int usage(final ParameterException e, final String[] arguments) {
    final PrintWriter err = e.getCommandLine().getErr();
    err.println("valence: " + e.getMessage());
    err.println(
        "Try '" + e.getCommandLine().getCommandSpec().qualifiedName() + " --help' for more.");
    return ExitCode.USAGE;
  }

  private static int failure(
      final Exception e, final CommandLine commandLine, final CommandLine.ParseResult parsed)
      throws Exception {
    final Failure failure = Failure.of(e);
    commandLine.getErr().println("valence: " + failure.message());
    if (failure.unexpected()) {
      e.printStackTrace(commandLine.getErr());
    }
    return failure.exitCode();
  }

  /** Libraries may warn on standard error, no more: what a command has to say it says itself. */
  private static void quietLogging() {
    LogManager.getLogManager().reset();
    final java.util.logging.ConsoleHandler handler = new java.util.logging.ConsoleHandler();
    handler.setLevel(Level.SEVERE);
    final Logger root = Logger.getLogger("");
    root.setLevel(Level.WARNING);
    root.addHandler(handler);
    // Kafka's clients log reconnects as errors while a broker starts or stops.
    QUIET.forEach(logger -> logger.setLevel(Level.OFF));
  }

  // Held strongly: the log manager itself keeps loggers only weakly, and their level with them.
  private static final List<Logger> QUIET =
      List.of(
          Logger.getLogger("org.apache.kafka"),
          Logger.getLogger("kafka"),
          Logger.getLogger("state.change.logger"),
          Logger.getLogger("ai.djl"));
}
