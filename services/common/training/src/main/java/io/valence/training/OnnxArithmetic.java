package io.valence.training;

import io.valence.inference.onnx.Attribute;
import io.valence.inference.onnx.OnnxGraph;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Writes a network down as nodes of a graph; a tensor is the name of a value. */
final class OnnxArithmetic implements Arithmetic<String> {

  private final OnnxGraph graph;
  private final Weights weights;
  private int constants;

  OnnxArithmetic(final OnnxGraph graph, final Weights weights) {
    this.graph = graph;
    this.weights = weights;
  }

  @Override
  public String linear(final String x, final String name) {
    final Weights.Tensor weight = weights.get(name + ".weight");
    final Weights.Tensor bias = weights.get(name + ".bias");
    final int outputs = (int) weight.dimensions()[0];
    final int inputs = (int) weight.dimensions()[1];
    final String kernel =
        graph.floats(name + ".weight", new long[] {inputs, outputs}, transposed(weight));
    final String product = graph.node("MatMul", List.of(x, kernel));
    return graph.node(
        "Add", List.of(product, graph.floats(name + ".bias", new long[] {outputs}, bias.values())));
  }

  /** A matrix [outputs, inputs] as [inputs, outputs]. */
  static float[] transposed(final Weights.Tensor weight) {
    final int outputs = (int) weight.dimensions()[0];
    final int inputs = (int) weight.dimensions()[1];
    final float[] transposed = new float[weight.values().length];
    for (int row = 0; row < outputs; row++) {
      for (int column = 0; column < inputs; column++) {
        transposed[column * outputs + row] = weight.values()[row * inputs + column];
      }
    }
    return transposed;
  }

  @Override
  public String layerNorm(final String x, final String name) {
    final float[] gamma = weights.get(name + ".gamma").values();
    final float[] beta = weights.get(name + ".beta").values();
    return graph.node(
        "LayerNormalization",
        List.of(
            x,
            graph.floats(name + ".gamma", new long[] {gamma.length}, gamma),
            graph.floats(name + ".beta", new long[] {beta.length}, beta)),
        Attribute.ofInt("axis", -1),
        Attribute.ofFloat("epsilon", TorchArithmetic.EPSILON));
  }

  /**
   * A batch normalisation that stands alone. Where one follows a dense layer the network is {@link
   * #folded} first, and this writes nothing.
   */
  @Override
  public String batchNorm(final String x, final String name) {
    if (!weights.tensors().containsKey(name + ".gamma")) {
      return x;
    }
    final float[] gamma = weights.get(name + ".gamma").values();
    final float[] beta = weights.get(name + ".beta").values();
    final float[] mean = weights.get(name + ".mean").values();
    final float[] variance = weights.get(name + ".variance").values();
    final float[] factor = new float[gamma.length];
    final float[] offset = new float[gamma.length];
    for (int i = 0; i < gamma.length; i++) {
      final double slope = gamma[i] / Math.sqrt(variance[i] + (double) TorchArithmetic.EPSILON);
      factor[i] = (float) slope;
      offset[i] = (float) (beta[i] - mean[i] * slope);
    }
    final long[] dimensions = {gamma.length};
    final String scaled =
        graph.node("Mul", List.of(x, graph.floats(name + ".factor", dimensions, factor)));
    return graph.node("Add", List.of(scaled, graph.floats(name + ".offset", dimensions, offset)));
  }

  /**
   * The same network with batch normalisations taken into the dense layers before them, computed in
   * double precision: W' = s W, b' = (b - mean) s + beta with s = gamma / sqrt(variance + epsilon).
   *
   * @param layersAndNorms names of dense layers, each followed by the name of its normalisation
   */
  static Weights folded(final Weights weights, final List<String> layersAndNorms) {
    final Weights folded = weights.copy();
    for (int i = 0; i < layersAndNorms.size(); i += 2) {
      final String layer = layersAndNorms.get(i);
      final String norm = layersAndNorms.get(i + 1);
      final Weights.Tensor weight = folded.get(layer + ".weight");
      final float[] bias = folded.get(layer + ".bias").values();
      final int inputs = (int) weight.dimensions()[1];
      for (int row = 0; row < bias.length; row++) {
        final double slope =
            weights.get(norm + ".gamma").values()[row]
                / Math.sqrt(
                    weights.get(norm + ".variance").values()[row]
                        + (double) TorchArithmetic.EPSILON);
        for (int column = 0; column < inputs; column++) {
          final int at = row * inputs + column;
          weight.values()[at] = (float) (weight.values()[at] * slope);
        }
        bias[row] =
            (float)
                (((double) bias[row] - weights.get(norm + ".mean").values()[row]) * slope
                    + weights.get(norm + ".beta").values()[row]);
      }
      folded.remove(norm);
    }
    return folded;
  }

  @Override
  public String dropout(final String x, final double rate) {
    return x;
  }

  @Override
  public String relu(final String x) {
    return graph.node("Relu", List.of(x));
  }

  @Override
  public String add(final String x, final String y) {
    return graph.node("Add", List.of(x, y));
  }

  @Override
  public String multiply(final String x, final String y) {
    return graph.node("Mul", List.of(x, y));
  }

  @Override
  public String scale(final String x, final float factor, final float offset) {
    final String scaled = graph.node("Mul", List.of(x, scalar(factor)));
    return offset == 0 ? scaled : graph.node("Add", List.of(scaled, scalar(offset)));
  }

  @Override
  public String matMul(final String x, final String y) {
    return graph.node("MatMul", List.of(x, y));
  }

  @Override
  public String softmax(final String x) {
    return graph.node("Softmax", List.of(x), Attribute.ofInt("axis", -1));
  }

  @Override
  public String concatenate(final List<String> parts, final int axis) {
    return graph.node("Concat", new ArrayList<>(parts), Attribute.ofInt("axis", axis));
  }

  @Override
  public String reshape(final String x, final long... dimensions) {
    final String shape =
        graph.integers(
            "shape." + constants++,
            new long[] {dimensions.length},
            Arrays.copyOf(dimensions, dimensions.length));
    return graph.node("Reshape", List.of(x, shape));
  }

  @Override
  public String transpose(final String x, final int... permutation) {
    return graph.node(
        "Transpose",
        List.of(x),
        Attribute.ofInts("perm", Arrays.stream(permutation).asLongStream().toArray()));
  }

  @Override
  public String constant(final String name, final float[] values, final long... dimensions) {
    return graph.floats(name, dimensions, values);
  }

  private String scalar(final float value) {
    return graph.floats("scalar." + constants++, new long[] {}, value);
  }
}
