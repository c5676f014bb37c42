package io.valence.cli;

import io.valence.features.text.BertModel;
import io.valence.features.text.BertModelCache;
import io.valence.features.text.SetUpProgress;
import io.valence.inference.ModelStore;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Makes the cache of BERT: the only thing that Valence fetches besides its libraries. */
@Command(
    name = "setup",
    description = {
      "Unpacks and checks the BERT weights into the cache folder (VALENCE_CACHE, else"
          + " ~/.cache/valence; 440 MB). Other commands do this on their own when it is needed.",
      "",
      "Example: valence setup --verify"
    },
    mixinStandardHelpOptions = true)
final class SetupCommand implements Callable<Integer> {

  @Option(
      names = "--verify",
      description = "Hash every file of the cache, the weights included, even if it is complete.")
  private boolean verify;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    final PrintWriter err = spec.commandLine().getErr();
    final BertModelCache cache = new BertModelCache(ModelStore.fromEnvironment().cache());
    final Path folder = prepare(cache, err);
    if (verify) {
      BertModel.verify(folder);
    }
    spec.commandLine().getOut().println("BERT is ready in " + folder);
    return ExitCode.DONE;
  }

  /** Makes the cache unless it is there, and says how far it is. */
  static Path prepare(final BertModelCache cache, final PrintWriter err) throws IOException {
    return cache.prepare(new StepPrinter(err));
  }

  /** A line for each step and each tenth of it. */
  private static final class StepPrinter implements SetUpProgress {

    private final PrintWriter err;
    private String lastLine = "";

    StepPrinter(final PrintWriter err) {
      this.err = err;
    }

    @Override
    public void report(final String step, final long doneBytes, final long totalBytes) {
      final long tenths = totalBytes > 0 ? 10 * doneBytes / totalBytes : 0;
      final String line = "valence: setup: " + step + " " + 10 * tenths + " %";
      if (!line.equals(lastLine)) {
        lastLine = line;
        err.println(line);
        err.flush();
      }
    }
  }
}
