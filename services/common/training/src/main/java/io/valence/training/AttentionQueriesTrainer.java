package io.valence.training;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import io.valence.features.text.AttentionQueries;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Learns what to look for among BERT's tokens: the queries of {@code bert-attention-3072}, together
 * with a small scoring head that is thrown away afterwards. BERT itself is not changed.
 */
final class AttentionQueriesTrainer {

  private static final int QUERIES = 4;
  private static final int HIDDEN = 64;
  private static final int BATCH = 64;
  private static final double DROPOUT = 0.5;
  private static final double COLUMN_DROPOUT = 0.2;
  private static final double WEIGHT_DECAY = 0.05;
  private static final double CLIP = 1;
  private static final float ABSENT = -10_000f;

  private final Random random;
  private final long seed;
  private final Weights weights = new Weights();
  private final SentimentLoss loss = new SentimentLoss(0.3, 0.7, 0);
  private float[] mean;
  private float[] deviation;

  AttentionQueriesTrainer(final long seed) {
    this.seed = seed;
    this.random = new Random(seed);
    weights.linear("query", TokenStore.WIDTH, QUERIES, random);
    weights.linear("encoder", TokenStore.WIDTH, HIDDEN, random);
    weights.linear("score", HIDDEN * QUERIES, 1, random);
    // Nearly even attention at the start: what matters is to be learned, not drawn.
    final float[] query = weights.get("query.weight").values();
    for (int i = 0; i < query.length; i++) {
      query[i] *= 0.3f;
    }
  }

  /** Texts with their labels. */
  record Task(TokenStore tokens, float[] labels) {

    Task {
      if (tokens.texts() != labels.length) {
        throw new IllegalArgumentException("one label a text");
      }
    }
  }

  /**
   * Learns first from the pretext, then from the target, and keeps the epoch with the best
   * validation r of the latter.
   *
   * @param log hears one line an epoch
   */
  AttentionQueries train(
      final Task pretext,
      final int pretextEpochs,
      final Task target,
      final int targetEpochs,
      final Task validation,
      final Consumer<String> log)
      throws IOException {
    measure(target.tokens());
    final Engine engine = TorchEngine.seeded(seed);
    Weights best = weights.copy();
    double bestCorrelation = Double.NEGATIVE_INFINITY;
    try (NDManager manager = engine.newBaseManager()) {
      final Map<String, NDArray> arrays = weights.upload(manager, true);
      final Adam first = new Adam(weights, arrays, WEIGHT_DECAY, true, CLIP);
      double rate = 1e-3;
      for (int epoch = 1; epoch <= pretextEpochs; epoch++) {
        epoch(engine, manager, arrays, first, rate, pretext);
        rate /= 2;
        final double r = correlation(manager, arrays, validation);
        log.accept("queries, other text, epoch %d: validation r %.4f".formatted(epoch, r));
      }
      final Adam second = new Adam(weights, arrays, WEIGHT_DECAY, true, CLIP);
      for (int epoch = 1; epoch <= targetEpochs; epoch++) {
        epoch(engine, manager, arrays, second, 3e-4, target);
        final double r = correlation(manager, arrays, validation);
        log.accept("queries, speech, epoch %d: validation r %.4f".formatted(epoch, r));
        if (r > bestCorrelation) {
          bestCorrelation = r;
          best = weights.copy();
        }
      }
    }
    final float[] values = best.get("query.weight").values();
    final float[][] queries = new float[QUERIES][TokenStore.WIDTH];
    for (int query = 0; query < QUERIES; query++) {
      for (int i = 0; i < TokenStore.WIDTH; i++) {
        // On raw tokens: the mean adds the same to every token, which a softmax does not see.
        queries[query][i] = values[query * TokenStore.WIDTH + i] / deviation[i];
      }
    }
    return new AttentionQueries(queries);
  }

  private void measure(final TokenStore tokens) throws IOException {
    final double[] sum = new double[TokenStore.WIDTH];
    final double[] squares = new double[TokenStore.WIDTH];
    long count = 0;
    for (int text = 0; text < tokens.texts(); text++) {
      final float[] values = tokens.tokens(text);
      for (int i = 0; i < values.length; i++) {
        sum[i % TokenStore.WIDTH] += values[i];
        squares[i % TokenStore.WIDTH] += (double) values[i] * values[i];
      }
      count += tokens.count(text);
    }
    mean = new float[TokenStore.WIDTH];
    deviation = new float[TokenStore.WIDTH];
    for (int i = 0; i < TokenStore.WIDTH; i++) {
      final double average = sum[i] / count;
      mean[i] = (float) average;
      deviation[i] =
          (float) (Math.sqrt(Math.max(0, squares[i] / count - average * average)) + 1e-3);
    }
  }

  private void epoch(
      final Engine engine,
      final NDManager manager,
      final Map<String, NDArray> arrays,
      final Adam adam,
      final double rate,
      final Task task)
      throws IOException {
    for (final int[] texts : batches(task.tokens(), true)) {
      final float[] labels = new float[texts.length];
      for (int i = 0; i < labels.length; i++) {
        labels[i] = task.labels()[texts[i]];
      }
      try (NDManager batch = manager.newSubManager();
          GradientCollector collector = engine.newGradientCollector()) {
        final NDArray scores = forward(batch, arrays, task.tokens(), texts, true);
        final NDArray expected = batch.create(FloatBuffer.wrap(labels), new Shape(labels.length));
        collector.backward(loss.of(scores, expected));
      }
      adam.step(rate);
    }
  }

  private double correlation(
      final NDManager manager, final Map<String, NDArray> arrays, final Task task)
      throws IOException {
    final float[] scores = new float[task.labels().length];
    for (final int[] texts : batches(task.tokens(), false)) {
      try (NDManager batch = manager.newSubManager()) {
        final float[] part = forward(batch, arrays, task.tokens(), texts, false).toFloatArray();
        for (int i = 0; i < part.length; i++) {
          scores[texts[i]] = part[i];
        }
      }
    }
    return Statistics.correlation(scores, task.labels());
  }

  private NDArray forward(
      final NDManager batch,
      final Map<String, NDArray> arrays,
      final TokenStore store,
      final int[] texts,
      final boolean learning)
      throws IOException {
    final int longest = IntStream.of(texts).map(store::count).max().orElseThrow();
    final float[] values = new float[texts.length * longest * TokenStore.WIDTH];
    final float[] absent = new float[texts.length * longest];
    for (int row = 0; row < texts.length; row++) {
      final float[] tokens = store.tokens(texts[row]);
      final int from = row * longest * TokenStore.WIDTH;
      final boolean[] dropped = droppedColumns(learning);
      for (int i = 0; i < tokens.length; i++) {
        final int column = i % TokenStore.WIDTH;
        values[from + i] = dropped[column] ? 0 : (tokens[i] - mean[column]) / deviation[column];
      }
      Arrays.fill(absent, row * longest + store.count(texts[row]), (row + 1) * longest, ABSENT);
    }
    final TorchArithmetic math = new TorchArithmetic(batch, arrays, learning);
    final NDArray tokens =
        batch.create(FloatBuffer.wrap(values), new Shape(texts.length, longest, TokenStore.WIDTH));
    final NDArray penalty =
        batch.create(FloatBuffer.wrap(absent), new Shape(texts.length, longest, 1));
    final NDArray shares = math.linear(tokens, "query").add(penalty).transpose(0, 2, 1).softmax(-1);
    final NDArray pooled = math.dropout(shares.matMul(tokens), DROPOUT);
    final NDArray hidden =
        math.relu(math.linear(pooled, "encoder")).reshape(-1, (long) QUERIES * HIDDEN);
    return math.linear(math.dropout(hidden, DROPOUT), "score").reshape(-1);
  }

  /** Whole columns at once: dropping single values of single tokens would average out. */
  private boolean[] droppedColumns(final boolean learning) {
    final boolean[] dropped = new boolean[TokenStore.WIDTH];
    if (learning) {
      for (int i = 0; i < dropped.length; i++) {
        dropped[i] = random.nextDouble() < COLUMN_DROPOUT;
      }
    }
    return dropped;
  }

  /** Texts of about the same length together, in random order when learning. */
  private int[][] batches(final TokenStore tokens, final boolean shuffled) {
    final double[] key = new double[tokens.texts()];
    for (int text = 0; text < key.length; text++) {
      key[text] = tokens.count(text) + (shuffled ? 6 * random.nextDouble() : 0);
    }
    final int[] order =
        IntStream.range(0, key.length)
            .boxed()
            .sorted(Comparator.comparingDouble(text -> key[text]))
            .mapToInt(Integer::intValue)
            .toArray();
    final int count = Math.max(1, key.length / BATCH);
    final int[][] batches = new int[count][];
    for (int batch = 0; batch < count; batch++) {
      batches[batch] =
          Arrays.copyOfRange(
              order,
              (int) ((long) key.length * batch / count),
              (int) ((long) key.length * (batch + 1) / count));
    }
    if (shuffled) {
      for (int i = count - 1; i > 0; i--) {
        final int other = random.nextInt(i + 1);
        final int[] held = batches[i];
        batches[i] = batches[other];
        batches[other] = held;
      }
    }
    return batches;
  }
}
