package io.valence.inference.onnx;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** One message in protobuf's wire format, written field by field. */
final class ProtobufMessage {

  private static final int VARINT = 0;
  private static final int LENGTH_DELIMITED = 2;
  private static final int FIXED_32 = 5;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  ProtobufMessage integer(int field, long value) {
    varint((long) field << 3 | VARINT);
    varint(value);
    return this;
  }

  ProtobufMessage fixed32(int field, float value) {
    varint((long) field << 3 | FIXED_32);
    final int bits = Float.floatToRawIntBits(value);
    for (int shift = 0; shift < 32; shift += 8) {
      out.write(bits >>> shift);
    }
    return this;
  }

  ProtobufMessage text(int field, String value) {
    return bytes(field, value.getBytes(StandardCharsets.UTF_8));
  }

  ProtobufMessage bytes(int field, byte[] value) {
    varint((long) field << 3 | LENGTH_DELIMITED);
    varint(value.length);
    out.writeBytes(value);
    return this;
  }

  ProtobufMessage message(int field, ProtobufMessage value) {
    return bytes(field, value.out.toByteArray());
  }

  /** Adds the fields of another message to this one: they count as this one's own. */
  ProtobufMessage append(ProtobufMessage fields) {
    out.writeBytes(fields.out.toByteArray());
    return this;
  }

  byte[] toBytes() {
    return out.toByteArray();
  }

  void writeTo(OutputStream target) throws IOException {
    out.writeTo(target);
  }

  /** Seven bits to a byte, lowest first; a negative number takes ten bytes. */
  private void varint(long value) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      out.write((int) ((rest & 0x7F) | 0x80));
      rest >>>= 7;
    }
    out.write((int) rest);
  }
}
