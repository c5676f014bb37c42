package io.valence.inference.onnx;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A graph under construction: inputs, weights and nodes are added in the order in which they depend
 * on one another, outputs last, and {@link #write} makes the file. Every name may be given to one
 * value only, and a node may use only names that are already there, so a slip shows where it is made
 * and not when a runtime loads the file. Not thread-safe.
 *
 * <p>A shape is a list of words: a number for a fixed size, any other word for a size known only when
 * the model runs ({@code "batch"}).
 *
 * <pre>{@code
 * OnnxGraph graph = new OnnxGraph("double");
 * graph.input("x", ElementType.FLOAT, "batch", "3");
 * graph.floats("two", new long[] {1}, 2f);
 * graph.node("Mul", List.of("x", "two"), List.of("y"));
 * graph.output("y", ElementType.FLOAT, "batch", "3");
 * graph.write(path);
 * }</pre>
 */
public final class OnnxGraph {

  private static final int IR_VERSION = 8;
  private static final int OPERATOR_SET = 17;
  private static final int EXTERNAL = 1;
  private static final Pattern NUMBER = Pattern.compile("\\d+");

  private final String name;
  private final ProtobufMessage nodes = new ProtobufMessage();
  private final ProtobufMessage initializers = new ProtobufMessage();
  private final ProtobufMessage inputs = new ProtobufMessage();
  private final ProtobufMessage outputs = new ProtobufMessage();
  private final ProtobufMessage metadata = new ProtobufMessage();
  private final Set<String> known = new HashSet<>();
  private int nodeCount;
  private int outputCount;

  public OnnxGraph(String name) {
    this.name = name;
  }

  /** A tensor that the caller of the model supplies. Returns its name. */
  public String input(String value, ElementType type, String... shape) {
    define(value);
    inputs.message(11, valueInfo(value, type, shape));
    return value;
  }

  /** A tensor that the model gives back: the name of a node's output or of an input. */
  public void output(String value, ElementType type, String... shape) {
    require(value);
    outputs.message(12, valueInfo(value, type, shape));
    outputCount++;
  }

  /** Weights held in the file itself, row by row. Returns the name. */
  public String floats(String value, long[] dimensions, float... values) {
    checkCount(value, dimensions, values.length);
    final ByteBuffer raw =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    raw.asFloatBuffer().put(values);
    return embedded(value, ElementType.FLOAT, dimensions, raw.array());
  }

  /** Integers held in the file itself, such as a shape or the axes of a sum. Returns the name. */
  public String integers(String value, long[] dimensions, long... values) {
    checkCount(value, dimensions, values.length);
    final ByteBuffer raw =
        ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    raw.asLongBuffer().put(values);
    return embedded(value, ElementType.INT64, dimensions, raw.array());
  }

  /**
   * Float weights that lie in another file, little-endian and row by row.
   *
   * @param file the other file's name, in the same folder as the graph
   * @param offset where the tensor begins, in bytes
   * @return the name
   */
  public String externalFloats(String value, long[] dimensions, String file, long offset) {
    define(value);
    final ProtobufMessage tensor = tensor(value, ElementType.FLOAT, dimensions);
    tensor.message(13, entry("location", file));
    tensor.message(13, entry("offset", Long.toString(offset)));
    tensor.message(13, entry("length", Long.toString(count(dimensions) * Float.BYTES)));
    tensor.integer(14, EXTERNAL);
    initializers.message(5, tensor);
    return value;
  }

  /** One operator of the default domain with the outputs named. */
  public void node(String operator, List<String> from, List<String> to, Attribute... attributes) {
    final ProtobufMessage node = new ProtobufMessage();
    for (final String value : from) {
      // An empty name stands for an optional input that is left out.
      if (!value.isEmpty()) {
        require(value);
      }
      node.text(1, value);
    }
    for (final String value : to) {
      define(value);
      node.text(2, value);
    }
    node.text(3, operator + "_" + nodeCount++);
    node.text(4, operator);
    for (final Attribute attribute : attributes) {
      node.message(5, attribute.message());
    }
    nodes.message(1, node);
  }

  /** One operator with a single output, for which a name is made up. Returns that name. */
  public String node(String operator, List<String> from, Attribute... attributes) {
    final String value = operator + "_" + nodeCount + "_output";
    node(operator, from, List.of(value), attributes);
    return value;
  }

  /** A note for whoever opens the file, such as a version or a licence. */
  public void metadata(String key, String value) {
    metadata.message(14, entry(key, value));
  }

  /**
   * Writes the file, replacing one of the same name.
   *
   * @throws IllegalStateException if the graph has no output
   * @throws IOException if the file cannot be written
   */
  public void write(Path file) throws IOException {
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      message().writeTo(out);
    }
  }

  /** The model as the bytes of an ONNX file. */
  public byte[] toBytes() {
    return message().toBytes();
  }

  private ProtobufMessage message() {
    if (outputCount == 0) {
      throw new IllegalStateException("graph " + name + " has no output");
    }
    final ProtobufMessage graph = new ProtobufMessage();
    graph.append(nodes).text(2, name).append(initializers).append(inputs).append(outputs);
    final ProtobufMessage model = new ProtobufMessage();
    model.integer(1, IR_VERSION).text(2, "valence").message(7, graph);
    model.message(8, new ProtobufMessage().text(1, "").integer(2, OPERATOR_SET));
    return model.append(metadata);
  }

  private String embedded(String value, ElementType type, long[] dimensions, byte[] raw) {
    define(value);
    initializers.message(5, tensor(value, type, dimensions).bytes(9, raw));
    return value;
  }

  private void define(String value) {
    if (value.isBlank() || !known.add(value)) {
      throw new IllegalArgumentException(
          "graph " + name + ": '" + value + "' is empty or already the name of another value");
    }
  }

  private void require(String value) {
    if (!known.contains(value)) {
      throw new IllegalArgumentException(
          "graph " + name + ": nothing is called '" + value + "' yet");
    }
  }

  private void checkCount(String value, long[] dimensions, int given) {
    if (count(dimensions) != given) {
      throw new IllegalArgumentException(
          "graph %s: %s has %d values where its shape needs %d"
              .formatted(name, value, given, count(dimensions)));
    }
  }

  private static long count(long[] dimensions) {
    long product = 1;
    for (final long dimension : dimensions) {
      product = Math.multiplyExact(product, dimension);
    }
    return product;
  }

  private static ProtobufMessage tensor(String value, ElementType type, long[] dimensions) {
    final ProtobufMessage tensor = new ProtobufMessage();
    for (final long dimension : dimensions) {
      tensor.integer(1, dimension);
    }
    return tensor.integer(2, type.code()).text(8, value);
  }

  private static ProtobufMessage entry(String key, String value) {
    return new ProtobufMessage().text(1, key).text(2, value);
  }

  private static ProtobufMessage valueInfo(String value, ElementType type, String[] shape) {
    final ProtobufMessage dimensions = new ProtobufMessage();
    for (final String dimension : shape) {
      final ProtobufMessage size = new ProtobufMessage();
      if (NUMBER.matcher(dimension).matches()) {
        size.integer(1, Long.parseLong(dimension));
      } else {
        size.text(2, dimension);
      }
      dimensions.message(1, size);
    }
    final ProtobufMessage tensorType =
        new ProtobufMessage().integer(1, type.code()).message(2, dimensions);
    return new ProtobufMessage()
        .text(1, value)
        .message(2, new ProtobufMessage().message(1, tensorType));
  }
}
