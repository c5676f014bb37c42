package io.valence.media;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * How a service and its decoder's process speak over two pipes: messages of one byte that says what they are
 * and what follows it, numbers in network order, texts and payloads after their length.
 *
 * <p>The service sends {@link #OPEN_VIDEO}, is answered by {@link #OPENED} and then by a {@link #FRAME} for
 * each picture without asking, as far as it gives {@link #ROOM}; the pixels lie in {@link SharedPictures}.
 * For a recording it sends {@link #OPEN_RECORDING} and then {@link #NEXT} for each piece. {@link #ENDED} or
 * {@link #FAILED} is the last word on what was opened, and after {@link #CLOSE} follows soon.
 *
 * <p>The service does not trust what it reads: every length has a bound.
 */
final class DecoderWire {

  // To the decoder.
  static final int OPEN_VIDEO = 1;
  static final int OPEN_RECORDING = 2;
  static final int ROOM = 3;
  static final int NEXT = 4;
  static final int CLOSE = 5;

  // From the decoder.
  static final int READY = 11;
  static final int OPENED = 12;
  static final int FRAME = 13;
  static final int PIECE = 14;
  static final int ENDED = 15;
  static final int FAILED = 16;

  /** Largest video piece: what a record of Kafka may have, and as much again. */
  static final int MOST_PIECE_BYTES = 16 << 20;

  /** The words of a window may be a whole transcript file; video and sound are smaller. */
  private static final int MOST_TEXT_PIECE_BYTES = 80 << 20;

  private static final int MOST_TEXT_BYTES = 1 << 20;
  private static final int MOST_WARNINGS = 1_000;
  private static final int MOST_CUES = 10_000_000;
  private static final int STEP_BYTES = 64 * 1024;

  private DecoderWire() {}

  static void writeText(final DataOutputStream out, final String text) throws IOException {
    final byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  static String readText(final DataInputStream in) throws IOException {
    return new String(readBytes(in, MOST_TEXT_BYTES), StandardCharsets.UTF_8);
  }

  static void writeTexts(final DataOutputStream out, final List<String> texts) throws IOException {
    out.writeInt(texts.size());
    for (final String text : texts) {
      writeText(out, text);
    }
  }

  static List<String> readTexts(final DataInputStream in) throws IOException {
    final int count = bounded(in.readInt(), MOST_WARNINGS);
    final List<String> texts = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      texts.add(readText(in));
    }
    return texts;
  }

  /** Writes in steps: a stream copies what it is given at once into native memory. */
  static void writeBytes(final DataOutputStream out, final ByteBuffer bytes) throws IOException {
    out.writeInt(bytes.remaining());
    final ByteBuffer from = bytes.duplicate();
    final byte[] step = from.hasArray() ? from.array() : new byte[STEP_BYTES];
    while (from.hasRemaining()) {
      final int count = Math.min(STEP_BYTES, from.remaining());
      if (from.hasArray()) {
        out.write(step, from.arrayOffset() + from.position(), count);
        from.position(from.position() + count);
      } else {
        from.get(step, 0, count);
        out.write(step, 0, count);
      }
    }
  }

  static byte[] readBytes(final DataInputStream in, final int most) throws IOException {
    final byte[] bytes = new byte[bounded(in.readInt(), most)];
    for (int at = 0; at < bytes.length; at += STEP_BYTES) {
      in.readFully(bytes, at, Math.min(STEP_BYTES, bytes.length - at));
    }
    return bytes;
  }

  static int bounded(final int value, final int most) throws IOException {
    if (value < 0 || value > most) {
      throw new StreamCorruptedException(
          "a length of " + value + " makes no sense, at most " + most);
    }
    return value;
  }

  static void writeTranscript(final DataOutputStream out, final Optional<Transcript> transcript)
      throws IOException {
    out.writeBoolean(transcript.isPresent());
    if (transcript.isEmpty()) {
      return;
    }
    writeText(out, transcript.get().name());
    final List<Transcript.Cue> cues = transcript.get().cues();
    out.writeInt(cues.size());
    for (final Transcript.Cue cue : cues) {
      out.writeLong(cue.startMicros());
      out.writeLong(cue.endMicros());
      writeBytes(out, ByteBuffer.wrap(cue.text().getBytes(StandardCharsets.UTF_8)));
    }
  }

  static Optional<Transcript> readTranscript(final DataInputStream in) throws IOException {
    if (!in.readBoolean()) {
      return Optional.empty();
    }
    final String name = readText(in);
    final int count = bounded(in.readInt(), MOST_CUES);
    final List<Transcript.Cue> cues = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      cues.add(
          new Transcript.Cue(
              in.readLong(),
              in.readLong(),
              new String(readBytes(in, MOST_TEXT_PIECE_BYTES), StandardCharsets.UTF_8)));
    }
    return Optional.of(new Transcript(name, cues));
  }

  static void writeModalities(final DataOutputStream out, final Set<Modality> modalities)
      throws IOException {
    int bits = 0;
    for (final Modality modality : modalities) {
      bits |= 1 << modality.ordinal();
    }
    out.writeByte(bits);
  }

  static Set<Modality> readModalities(final DataInputStream in) throws IOException {
    final int bits = in.readByte();
    final Set<Modality> modalities = EnumSet.noneOf(Modality.class);
    for (final Modality modality : Modality.values()) {
      if ((bits & (1 << modality.ordinal())) != 0) {
        modalities.add(modality);
      }
    }
    return modalities;
  }

  static void writeRecording(final DataOutputStream out, final Recording recording)
      throws IOException {
    writeText(out, recording.name());
    writeText(out, recording.format());
    out.writeLong(recording.durationMicros());
    out.writeLong(recording.startMicros());
    out.writeBoolean(recording.video().isPresent());
    if (recording.video().isPresent()) {
      final Recording.VideoTrack track = recording.video().get();
      out.writeInt(track.width());
      out.writeInt(track.height());
      out.writeDouble(track.framesPerSecond());
      writeText(out, track.codec());
      out.writeBoolean(track.decodable());
    }
    out.writeBoolean(recording.audio().isPresent());
    if (recording.audio().isPresent()) {
      final Recording.AudioTrack track = recording.audio().get();
      out.writeInt(track.sampleRate());
      out.writeInt(track.channels());
      writeText(out, track.codec());
      out.writeBoolean(track.decodable());
    }
  }

  static Recording readRecording(final DataInputStream in) throws IOException {
    final String name = readText(in);
    final String format = readText(in);
    final long durationMicros = in.readLong();
    final long startMicros = in.readLong();
    final Optional<Recording.VideoTrack> video =
        in.readBoolean()
            ? Optional.of(
                new Recording.VideoTrack(
                    in.readInt(), in.readInt(), in.readDouble(), readText(in), in.readBoolean()))
            : Optional.empty();
    final Optional<Recording.AudioTrack> audio =
        in.readBoolean()
            ? Optional.of(
                new Recording.AudioTrack(
                    in.readInt(), in.readInt(), readText(in), in.readBoolean()))
            : Optional.empty();
    return new Recording(name, format, durationMicros, startMicros, video, audio);
  }

  static void writePiece(final DataOutputStream out, final Piece piece) throws IOException {
    out.writeByte(piece.modality().ordinal());
    out.writeLong(piece.sequence());
    out.writeLong(piece.startMicros());
    out.writeLong(piece.endMicros());
    out.writeLong(piece.windowStartMicros());
    out.writeLong(piece.windowEndMicros());
    writeText(out, piece.container());
    writeText(out, piece.codec().orElse(""));
    out.writeInt(piece.sampleRate().orElse(0));
    out.writeBoolean(piece.endOfStream());
    writeBytes(out, piece.payload());
  }

  static Piece readPiece(final DataInputStream in) throws IOException {
    final Modality[] modalities = Modality.values();
    final Modality modality = modalities[bounded(in.readByte(), modalities.length - 1)];
    final long sequence = in.readLong();
    final long start = in.readLong();
    final long end = in.readLong();
    final long windowStart = in.readLong();
    final long windowEnd = in.readLong();
    final String container = readText(in);
    final String codec = readText(in);
    final int sampleRate = in.readInt();
    final boolean endOfStream = in.readBoolean();
    final ByteBuffer payload = ByteBuffer.wrap(readBytes(in, MOST_TEXT_PIECE_BYTES));
    return new Piece(
        modality,
        sequence,
        start,
        end,
        windowStart,
        windowEnd,
        container,
        codec.isEmpty() ? Optional.empty() : Optional.of(codec),
        sampleRate == 0 ? OptionalInt.empty() : OptionalInt.of(sampleRate),
        payload,
        endOfStream);
  }
}
