package io.valence.training;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Logistic regression with one set of weights and a bias for each group of examples: the minimum of
 * the mean logistic loss + penalty/2 · |weights|². It is found with L-BFGS (Liu and Nocedal, 1989) on
 * all examples at once, without chance: the same examples give the same weights, bit for bit.
 */
final class LogisticRegression {

  private static final int MOST_ITERATIONS = 500;
  private static final int HISTORY = 10;
  private static final int MOST_HALVINGS = 40;
  // Of the first gradient: what is left of the loss then is far below what a fold can tell apart.
  private static final double TOLERANCE = 1e-4;
  // Share of the promised decrease that a step must keep (Armijo).
  private static final double SUFFICIENT = 1e-4;
  private static final int REPORT_EVERY = 50;
  // Rows whose gradients are added up as floats before they are added to doubles.
  private static final int BLOCK = 128;

  /**
   * What was found.
   *
   * @param weight of each feature
   * @param bias of each group; of a group without examples that of the one before, 0 if there is none
   * @param iterations that were needed
   * @param gradientNorm what is left of the gradient, as a share of that at weights of 0
   */
  record Fit(double[] weight, double[] bias, int iterations, double gradientNorm) {}

  private final float[][] rows;
  private final int[] groups;
  private final boolean[] labels;
  private final double penalty;
  private final int width;
  private final int groupCount;

  private LogisticRegression(
      final float[][] rows,
      final int[] groups,
      final boolean[] labels,
      final int groupCount,
      final double penalty) {
    if (rows.length == 0 || rows.length != groups.length || rows.length != labels.length) {
      throw new IllegalArgumentException(
          "%d examples with %d groups and %d labels"
              .formatted(rows.length, groups.length, labels.length));
    }
    this.rows = rows;
    this.groups = groups;
    this.labels = labels;
    this.penalty = penalty;
    this.width = rows[0].length;
    this.groupCount = groupCount;
  }

  /**
   * Finds the weights.
   *
   * @param rows features of each example, of about the same spread
   * @param groups of each example, 0 to {@code groupCount - 1}
   * @param labels of each example
   * @param penalty of the weights, above 0; the biases have none
   * @param log hears one line now and then
   */
  static Fit fit(
      final float[][] rows,
      final int[] groups,
      final boolean[] labels,
      final int groupCount,
      final double penalty,
      final Consumer<String> log) {
    return new LogisticRegression(rows, groups, labels, groupCount, penalty).minimum(log);
  }

  private Fit minimum(final Consumer<String> log) {
    final int size = width + groupCount;
    double[] point = new double[size];
    double[] gradient = new double[size];
    double loss = loss(point, gradient);
    final double first = norm(gradient);
    final double[][] steps = new double[HISTORY][];
    final double[][] changes = new double[HISTORY][];
    int kept = 0;
    int iteration = 0;
    while (iteration < MOST_ITERATIONS && norm(gradient) > TOLERANCE * first) {
      final double[] direction = direction(gradient, steps, changes, kept);
      final double slope = dot(direction, gradient);
      // Nothing is known of the curvature yet: a step of length 1 at most.
      double length = kept == 0 ? Math.min(1, 1 / norm(gradient)) : 1;
      double[] next = point;
      final double[] nextGradient = new double[size];
      double nextLoss = Double.POSITIVE_INFINITY;
      int halvings = 0;
      while (halvings < MOST_HALVINGS && !(nextLoss <= loss + SUFFICIENT * length * slope)) {
        if (halvings++ > 0) {
          length /= 2;
        }
        next = moved(point, direction, length);
        nextLoss = loss(next, nextGradient);
      }
      if (!(nextLoss <= loss + SUFFICIENT * length * slope)) {
        // The loss cannot be told apart any more: this is as near as its precision goes.
        break;
      }
      final double[] step = moved(next, point, -1);
      final double[] change = moved(nextGradient, gradient, -1);
      // The loss is convex: only rounding makes this product not positive.
      if (dot(step, change) > 1e-12 * dot(change, change)) {
        steps[kept % HISTORY] = step;
        changes[kept % HISTORY] = change;
        kept++;
      }
      point = next;
      gradient = nextGradient;
      loss = nextLoss;
      iteration++;
      if (iteration % REPORT_EVERY == 0) {
        log.accept(
            String.format(
                Locale.ROOT,
                "iteration %d: %.1e of the gradient is left",
                iteration,
                norm(gradient) / first));
      }
    }
    return new Fit(
        Arrays.copyOf(point, width),
        biases(point),
        iteration,
        first == 0 ? 0 : norm(gradient) / first);
  }

  private double[] biases(final double[] point) {
    final double[] biases = Arrays.copyOfRange(point, width, width + groupCount);
    final boolean[] seen = new boolean[groupCount];
    for (final int group : groups) {
      seen[group] = true;
    }
    for (int group = 1; group < groupCount; group++) {
      if (!seen[group]) {
        biases[group] = biases[group - 1];
      }
    }
    return biases;
  }

  /** Where the last steps say that the minimum is: the two loops of L-BFGS. */
  private static double[] direction(
      final double[] gradient, final double[][] steps, final double[][] changes, final int kept) {
    final double[] direction = gradient.clone();
    final int oldest = Math.max(0, kept - HISTORY);
    final double[] shares = new double[HISTORY];
    for (int i = kept - 1; i >= oldest; i--) {
      final double[] step = steps[i % HISTORY];
      final double[] change = changes[i % HISTORY];
      shares[i % HISTORY] = dot(step, direction) / dot(step, change);
      add(direction, change, -shares[i % HISTORY]);
    }
    if (kept > 0) {
      final double[] step = steps[(kept - 1) % HISTORY];
      final double[] change = changes[(kept - 1) % HISTORY];
      scale(direction, dot(step, change) / dot(change, change));
    }
    for (int i = oldest; i < kept; i++) {
      final double[] step = steps[i % HISTORY];
      final double[] change = changes[i % HISTORY];
      add(direction, step, shares[i % HISTORY] - dot(change, direction) / dot(step, change));
    }
    scale(direction, -1);
    return direction;
  }

  /**
   * The loss at a point.
   *
   * @param point the weights, then the biases
   * @param gradient is overwritten with the loss's
   */
  private double loss(final double[] point, final double[] gradient) {
    final float[] weight = new float[width];
    for (int i = 0; i < width; i++) {
      weight[i] = (float) point[i];
    }
    Arrays.fill(gradient, 0);
    final float[] sum = new float[width];
    double total = 0;
    for (int from = 0; from < rows.length; from += BLOCK) {
      Arrays.fill(sum, 0);
      for (int row = from; row < Math.min(rows.length, from + BLOCK); row++) {
        final double score = dot(rows[row], weight) + point[width + groups[row]];
        // log(1 + exp(-margin)) without overflow.
        final double margin = labels[row] ? score : -score;
        total += Math.max(0, -margin) + Math.log1p(Math.exp(-Math.abs(margin)));
        final double error = 1 / (1 + Math.exp(-score)) - (labels[row] ? 1 : 0);
        add(sum, rows[row], (float) error);
        gradient[width + groups[row]] += error;
      }
      for (int i = 0; i < width; i++) {
        gradient[i] += sum[i];
      }
    }
    double squares = 0;
    for (int i = 0; i < width; i++) {
      gradient[i] = gradient[i] / rows.length + penalty * point[i];
      squares += point[i] * point[i];
    }
    for (int i = width; i < gradient.length; i++) {
      gradient[i] /= rows.length;
    }
    return total / rows.length + penalty / 2 * squares;
  }

  /** Eight sums side by side, which the processor adds up at once. */
  static float dot(final float[] a, final float[] b) {
    float s0 = 0;
    float s1 = 0;
    float s2 = 0;
    float s3 = 0;
    float s4 = 0;
    float s5 = 0;
    float s6 = 0;
    float s7 = 0;
    int i = 0;
    for (; i + 8 <= a.length; i += 8) {
      s0 += a[i] * b[i];
      s1 += a[i + 1] * b[i + 1];
      s2 += a[i + 2] * b[i + 2];
      s3 += a[i + 3] * b[i + 3];
      s4 += a[i + 4] * b[i + 4];
      s5 += a[i + 5] * b[i + 5];
      s6 += a[i + 6] * b[i + 6];
      s7 += a[i + 7] * b[i + 7];
    }
    float rest = 0;
    for (; i < a.length; i++) {
      rest += a[i] * b[i];
    }
    return s0 + s1 + (s2 + s3) + (s4 + s5 + (s6 + s7)) + rest;
  }

  private static void add(final float[] target, final float[] values, final float share) {
    for (int i = 0; i < target.length; i++) {
      target[i] += share * values[i];
    }
  }

  private static double[] moved(final double[] from, final double[] way, final double length) {
    final double[] to = from.clone();
    add(to, way, length);
    return to;
  }

  private static void add(final double[] target, final double[] values, final double share) {
    for (int i = 0; i < target.length; i++) {
      target[i] += share * values[i];
    }
  }

  private static void scale(final double[] values, final double factor) {
    for (int i = 0; i < values.length; i++) {
      values[i] *= factor;
    }
  }

  private static double dot(final double[] a, final double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static double norm(final double[] values) {
    return Math.sqrt(dot(values, values));
  }
}
