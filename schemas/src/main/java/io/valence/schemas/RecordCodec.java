package io.valence.schemas;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;

/**
 * Records as Avro binary without a schema id: for a store of whoever wrote them, which reads them with the same schema.
 * For one thread.
 *
 * @param <T> the record's generated class
 */
public final class RecordCodec<T extends SpecificRecord> {

  private static final int USUAL_BYTES = 512;

  private final FloatArrayWriter<T> writer;
  private final FloatArrayReader<T> reader;
  private BinaryEncoder encoder;

  public RecordCodec(final Class<T> type) {
    final SpecificData model = AvroDeserializer.model(type);
    final Schema schema = SpecificData.get().getSchema(type);
    this.writer = new FloatArrayWriter<>(schema, model);
    this.reader = new FloatArrayReader<>(schema, schema, model);
  }

  /** The record as bytes. */
  public byte[] encode(final T record) {
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream(USUAL_BYTES);
    encoder = EncoderFactory.get().binaryEncoder(bytes, encoder);
    try {
      writer.write(record, encoder);
      encoder.flush();
    } catch (final IOException e) {
      throw new IllegalStateException("a record cannot be written to memory", e);
    }
    return bytes.toByteArray();
  }

  /**
   * The record in what is left of a buffer, all of it.
   *
   * @throws UndecodableRecordException if it is not such a record
   */
  public T decode(final ByteBuffer buffer) {
    final byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    final BoundedDecoder decoder = new BoundedDecoder(bytes, 0);
    try {
      final T record = reader.read(decoder);
      if (decoder.remaining() != 0) {
        throw new UndecodableRecordException(decoder.remaining() + " bytes follow the record");
      }
      return record;
    } catch (final IOException | AvroRuntimeException e) {
      throw new UndecodableRecordException(
          "the bytes are not a whole record: " + e.getMessage(), e);
    }
  }
}
