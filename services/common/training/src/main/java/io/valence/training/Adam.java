package io.valence.training;

import ai.djl.ndarray.NDArray;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Adam (Kingma and Ba, 2015), with weight decay either coupled (added to the gradient, as the paper
 * has it) or decoupled (Loshchilov and Hutter, 2019), and gradients clipped by their global norm.
 * The formulas are those of PyTorch's Adam and AdamW.
 *
 * <p>The arithmetic runs over plain arrays: one pass over half a million weights costs less than the
 * many small calls into the engine that it replaces.
 */
final class Adam {

  private static final double BETA1 = 0.9;
  private static final double BETA2 = 0.999;
  private static final double EPSILON = 1e-8;

  private final Weights weights;
  private final Map<String, NDArray> arrays;
  private final Map<String, float[]> firstMoments = new LinkedHashMap<>();
  private final Map<String, float[]> secondMoments = new LinkedHashMap<>();
  private final double weightDecay;
  private final boolean decoupled;
  private final double clipNorm;
  private int steps;

  /**
   * @param weights changed by every step
   * @param arrays the same weights in the engine, kept equal
   * @param clipNorm largest Euclidean norm of all gradients together; 0 means no limit
   */
  Adam(
      final Weights weights,
      final Map<String, NDArray> arrays,
      final double weightDecay,
      final boolean decoupled,
      final double clipNorm) {
    this.weights = weights;
    this.arrays = arrays;
    this.weightDecay = weightDecay;
    this.decoupled = decoupled;
    this.clipNorm = clipNorm;
  }

  /** How many steps were made. */
  int steps() {
    return steps;
  }

  /** What it remembers between steps, by the weights' names with {@code .first} and {@code .second}. */
  Map<String, float[]> moments() {
    final Map<String, float[]> moments = new LinkedHashMap<>();
    firstMoments.forEach((name, values) -> moments.put(name + ".first", values.clone()));
    secondMoments.forEach((name, values) -> moments.put(name + ".second", values.clone()));
    return moments;
  }

  /** Goes on from what {@link #moments} gave after so many steps. */
  void restore(final Map<String, float[]> moments, final int afterSteps) {
    weights
        .tensors()
        .keySet()
        .forEach(
            name -> {
              if (moments.containsKey(name + ".first")) {
                firstMoments.put(name, moments.get(name + ".first").clone());
                secondMoments.put(name, moments.get(name + ".second").clone());
              }
            });
    steps = afterSteps;
  }

  /**
   * One step along the gradients, which are 0 afterwards.
   *
   * @throws TrainingException if a gradient is not a number
   */
  void step(final double learningRate) {
    final Map<String, float[]> gradients = new LinkedHashMap<>();
    double squares = 0;
    for (final Map.Entry<String, Weights.Tensor> entry : weights.tensors().entrySet()) {
      if (!entry.getValue().learned()) {
        continue;
      }
      try (NDArray gradient = arrays.get(entry.getKey()).getGradient()) {
        final float[] values = gradient.toFloatArray();
        gradient.muli(0);
        double own = 0;
        for (final float value : values) {
          own += (double) value * value;
        }
        if (!Double.isFinite(own)) {
          throw new TrainingException(
              "the gradients of "
                  + entry.getKey()
                  + " are no longer numbers; lower the learning rate or check the inputs");
        }
        squares += own;
        gradients.put(entry.getKey(), values);
      }
    }
    final double norm = Math.sqrt(squares);
    final double factor = clipNorm > 0 && norm > clipNorm ? clipNorm / norm : 1;
    steps++;
    final double correction1 = 1 - Math.pow(BETA1, steps);
    final double correction2 = Math.sqrt(1 - Math.pow(BETA2, steps));
    gradients.forEach(
        (name, gradient) -> {
          final float[] values = weights.get(name).values();
          final float[] first = firstMoments.computeIfAbsent(name, n -> new float[values.length]);
          final float[] second = secondMoments.computeIfAbsent(name, n -> new float[values.length]);
          update(values, gradient, first, second, factor, learningRate, correction1, correction2);
          arrays.get(name).set(FloatBuffer.wrap(values));
        });
  }

  private void update(
      final float[] values,
      final float[] gradient,
      final float[] first,
      final float[] second,
      final double factor,
      final double learningRate,
      final double correction1,
      final double correction2) {
    final float scale = (float) factor;
    final float coupledDecay = decoupled ? 0 : (float) weightDecay;
    final float keep = decoupled ? (float) (1 - learningRate * weightDecay) : 1;
    final float rate = (float) (learningRate / correction1);
    final float root = (float) (1 / correction2);
    for (int i = 0; i < values.length; i++) {
      final float slope = gradient[i] * scale + coupledDecay * values[i];
      first[i] = (float) BETA1 * first[i] + (float) (1 - BETA1) * slope;
      second[i] = (float) BETA2 * second[i] + (float) (1 - BETA2) * slope * slope;
      values[i] =
          keep * values[i]
              - rate * first[i] / ((float) Math.sqrt(second[i]) * root + (float) EPSILON);
    }
  }
}
