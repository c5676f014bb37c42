package io.valence.cli;

import io.valence.local.LocalStack;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Everything up, waiting for input. */
@Command(
    name = "run",
    description = {
      "Starts a Kafka broker, a schema registry and all services on this machine and keeps them up"
          + " until Ctrl-C. Play recordings into it with 'valence play', or write to the topics"
          + " raw.video, raw.audio and raw.text yourself.",
      "",
      "Example: valence run --data ./valence-data --port 9092"
    },
    mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {

  @Mixin private StackOptions stackOptions;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    final PrintWriter out = spec.commandLine().getOut();
    try (LocalStack stack = stackOptions.start(spec.commandLine().getErr(), true)) {
      out.println("bootstrap servers  " + stack.bootstrapServers());
      out.println("schema registry    " + stack.registryUrl());
      out.println("ingest             " + stack.ingestUrl());
      out.println("play a recording   " + StackOptions.playCommand(stack));
      out.println("stop               Ctrl-C");
      out.flush();
      StackOptions.keepUp(stack);
    }
    return ExitCode.DONE;
  }
}
