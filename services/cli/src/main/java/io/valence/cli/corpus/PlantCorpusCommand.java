package io.valence.cli.corpus;

import io.valence.corpora.Fold;
import io.valence.corpora.PlantedCorpus;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Writes a made-up corpus whose labels are a known function of what drives the features. */
@Command(
    name = "plant",
    description = {
      "Write a made-up corpus in the layout of CMU-MOSEI (713, 74 and 300 columns), whose labels are a"
          + " known function of what drives the features, and print the best correlation possible.",
      "With the default size it takes about 340 MB and needs 1 GB of memory."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:written", "2:wrong usage", "4:the file system failed"},
    footerHeading = "%nExamples:%n",
    footer = {
      "  valence corpus plant /tmp/planted",
      "  valence corpus plant /tmp/small --videos 100 --seed 7"
    })
public final class PlantCorpusCommand implements Callable<Integer> {

  @Parameters(paramLabel = "FOLDER", description = "where to write; new or empty")
  private Path folder;

  @Option(
      names = "--videos",
      paramLabel = "N",
      description = "how many videos of about seven segments (default ${DEFAULT-VALUE})")
  private int videos = PlantedCorpus.FULL_SIZE;

  @Option(names = "--seed", paramLabel = "N", description = "default ${DEFAULT-VALUE}")
  private long seed = 1;

  @Spec private CommandSpec specification;

  @Override
  public Integer call() throws IOException {
    if (videos < 10) {
      throw new ParameterException(specification.commandLine(), "--videos must be at least 10");
    }
    if (Files.exists(folder) && !isEmpty(folder)) {
      throw new ParameterException(
          specification.commandLine(), folder + " is not an empty folder; give a new one");
    }
    final PlantedCorpus planted = PlantedCorpus.generate(videos, seed);
    planted.write(folder);
    final PrintWriter out = specification.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        "%s: %,d videos, %,d segments%n",
        folder,
        videos,
        planted.corpus().segments().size());
    out.println("Best Pearson r that the test fold allows, by modalities shown:");
    for (final List<String> shown :
        List.of(
            List.of("visual"),
            List.of("audio"),
            List.of("text"),
            List.of("visual", "audio"),
            List.of("visual", "text"),
            List.of("audio", "text"),
            PlantedCorpus.MODALITIES)) {
      out.printf(
          Locale.ROOT,
          "  %-22s %.4f%n",
          String.join(" + ", shown),
          planted.ceiling(Fold.TEST, Set.copyOf(shown)));
    }
    out.flush();
    return CommandLine.ExitCode.OK;
  }

  private static boolean isEmpty(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return false;
    }
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.findAny().isEmpty();
    }
  }
}
