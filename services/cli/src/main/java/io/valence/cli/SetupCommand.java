package io.valence.cli;

import io.valence.features.text.BertModel;
import io.valence.features.text.BertModelCache;
import io.valence.features.text.SetUpProgress;
import io.valence.features.text.TextExpertCache;
import io.valence.inference.ModelStore;
import io.valence.model.BundleDescription;
import io.valence.model.BundleException;
import io.valence.model.BundleJson;
import io.valence.model.ModelBundle;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Makes the cache of BERT, the only thing that Valence fetches besides its libraries. */
@Command(
    name = "setup",
    description = {
      "Unpacks and checks the BERT weights into the cache folder (VALENCE_CACHE, else"
          + " ~/.cache/valence; 440 MB), and merges the text experts of the shipped bundles into them"
          + " (up to 340 MB each). Other commands do this on their own when it is needed.",
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
  public Integer call() throws IOException, BundleException {
    final PrintWriter err = spec.commandLine().getErr();
    final PrintWriter out = spec.commandLine().getOut();
    final ModelStore store = ModelStore.fromEnvironment();
    final Path folder = prepare(new BertModelCache(store.cache()), err);
    if (verify) {
      BertModel.verify(folder);
    }
    out.println("BERT is ready in " + folder);
    for (final Path bundle : shippedBundles(store)) {
      final Optional<Path> expert = prepare(store, bundle, err);
      if (expert.isPresent()) {
        if (verify) {
          BertModel.verify(expert.get());
        }
        out.println("the text expert of " + bundle.getFileName() + " is ready in " + expert.get());
      }
    }
    return ExitCode.DONE;
  }

  private static List<Path> shippedBundles(final ModelStore store) throws IOException {
    final Path bundles = store.home().resolve("deploy").resolve("bundles");
    if (!Files.isDirectory(bundles)) {
      return List.of();
    }
    try (Stream<Path> folders = Files.list(bundles)) {
      return folders
          .filter(folder -> Files.isRegularFile(folder.resolve(BundleDescription.FILE_NAME)))
          .sorted()
          .toList();
    }
  }

  /**
   * Makes what is needed to read words for a bundle, unless it is there.
   *
   * @return the folder of its text expert, if it has one
   */
  static Optional<Path> prepare(final ModelStore store, final Path bundle, final PrintWriter err)
      throws IOException, BundleException {
    final Path bert = prepare(new BertModelCache(store.cache()), err);
    final Optional<Path> expert = ModelBundle.textExpert(BundleJson.read(bundle), bundle);
    if (expert.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(TextExpertCache.prepare(bert, expert.get(), new StepPrinter(err)));
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
