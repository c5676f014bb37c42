package io.valence.inference;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Writes the smallest ONNX model with what the committed ones lack: an int64 input and a free batch.
 * It computes {@code sum = float(ids) + weights}, all of shape [batch, 3]. The field numbers are
 * those of onnx.proto.
 */
final class TinyOnnx {

  private static final int FLOAT = 1;
  private static final int INT64 = 7;

  private TinyOnnx() {}

  static byte[] idsPlusWeights() {
    final byte[] cast =
        join(
            text(1, "ids"),
            text(2, "as-float"),
            text(4, "Cast"),
            field(5, join(text(1, "to"), number(3, FLOAT), number(20, 2))));
    final byte[] add =
        join(text(1, "as-float"), text(1, "weights"), text(2, "sum"), text(4, "Add"));
    final byte[] graph =
        join(
            field(1, cast),
            field(1, add),
            text(2, "tiny"),
            field(11, tensor("ids", INT64)),
            field(11, tensor("weights", FLOAT)),
            field(12, tensor("sum", FLOAT)));
    return join(number(1, 8), field(7, graph), field(8, number(2, 17)));
  }

  private static byte[] tensor(final String name, final int type) {
    final byte[] shape = join(field(1, text(2, "batch")), field(1, number(1, 3)));
    return join(text(1, name), field(2, field(1, join(number(1, type), field(2, shape)))));
  }

  private static byte[] text(final int field, final String value) {
    return field(field, value.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] field(final int field, final byte[] content) {
    return join(varint(field << 3 | 2), varint(content.length), content);
  }

  private static byte[] number(final int field, final int value) {
    return join(varint(field << 3), varint(value));
  }

  private static byte[] varint(final int value) {
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int rest = value;
    while (rest >= 0x80) {
      bytes.write((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    bytes.write(rest);
    return bytes.toByteArray();
  }

  private static byte[] join(final byte[]... parts) {
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (final byte[] part : parts) {
      bytes.writeBytes(part);
    }
    return bytes.toByteArray();
  }
}
