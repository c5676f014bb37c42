package io.valence.fusion.trends;

import io.valence.schemas.Modality;
import io.valence.windows.Window;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What is remembered as bytes, for a store. Each value begins with the format's version; a value of
 * another build is refused and not misread.
 */
final class TrendCodec {

  private static final byte VERSION = 1;

  private TrendCodec() {}

  private interface Writer {
    void write(DataOutputStream out) throws IOException;
  }

  private interface Reader<T> {
    T read(DataInputStream in) throws IOException;
  }

  private static byte[] bytes(final Writer writer) {
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      writer.write(out);
    } catch (final IOException e) {
      throw new IllegalStateException("a trend's state cannot be written to memory", e);
    }
    return bytes.toByteArray();
  }

  private static <T> T value(final byte[] bytes, final Reader<T> reader) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      final byte version = in.readByte();
      if (version != VERSION) {
        throw new IllegalStateException(
            "the state of the trends has format "
                + version
                + ", this build reads "
                + VERSION
                + "; let the other build finish its streams, or reset the application's state");
      }
      return reader.read(in);
    } catch (final IOException e) {
      throw new IllegalStateException(
          "the state of the trends is damaged; delete the state folder: it is restored from its"
              + " changelog",
          e);
    }
  }

  /**
   * The key of a window that waits. Keys sort by end, start and segment within a stream or session:
   * length of its id (2 bytes), id (UTF-8), end and start (8 bytes each, big-endian), segment (UTF-8).
   */
  static byte[] key(final String id, final Window place) {
    final byte[] segment =
        place.segmentId() == null
            ? new byte[0]
            : place.segmentId().getBytes(StandardCharsets.UTF_8);
    return key(id, place.endMicros(), place.startMicros(), segment);
  }

  /** A key not after that of any window of the stream or session. */
  static byte[] firstKey(final String id) {
    return key(id, 0, 0, new byte[0]);
  }

  /**
   * A key after those of the windows that end by this time, and before all others of the same id.
   *
   * @param endAtMostMicros negative for none
   */
  static byte[] lastKey(final String id, final long endAtMostMicros) {
    // Keys sort as unsigned numbers: -1 would be after all, and no window ends at 0. None that ends
    // there can start so late.
    return key(id, Math.max(0, endAtMostMicros), Long.MAX_VALUE, new byte[0]);
  }

  private static byte[] key(
      final String id, final long end, final long start, final byte[] segment) {
    final byte[] name = id.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(2 + name.length + 16 + segment.length)
        .putShort((short) name.length)
        .put(name)
        .putLong(end)
        .putLong(start)
        .put(segment)
        .array();
  }

  static byte[] encode(final TrendWindow window) {
    return bytes(out -> write(out, window));
  }

  /**
   * A window from bytes.
   *
   * @throws IllegalStateException if they were written by another build or are damaged
   */
  static TrendWindow decodeWindow(final byte[] bytes) {
    return value(bytes, TrendCodec::readWindow);
  }

  static byte[] encode(final StreamTrend trend) {
    return bytes(
        out -> {
          out.writeUTF(trend.streamId());
          writeNullable(out, trend.sessionId());
          writeNullable(out, trend.participantId());
          write(out, trend.series());
          out.writeLong(trend.judgedThroughMicros());
          out.writeInt(trend.held());
          out.writeBoolean(trend.announced());
          out.writeBoolean(trend.ended());
          out.writeLong(trend.lastHeardMillis());
        });
  }

  /**
   * A stream's trend from bytes.
   *
   * @throws IllegalStateException if they were written by another build or are damaged
   */
  static StreamTrend decodeStream(final byte[] bytes) {
    return value(
        bytes,
        in ->
            new StreamTrend(
                in.readUTF(),
                readNullable(in),
                readNullable(in),
                readSeries(in),
                in.readLong(),
                in.readInt(),
                in.readBoolean(),
                in.readBoolean(),
                in.readLong()));
  }

  static byte[] encode(final SessionTrend trend) {
    return bytes(
        out -> {
          out.writeUTF(trend.sessionId());
          out.writeInt(trend.members().size());
          for (final SessionTrend.Member member : trend.members().values()) {
            out.writeUTF(member.streamId());
            writeNullable(out, member.participantId());
            out.writeLong(member.reachedMicros());
            out.writeBoolean(member.ended());
            out.writeLong(member.heardMillis());
            write(out, member.totals());
          }
          write(out, trend.series());
          out.writeLong(trend.judgedThroughMicros());
          out.writeInt(trend.held());
          out.writeBoolean(trend.summarised());
          out.writeInt(trend.revision());
          out.writeLong(trend.lastHeardMillis());
        });
  }

  /**
   * A session's trend from bytes.
   *
   * @throws IllegalStateException if they were written by another build or are damaged
   */
  static SessionTrend decodeSession(final byte[] bytes) {
    return value(
        bytes,
        in -> {
          final String sessionId = in.readUTF();
          final SortedMap<String, SessionTrend.Member> members = new TreeMap<>();
          for (int left = in.readInt(); left > 0; left--) {
            final SessionTrend.Member member =
                new SessionTrend.Member(
                    in.readUTF(),
                    readNullable(in),
                    in.readLong(),
                    in.readBoolean(),
                    in.readLong(),
                    readTotals(in));
            members.put(member.streamId(), member);
          }
          return new SessionTrend(
              sessionId,
              members,
              readSeries(in),
              in.readLong(),
              in.readInt(),
              in.readBoolean(),
              in.readInt(),
              in.readLong());
        });
  }

  private static void writeNullable(final DataOutputStream out, final String text)
      throws IOException {
    out.writeBoolean(text != null);
    if (text != null) {
      out.writeUTF(text);
    }
  }

  private static String readNullable(final DataInputStream in) throws IOException {
    return in.readBoolean() ? in.readUTF() : null;
  }

  private static void write(final DataOutputStream out, final TrendWindow window)
      throws IOException {
    out.writeLong(window.startMicros());
    out.writeLong(window.endMicros());
    writeNullable(out, window.window().segmentId());
    writeNullable(out, window.eventId());
    out.writeBoolean(window.isKnown());
    if (window.isKnown()) {
      out.writeDouble(window.score().getAsDouble());
    }
    out.writeDouble(window.intervalLow());
    out.writeDouble(window.intervalHigh());
    int missing = 0;
    for (final Modality modality : window.missing()) {
      missing |= 1 << modality.ordinal();
    }
    out.writeByte(missing);
  }

  private static TrendWindow readWindow(final DataInputStream in) throws IOException {
    final Window window = new Window(in.readLong(), in.readLong(), readNullable(in));
    final String eventId = readNullable(in);
    final OptionalDouble score =
        in.readBoolean() ? OptionalDouble.of(in.readDouble()) : OptionalDouble.empty();
    final double low = in.readDouble();
    final double high = in.readDouble();
    final int bits = in.readByte();
    final Set<Modality> missing = EnumSet.noneOf(Modality.class);
    for (final Modality modality : Modality.values()) {
      if ((bits & 1 << modality.ordinal()) != 0) {
        missing.add(modality);
      }
    }
    return new TrendWindow(window, eventId, score, low, high, missing);
  }

  private static void write(final DataOutputStream out, final TrendSeries series)
      throws IOException {
    out.writeInt(series.history().size());
    for (final TrendWindow window : series.history()) {
      write(out, window);
    }
    write(out, series.totals());
    out.writeInt(series.holding().size());
    for (final String rule : new TreeSet<>(series.holding())) {
      out.writeUTF(rule);
    }
    out.writeInt(series.alerts());
    out.writeInt(series.late());
  }

  private static TrendSeries readSeries(final DataInputStream in) throws IOException {
    final List<TrendWindow> history = new ArrayList<>();
    for (int left = in.readInt(); left > 0; left--) {
      history.add(readWindow(in));
    }
    final TrendTotals totals = readTotals(in);
    final Set<String> holding = new TreeSet<>();
    for (int left = in.readInt(); left > 0; left--) {
      holding.add(in.readUTF());
    }
    return new TrendSeries(history, totals, holding, in.readInt(), in.readInt());
  }

  private static void write(final DataOutputStream out, final TrendTotals totals)
      throws IOException {
    out.writeInt(totals.windows());
    out.writeInt(totals.known());
    out.writeInt(totals.incomplete());
    out.writeInt(totals.negative());
    out.writeLong(totals.startMicros());
    out.writeLong(totals.endMicros());
    out.writeDouble(totals.sum());
    out.writeDouble(totals.minimum());
    out.writeLong(totals.minimumAtMicros());
    out.writeDouble(totals.maximum());
    out.writeLong(totals.maximumAtMicros());
    out.writeDouble(totals.first());
    out.writeLong(totals.firstAtMicros());
    out.writeDouble(totals.last());
    out.writeLong(totals.lastAtMicros());
    out.writeDouble(totals.originMinutes());
    out.writeDouble(totals.sumX());
    out.writeDouble(totals.sumXX());
    out.writeDouble(totals.sumXY());
  }

  private static TrendTotals readTotals(final DataInputStream in) throws IOException {
    return new TrendTotals(
        in.readInt(),
        in.readInt(),
        in.readInt(),
        in.readInt(),
        in.readLong(),
        in.readLong(),
        in.readDouble(),
        in.readDouble(),
        in.readLong(),
        in.readDouble(),
        in.readLong(),
        in.readDouble(),
        in.readLong(),
        in.readDouble(),
        in.readLong(),
        in.readDouble(),
        in.readDouble(),
        in.readDouble(),
        in.readDouble());
  }
}
