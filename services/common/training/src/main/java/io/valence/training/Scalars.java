package io.valence.training;

import ai.djl.ndarray.NDArray;

/** Arithmetic with plain numbers that is safe to differentiate. */
final class Scalars {

  private Scalars() {}

  /**
   * x · factor. DJL's own {@code mul(Number)} wraps the number in an array that it closes at once,
   * although PyTorch keeps it for the backward pass: its memory may be gone by then, and the gradient
   * becomes whatever lies there. This array lives as long as x's manager.
   */
  static NDArray times(final NDArray x, final double factor) {
    return x.mul(x.getManager().create((float) factor));
  }
}
