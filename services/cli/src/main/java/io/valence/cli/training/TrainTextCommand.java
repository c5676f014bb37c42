package io.valence.cli.training;

import io.valence.evaluation.Interval;
import io.valence.evaluation.Metric;
import io.valence.features.text.BertModelCache;
import io.valence.features.text.ContextLimits;
import io.valence.training.TextBorderTraining;
import io.valence.training.TextExpertOptions;
import io.valence.training.TextExpertTraining;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Low-rank differences on BERT. */
@Command(
    name = "train-text",
    description = {
      "Train a text expert: small differences on BERT-base that make it read sentiment, from labelled"
          + " sentences and transcripts. The base weights are those of the set-up; nothing else is"
          + " fetched.",
      "A CSV file needs the columns text and label (-3 to 3) and may have conversation, order, fold"
          + " (train, valid, test) and id. Without folds a tenth of the conversations is held out to"
          + " choose the epoch; where those that choose have no two different labels, the last epoch"
          + " is kept. A text has at most 1,000 words and 10,000 characters.",
      "Each text is taken as an utterance: where a conversation has several, the expert learns too where"
          + " they end, to find that in a stream.",
      "A training that was stopped goes on when the same command is given again."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:trained and written",
      "2:wrong usage",
      "3:the data cannot be used; the message says why",
      "4:the machine is not ready: no PyTorch library, no BERT, no space"
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  valence train-text --data my.csv --out expert",
      "  valence train-text --first stsa.fine.train --first stsa.fine.dev --data mosi --out expert",
      "  valence train-text --first stsa.fine.train --judge mosi --out zero-shot",
      "  valence train-text --borders-of expert/text-expert.vtd --data mosi --out with-borders"
    })
public final class TrainTextCommand implements Callable<Integer> {

  private static final Set<String> WITH_BORDERS_OF =
      Set.of("--borders-of", "--data", "--seed", "--out");
  private static final TextExpertOptions DEFAULTS = TextExpertOptions.defaults();

  @Option(
      names = "--data",
      paramLabel = "PATH",
      description = "labelled transcripts: a CSV file or a corpus folder")
  private Path data;

  @Option(
      names = "--first",
      paramLabel = "FILE",
      description = {
        "labelled sentences to learn before, without context (may be repeated): lines of 'class",
        "sentence' as SST-5 has them, all of them learned, the classes as -2.6 to 2.6; or a CSV file or",
        "corpus folder, of which the rows of fold train and of none are learned, labels as they are"
      })
  private List<Path> first = List.of();

  @Option(
      names = "--judge",
      paramLabel = "CORPUS",
      description = {
        "score the folds valid and test of this corpus at the end instead of those of --data"
      })
  private Path judge;

  @Option(
      names = "--borders-of",
      paramLabel = "FILE",
      description = {
        "learn only where utterances end, from --data, for the expert in this file; everything else of",
        "it stays as it is. Only --data, --seed and --out can be given with it"
      })
  private Path bordersOf;

  @Option(names = "--out", paramLabel = "FOLDER", required = true, description = "for the results")
  private Path out;

  @Option(
      names = "--context",
      paramLabel = "N",
      description = "preceding texts that are read too, 0 for none (default ${DEFAULT-VALUE})")
  private int context = ContextLimits.DEFAULT.texts();

  @Option(names = "--epochs", description = "over --data (default ${DEFAULT-VALUE})")
  private int epochs = 2;

  @Option(names = "--first-epochs", description = "over --first (default ${DEFAULT-VALUE})")
  private int firstEpochs = 2;

  @Option(names = "--batch", description = "transcripts in a step (default ${DEFAULT-VALUE})")
  private int batch = 16;

  @Option(names = "--first-batch", description = "sentences in a step (default ${DEFAULT-VALUE})")
  private int firstBatch = 32;

  @Option(names = "--rank", description = "of the differences (default ${DEFAULT-VALUE})")
  private int rank = DEFAULTS.rank();

  @Option(
      names = "--first-layer",
      description = {
        "layers of BERT below this one (0 to 11) are left as they are, which saves their part of the",
        "time (default ${DEFAULT-VALUE})"
      })
  private int firstLayer = DEFAULTS.firstLayer();

  @Option(names = "--learning-rate", description = "the highest (default ${DEFAULT-VALUE})")
  private double learningRate = DEFAULTS.learningRate();

  @Option(names = "--dropout", description = "inside BERT (default ${DEFAULT-VALUE})")
  private double dropout = DEFAULTS.dropout();

  @Option(
      names = "--space",
      paramLabel = "NAME",
      description = {
        "id of the feature space that the expert makes (default: one of its own, from its data and",
        "options), letters, digits, hyphens and dots, not bert-base-uncased-768, which is BERT's own;",
        "vectors of two experts mean different things, so no two should share a name"
      })
  private String space;

  @Option(names = "--seed", description = "default ${DEFAULT-VALUE}")
  private long seed = DEFAULTS.seed();

  @Spec private CommandSpec specification;

  @Override
  public Integer call() throws Exception {
    return bordersOf == null ? trainExpert() : trainBorders();
  }

  private Integer trainBorders() throws IOException {
    for (final OptionSpec option :
        specification.commandLine().getParseResult().matchedOptionsSet()) {
      if (!WITH_BORDERS_OF.contains(option.longestName())) {
        throw new ParameterException(
            specification.commandLine(),
            option.longestName()
                + " cannot be given with --borders-of, which leaves everything but the borders as it"
                + " is");
      }
    }
    if (data == null) {
      throw new ParameterException(
          specification.commandLine(),
          "--borders-of needs --data, the transcripts that say where utterances end");
    }
    final TextBorderTraining.Plan plan = new TextBorderTraining.Plan(bordersOf, data, seed);
    TextBorderTraining.check(plan);
    final Path bert = BertModelCache.fromEnvironment().prepare((step, done, total) -> {});
    final TextBorderTraining.Result result =
        new TextBorderTraining(bert, this::report).run(plan, out);
    final PrintWriter print = specification.commandLine().getOut();
    print.printf(
        Locale.ROOT,
        "borders, %s: AUC %.3f, %.1f %% of them are found, %.1f %% of what is found are borders%n",
        result.judgedOn(),
        result.auc(),
        100 * result.recall(),
        100 * result.precision());
    print.println(result.difference());
    print.flush();
    return CommandLine.ExitCode.OK;
  }

  private void report(final String line) {
    final PrintWriter err = specification.commandLine().getErr();
    err.println(line);
    err.flush();
  }

  private Integer trainExpert() throws IOException {
    final TextExpertOptions options;
    final TextExpertTraining.Plan plan;
    try {
      options =
          new TextExpertOptions(
              rank,
              DEFAULTS.scale(),
              firstLayer,
              learningRate,
              DEFAULTS.weightDecay(),
              DEFAULTS.warmUp(),
              DEFAULTS.lastRate(),
              DEFAULTS.clipNorm(),
              dropout,
              DEFAULTS.headDropout(),
              seed);
      plan =
          new TextExpertTraining.Plan(
              first,
              data,
              firstEpochs,
              epochs,
              firstBatch,
              batch,
              context == 0
                  ? ContextLimits.NONE
                  : new ContextLimits(
                      context,
                      ContextLimits.DEFAULT.contextPieces(),
                      ContextLimits.DEFAULT.textPieces()),
              Optional.ofNullable(space),
              judge);
    } catch (final IllegalArgumentException e) {
      throw new ParameterException(specification.commandLine(), e.getMessage(), e);
    }
    TextExpertTraining.check(plan, options.seed());
    final Path bert = BertModelCache.fromEnvironment().prepare((step, done, total) -> {});
    final TextExpertTraining.Result result =
        new TextExpertTraining(bert, options, this::report).run(plan, out);
    final PrintWriter print = specification.commandLine().getOut();
    result
        .figures()
        .forEach(
            (name, figures) -> {
              final Interval r = figures.mean().get(Metric.PEARSON);
              if (r.defined()) {
                print.printf(
                    Locale.ROOT, "%s: r %.4f [%.4f, %.4f]%n", name, r.value(), r.low(), r.high());
              } else {
                print.printf("%s: r - (the labels are all the same)%n", name);
              }
            });
    print.println(result.difference());
    print.flush();
    return CommandLine.ExitCode.OK;
  }
}
