package io.valence.training;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import io.valence.features.text.BertWeights;
import io.valence.features.text.TextDifference;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;

/**
 * Trains the text expert stage by stage. The same data, options and threads give the same weights,
 * bit for bit, also when the training was stopped and taken up again.
 */
final class TextExpertTrainer implements AutoCloseable {

  /** Hears that a stage is done. */
  @FunctionalInterface
  interface AfterStage {
    void done(TextStage stage) throws IOException;
  }

  private static final long REPORT_NANOS = 15_000_000_000L;

  private final TextExpertNetwork network;
  private final TextExpertOptions options;
  private final Consumer<String> log;
  private final Engine engine;
  private final NDManager manager;
  private final Map<String, NDArray> frozen;
  private final Weights weights;
  private final Map<String, NDArray> learned;
  private final LowerLayers lowerLayers;

  /**
   * @param bert only read while this is made
   * @param log hears one line at a time
   */
  TextExpertTrainer(
      final BertWeights bert, final TextExpertOptions options, final Consumer<String> log)
      throws IOException {
    this.options = options;
    this.log = log;
    this.network = new TextExpertNetwork(bert, options);
    this.engine = TorchEngine.seeded(options.seed());
    this.manager = engine.newBaseManager();
    this.frozen = network.upload(manager, 0, network.layers());
    this.weights = network.newWeights(new Random(options.seed()));
    this.learned = weights.upload(manager, true);
    this.lowerLayers = new LowerLayers(network, manager, frozen, learned, log);
  }

  /** BERT's layers with the differences as they stand. */
  LowerLayers lowerLayers() {
    return lowerLayers;
  }

  /** The differences and the head as they stand. */
  Weights weights() {
    return weights.copy();
  }

  /**
   * Runs the stages. The checkpoint stays: whoever called this has yet to write what came of it, and
   * a training that is stopped until then need not learn anything again.
   *
   * @param scratch folder for the lower layers' output (about 3 kB a word piece, removed afterwards)
   *     and the checkpoint
   * @param fingerprint of the data, so that a checkpoint of another training is not taken up
   * @param afterStage hears when a stage is done; the network then holds the weights it chose
   */
  void train(
      final List<TextStage> stages,
      final Path scratch,
      final String fingerprint,
      final AfterStage afterStage)
      throws IOException {
    for (final TextStage stage : stages) {
      stage.requireVaried();
    }
    Files.createDirectories(scratch);
    final Path file = checkpoint(scratch);
    final TextCheckpoint start = checkpoint(file, fingerprint + options);
    final Progress progress = new Progress(stages, start);
    for (int number = start == null ? 0 : start.stage(); number < stages.size(); number++) {
      final TextStage stage = stages.get(number);
      if (start != null && start.stage() == number && start.epoch() >= stage.epochs()) {
        set(start.best());
        afterStage.done(stage);
        continue;
      }
      try (HiddenStates training =
              lower(stage.training(), scratch.resolve("training.states"), stage.name());
          HiddenStates validation =
              lower(stage.validation(), scratch.resolve("validation.states"), stage.name())) {
        run(
            number,
            stage,
            training,
            validation,
            start != null && start.stage() == number ? start : null,
            file,
            fingerprint + options,
            progress);
      }
      afterStage.done(stage);
    }
  }

  /** Where the checkpoint of a training lies; to be deleted when all that came of it is written. */
  static Path checkpoint(final Path scratch) {
    return scratch.resolve("checkpoint.bin");
  }

  private static TextCheckpoint checkpoint(final Path file, final String fingerprint)
      throws IOException {
    if (!Files.isRegularFile(file)) {
      return null;
    }
    final TextCheckpoint found = TextCheckpoint.read(file);
    if (!found.fingerprint().equals(fingerprint)) {
      throw new TrainingInputException(
          file
              + " belongs to a training with other data or options; delete it to start from the"
              + " beginning, or give those again");
    }
    return found;
  }

  private void run(
      final int number,
      final TextStage stage,
      final HiddenStates training,
      final HiddenStates validation,
      final TextCheckpoint start,
      final Path file,
      final String fingerprint,
      final Progress progress)
      throws IOException {
    final Adam adam = new Adam(weights, learned, options.weightDecay(), true, options.clipNorm());
    final int steps = Math.max(1, stage.training().size() / stage.batchSize()) * stage.epochs();
    Map<String, float[]> best = weights.values();
    double bestCorrelation = Double.NEGATIVE_INFINITY;
    int done = 0;
    if (start != null) {
      set(start.weights());
      adam.restore(start.moments(), start.steps());
      best = start.best();
      bestCorrelation = start.bestCorrelation();
      done = start.epoch();
      log.accept("%s: goes on after epoch %d of %d".formatted(stage.name(), done, stage.epochs()));
    }
    for (int epoch = done + 1; epoch <= stage.epochs(); epoch++) {
      // A stream of chance of its own for each epoch: what is taken up again goes on the same.
      final long seed = (options.seed() * 31 + number) * 1_009 + epoch;
      engine.setRandomSeed((int) (seed ^ (seed >>> 32)));
      final double loss =
          epoch(stage, training, new Random(seed), adam, steps, progress.in(stage, epoch));
      final float[] labels = labels(stage.validation());
      String judged = "";
      if (labels.length > 0) {
        final float[] scores = scores(stage.validation(), validation);
        final double r = Statistics.correlation(scores, labels);
        judged =
            String.format(
                Locale.ROOT,
                ", validation r %.4f, MAE %.3f, output deviation %.2f",
                r,
                Statistics.absoluteError(scores, labels),
                Statistics.deviation(scores));
        if (r > bestCorrelation) {
          bestCorrelation = r;
          best = weights.values();
        }
      } else {
        best = weights.values();
      }
      log.accept(
          String.format(
              Locale.ROOT,
              "%s, epoch %d of %d: loss %.4f%s",
              stage.name(),
              epoch,
              stage.epochs(),
              loss,
              judged));
      new TextCheckpoint(
              fingerprint,
              number,
              epoch,
              adam.steps(),
              weights.values(),
              adam.moments(),
              best,
              bestCorrelation)
          .write(file);
    }
    set(best);
  }

  private void set(final Map<String, float[]> values) {
    weights.set(values);
    values.forEach((name, numbers) -> learned.get(name).set(FloatBuffer.wrap(numbers)));
  }

  private double epoch(
      final TextStage stage,
      final HiddenStates states,
      final Random random,
      final Adam adam,
      final int steps,
      final Progress progress)
      throws IOException {
    final int[][] batches = learningBatches(stage.training(), stage.batchSize(), random);
    double total = 0;
    for (final int[] texts : batches) {
      final List<TextSample> samples = TextBatches.pick(stage.training(), texts);
      try (NDManager batch = manager.newSubManager();
          GradientCollector collector = engine.newGradientCollector()) {
        final NDArray scores = forward(batch, samples, states, texts, true);
        final NDArray labels =
            batch.create(FloatBuffer.wrap(labels(samples)), new Shape(texts.length));
        final NDArray loss = stage.loss().of(scores, labels);
        collector.backward(loss);
        total += loss.getFloat();
      }
      adam.step(rate(adam.steps(), steps));
      progress.add(samples.stream().mapToLong(TextSample::length).sum());
    }
    return total / batches.length;
  }

  /** Rises evenly, then falls evenly. */
  double rate(final int step, final int steps) {
    final double warm = Math.max(1, options.warmUp() * steps);
    if (step < warm) {
      return options.learningRate() * (step + 1) / (warm + 1);
    }
    final double left = Math.max(0, (steps - step) / Math.max(1, steps - warm));
    return options.learningRate() * (options.lastRate() + (1 - options.lastRate()) * left);
  }

  /** Rounds what was learned as the file of the difference will. */
  void roundToHalfPrecision() {
    final Map<String, float[]> rounded = weights.values();
    rounded.replaceAll((name, values) -> TextDifference.rounded(values));
    set(rounded);
  }

  /** The mean over the text's own tokens after the last layer. */
  float[] vector(final TextSample sample, final Path scratch) throws IOException {
    final List<TextSample> one = List.of(sample);
    try (HiddenStates states = lower(one, scratch.resolve("scored.states"), "scoring");
        NDManager batch = manager.newSubManager()) {
      return pooled(batch, one, states, new int[] {0}, false).toFloatArray();
    }
  }

  /** Scores of samples of which nothing is kept, in their order. */
  float[] scores(final List<TextSample> samples, final Path scratch) throws IOException {
    try (HiddenStates states = lower(samples, scratch.resolve("scored.states"), "scoring")) {
      return scores(samples, states);
    }
  }

  /** What the layers without a difference make of the texts. */
  private HiddenStates lower(final List<TextSample> samples, final Path file, final String name)
      throws IOException {
    final HiddenStates states = HiddenStates.create(file, samples.size());
    try {
      lowerLayers.read(samples, options.firstLayer(), name, states::put);
      return states;
    } catch (final IOException | RuntimeException e) {
      states.close();
      throw e;
    }
  }

  private float[] scores(final List<TextSample> samples, final HiddenStates states)
      throws IOException {
    final float[] scores = new float[samples.size()];
    for (final int[] texts : TextBatches.plainBatches(samples)) {
      try (NDManager batch = manager.newSubManager()) {
        final float[] some =
            forward(batch, TextBatches.pick(samples, texts), states, texts, false).toFloatArray();
        for (int i = 0; i < some.length; i++) {
          scores[texts[i]] = some[i];
        }
      }
    }
    return scores;
  }

  private NDArray forward(
      final NDManager batch,
      final List<TextSample> samples,
      final HiddenStates states,
      final int[] texts,
      final boolean learning)
      throws IOException {
    return network.score(pooled(batch, samples, states, texts, learning), learned, learning);
  }

  private NDArray pooled(
      final NDManager batch,
      final List<TextSample> samples,
      final HiddenStates states,
      final int[] texts,
      final boolean learning)
      throws IOException {
    final int length = TextBatches.longest(samples);
    final int width = network.width();
    final float[] hidden = new float[samples.size() * length * width];
    for (int row = 0; row < texts.length; row++) {
      states.get(texts[row], hidden, row * length * width);
    }
    final TextExpertNetwork.Batch input = TextBatches.batch(batch, samples, hidden, length);
    final NDArray tokens =
        network.layers(
            batch, input, options.firstLayer(), network.layers(), frozen, learned, learning);
    return TextExpertNetwork.pooled(tokens, input);
  }

  static float[] labels(final List<TextSample> samples) {
    final float[] labels = new float[samples.size()];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = samples.get(i).label();
    }
    return labels;
  }

  /** Texts of about the same length together, batches in random order; no short batch is left. */
  private static int[][] learningBatches(
      final List<TextSample> samples, final int size, final Random random) {
    final double[] key = new double[samples.size()];
    for (int text = 0; text < key.length; text++) {
      key[text] = samples.get(text).length() * (1 + 0.2 * random.nextDouble());
    }
    final int[] order = TextBatches.sorted(key);
    final int count = Math.max(1, key.length / size);
    final int[][] batches = new int[count][];
    for (int batch = 0; batch < count; batch++) {
      batches[batch] =
          Arrays.copyOfRange(
              order,
              (int) ((long) key.length * batch / count),
              (int) ((long) key.length * (batch + 1) / count));
    }
    for (int i = count - 1; i > 0; i--) {
      final int other = random.nextInt(i + 1);
      final int[] held = batches[i];
      batches[i] = batches[other];
      batches[other] = held;
    }
    return batches;
  }

  @Override
  public void close() {
    manager.close();
  }

  /** Says now and then how far the training is, and how long it will take. */
  private final class Progress {

    private long start;
    private final long all;
    private long before;
    private long done;
    private long reported = System.nanoTime();
    private String where = "";

    Progress(final List<TextStage> stages, final TextCheckpoint from) {
      long pieces = 0;
      for (int number = 0; number < stages.size(); number++) {
        final TextStage stage = stages.get(number);
        pieces += stage.trainingPieces() * stage.epochs();
        if (from != null && number <= from.stage()) {
          before +=
              stage.trainingPieces() * (number < from.stage() ? stage.epochs() : from.epoch());
        }
      }
      all = pieces;
    }

    Progress in(final TextStage stage, final int epoch) {
      where = "%s, epoch %d of %d".formatted(stage.name(), epoch, stage.epochs());
      return this;
    }

    void add(final long pieces) {
      // The first batch is not counted: before it the lower layers have read all texts.
      if (start == 0) {
        start = System.nanoTime();
        before += pieces;
        return;
      }
      done += pieces;
      if (System.nanoTime() - reported < REPORT_NANOS) {
        return;
      }
      reported = System.nanoTime();
      final double rate = done / ((System.nanoTime() - start) / 1e9);
      log.accept(
          String.format(
              Locale.ROOT,
              "%s: %.0f %% of all, %.0f word pieces a second, about %.0f minutes left",
              where,
              100.0 * (before + done) / all,
              rate,
              (all - before - done) / rate / 60));
    }
  }
}
