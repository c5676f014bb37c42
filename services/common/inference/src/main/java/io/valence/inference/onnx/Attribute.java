package io.valence.inference.onnx;

import java.util.Objects;

/**
 * A constant setting of one node, for instance the axis of a Softmax. Made by the factory methods,
 * which know the number that ONNX gives to each kind of value ({@code AttributeProto.AttributeType}).
 */
public final class Attribute {

  private static final int NAME = 1;
  private static final int FLOAT = 2;
  private static final int INT = 3;
  private static final int STRING = 4;
  private static final int INTS = 8;
  private static final int TYPE = 20;

  private final ProtobufMessage message;

  private Attribute(String name, int type) {
    Objects.requireNonNull(name, "name");
    message = new ProtobufMessage().text(NAME, name).integer(TYPE, type);
  }

  /** A single number such as an epsilon. */
  public static Attribute ofFloat(String name, float value) {
    final Attribute attribute = new Attribute(name, 1);
    attribute.message.fixed32(FLOAT, value);
    return attribute;
  }

  /** A single integer such as an axis or the code of an element type. */
  public static Attribute ofInt(String name, long value) {
    final Attribute attribute = new Attribute(name, 2);
    attribute.message.integer(INT, value);
    return attribute;
  }

  /** A word such as a rounding or padding mode. */
  public static Attribute ofString(String name, String value) {
    final Attribute attribute = new Attribute(name, 3);
    attribute.message.text(STRING, value);
    return attribute;
  }

  /** Several integers such as a permutation. */
  public static Attribute ofInts(String name, long... values) {
    final Attribute attribute = new Attribute(name, 7);
    for (final long value : values) {
      attribute.message.integer(INTS, value);
    }
    return attribute;
  }

  ProtobufMessage message() {
    return message;
  }
}
