package io.valence.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/** The numbers of a network by name, as plain arrays: made, copied and written without the engine. */
final class Weights {

  /**
   * One tensor.
   *
   * @param values row by row; owned by the weights
   * @param learned false for running statistics, which the optimiser leaves alone
   */
  record Tensor(long[] dimensions, float[] values, boolean learned) {

    Tensor copy() {
      return new Tensor(dimensions, values.clone(), learned);
    }
  }

  private final Map<String, Tensor> tensors = new LinkedHashMap<>();

  /** In the order in which they were added. */
  Map<String, Tensor> tensors() {
    return Collections.unmodifiableMap(tensors);
  }

  Tensor get(final String name) {
    final Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("no weights are called " + name);
    }
    return tensor;
  }

  int count() {
    return tensors.values().stream().mapToInt(tensor -> tensor.values().length).sum();
  }

  /**
   * A dense layer, uniform in ±1/sqrt(inputs) as PyTorch starts its own.
   *
   * @param random gives the same weights for the same seed
   */
  Weights linear(final String name, final int inputs, final int outputs, final Random random) {
    final float bound = (float) (1 / Math.sqrt(inputs));
    final float[] weight = new float[inputs * outputs];
    for (int i = 0; i < weight.length; i++) {
      weight[i] = (2 * random.nextFloat() - 1) * bound;
    }
    final float[] bias = new float[outputs];
    for (int i = 0; i < bias.length; i++) {
      bias[i] = (2 * random.nextFloat() - 1) * bound;
    }
    put(name + ".weight", weight, true, outputs, inputs);
    put(name + ".bias", bias, true, outputs);
    return this;
  }

  Weights norm(final String name, final int width) {
    put(name + ".gamma", filled(width, 1), true, width);
    put(name + ".beta", new float[width], true, width);
    return this;
  }

  Weights batchNorm(final String name, final int width) {
    norm(name, width);
    put(name + ".mean", new float[width], false, width);
    put(name + ".variance", filled(width, 1), false, width);
    return this;
  }

  void put(
      final String name, final float[] values, final boolean learned, final long... dimensions) {
    tensors.put(name, new Tensor(dimensions, values, learned));
  }

  /** Removes every tensor of one layer. */
  void remove(final String layer) {
    tensors.keySet().removeIf(name -> name.startsWith(layer + "."));
  }

  Weights copy() {
    final Weights copy = new Weights();
    tensors.forEach((name, tensor) -> copy.tensors.put(name, tensor.copy()));
    return copy;
  }

  /** Copies of all values by name. */
  Map<String, float[]> values() {
    final Map<String, float[]> values = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> values.put(name, tensor.values().clone()));
    return values;
  }

  /** Takes values as {@link #values} gave them. */
  void set(final Map<String, float[]> values) {
    if (!values.keySet().equals(tensors.keySet())) {
      throw new IllegalArgumentException("these are the values of other weights");
    }
    values.forEach(
        (name, numbers) -> System.arraycopy(numbers, 0, get(name).values(), 0, numbers.length));
  }

  /** The same numbers in the engine; learned ones collect gradients. */
  Map<String, NDArray> upload(final NDManager manager, final boolean learning) {
    final Map<String, NDArray> arrays = new LinkedHashMap<>();
    tensors.forEach(
        (name, tensor) -> {
          final NDArray array =
              manager.create(FloatBuffer.wrap(tensor.values()), new Shape(tensor.dimensions()));
          array.setRequiresGradient(learning && tensor.learned());
          arrays.put(name, array);
        });
    return arrays;
  }

  /** Takes running statistics back from the engine; learned values are kept in step by the optimiser. */
  void downloadStatistics(final Map<String, NDArray> arrays) {
    tensors.forEach(
        (name, tensor) -> {
          if (!tensor.learned()) {
            final float[] now = arrays.get(name).toFloatArray();
            System.arraycopy(now, 0, tensor.values(), 0, now.length);
          }
        });
  }

  private static float[] filled(final int width, final float value) {
    final float[] values = new float[width];
    Arrays.fill(values, value);
    return values;
  }
}
