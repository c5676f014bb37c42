package io.valence.cli.corpus;

import io.valence.corpora.Corpora;
import io.valence.corpora.Corpus;
import io.valence.corpora.CorpusDescription;
import io.valence.corpora.CorpusFolder;
import io.valence.corpora.Split;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows the videos, segments, folds, labels and columns of a corpus. */
@Command(
    name = "describe",
    description = {
      "Show the videos, segments, folds, labels and feature columns of a corpus.",
      "Columns are listed where something is unusual: NaN, infinities, constants, bookkeeping."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:the corpus was read and every column has finite values",
      "2:wrong usage",
      "3:the corpus cannot be used; the message says why",
      "4:the file system failed"
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  valence corpus describe data/mosi",
      "  valence corpus describe data/mosei --unit video --json",
      "  valence corpus describe data/mosei --split 70/15/15 --seed 1 --no-features",
      "  valence corpus describe CMU_MOSEI_COVAREP.csd --columns"
    })
public final class DescribeCorpusCommand implements Callable<Integer> {

  /** What a sample is. */
  enum Unit {
    segment,
    video
  }

  @Parameters(
      paramLabel = "PATH",
      description =
          "a folder with segments.csv, with .csd files, or with videos, wav, transcripts and labels;"
              + " or one .csd file or file of labelled sentences")
  private Path path;

  @Option(
      names = "--unit",
      paramLabel = "UNIT",
      description = "what a sample is: ${COMPLETION-CANDIDATES} (default ${DEFAULT-VALUE})")
  private Unit unit = Unit.segment;

  @Option(
      names = "--split",
      paramLabel = "A/B/C",
      description =
          "random folds by video in per cent, such as 70/15/15, instead of the standard ones")
  private String split;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "of the random folds (default ${DEFAULT-VALUE})")
  private long seed = 1;

  @Option(names = "--columns", description = "list every column")
  private boolean columns;

  @Option(
      names = "--features",
      negatable = true,
      defaultValue = "true",
      fallbackValue = "true",
      description = "read the feature sets, which may take minutes (the default)")
  private boolean features = true;

  @Option(names = "--json", description = "write JSON")
  private boolean json;

  @Spec private CommandSpec specification;

  @Override
  public Integer call() throws IOException {
    final Split folds = parsedSplit();
    final CorpusDescription description = describe(folds);
    final PrintWriter out = specification.commandLine().getOut();
    out.println(json ? description.json() : description.text(columns));
    out.flush();
    // After the table, so that the reader sees the column among the others.
    description.requireFiniteColumns();
    return CommandLine.ExitCode.OK;
  }

  private Split parsedSplit() {
    if (split == null) {
      return null;
    }
    try {
      return Split.parse(split);
    } catch (IllegalArgumentException wrong) {
      throw new ParameterException(
          specification.commandLine(), "--split: " + wrong.getMessage(), wrong);
    }
  }

  private CorpusDescription describe(Split folds) throws IOException {
    if (path.toString().endsWith(".csd")) {
      if (folds != null || unit == Unit.video) {
        throw new ParameterException(
            specification.commandLine(),
            "--split and --unit need labels; give the folder instead of one .csd file");
      }
      return CorpusDescription.ofSequence(path);
    }
    final CorpusFolder folder = Corpora.open(path);
    final Corpus divided = folds == null ? folder.corpus() : folder.corpus().split(folds, seed);
    return CorpusDescription.of(folder, unit == Unit.video ? divided.byVideo() : divided, features);
  }
}
