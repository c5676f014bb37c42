package io.valence.training;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.valence.features.text.BertWeights;
import io.valence.features.text.ContextLimits;
import io.valence.features.text.TextDifference;
import io.valence.inference.ModelFileException;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;

/**
 * Teaches a text expert that exists where utterances end, and leaves everything else of it as it is.
 * The borders are those that its whole training with the same transcripts and seed would have given.
 */
public final class TextBorderTraining {

  private static final String CARD = "BORDERS.md";

  /**
   * What to learn from.
   *
   * @param difference file of the expert, as {@link TextExpertTraining} writes it
   * @param data transcripts: a CSV file or a corpus folder; each text is an utterance
   * @param seed of where the transcripts are cut and, where they have no folds, of what is held out
   */
  public record Plan(Path difference, Path data, long seed) {}

  /**
   * What came of it.
   *
   * @param difference the file
   * @param judgedOn the fold that the figures are of
   * @param auc area under the ROC curve of the borders among the words
   * @param precision share of borders among what is found
   * @param recall share of the borders that is found
   */
  public record Result(
      Path difference, String judgedOn, double auc, double precision, double recall) {}

  private final Path bert;
  private final Consumer<String> log;

  /**
   * @param bert what {@code BertModelCache.prepare} returned
   * @param log hears one line at a time
   */
  public TextBorderTraining(final Path bert, final Consumer<String> log) {
    this.bert = bert;
    this.log = log;
  }

  /**
   * Reads everything that a plan names, so that what cannot be used is said before anything long is
   * begun.
   *
   * @throws io.valence.corpora.CorpusException if a file cannot be used
   * @throws TrainingInputException if the expert cannot be read or there are too few borders
   */
  public static void check(final Plan plan) throws IOException {
    options(plan.difference(), difference(plan.difference()));
    final Optional<String> shortcoming = Utterances.of(data(plan).training()).shortcoming();
    if (shortcoming.isPresent()) {
      throw new TrainingInputException(plan.data() + ": " + shortcoming.orElseThrow());
    }
  }

  /**
   * Learns, and writes the expert with its borders and a card.
   *
   * @throws io.valence.corpora.CorpusException if a file cannot be used
   * @throws TrainingInputException if the expert is none of this BERT or there are too few borders
   */
  public Result run(final Plan plan, final Path out) throws IOException {
    final TextDifference difference = difference(plan.difference());
    final TextExpertOptions options = options(plan.difference(), difference);
    final TextExpertData data = data(plan);
    final Engine engine = TorchEngine.seeded(plan.seed());
    try (BertWeights weights = BertWeights.open(bert);
        NDManager manager = engine.newBaseManager()) {
      final TextExpertNetwork network = new TextExpertNetwork(weights, options);
      requireFits(difference, network, plan.difference());
      final Map<String, NDArray> learned = new HashMap<>();
      for (final Map.Entry<String, float[]> tensor : difference.tensors().entrySet()) {
        final long[] dimensions =
            difference.description().shapes().get(tensor.getKey()).stream()
                .mapToLong(Long::longValue)
                .toArray();
        learned.put(
            tensor.getKey(),
            manager.create(FloatBuffer.wrap(tensor.getValue()), new Shape(dimensions)));
      }
      final LowerLayers layers =
          new LowerLayers(
              network, manager, network.upload(manager, 0, network.layers() / 2), learned, log);
      final BorderLearner.Learned borders =
          new BorderLearner(bert, weights.positions(), layers, log)
              .learn(data.training(), data.validation(), plan.seed())
              .orElseThrow(
                  () ->
                      new TrainingInputException(
                          plan.data() + ": too few borders to learn where utterances end"));
      Files.createDirectories(out);
      final Path file = out.resolve(TextExpertTraining.DIFFERENCE);
      difference.withBorders(borders.borders()).write(file);
      Files.writeString(out.resolve(CARD), card(plan, borders), StandardCharsets.UTF_8);
      return new Result(
          file,
          borders.judgedOn(),
          borders.figures().auc(),
          borders.figures().precision(),
          borders.figures().recall());
    }
  }

  private static TextExpertData data(final Plan plan) throws IOException {
    return TextExpertData.read(
        new TextExpertTraining.Plan(
            List.of(), plan.data(), 1, 1, 2, 2, ContextLimits.DEFAULT, Optional.empty(), null),
        plan.seed(),
        line -> {});
  }

  private static TextDifference difference(final Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new TrainingInputException(
          file + " is a folder; name the expert's file, " + TextExpertTraining.DIFFERENCE);
    }
    try {
      return TextDifference.read(file);
    } catch (final ModelFileException e) {
      final TrainingInputException refused = new TrainingInputException(e.getMessage());
      refused.initCause(e);
      throw refused;
    }
  }

  /** The options that say how the expert's differences are applied. */
  private static TextExpertOptions options(final Path file, final TextDifference difference)
      throws TrainingInputException {
    final TextExpertOptions defaults = TextExpertOptions.defaults();
    try {
      return new TextExpertOptions(
          difference.description().rank(),
          difference.description().scale(),
          0,
          defaults.learningRate(),
          defaults.weightDecay(),
          defaults.warmUp(),
          defaults.lastRate(),
          defaults.clipNorm(),
          0,
          0,
          defaults.seed());
    } catch (final IllegalArgumentException e) {
      final TrainingInputException refused =
          new TrainingInputException(file + ": " + e.getMessage());
      refused.initCause(e);
      throw refused;
    }
  }

  private static void requireFits(
      final TextDifference difference, final TextExpertNetwork network, final Path file)
      throws TrainingInputException {
    final Map<String, Weights.Tensor> known = network.newWeights(new Random(0)).tensors();
    for (final Map.Entry<String, List<Long>> shape : difference.description().shapes().entrySet()) {
      final String name = shape.getKey();
      if (name.equals(TextDifference.BORDER_WEIGHT) || name.equals(TextDifference.BORDER_BIAS)) {
        continue;
      }
      final Weights.Tensor expected = known.get(name);
      if (expected == null || !shape.getValue().equals(dimensions(expected))) {
        throw new TrainingInputException(
            "%s is no expert of this BERT: it has a tensor %s of shape %s"
                .formatted(file, name, shape.getValue()));
      }
      final String other =
          name.endsWith(".down")
              ? name.substring(0, name.length() - ".down".length()) + ".up"
              : name;
      if (!difference.tensors().containsKey(other)) {
        throw new TrainingInputException(
            "%s is damaged: it has a tensor %s but no %s".formatted(file, name, other));
      }
    }
  }

  private static List<Long> dimensions(final Weights.Tensor tensor) {
    return Arrays.stream(tensor.dimensions()).boxed().toList();
  }

  private static String card(final Plan plan, final BorderLearner.Learned borders) {
    return """
        # Borders of utterances

        Where utterances end, learned from %s with seed %d for the expert %s.
        Everything else of the expert is as it was.

        * %s
        """
        .formatted(
            plan.data().toAbsolutePath().normalize().getFileName(),
            plan.seed(),
            plan.difference().getFileName(),
            borders.line());
  }
}
