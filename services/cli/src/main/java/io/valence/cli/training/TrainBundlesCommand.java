package io.valence.cli.training;

import io.valence.training.TrainBundles;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Trains the bundles that ship with the project. */
@Command(
    name = "train-bundles",
    description = {
      "Train the shipped bundles 'direct' and 'mosei' from research corpora, with model cards.",
      "BERT reads 14,000 sentences once (about 10 minutes on one core; kept in the cache folder);"
          + " training takes as long again.",
      "'direct' needs text experts, which 'deploy/train-experts' trains."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:trained and written",
      "2:wrong usage",
      "3:a corpus is missing or cannot be used; the message says why",
      "4:the machine is not ready: no PyTorch library, no BERT, no space"
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  valence train-bundles ../shared/data --out deploy/bundles",
      "  valence train-bundles ../shared/data --only mosei --seeds 8",
      "  valence train-bundles ../shared/data --only direct --expert e1 --expert e2 --expert e3"
          + " --expert e4 --expert e5"
    })
public final class TrainBundlesCommand implements Callable<Integer> {

  private static final int FEWEST_SEEDS = 5;

  @Parameters(
      paramLabel = "DATA",
      description = "folder with mosi, mosei, text_sentiment and glove")
  private Path data;

  @Option(
      names = "--out",
      paramLabel = "FOLDER",
      description = "holds one folder a bundle (default ${DEFAULT-VALUE})")
  private Path out = Path.of("deploy", "bundles");

  @Option(
      names = "--only",
      paramLabel = "BUNDLE",
      split = ",",
      description = "direct or mosei (default: both)")
  private List<String> only = List.of("direct", "mosei");

  @Option(
      names = "--seeds",
      paramLabel = "N",
      description = "networks a bundle, at least " + FEWEST_SEEDS + " (default ${DEFAULT-VALUE})")
  private int seeds = FEWEST_SEEDS;

  @Option(
      names = "--expert",
      paramLabel = "FOLDER",
      description = {
        "folder of a 'train-text' training, once for each seed, at least " + FEWEST_SEEDS + ":",
        "'direct' takes the one that does best on the validation fold"
      })
  private List<Path> experts = List.of();

  @Option(
      names = "--remark",
      paramLabel = "TEXT",
      description = "what else the card of direct is to say of how the experts were trained")
  private String remark = "";

  @Spec private CommandSpec specification;

  @Override
  public Integer call() throws Exception {
    if (seeds < FEWEST_SEEDS) {
      throw new ParameterException(
          specification.commandLine(),
          "--seeds must be at least " + FEWEST_SEEDS + ": fewer would be no result to state");
    }
    final PrintWriter err = specification.commandLine().getErr();
    TrainBundles.run(data, out, Set.copyOf(only), seeds, experts, remark, line -> say(err, line));
    return CommandLine.ExitCode.OK;
  }

  private static void say(final PrintWriter err, final String line) {
    err.println(line);
    err.flush();
  }
}
