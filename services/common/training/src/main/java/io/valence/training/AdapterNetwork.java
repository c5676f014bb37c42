package io.valence.training;

import java.util.List;
import java.util.Random;

/**
 * Two hidden layers, each dense, batch-normalised, rectified and dropped out, and a dense output: the
 * methodology's adapter.
 */
record AdapterNetwork(int inputs, int hidden, int outputs) {

  Weights newWeights(final Random random) {
    return new Weights()
        .linear("hidden1", inputs, hidden, random)
        .batchNorm("norm1", hidden)
        .linear("hidden2", hidden, hidden, random)
        .batchNorm("norm2", hidden)
        .linear("output", hidden, outputs, random);
  }

  /** The weights for serving: batch normalisation taken into the dense layers. */
  static Weights folded(final Weights weights) {
    return OnnxArithmetic.folded(weights, List.of("hidden1", "norm1", "hidden2", "norm2"));
  }

  /**
   * @param features [batch, inputs], standardised
   * @return [batch, outputs], in the standardised target space
   */
  <T> T adapt(final Arithmetic<T> math, final T features, final double dropout) {
    final T first = math.relu(math.batchNorm(math.linear(features, "hidden1"), "norm1"));
    final T second =
        math.relu(math.batchNorm(math.linear(math.dropout(first, dropout), "hidden2"), "norm2"));
    return math.linear(math.dropout(second, dropout), "output");
  }
}
