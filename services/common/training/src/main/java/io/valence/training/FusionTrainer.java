package io.valence.training;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import io.valence.model.Modality;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;

/** Trains fusion models. The same data, options and seed give the same weights, bit for bit. */
public final class FusionTrainer {

  private FusionTrainer() {}

  /**
   * Trains from random weights and keeps those of the epoch with the best validation r.
   *
   * @param training at least two samples with different labels
   * @param validation steers the learning rate, the stopping and the choice of the epoch
   * @param listener hears of every epoch
   * @throws TrainingInputException if the data cannot be trained on
   * @throws TrainingException if the numbers stop being numbers
   */
  public static FusionModel train(
      final FusionData training,
      final FusionData validation,
      final FusionOptions options,
      final Consumer<EpochReport> listener)
      throws TrainingInputException {
    final FusionNetwork network =
        new FusionNetwork(widths(training, validation), options.hidden(), options.heads());
    return new Run(network, network.newWeights(new Random(options.seed())), options)
        .train(training, validation, listener);
  }

  /**
   * As {@link #train}, for given sizes of the inputs: where a modality has no sample at all its width
   * cannot be read from the data.
   *
   * @param widths by modality
   */
  public static FusionModel train(
      final int[] widths,
      final FusionData training,
      final FusionData validation,
      final FusionOptions options,
      final Consumer<EpochReport> listener)
      throws TrainingInputException {
    final FusionNetwork network =
        new FusionNetwork(widths.clone(), options.hidden(), options.heads());
    return new Run(network, network.newWeights(new Random(options.seed())), options)
        .train(training, validation, listener);
  }

  /** As {@link #train}, from the weights of a model of one member. */
  public static FusionModel trainFurther(
      final FusionModel start,
      final FusionData training,
      final FusionData validation,
      final FusionOptions options,
      final Consumer<EpochReport> listener)
      throws TrainingInputException {
    if (start.memberCount() != 1) {
      throw new IllegalArgumentException("an ensemble is not trained further");
    }
    return new Run(start.network(), start.members().get(0).copy(), options)
        .train(training, validation, listener);
  }

  private static int[] widths(final FusionData training, final FusionData validation)
      throws TrainingInputException {
    final int[] widths = new int[Modality.values().length];
    for (final Modality modality : Modality.values()) {
      final Optional<float[]> row =
          Arrays.stream(training.and(validation).values()[modality.ordinal()])
              .filter(values -> values != null)
              .findFirst();
      widths[modality.ordinal()] =
          row.orElseThrow(
                  () ->
                      new TrainingInputException(
                          "no sample has "
                              + modality.label()
                              + " features, so their size is not known; give it"))
              .length;
    }
    return widths;
  }

  /** One training of one network. */
  private static final class Run {

    private final FusionNetwork network;
    private final Weights weights;
    private final FusionOptions options;
    private final SentimentLoss loss;
    private final Random random;

    Run(final FusionNetwork network, final Weights weights, final FusionOptions options) {
      this.network = network;
      this.weights = weights;
      this.options = options;
      this.loss = SentimentLoss.of(options);
      // Not the stream that the weights were drawn from.
      this.random = new Random(options.seed() * 31 + 17);
    }

    FusionModel train(
        final FusionData training,
        final FusionData validation,
        final Consumer<EpochReport> listener)
        throws TrainingInputException {
      requireVaried("training", training);
      requireVaried("validation", validation);
      final Engine engine = TorchEngine.seeded(options.seed());
      final Plateau plateau =
          new Plateau(
              options.learningRate(),
              options.plateauFactor(),
              options.plateauPatience(),
              options.earlyStopping());
      Weights best = weights.copy();
      try (NDManager manager = engine.newBaseManager()) {
        final Map<String, NDArray> arrays = weights.upload(manager, true);
        final Adam adam =
            new Adam(
                weights,
                arrays,
                options.weightDecay(),
                options.decoupledDecay(),
                options.clipNorm());
        for (int epoch = 1; epoch <= options.epochs() && !plateau.finished(); epoch++) {
          final double rate = plateau.rate();
          final long start = System.nanoTime();
          final double trainingLoss = epoch(engine, manager, arrays, adam, rate, training);
          final double seconds = (System.nanoTime() - start) / 1e9;
          final float[] scores = new FusionModel(network, List.of(weights)).scores(validation);
          final double correlation = Statistics.correlation(scores, validation.labels());
          listener.accept(
              new EpochReport(
                  epoch,
                  rate,
                  trainingLoss,
                  loss.of(scores, validation.labels()),
                  correlation,
                  Statistics.deviation(scores),
                  seconds));
          if (plateau.improved(correlation)) {
            best = weights.copy();
          }
        }
      }
      return new FusionModel(network, List.of(best));
    }

    private static void requireVaried(final String fold, final FusionData data)
        throws TrainingInputException {
      if (data.size() < 2 || Statistics.deviation(data.labels()) == 0) {
        throw new TrainingInputException(
            "the "
                + fold
                + " fold has "
                + data.size()
                + " samples without two different labels; a correlation needs them");
      }
    }

    private double epoch(
        final Engine engine,
        final NDManager manager,
        final Map<String, NDArray> arrays,
        final Adam adam,
        final double rate,
        final FusionData data) {
      final int[] order = shuffled(data.size());
      // Even shares instead of a short last batch, whose correlation would be mostly noise.
      final int batches = Math.max(1, data.size() / options.batchSize());
      double total = 0;
      for (int batch = 0; batch < batches; batch++) {
        final int from = (int) ((long) data.size() * batch / batches);
        final int to = (int) ((long) data.size() * (batch + 1) / batches);
        total += batch(engine, manager, arrays, data, Arrays.copyOfRange(order, from, to));
        adam.step(rate);
      }
      return total / batches;
    }

    private double batch(
        final Engine engine,
        final NDManager manager,
        final Map<String, NDArray> arrays,
        final FusionData data,
        final int[] samples) {
      final boolean[][] dropped = dropped(data, samples);
      final float[] labels = new float[samples.length];
      for (int i = 0; i < samples.length; i++) {
        labels[i] = data.labels()[samples[i]];
      }
      try (NDManager batch = manager.newSubManager();
          GradientCollector collector = engine.newGradientCollector()) {
        final NDArray scores =
            network.score(
                new TorchArithmetic(batch, arrays, true),
                FusionModel.inputs(batch, network, data, samples, dropped),
                FusionModel.mask(batch, data, samples, dropped),
                options.inputDropout(),
                options.dropout());
        final NDArray value =
            loss.of(scores, batch.create(FloatBuffer.wrap(labels), new Shape(samples.length)));
        collector.backward(value);
        return value.getFloat();
      }
    }

    private int[] shuffled(final int size) {
      final int[] order = new int[size];
      for (int i = 0; i < size; i++) {
        final int other = random.nextInt(i + 1);
        order[i] = order[other];
        order[other] = i;
      }
      return order;
    }

    /** Which modalities to hide: each by chance, but never all that a sample has. */
    private boolean[][] dropped(final FusionData data, final int[] samples) {
      final Modality[] modalities = Modality.values();
      final boolean[][] dropped = new boolean[samples.length][modalities.length];
      if (options.modalityDropout() == 0) {
        return dropped;
      }
      for (int i = 0; i < samples.length; i++) {
        int present = 0;
        int left = 0;
        for (final Modality modality : modalities) {
          if (data.present(modality, samples[i])) {
            present++;
            dropped[i][modality.ordinal()] = random.nextDouble() < options.modalityDropout();
            left += dropped[i][modality.ordinal()] ? 0 : 1;
          }
        }
        if (present > 0 && left == 0) {
          Arrays.fill(dropped[i], false);
        }
      }
      return dropped;
    }
  }
}
