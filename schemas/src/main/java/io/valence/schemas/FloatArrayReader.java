package io.valence.schemas;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.apache.avro.Schema;
import org.apache.avro.generic.PrimitivesArrays;
import org.apache.avro.io.ResolvingDecoder;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;

/**
 * Reads arrays of floats in one go where the record was written with the reader's own schema. Avro's reader asks its
 * grammar for each number and boxes it, which takes 20 times as long: 100 µs for the 3,072 numbers of a vector of words.
 * For one thread.
 */
final class FloatArrayReader<T> extends SpecificDatumReader<T> {

  private final boolean sameSchema;
  private BoundedDecoder bytes;

  FloatArrayReader(final Schema writer, final Schema reader, final SpecificData model) {
    super(writer, reader, model);
    this.sameSchema = writer.equals(reader);
  }

  /** The record in the bytes that the decoder stands at. */
  T read(final BoundedDecoder decoder) throws IOException {
    bytes = decoder;
    try {
      return read(null, decoder);
    } finally {
      bytes = null;
    }
  }

  @Override
  protected Object readArray(final Object old, final Schema expected, final ResolvingDecoder in)
      throws IOException {
    // Another writer's numbers may be whole ones, to be turned into floats: Avro knows how.
    if (!sameSchema || bytes == null || expected.getElementType().getType() != Schema.Type.FLOAT) {
      return super.readArray(old, expected, in);
    }
    PrimitivesArrays.FloatArray list = null;
    for (long count = in.readArrayStart(); count > 0; count = in.arrayNext()) {
      final FloatBuffer numbers =
          ByteBuffer.wrap(bytes.readFloats(count)).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
      if (list == null) {
        // Almost always the only block: growing step by step would copy it several times.
        list = new PrimitivesArrays.FloatArray(numbers.remaining(), expected);
      }
      while (numbers.hasRemaining()) {
        list.add(list.size(), numbers.get());
      }
    }
    if (list == null) {
      list = new PrimitivesArrays.FloatArray(0, expected);
    }
    return list;
  }
}
