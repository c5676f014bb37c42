package io.valence.schemas;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.Decoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.util.Utf8;

/**
 * Reads one record from an array and believes no length that the array cannot hold. Avro's own decoder
 * allocates what a length field says before it looks: ten hostile bytes could ask for two gigabytes.
 */
final class BoundedDecoder extends Decoder {

  private final BinaryDecoder binary;
  private final InputStream rest;

  BoundedDecoder(final byte[] bytes, final int offset) {
    this.binary = DecoderFactory.get().binaryDecoder(bytes, offset, bytes.length - offset, null);
    this.rest = binary.inputStream();
  }

  /** Bytes not read yet. */
  int remaining() throws IOException {
    return rest.available();
  }

  private int bounded(final long length, final String what) throws IOException {
    if (length < 0) {
      throw new AvroRuntimeException(what + " of negative length " + length);
    }
    final int remaining = remaining();
    if (length > remaining) {
      throw new EOFException(
          what + " of length " + length + ", but only " + remaining + " bytes follow");
    }
    return (int) length;
  }

  /**
   * The bytes of so many floats, little-endian as Avro writes them.
   *
   * @param count >= 0
   */
  byte[] readFloats(final long count) throws IOException {
    final byte[] floats =
        new byte[bounded(Math.multiplyExact(count, Float.BYTES), "an array of floats")];
    binary.readFixed(floats, 0, floats.length);
    return floats;
  }

  private byte[] take(final String what) throws IOException {
    final byte[] bytes = new byte[bounded(binary.readLong(), what)];
    binary.readFixed(bytes, 0, bytes.length);
    return bytes;
  }

  @Override
  public Utf8 readString(final Utf8 old) throws IOException {
    return new Utf8(take("a string"));
  }

  @Override
  public String readString() throws IOException {
    return new String(take("a string"), StandardCharsets.UTF_8);
  }

  @Override
  public void skipString() throws IOException {
    binary.skipFixed(bounded(binary.readLong(), "a string"));
  }

  @Override
  public ByteBuffer readBytes(final ByteBuffer old) throws IOException {
    return ByteBuffer.wrap(take("bytes"));
  }

  @Override
  public void skipBytes() throws IOException {
    binary.skipFixed(bounded(binary.readLong(), "bytes"));
  }

  @Override
  public long readArrayStart() throws IOException {
    return bounded(binary.readArrayStart(), "an array");
  }

  @Override
  public long arrayNext() throws IOException {
    return bounded(binary.arrayNext(), "an array");
  }

  @Override
  public long skipArray() throws IOException {
    return bounded(binary.skipArray(), "an array");
  }

  @Override
  public long readMapStart() throws IOException {
    return bounded(binary.readMapStart(), "a map");
  }

  @Override
  public long mapNext() throws IOException {
    return bounded(binary.mapNext(), "a map");
  }

  @Override
  public long skipMap() throws IOException {
    return bounded(binary.skipMap(), "a map");
  }

  @Override
  public void readNull() throws IOException {
    binary.readNull();
  }

  @Override
  public boolean readBoolean() throws IOException {
    return binary.readBoolean();
  }

  @Override
  public int readInt() throws IOException {
    return binary.readInt();
  }

  @Override
  public long readLong() throws IOException {
    return binary.readLong();
  }

  @Override
  public float readFloat() throws IOException {
    return binary.readFloat();
  }

  @Override
  public double readDouble() throws IOException {
    return binary.readDouble();
  }

  @Override
  public void readFixed(final byte[] bytes, final int start, final int length) throws IOException {
    binary.readFixed(bytes, start, length);
  }

  @Override
  public void skipFixed(final int length) throws IOException {
    binary.skipFixed(length);
  }

  @Override
  public int readEnum() throws IOException {
    return binary.readEnum();
  }

  @Override
  public int readIndex() throws IOException {
    return binary.readIndex();
  }
}
