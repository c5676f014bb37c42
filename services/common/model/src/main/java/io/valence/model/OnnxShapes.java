package io.valence.model;

import io.valence.inference.OnnxModel;
import java.util.Arrays;
import java.util.Set;

/** Compares a model's inputs and outputs with what its place in a bundle asks for. */
final class OnnxShapes {

  private OnnxShapes() {}

  static void requireInputs(final OnnxModel model, final String... names) throws BundleException {
    if (!model.inputNames().equals(Set.of(names))) {
      throw mismatch(
          model,
          "has the inputs " + model.inputNames() + " where " + Arrays.toString(names) + " belong");
    }
  }

  /** Requires an input of shape [batch, size]; the batch must be free. */
  static void requireInput(final OnnxModel model, final String name, final int size)
      throws BundleException {
    final long[] shape = model.inputShape(name);
    if (shape.length != 2 || shape[0] >= 0 || shape[1] != size) {
      throw mismatch(
          model,
          "takes '"
              + name
              + "' of shape "
              + Arrays.toString(shape)
              + " where [batch, "
              + size
              + "] belongs");
    }
  }

  /** Requires an output of this shape; -1 on either side fits anything. */
  static void requireOutput(final OnnxModel model, final String name, final long... expected)
      throws BundleException {
    if (!model.outputNames().contains(name)) {
      throw mismatch(model, "has no output '" + name + "' but " + model.outputNames());
    }
    final long[] shape = model.outputShape(name);
    boolean fits = shape.length == expected.length;
    for (int i = 0; fits && i < shape.length; i++) {
      fits = shape[i] < 0 || expected[i] < 0 || shape[i] == expected[i];
    }
    if (!fits) {
      throw mismatch(
          model,
          "gives '"
              + name
              + "' of shape "
              + Arrays.toString(shape)
              + " where "
              + Arrays.toString(expected)
              + " (-1: batch) belongs");
    }
  }

  private static BundleException mismatch(final OnnxModel model, final String what) {
    return new BundleException(
        model.file() + " " + what + "; restore the bundle or train it again");
  }
}
