package io.valence.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.Dropout;
import ai.djl.nn.norm.LayerNorm;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;

/** Computes networks in PyTorch. What it makes belongs to the manager of its inputs. */
final class TorchArithmetic implements Arithmetic<NDArray> {

  /** PyTorch's own defaults. */
  static final float EPSILON = 1e-5f;

  private static final float MOMENTUM = 0.9f;

  private final NDManager manager;
  private final Map<String, NDArray> weights;
  private final boolean learning;

  /**
   * @param manager owns constants and everything computed from them
   * @param learning whether dropout and batch statistics are at work
   */
  TorchArithmetic(
      final NDManager manager, final Map<String, NDArray> weights, final boolean learning) {
    this.manager = manager;
    this.weights = weights;
    this.learning = learning;
  }

  private NDArray weight(final String name) {
    final NDArray array = weights.get(name);
    if (array == null) {
      throw new IllegalArgumentException("no weights are called " + name);
    }
    return array;
  }

  @Override
  public NDArray linear(final NDArray x, final String name) {
    return Linear.linear(x, weight(name + ".weight"), weight(name + ".bias")).singletonOrThrow();
  }

  @Override
  public NDArray layerNorm(final NDArray x, final String name) {
    final NDArray gamma = weight(name + ".gamma");
    return LayerNorm.layerNorm(x, gamma.getShape(), gamma, weight(name + ".beta"), EPSILON)
        .singletonOrThrow();
  }

  @Override
  public NDArray batchNorm(final NDArray x, final String name) {
    return BatchNorm.batchNorm(
            x,
            weight(name + ".mean"),
            weight(name + ".variance"),
            weight(name + ".gamma"),
            weight(name + ".beta"),
            1,
            MOMENTUM,
            EPSILON,
            learning)
        .singletonOrThrow();
  }

  @Override
  public NDArray dropout(final NDArray x, final double rate) {
    return learning && rate > 0 ? Dropout.dropout(x, (float) rate, true).singletonOrThrow() : x;
  }

  @Override
  public NDArray relu(final NDArray x) {
    return x.getNDArrayInternal().relu();
  }

  @Override
  public NDArray add(final NDArray x, final NDArray y) {
    return x.add(y);
  }

  @Override
  public NDArray multiply(final NDArray x, final NDArray y) {
    return x.mul(y);
  }

  @Override
  public NDArray scale(final NDArray x, final float factor, final float offset) {
    final NDArray scaled = Scalars.times(x, factor);
    return offset == 0 ? scaled : scaled.add(offset);
  }

  @Override
  public NDArray matMul(final NDArray x, final NDArray y) {
    return x.matMul(y);
  }

  @Override
  public NDArray softmax(final NDArray x) {
    return x.softmax(-1);
  }

  @Override
  public NDArray concatenate(final List<NDArray> parts, final int axis) {
    return NDArrays.concat(new NDList(parts), axis);
  }

  @Override
  public NDArray reshape(final NDArray x, final long... dimensions) {
    return x.reshape(dimensions);
  }

  @Override
  public NDArray transpose(final NDArray x, final int... permutation) {
    return x.transpose(permutation);
  }

  @Override
  public NDArray constant(final String name, final float[] values, final long... dimensions) {
    return manager.create(FloatBuffer.wrap(values), new Shape(dimensions));
  }
}
