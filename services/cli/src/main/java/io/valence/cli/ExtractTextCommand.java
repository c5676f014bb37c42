package io.valence.cli;

import io.valence.features.text.BertModel;
import io.valence.features.text.BertModelCache;
import io.valence.inference.ModelStore;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** BERT features of strings and text files. */
@Command(
    name = "text",
    description = {
      "The 768 features of BERT-base-uncased: the mean of the last layer over all word pieces,"
          + " of which at most 512 are taken."
          + " Weight: word pieces; quality: the share of them that the vocabulary knows.",
      "",
      "Example: valence extract text \"I liked it\" @review.txt --json"
    },
    mixinStandardHelpOptions = true)
final class ExtractTextCommand implements Callable<Integer> {

  private static final int MAX_PIECES = 512;

  @Parameters(
      paramLabel = "TEXT",
      arity = "1..*",
      description = "A string, or @FILE for the content of a UTF-8 file; each one gets its vector.")
  private List<String> inputs;

  @Option(names = "--json", description = "Print JSON and nothing else on standard output.")
  private boolean json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InputException {
    final PrintWriter err = spec.commandLine().getErr();
    final List<String> texts = new ArrayList<>();
    for (final String input : inputs) {
      texts.add(read(input));
    }
    final BertModelCache cache = new BertModelCache(ModelStore.fromEnvironment().cache());
    final Path folder = SetupCommand.prepare(cache, err);
    final List<FeatureOutput.Item> items = new ArrayList<>();
    try (BertModel model = BertModel.open(folder)) {
      for (int i = 0; i < texts.size(); i++) {
        items.add(
            new FeatureOutput.Item(
                inputs.get(i).isEmpty() ? "(empty text)" : inputs.get(i),
                model.extractEvenIfBlank(texts.get(i)),
                null,
                warnings(texts.get(i), model)));
      }
    }
    FeatureOutput.print(items, json, spec.commandLine().getOut(), err);
    return ExitCode.DONE;
  }

  private static List<String> warnings(final String text, final BertModel model) {
    if (text.isBlank()) {
      return List.of("no words: these are the values of an empty sentence");
    }
    // A word has one piece or more, so only long texts need to be looked at.
    return text.length() >= MAX_PIECES && model.pieceIds(text).length >= MAX_PIECES
        ? List.of("only its first 510 word pieces count: BERT takes no more")
        : List.of();
  }

  private static String read(final String input) throws IOException, InputException {
    if (!input.startsWith("@") || input.length() == 1) {
      return input;
    }
    final Path file = Path.of(input.substring(1));
    if (Files.isDirectory(file)) {
      throw new InputException(file + " is a folder: name a text file in it");
    }
    try {
      return Files.readString(file);
    } catch (final NoSuchFileException e) {
      throw new InputException(
          "no such file: " + file + " (a text that begins with '@' names a file)", e);
    } catch (final MalformedInputException e) {
      throw new InputException(file + " is not UTF-8: convert it, for instance with iconv", e);
    }
  }
}
