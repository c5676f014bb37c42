package io.valence.schemas;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.avro.Schema;
import org.apache.avro.generic.PrimitivesArrays;
import org.apache.avro.io.Encoder;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumWriter;

/**
 * Writes unboxed arrays of floats in one go: the bytes are those of Avro's own writer, which boxes each number. May be
 * used by several threads at once.
 */
final class FloatArrayWriter<T> extends SpecificDatumWriter<T> {

  FloatArrayWriter(final Schema schema, final SpecificData model) {
    super(schema, model);
  }

  @Override
  protected void writeArray(final Schema schema, final Object datum, final Encoder out)
      throws IOException {
    // A list of numbers in a field of another type is Avro's to refuse.
    if (!(datum instanceof PrimitivesArrays.FloatArray list)
        || schema.getElementType().getType() != Schema.Type.FLOAT) {
      super.writeArray(schema, datum, out);
      return;
    }
    final int size = list.size();
    final ByteBuffer bytes = ByteBuffer.allocate(size * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < size; i++) {
      bytes.putFloat(list.getFloat(i));
    }
    out.writeArrayStart();
    out.setItemCount(size);
    out.writeFixed(bytes.array());
    out.writeArrayEnd();
  }
}
