package io.valence.training;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import io.valence.model.Modality;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

/** Trains adapters. The same data, options and seed give the same weights, bit for bit. */
public final class AdapterTrainer {

  /** Entropy's share of the mean cost: small enough to match points, large enough to converge. */
  private static final double BLUR = 0.05;

  private final Modality modality;
  private final AdapterData training;
  private final AdapterData validation;
  private final FusionModel base;
  private final AdapterOptions options;
  private Random random;

  /**
   * @param modality that the features are of
   * @param training of the training fold
   * @param validation of the validation fold; its rows decide which objective is best
   * @param base the model that the adapted features are for, or null if there is none yet
   */
  public AdapterTrainer(
      final Modality modality,
      final AdapterData training,
      final AdapterData validation,
      final FusionModel base,
      final AdapterOptions options) {
    this.modality = modality;
    this.training = training;
    this.validation = validation;
    this.base = base;
    this.options = options;
  }

  /**
   * Trains towards one objective and measures the result on the validation fold.
   *
   * @throws TrainingInputException if the objective needs something that the data lack
   */
  public AdapterResult train(final AdapterObjective objective) throws TrainingInputException {
    require(objective);
    random = new Random(options.seed());
    final AdapterNetwork network =
        new AdapterNetwork(training.sourceWidth(), options.hidden(), training.targetWidth());
    final Weights weights = network.newWeights(random);
    final Engine engine = TorchEngine.seeded(options.seed());
    final int[] samples =
        objective.needsPairs()
            ? training.pairs()
            : IntStream.range(0, training.source().length).toArray();
    final int batchSize = objective.comparesSets() ? options.setBatchSize() : options.batchSize();
    final int batches = Math.max(1, samples.length / batchSize);
    try (NDManager manager = engine.newBaseManager()) {
      final Goal goal = goal(objective, manager);
      final Map<String, NDArray> arrays = weights.upload(manager, true);
      final Adam adam = new Adam(weights, arrays, options.weightDecay(), true, 0);
      for (int epoch = 0; epoch < options.epochs(); epoch++) {
        shuffle(samples);
        for (int batch = 0; batch < batches; batch++) {
          final int[] chosen =
              Arrays.copyOfRange(
                  samples,
                  (int) ((long) samples.length * batch / batches),
                  (int) ((long) samples.length * (batch + 1) / batches));
          try (NDManager local = manager.newSubManager();
              GradientCollector collector = engine.newGradientCollector()) {
            final NDArray features = AdapterModel.upload(local, training.source(), chosen);
            final NDArray adapted =
                network.adapt(
                    new TorchArithmetic(local, arrays, true), features, options.dropout());
            collector.backward(goal.loss(local, adapted, chosen));
          }
          adam.step(options.learningRate());
        }
      }
      weights.downloadStatistics(arrays);
    }
    return measure(objective, new AdapterModel(network, weights));
  }

  private void require(final AdapterObjective objective) throws TrainingInputException {
    if (training.source().length < 2 || training.target().length < 2) {
      throw new TrainingInputException(
          "an adapter needs at least two rows of its source and two of its target");
    }
    if (objective.needsPairs() && training.pairs().length < 2) {
      throw new TrainingInputException(
          "objective "
              + objective.label()
              + " needs segments with both kinds of features; there are "
              + training.pairs().length);
    }
    if (objective == AdapterObjective.NEAREST && training.sourceWidth() != training.targetWidth()) {
      throw new TrainingInputException(
          "objective nearest compares spaces with the same columns, but one has "
              + training.sourceWidth()
              + " and the other "
              + training.targetWidth());
    }
    if (objective == AdapterObjective.PREDICTION && base == null) {
      throw new TrainingInputException("objective prediction needs a base model");
    }
  }

  private AdapterResult measure(final AdapterObjective objective, final AdapterModel model) {
    final float[][] adapted = model.adapt(validation.source());
    double error = 0;
    final int[] pairs = validation.pairs();
    for (final int pair : pairs) {
      error += Statistics.squaredError(adapted[pair], validation.paired()[pair]);
    }
    double correlation = Double.NaN;
    if (base != null) {
      final float[] scores = base.scores(data(adapted, validation.sourceLabels()));
      correlation = Statistics.correlation(scores, validation.sourceLabels());
    }
    return new AdapterResult(
        objective,
        model,
        pairs.length == 0 ? Double.NaN : error / pairs.length,
        varianceKept(adapted, training.target()),
        correlation);
  }

  /** This modality alone, as the base model takes it. */
  private FusionData data(final float[][] rows, final float[] labels) {
    final float[][][] values = new float[Modality.values().length][rows.length][];
    values[modality.ordinal()] = rows;
    return new FusionData(values, labels);
  }

  /** Mean over the columns that vary of one variance by the other. */
  static double varianceKept(final float[][] adapted, final float[][] target) {
    final double[] ofAdapted = variances(adapted);
    final double[] ofTarget = variances(target);
    double sum = 0;
    int columns = 0;
    for (int i = 0; i < ofTarget.length; i++) {
      if (ofTarget[i] > 1e-6) {
        sum += ofAdapted[i] / ofTarget[i];
        columns++;
      }
    }
    return columns == 0 ? 0 : sum / columns;
  }

  private static double[] variances(final float[][] rows) {
    final double[] variances = new double[rows[0].length];
    for (int column = 0; column < variances.length; column++) {
      final float[] values = new float[rows.length];
      for (int row = 0; row < rows.length; row++) {
        values[row] = rows[row][column];
      }
      final double deviation = Statistics.deviation(values);
      variances[column] = deviation * deviation;
    }
    return variances;
  }

  /** What the output of a batch is measured against. */
  private interface Goal {
    NDArray loss(NDManager local, NDArray adapted, int[] samples);
  }

  private Goal goal(final AdapterObjective objective, final NDManager manager) {
    return switch (objective) {
      case RANDOM_PAIRS -> randomPairs();
      case NEAREST -> nearest();
      case PAIRED ->
          (local, adapted, samples) ->
              squared(adapted, AdapterModel.upload(local, training.paired(), samples));
      case MOMENTS -> moments(manager);
      case TRANSPORT -> this::transport;
      case PREDICTION -> prediction(manager);
    };
  }

  private Goal randomPairs() {
    final int[] pool = IntStream.range(0, training.target().length).toArray();
    shuffle(pool);
    final int[] drawn = Arrays.copyOf(pool, Math.min(pool.length, options.randomTargets()));
    return (local, adapted, samples) ->
        squared(
            adapted, AdapterModel.upload(local, training.target(), draw(drawn, samples.length)));
  }

  private Goal nearest() {
    final float[][] centres =
        KMeans.centres(training.target(), options.clusters(), new Random(options.seed()));
    final int[] closest =
        Arrays.stream(training.source()).mapToInt(row -> KMeans.nearest(centres, row)).toArray();
    return (local, adapted, samples) ->
        squared(
            adapted,
            AdapterModel.upload(
                local, centres, IntStream.of(samples).map(i -> closest[i]).toArray()));
  }

  private static NDArray squared(final NDArray adapted, final NDArray wanted) {
    return adapted.sub(wanted).square().mean();
  }

  private Goal moments(final NDManager manager) {
    final float[][] wanted =
        AdapterData.withLabel(training.target(), training.targetLabels(), options.labelWeight());
    final NDArray all =
        AdapterModel.upload(manager, wanted, IntStream.range(0, wanted.length).toArray());
    final NDArray mean = all.mean(new int[] {0}, true);
    final NDArray covariance = covariance(all, mean);
    final int width = wanted[0].length;
    return (local, adapted, samples) -> {
      final NDArray joint = withLabel(local, adapted, samples);
      final NDArray ofBatch = joint.mean(new int[] {0}, true);
      final NDArray shift = ofBatch.sub(mean).square().sum();
      final NDArray shape = covariance(joint, ofBatch).sub(covariance).square().sum();
      return Scalars.times(shift.add(shape), 1.0 / width);
    };
  }

  private static NDArray covariance(final NDArray rows, final NDArray mean) {
    final NDArray centred = rows.sub(mean);
    return Scalars.times(
        centred.transpose(1, 0).matMul(centred), 1.0 / (rows.getShape().get(0) - 1));
  }

  private NDArray withLabel(final NDManager local, final NDArray adapted, final int[] samples) {
    final float[] labels = new float[samples.length];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = (float) (training.sourceLabels()[samples[i]] * options.labelWeight());
    }
    final NDArray column = local.create(FloatBuffer.wrap(labels), new Shape(labels.length, 1));
    return NDArrays.concat(new NDList(adapted, column), 1);
  }

  private NDArray transport(final NDManager local, final NDArray adapted, final int[] samples) {
    final int[] drawn =
        draw(IntStream.range(0, training.target().length).toArray(), samples.length);
    final float[][] chosen = new float[drawn.length][];
    final float[] labels = new float[drawn.length];
    for (int i = 0; i < drawn.length; i++) {
      chosen[i] = training.target()[drawn[i]];
      labels[i] = training.targetLabels()[drawn[i]];
    }
    final NDArray target =
        AdapterModel.upload(
            local,
            AdapterData.withLabel(chosen, labels, options.labelWeight()),
            IntStream.range(0, chosen.length).toArray());
    final NDArray joint = withLabel(local, adapted, samples);
    // The second term takes away what entropy alone would gain by pulling the points together.
    return Scalars.times(
        moved(local, joint, target).sub(Scalars.times(moved(local, joint, joint), 0.5)),
        1.0 / training.targetWidth());
  }

  /** The cost of the best plan; the plan itself is held fixed (envelope theorem). */
  private static NDArray moved(final NDManager local, final NDArray from, final NDArray to) {
    final NDArray squaresFrom = from.square().sum(new int[] {1}, true);
    final NDArray squaresTo = to.square().sum(new int[] {1}, true).transpose(1, 0);
    final NDArray cost =
        squaresFrom.add(squaresTo).sub(Scalars.times(from.matMul(to.transpose(1, 0)), 2));
    final float[] values = cost.toFloatArray();
    final int rows = (int) from.getShape().get(0);
    final int columns = (int) to.getShape().get(0);
    final float[] plan = Sinkhorn.plan(values, rows, columns, Sinkhorn.blur(values, BLUR));
    return cost.mul(local.create(FloatBuffer.wrap(plan), new Shape(rows, columns))).sum();
  }

  private Goal prediction(final NDManager manager) {
    final float[] wanted = base.scores(data(training.paired(), training.sourceLabels()));
    final List<Map<String, NDArray>> members = new ArrayList<>();
    for (final Weights member : base.members()) {
      members.add(member.upload(manager, false));
    }
    final int own = modality.ordinal();
    return (local, adapted, samples) -> {
      final List<NDArray> inputs = new ArrayList<>();
      for (final Modality other : Modality.values()) {
        inputs.add(
            other == modality
                ? adapted
                : local.zeros(new Shape(samples.length, base.network().widths()[other.ordinal()])));
      }
      final float[] presence = new float[samples.length * inputs.size()];
      final float[] expected = new float[samples.length];
      for (int i = 0; i < samples.length; i++) {
        presence[i * inputs.size() + own] = 1;
        expected[i] = wanted[samples[i]];
      }
      final NDArray mask =
          local.create(FloatBuffer.wrap(presence), new Shape(samples.length, inputs.size()));
      NDArray sum = null;
      for (final Map<String, NDArray> member : members) {
        final NDArray score =
            base.network().score(new TorchArithmetic(local, member, false), inputs, mask, 0, 0);
        sum = sum == null ? score : sum.add(score);
      }
      return squared(
          Scalars.times(sum, 1.0 / members.size()),
          local.create(FloatBuffer.wrap(expected), new Shape(samples.length)));
    };
  }

  private int[] draw(final int[] from, final int count) {
    final int[] drawn = new int[count];
    for (int i = 0; i < count; i++) {
      drawn[i] = from[random.nextInt(from.length)];
    }
    return drawn;
  }

  private void shuffle(final int[] values) {
    for (int i = values.length - 1; i > 0; i--) {
      final int other = random.nextInt(i + 1);
      final int held = values[i];
      values[i] = values[other];
      values[other] = held;
    }
  }
}
