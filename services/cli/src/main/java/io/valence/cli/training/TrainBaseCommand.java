package io.valence.cli.training;

import io.valence.evaluation.Metric;
import io.valence.evaluation.TrainingCurve;
import io.valence.training.BaseTraining;
import io.valence.training.FusionOptions;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Phase 1: the base model. */
@Command(
    name = "train-base",
    description = {
      "Train the cross-modal fusion model on a corpus, one network a seed, and write a bundle.",
      "The defaults are the methodology's, except that weight decay is decoupled: coupled, at 0.04,"
          + " it draws the output to a constant. The output's deviation is printed every epoch, and"
          + " the training curves are drawn beside the bundle."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:trained and written",
      "2:wrong usage",
      "3:the corpus cannot be used; the message says why",
      "4:the machine is not ready"
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  valence train-base CMU_MOSEI --visual CMU_MOSEI_VisualOpenFace2 \\",
      "      --audio CMU_MOSEI_COVAREP --text CMU_MOSEI_TimestampedWordVectors --out base",
      "  valence train-base mosi --text features.avro#bert-base-uncased-768 --dropout 0.5 --out b",
      "  valence train-base planted --text text --seeds 1 --coupled-decay --out collapsed"
    })
public final class TrainBaseCommand implements Callable<Integer> {

  @Parameters(paramLabel = "CORPUS", description = "a corpus folder (see 'corpus describe')")
  private Path corpus;

  @Mixin private CorpusOptions corpusOptions;

  @Option(names = "--out", paramLabel = "FOLDER", required = true, description = "of the bundle")
  private Path out;

  @Option(
      names = "--seeds",
      paramLabel = "N,...",
      split = ",",
      description = "one network each (default ${DEFAULT-VALUE})")
  private List<Long> seeds = List.of(1L, 2L, 3L, 4L, 5L);

  @Option(names = "--hidden", description = "width of the encodings (default ${DEFAULT-VALUE})")
  private int hidden = 96;

  @Option(names = "--heads", description = "of the attention (default ${DEFAULT-VALUE})")
  private int heads = 4;

  @Option(names = "--dropout", description = "default ${DEFAULT-VALUE}")
  private double dropout = 0.7;

  @Option(names = "--input-dropout", description = "on the features (default ${DEFAULT-VALUE})")
  private double inputDropout;

  @Option(
      names = "--modality-dropout",
      description = "chance that a modality is hidden while learning (default ${DEFAULT-VALUE})")
  private double modalityDropout = 0.2;

  @Option(names = "--mse", description = "weight in the loss (default ${DEFAULT-VALUE})")
  private double squared = 0.3;

  @Option(names = "--correlation", description = "weight of (1 - r)^2 (default ${DEFAULT-VALUE})")
  private double correlation = 0.7;

  @Option(names = "--mae", description = "weight in the loss (default ${DEFAULT-VALUE})")
  private double absolute;

  @Option(names = "--learning-rate", description = "default ${DEFAULT-VALUE}")
  private double learningRate = 0.0008;

  @Option(names = "--weight-decay", description = "default ${DEFAULT-VALUE}")
  private double weightDecay = 0.04;

  @Option(
      names = "--coupled-decay",
      description = "add the decay to the gradient, as plain Adam does (the methodology's way)")
  private boolean coupled;

  @Option(names = "--clip", description = "norm of the gradient (default ${DEFAULT-VALUE})")
  private double clip = 0.5;

  @Option(names = "--batch", description = "default ${DEFAULT-VALUE}")
  private int batch = 32;

  @Option(names = "--epochs", description = "at most (default ${DEFAULT-VALUE})")
  private int epochs = 100;

  @Option(names = "--plateau-factor", description = "default ${DEFAULT-VALUE}")
  private double plateauFactor = 0.7;

  @Option(names = "--plateau-patience", description = "default ${DEFAULT-VALUE}")
  private int plateauPatience = 7;

  @Option(names = "--early-stopping", description = "epochs (default ${DEFAULT-VALUE})")
  private int earlyStopping = 25;

  @Spec private CommandSpec specification;

  @Override
  public Integer call() throws Exception {
    final FusionOptions options = options();
    final PrintWriter err = specification.commandLine().getErr();
    final BaseTraining.Result result =
        new BaseTraining(
                corpusOptions.read(corpus),
                options,
                line -> {
                  err.println(line);
                  err.flush();
                })
            .run(out.toAbsolutePath().getFileName().toString(), seeds, out);
    TrainingCurve.draw(result.curves(), out);
    final PrintWriter print = specification.commandLine().getOut();
    print.printf(
        Locale.ROOT,
        "%s: validation r %.4f (mean of %d seeds); informative: %s%n",
        out,
        result.validation().mean().get(Metric.PEARSON).value(),
        seeds.size(),
        result.informative());
    print.flush();
    return CommandLine.ExitCode.OK;
  }

  private FusionOptions options() {
    try {
      return new FusionOptions(
          hidden,
          heads,
          dropout,
          inputDropout,
          modalityDropout,
          squared,
          correlation,
          absolute,
          learningRate,
          weightDecay,
          !coupled,
          clip,
          batch,
          epochs,
          plateauFactor,
          plateauPatience,
          earlyStopping,
          1);
    } catch (final IllegalArgumentException e) {
      throw new ParameterException(specification.commandLine(), e.getMessage(), e);
    }
  }
}
