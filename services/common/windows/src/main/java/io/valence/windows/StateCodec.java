package io.valence.windows;

import io.valence.schemas.FeatureVector;
import io.valence.schemas.FloatValues;
import io.valence.schemas.StreamDescriptor;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
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
 * <p>Each part of a window is an entry of its own, so that a part that comes is written once and the
 * others are not written again. Keys sort by stream, then by end and start of the window: length of
 * the stream id (2 bytes), stream id (UTF-8), end and start (8 bytes each, big-endian), segment id
 * (UTF-8), modality (1 byte), sequence and start of the vector's own window (8 bytes each).
 */
public final class StateCodec {

  private static final byte VERSION = 6;

  private static final Schema VECTOR = FeatureVector.getClassSchema();
  private static final Schema DESCRIPTOR = StreamDescriptor.getClassSchema();
  private static final int VALUES = VECTOR.getField("values").pos();
  private static final List<Float> NO_VALUES = FloatValues.of(new float[0]);
  private static final long VECTOR_FINGERPRINT = SchemaNormalization.parsingFingerprint64(VECTOR);
  private static final long DESCRIPTOR_FINGERPRINT =
      SchemaNormalization.parsingFingerprint64(DESCRIPTOR);

  private StateCodec() {}

  /**
   * A part and where it belongs.
   *
   * @param window the window or pane
   * @param part the part
   */
  public record StoredPart(Window window, Part part) {}

  /** A key for something of which there is one for each window. */
  public static byte[] key(final String streamId, final Window window) {
    return key(streamId, window.endMicros(), window.startMicros(), segment(window));
  }

  private static byte[] segment(final Window window) {
    return window.segmentId() == null
        ? new byte[0]
        : window.segmentId().getBytes(StandardCharsets.UTF_8);
  }

  /** The key of a part of a window. */
  public static byte[] key(final String streamId, final Window window, final Part part) {
    final byte[] segment = segment(window);
    final ByteBuffer rest =
        ByteBuffer.allocate(segment.length + 17)
            .put(segment)
            .put((byte) part.vector().getModality().ordinal())
            .putLong(part.vector().getSequence())
            .putLong(part.sourceMicros());
    return key(streamId, window.endMicros(), window.startMicros(), rest.array());
  }

  /** A key not after that of any part of the stream. */
  public static byte[] firstKey(final String streamId) {
    return key(streamId, 0, 0, new byte[0]);
  }

  /**
   * A key after those of the parts of windows that end by this time, and before all others.
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

  /** A part as bytes. */
  public static byte[] encode(final Window window, final Part part) {
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream(4_096);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      out.writeLong(VECTOR_FINGERPRINT);
      write(out, window);
      out.writeLong(part.sourceMicros());
      out.writeLong(part.wholeEndMicros());
      write(out, part.origin());
      write(out, avro(withValues(part.vector(), NO_VALUES)));
      // Beside the record: Avro takes them one by one, and that was most of the time of a record.
      final float[] values = FloatValues.toArray(part.vector().getValues());
      final ByteBuffer floats = ByteBuffer.allocate(Float.BYTES * values.length);
      floats.asFloatBuffer().put(values);
      write(out, floats.array());
    } catch (final IOException e) {
      throw new IllegalStateException("a part cannot be written to memory", e);
    }
    return bytes.toByteArray();
  }

  /**
   * A part from bytes.
   *
   * @throws IllegalStateException if they were written by another build or are damaged
   */
  public static StoredPart decodePart(final byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      requireFormat(in, VECTOR_FINGERPRINT);
      final Window window = readWindow(in);
      final long source = in.readLong();
      final long wholeEnd = in.readLong();
      final Optional<Origin> origin = readOrigin(in);
      final FeatureVector bare =
          new SpecificDatumReader<FeatureVector>(VECTOR)
              .read(null, DecoderFactory.get().binaryDecoder(readBytes(in), null));
      final ByteBuffer floats = ByteBuffer.wrap(readBytes(in));
      final float[] values = new float[floats.remaining() / Float.BYTES];
      floats.asFloatBuffer().get(values);
      final FeatureVector vector = withValues(bare, FloatValues.of(values));
      return new StoredPart(window, new Part(vector, source, wholeEnd, origin));
    } catch (final IOException e) {
      throw damaged(e);
    }
  }

  /** The same vector with other values, sharing all else. */
  private static FeatureVector withValues(final FeatureVector vector, final List<Float> values) {
    final FeatureVector other = new FeatureVector();
    for (final Schema.Field field : VECTOR.getFields()) {
      other.put(field.pos(), field.pos() == VALUES ? values : vector.get(field.pos()));
    }
    return other;
  }

  private static void write(final DataOutputStream out, final Optional<Origin> origin)
      throws IOException {
    out.writeBoolean(origin.isPresent());
    if (origin.isPresent()) {
      out.writeUTF(origin.get().topic());
      out.writeInt(origin.get().partition());
      out.writeLong(origin.get().offset());
      final Optional<Origin.Content> record = origin.get().record();
      out.writeBoolean(record.isPresent());
      if (record.isPresent()) {
        write(out, record.get().value());
        out.writeInt(record.get().headers().size());
        for (final Origin.Header header : record.get().headers()) {
          write(out, header.key().getBytes(StandardCharsets.UTF_8));
          out.writeBoolean(header.value() != null);
          if (header.value() != null) {
            write(out, header.value());
          }
        }
      }
    }
  }

  private static Optional<Origin> readOrigin(final DataInputStream in) throws IOException {
    if (!in.readBoolean()) {
      return Optional.empty();
    }
    final String topic = in.readUTF();
    final int partition = in.readInt();
    final long offset = in.readLong();
    if (!in.readBoolean()) {
      return Optional.of(new Origin(topic, partition, offset, Optional.empty()));
    }
    final byte[] value = readBytes(in);
    final List<Origin.Header> headers = new ArrayList<>();
    for (int left = in.readInt(); left > 0; left--) {
      final String key = new String(readBytes(in), StandardCharsets.UTF_8);
      headers.add(new Origin.Header(key, in.readBoolean() ? readBytes(in) : null));
    }
    return Optional.of(
        new Origin(topic, partition, offset, Optional.of(new Origin.Content(value, headers))));
  }

  private static void write(final DataOutputStream out, final byte[] bytes) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static byte[] readBytes(final DataInputStream in) throws IOException {
    final int length = in.readInt();
    final byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException(bytes.length + " bytes where " + length + " were written");
    }
    return bytes;
  }

  /** A stream's state as bytes. */
  public static byte[] encode(final StreamMemory state) {
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      out.writeLong(DESCRIPTOR_FINGERPRINT);
      out.writeLong(state.lastHeardMillis());
      out.writeUTF(state.streamId());
      out.writeBoolean(state.descriptor() != null);
      if (state.descriptor() != null) {
        write(out, avro(state.descriptor()));
      }
      out.writeBoolean(state.presumed());
      out.writeLong(state.firstHeardMillis());
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
      for (final Map.Entry<Long, Long> stretch : state.closedAhead().entrySet()) {
        out.writeLong(stretch.getKey());
        out.writeLong(stretch.getValue());
      }
      out.writeInt(state.closedSegments().size());
      for (final Window window : state.closedSegments()) {
        write(out, window);
      }
      out.writeInt(state.openWindows());
      out.writeInt(state.openParts());
      out.writeInt(state.heldVectors());
      out.writeBoolean(state.over());
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
      final long lastHeard = in.readLong();
      final String streamId = in.readUTF();
      StreamDescriptor descriptor = null;
      if (in.readBoolean()) {
        final byte[] avro = readBytes(in);
        descriptor =
            new SpecificDatumReader<StreamDescriptor>(DESCRIPTOR)
                .read(null, DecoderFactory.get().binaryDecoder(avro, null));
      }
      final boolean presumed = in.readBoolean();
      final long firstHeard = in.readLong();
      final List<ModalityProgress> progress = new ArrayList<>();
      for (int left = in.readByte(); left > 0; left--) {
        progress.add(new ModalityProgress(in.readLong(), in.readBoolean(), in.readLong()));
      }
      final StreamMemory.Layout layout = StreamMemory.Layout.values()[in.readByte()];
      final long next = in.readLong();
      final long decidedThrough = in.readLong();
      final Map<Long, Long> closedAhead = new TreeMap<>();
      for (int left = in.readInt(); left > 0; left--) {
        closedAhead.put(in.readLong(), in.readLong());
      }
      final List<Window> closedSegments = new ArrayList<>();
      for (int left = in.readInt(); left > 0; left--) {
        closedSegments.add(readWindow(in));
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
          closedSegments,
          in.readInt(),
          in.readInt(),
          in.readInt(),
          in.readBoolean(),
          in.readBoolean());
    } catch (final IOException e) {
      throw damaged(e);
    }
  }

  /** When a stream was last heard of, without reading the rest of its state. */
  public static long lastHeardMillis(final byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      requireFormat(in, DESCRIPTOR_FINGERPRINT);
      return in.readLong();
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
