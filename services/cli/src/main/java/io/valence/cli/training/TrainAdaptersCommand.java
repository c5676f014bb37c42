package io.valence.cli.training;

import io.valence.model.Modality;
import io.valence.training.AdapterObjective;
import io.valence.training.AdapterTraining;
import io.valence.training.CorpusFeatures;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Phase 2: the adapters. */
@Command(
    name = "train-adapters",
    description = {
      "Train adapters from the extractors' features into a base model's feature spaces.",
      "Prints, for each objective, the error in the target space, the variance kept and the r of the"
          + " base model behind it on the validation fold, and takes the best by that r."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:trained and written",
      "2:wrong usage",
      "3:corpus or base model cannot be used; the message says why",
      "4:the machine is not ready"
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  valence train-adapters mosi --base base --text features.avro#bert-base-uncased-768 \\",
      "      --target mosi --target-text glove --out bundle",
      "  valence train-adapters mosi --base base --text features.avro#bert-base-uncased-768 \\",
      "      --target CMU_MOSEI --target-text CMU_MOSEI_TimestampedWordVectors \\",
      "      --objectives random-pairs,moments,transport --out bundle"
    })
public final class TrainAdaptersCommand implements Callable<Integer> {

  @Parameters(paramLabel = "CORPUS", description = "with the extractors' features")
  private Path corpus;

  @Mixin private CorpusOptions corpusOptions;

  @Option(
      names = "--base",
      paramLabel = "FOLDER",
      required = true,
      description = "the base model that train-base wrote")
  private Path base;

  @Option(
      names = "--target",
      paramLabel = "CORPUS",
      required = true,
      description = "with the base model's features; the same corpus where there are true pairs")
  private Path target;

  @Option(names = "--target-visual", paramLabel = "FEATURES", description = "its feature set")
  private String targetVisual;

  @Option(names = "--target-audio", paramLabel = "FEATURES", description = "its feature set")
  private String targetAudio;

  @Option(names = "--target-text", paramLabel = "FEATURES", description = "its feature set")
  private String targetText;

  @Option(
      names = "--objectives",
      paramLabel = "NAME,...",
      split = ",",
      description =
          "of random-pairs, nearest, paired, moments, transport, prediction (default: all)")
  private List<String> objectives =
      Arrays.stream(AdapterObjective.values()).map(AdapterObjective::label).toList();

  @Option(names = "--epochs", description = "default ${DEFAULT-VALUE}")
  private int epochs = 30;

  @Option(names = "--seed", description = "default ${DEFAULT-VALUE}")
  private long seed = 1;

  @Option(names = "--out", paramLabel = "FOLDER", required = true, description = "of the bundle")
  private Path out;

  @Spec private CommandSpec specification;

  @Override
  public Integer call() throws Exception {
    final Set<AdapterObjective> wanted = new LinkedHashSet<>();
    for (final String name : objectives) {
      try {
        wanted.add(AdapterObjective.parse(name));
      } catch (final IllegalArgumentException e) {
        throw new ParameterException(specification.commandLine(), e.getMessage(), e);
      }
    }
    if (epochs < 1) {
      throw new ParameterException(specification.commandLine(), "--epochs must be at least 1");
    }
    final Map<Modality, String> names = new EnumMap<>(Modality.class);
    CorpusOptions.put(names, Modality.VISUAL, targetVisual);
    CorpusOptions.put(names, Modality.AUDIO, targetAudio);
    CorpusOptions.put(names, Modality.TEXT, targetText);
    final CorpusFeatures from = corpusOptions.read(corpus);
    final CorpusFeatures to = corpusOptions.read(target, names);
    final PrintWriter print = specification.commandLine().getOut();
    new AdapterTraining(
            base,
            from,
            to,
            line -> {
              print.println(line);
              print.flush();
            })
        .run(out.toAbsolutePath().getFileName().toString(), wanted, epochs, seed, out);
    return CommandLine.ExitCode.OK;
  }
}
