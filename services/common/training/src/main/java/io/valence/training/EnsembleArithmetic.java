package io.valence.training;

import io.valence.inference.onnx.Attribute;
import io.valence.inference.onnx.OnnxGraph;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Writes several networks of one shape down as one: every tensor that depends on weights has the
 * members of the ensemble as its first dimension, before the batch. The networks are so small that a
 * runtime spends its time between the nodes of a graph and not in them, so five networks side by side
 * take five times as long as the five together.
 *
 * <p>Example: two members, {@code linear} of an input [batch, 768] to 32 values multiplies [batch,
 * 768] by [2, 768, 32] and gives [2, batch, 32].
 */
final class EnsembleArithmetic implements Arithmetic<EnsembleArithmetic.Value> {

  /**
   * A value of the graph.
   *
   * @param rank dimensions without that of the members
   * @param ofMembers whether it has one for each member; an input or a constant is the same for all
   */
  record Value(String name, int rank, boolean ofMembers) {}

  private final OnnxGraph graph;
  private final List<Weights> members;
  private int constants;

  /**
   * @param members at least one; of the same shapes
   */
  EnsembleArithmetic(final OnnxGraph graph, final List<Weights> members) {
    this.graph = graph;
    this.members = List.copyOf(members);
  }

  /** An input of the graph, [batch, width]. */
  static Value input(final String name) {
    return new Value(name, 2, false);
  }

  private Value node(final String operator, final Value like, final List<String> from) {
    return new Value(graph.node(operator, from), like.rank(), like.ofMembers());
  }

  /** One tensor for each member that broadcasts against a value of this rank. */
  private String tensor(
      final String name, final int rank, final List<float[]> ofMembers, final long... dimensions) {
    final int size = ofMembers.get(0).length;
    final float[] all = new float[members.size() * size];
    for (int i = 0; i < members.size(); i++) {
      System.arraycopy(ofMembers.get(i), 0, all, i * size, size);
    }
    final long[] shape = new long[1 + rank];
    Arrays.fill(shape, 1);
    shape[0] = members.size();
    System.arraycopy(dimensions, 0, shape, shape.length - dimensions.length, dimensions.length);
    return graph.floats(name, shape, all);
  }

  private String row(final String name, final int rank) {
    final List<float[]> rows = members.stream().map(member -> member.get(name).values()).toList();
    return tensor(name, rank, rows, rows.get(0).length);
  }

  @Override
  public Value linear(final Value x, final String name) {
    final long[] outputsAndInputs = members.get(0).get(name + ".weight").dimensions();
    final String kernel =
        tensor(
            name + ".weight",
            x.rank(),
            members.stream()
                .map(member -> OnnxArithmetic.transposed(member.get(name + ".weight")))
                .toList(),
            outputsAndInputs[1],
            outputsAndInputs[0]);
    final String product = graph.node("MatMul", List.of(x.name(), kernel));
    final String bias = row(name + ".bias", x.rank());
    return new Value(graph.node("Add", List.of(product, bias)), x.rank(), true);
  }

  @Override
  public Value layerNorm(final Value x, final String name) {
    final float[] ones = new float[members.get(0).get(name + ".gamma").values().length];
    Arrays.fill(ones, 1);
    // The operator takes one scale for all: the members' own are multiplied afterwards.
    final String normal =
        graph.node(
            "LayerNormalization",
            List.of(x.name(), graph.floats(name + ".one", new long[] {ones.length}, ones)),
            Attribute.ofInt("axis", -1),
            Attribute.ofFloat("epsilon", TorchArithmetic.EPSILON));
    final String scaled = graph.node("Mul", List.of(normal, row(name + ".gamma", x.rank())));
    return node("Add", x, List.of(scaled, row(name + ".beta", x.rank())));
  }

  @Override
  public Value batchNorm(final Value x, final String name) {
    throw new UnsupportedOperationException("no ensemble here has batch normalisation");
  }

  @Override
  public Value dropout(final Value x, final double rate) {
    return x;
  }

  @Override
  public Value relu(final Value x) {
    return node("Relu", x, List.of(x.name()));
  }

  @Override
  public Value add(final Value x, final Value y) {
    return elementwise("Add", x, y);
  }

  @Override
  public Value multiply(final Value x, final Value y) {
    return elementwise("Mul", x, y);
  }

  private Value elementwise(final String operator, final Value x, final Value y) {
    if (x.rank() != y.rank()) {
      throw new IllegalArgumentException(operator + " of ranks " + x.rank() + ", " + y.rank());
    }
    return node(operator, x.ofMembers() ? x : y, List.of(x.name(), y.name()));
  }

  @Override
  public Value scale(final Value x, final float factor, final float offset) {
    final Value scaled = node("Mul", x, List.of(x.name(), scalar(factor)));
    return offset == 0 ? scaled : node("Add", x, List.of(scaled.name(), scalar(offset)));
  }

  private String scalar(final float value) {
    return graph.floats("scalar." + constants++, new long[] {}, value);
  }

  @Override
  public Value matMul(final Value x, final Value y) {
    return elementwise("MatMul", x, y);
  }

  @Override
  public Value softmax(final Value x) {
    return new Value(
        graph.node("Softmax", List.of(x.name()), Attribute.ofInt("axis", -1)),
        x.rank(),
        x.ofMembers());
  }

  @Override
  public Value concatenate(final List<Value> parts, final int axis) {
    final boolean ofMembers = parts.stream().anyMatch(Value::ofMembers);
    final List<String> names = new ArrayList<>();
    for (final Value part : parts) {
      names.add(ofMembers && !part.ofMembers() ? repeated(part) : part.name());
    }
    return new Value(
        graph.node("Concat", names, Attribute.ofInt("axis", ofMembers ? axis + 1 : axis)),
        parts.get(0).rank(),
        ofMembers);
  }

  /** The same for every member: a concatenation does not broadcast. */
  private String repeated(final Value x) {
    final float[] one = {1};
    final String ones =
        tensor("ones." + constants++, x.rank(), Collections.nCopies(members.size(), one), 1);
    return graph.node("Mul", List.of(x.name(), ones));
  }

  @Override
  public Value reshape(final Value x, final long... dimensions) {
    final long[] shape =
        x.ofMembers()
            ? LongStream.concat(LongStream.of(members.size()), LongStream.of(dimensions)).toArray()
            : dimensions.clone();
    final String target = graph.integers("shape." + constants++, new long[] {shape.length}, shape);
    return new Value(
        graph.node("Reshape", List.of(x.name(), target)), dimensions.length, x.ofMembers());
  }

  @Override
  public Value transpose(final Value x, final int... permutation) {
    final IntStream order =
        x.ofMembers()
            ? IntStream.concat(IntStream.of(0), IntStream.of(permutation).map(i -> i + 1))
            : IntStream.of(permutation);
    return new Value(
        graph.node(
            "Transpose",
            List.of(x.name()),
            Attribute.ofInts("perm", order.asLongStream().toArray())),
        x.rank(),
        x.ofMembers());
  }

  @Override
  public Value constant(final String name, final float[] values, final long... dimensions) {
    return new Value(graph.floats(name, dimensions, values), dimensions.length, false);
  }
}
