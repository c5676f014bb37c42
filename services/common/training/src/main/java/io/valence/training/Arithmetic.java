package io.valence.training;

import java.util.List;

/**
 * The operations that the networks here are made of. A network is written once against this
 * interface; {@link TorchArithmetic} computes it (and learns), {@link OnnxArithmetic} writes it down
 * as a graph, {@link EnsembleArithmetic} several of one shape together, so that what is served is what
 * was trained.
 *
 * @param <T> a tensor: its first dimension is the batch
 */
interface Arithmetic<T> {

  /** x · Wᵀ + b over the last dimension, with the weights {@code name.weight} [out, in], {@code name.bias}. */
  T linear(T x, String name);

  /** Normalises the last dimension, then scales and shifts it by {@code name.gamma}, {@code name.beta}. */
  T layerNorm(T x, String name);

  /**
   * Batch normalisation of [batch, width] with {@code name.gamma}, {@code name.beta}, {@code
   * name.mean}, {@code name.variance} (Ioffe and Szegedy, 2015).
   */
  T batchNorm(T x, String name);

  /** Zeroes a share of the values while learning; nothing afterwards. */
  T dropout(T x, double rate);

  T relu(T x);

  T add(T x, T y);

  T multiply(T x, T y);

  /** x · factor + offset. */
  T scale(T x, float factor, float offset);

  T matMul(T x, T y);

  /** Over the last dimension. */
  T softmax(T x);

  T concatenate(List<T> parts, int axis);

  /** -1 stands for the batch. */
  T reshape(T x, long... dimensions);

  T transpose(T x, int... permutation);

  /** Values that are part of the network and are not learned. */
  T constant(String name, float[] values, long... dimensions);
}
