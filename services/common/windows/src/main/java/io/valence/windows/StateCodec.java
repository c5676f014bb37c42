package io.valence.windows;

import io.valence.schemas.FeatureVector;
import io.valence.schemas.StreamDescriptor;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;

/**
 * The join's state as bytes, for a store. Each value begins with the format's version and the
 * fingerprint of the Avro schema that its records were written with; a value of another build is
 * refused and not misread.
 *
 * <p>Keys of windows sort as {@link Window#compareTo} does within a stream: length of the stream id
 * (2 bytes), stream id (UTF-8), end and start (8 bytes each, big-endian), segment id (UTF-8).
 */
public final class StateCodec {

  private static final byte VERSION = 2;

  private static final Schema VECTOR = FeatureVector.getClassSchema();
  private static final Schema DESCRIPTOR = StreamDescriptor.getClassSchema();
  private static final long VECTOR_FINGERPRINT = SchemaNormalization.parsingFingerprint64(VECTOR);
  private static final long DESCRIPTOR_FINGERPRINT =
      SchemaNormalization.parsingFingerprint64(DESCRIPTOR);

  private StateCodec() {}

  /** The key of a window. */
  public static byte[] key(final String streamId, final Window window) {
    final byte[] segment =
        window.segmentId() == null
            ? new byte[0]
            : window.segmentId().getBytes(StandardCharsets.UTF_8);
    return key(streamId, window.endMicros(), window.startMicros(), segment);
  }

  /** A key not after that of any window of the stream. */
  public static byte[] firstKey(final String streamId) {
    return key(streamId, 0, 0, new byte[0]);
  }

  /**
   * A key after those of the stream's windows that end by this time, and before all others of it.
   *
   * @param endAtMostMicros >= 0
   */
  public static byte[] lastKey(final String streamId, final long endAtMostMicros) {
    // No window that ends there can start so late.
    return key(streamId, endAtMostMicros, Long.MAX_VALUE, new byte[0]);
  }

  private static byte[] key(
      final String streamId, final long end, final long start, final byte[] segment) {
    final byte[] stream = streamId.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(2 + stream.length + 16 + segment.length)
        .putShort((short) stream.length)
        .put(stream)
        .putLong(end)
        .putLong(start)
        .put(segment)
        .array();
  }

  /** A window as bytes. */
  public static byte[] encode(final WindowState state) {
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      out.writeLong(VECTOR_FINGERPRINT);
      write(out, state.window());
      out.writeInt(state.parts().size());
      final BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
      final SpecificDatumWriter<FeatureVector> writer = new SpecificDatumWriter<>(VECTOR);
      for (final FeatureVector part : state.parts()) {
        writer.write(part, encoder);
      }
      encoder.flush();
    } catch (final IOException e) {
      throw new IllegalStateException("a window cannot be written to memory", e);
    }
    return bytes.toByteArray();
  }

  /**
   * A window from bytes.
   *
   * @throws IllegalStateException if they were written by another build or are damaged
   */
  public static WindowState decodeWindow(final byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      requireFormat(in, VECTOR_FINGERPRINT);
      final Window window = readWindow(in);
      final int count = in.readInt();
      final var decoder = DecoderFactory.get().directBinaryDecoder(in, null);
      final SpecificDatumReader<FeatureVector> reader = new SpecificDatumReader<>(VECTOR);
      final List<FeatureVector> parts = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        parts.add(reader.read(null, decoder));
      }
      return new WindowState(window, parts);
    } catch (final IOException e) {
      throw damaged(e);
    }
  }

  /** A stream's state as bytes. */
  public static byte[] encode(final StreamMemory state) {
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      out.writeLong(DESCRIPTOR_FINGERPRINT);
      out.writeUTF(state.streamId());
      out.writeBoolean(state.descriptor() != null);
      if (state.descriptor() != null) {
        final byte[] descriptor = avro(state.descriptor());
        out.writeInt(descriptor.length);
        out.write(descriptor);
      }
      out.writeBoolean(state.presumed());
      out.writeLong(state.firstHeardMillis());
      out.writeLong(state.lastHeardMillis());
      out.writeByte(state.progress().size());
      for (final ModalityProgress progress : state.progress()) {
        out.writeLong(progress.watermarkMicros());
        out.writeBoolean(progress.ended());
        out.writeLong(progress.heardAtMillis());
      }
      out.writeByte(state.layout().ordinal());
      out.writeLong(state.nextMicros());
      out.writeLong(state.decidedThroughMicros());
      out.writeInt(state.closedAhead().size());
      for (final Window window : state.closedAhead()) {
        write(out, window);
      }
      out.writeInt(state.openWindows());
      out.writeInt(state.heldVectors());
      out.writeBoolean(state.endTold());
    } catch (final IOException e) {
      throw new IllegalStateException("a stream's state cannot be written to memory", e);
    }
    return bytes.toByteArray();
  }

  /**
   * A stream's state from bytes.
   *
   * @throws IllegalStateException if they were written by another build or are damaged
   */
  public static StreamMemory decodeStream(final byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      requireFormat(in, DESCRIPTOR_FINGERPRINT);
      final String streamId = in.readUTF();
      StreamDescriptor descriptor = null;
      if (in.readBoolean()) {
        final byte[] avro = in.readNBytes(in.readInt());
        descriptor =
            new SpecificDatumReader<StreamDescriptor>(DESCRIPTOR)
                .read(null, DecoderFactory.get().binaryDecoder(avro, null));
      }
      final boolean presumed = in.readBoolean();
      final long firstHeard = in.readLong();
      final long lastHeard = in.readLong();
      final List<ModalityProgress> progress = new ArrayList<>();
      for (int left = in.readByte(); left > 0; left--) {
        progress.add(new ModalityProgress(in.readLong(), in.readBoolean(), in.readLong()));
      }
      final StreamMemory.Layout layout = StreamMemory.Layout.values()[in.readByte()];
      final long next = in.readLong();
      final long decidedThrough = in.readLong();
      final List<Window> closedAhead = new ArrayList<>();
      for (int left = in.readInt(); left > 0; left--) {
        closedAhead.add(readWindow(in));
      }
      return new StreamMemory(
          streamId,
          descriptor,
          presumed,
          firstHeard,
          lastHeard,
          progress,
          layout,
          next,
          decidedThrough,
          closedAhead,
          in.readInt(),
          in.readInt(),
          in.readBoolean());
    } catch (final IOException e) {
      throw damaged(e);
    }
  }

  private static byte[] avro(final SpecificRecord record) throws IOException {
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    final BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
    new SpecificDatumWriter<SpecificRecord>(record.getSchema()).write(record, encoder);
    encoder.flush();
    return bytes.toByteArray();
  }

  private static void write(final DataOutputStream out, final Window window) throws IOException {
    out.writeLong(window.startMicros());
    out.writeLong(window.endMicros());
    out.writeBoolean(window.segmentId() != null);
    if (window.segmentId() != null) {
      out.writeUTF(window.segmentId());
    }
  }

  private static Window readWindow(final DataInputStream in) throws IOException {
    return new Window(in.readLong(), in.readLong(), in.readBoolean() ? in.readUTF() : null);
  }

  private static void requireFormat(final DataInputStream in, final long fingerprint)
      throws IOException {
    final byte version = in.readByte();
    final long schema = in.readLong();
    if (version != VERSION || schema != fingerprint) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "the join's state has format %d over schema %016x, this build reads %d over %016x;"
                  + " let the other build finish its streams, or reset the application's state",
              version,
              schema,
              VERSION,
              fingerprint));
    }
  }

  private static IllegalStateException damaged(final IOException cause) {
    return new IllegalStateException(
        "the join's state is damaged; reset the application's state: it is restored from its"
            + " changelog",
        cause);
  }
}
