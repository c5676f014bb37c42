package io.valence.media;

import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.bytedeco.ffmpeg.avutil.AVFrame;

/**
 * The pictures of a recording or of a video piece, in the order in which they are shown.
 *
 * <p>Not for use by several threads at once. A damaged packet is skipped and counted; a file that
 * breaks off gives the pictures it holds, and {@link #warnings()} says so.
 */
public final class VideoDecoder implements VideoFrames {

  private final Demuxer demuxer;
  private final TrackDecoder decoder;
  private final PixelConverter converter = new PixelConverter();
  private final AVFrame frame = av_frame_alloc();
  private final long offsetMicros;
  private final long startMillis;
  private final long endMillis;
  private final boolean piece;
  private final int quarterTurns;
  private byte[] rgb = {};
  private long frames;
  private long decoded;
  private long firstMicros;
  private long latestMicros;
  private long shownMicros;
  private Optional<String> shortfall = Optional.empty();
  private boolean ended;

  private VideoDecoder(
      final Demuxer demuxer, final boolean piece, final long startMicros, final long endMicros)
      throws MediaException {
    this.demuxer = demuxer;
    this.piece = piece;
    this.offsetMicros = piece ? 0 : demuxer.startMicros();
    this.startMillis = startMicros == Long.MIN_VALUE ? startMicros : EventTime.border(startMicros);
    this.endMillis = endMicros == Long.MAX_VALUE ? endMicros : EventTime.border(endMicros);
    if (demuxer.video() < 0) {
      throw new MediaException(demuxer.source().name() + ": has no video track");
    }
    this.quarterTurns = demuxer.quarterTurns(demuxer.video());
    this.decoder = TrackDecoder.open(demuxer, demuxer.video());
  }

  /** All pictures of a recording; event time 0 is the start of the container. */
  public static VideoDecoder open(final Path recording) throws MediaException {
    return open(recording, DecodeLimits.STANDARD);
  }

  /** All pictures of a recording, within the given limits. */
  public static VideoDecoder open(final Path recording, final DecodeLimits limits)
      throws MediaException {
    return open(Demuxer.open(recording, limits), false, Long.MIN_VALUE, Long.MAX_VALUE);
  }

  /**
   * The pictures of a video piece (Matroska, as {@link RecordingCutter} makes it) that are shown within
   * {@code [startMicros, endMicros)}: what lies outside is decoded but not given out. The buffer is
   * read in place and must not change while the decoder is open.
   */
  public static VideoDecoder open(
      final ByteBuffer piece, final long startMicros, final long endMicros) throws MediaException {
    return open(piece, startMicros, endMicros, DecodeLimits.STANDARD);
  }

  /** As {@link #open(ByteBuffer, long, long)}, within the given limits. */
  public static VideoDecoder open(
      final ByteBuffer piece,
      final long startMicros,
      final long endMicros,
      final DecodeLimits limits)
      throws MediaException {
    return open(Demuxer.open(piece, "video piece", limits), true, startMicros, endMicros);
  }

  /** A still picture as a video of one frame. */
  static VideoDecoder openPicture(final Path file, final DecodeLimits limits)
      throws MediaException {
    return open(
        Demuxer.open(MediaSource.open(file), Demuxer.PICTURES, true, limits),
        false,
        Long.MIN_VALUE,
        Long.MAX_VALUE);
  }

  private static VideoDecoder open(
      final Demuxer demuxer, final boolean piece, final long startMicros, final long endMicros)
      throws MediaException {
    VideoDecoder opened = null;
    try {
      opened = new VideoDecoder(demuxer, piece, startMicros, endMicros);
      return opened;
    } finally {
      if (opened == null) {
        demuxer.close();
      }
    }
  }

  /**
   * The next picture, or null after the last. Its bytes are overwritten by the next call.
   *
   * @throws MediaException if no picture can be decoded at all, or a limit is passed
   */
  @Override
  public RgbFrame next() throws MediaException {
    return advance() ? convert() : null;
  }

  /** Decodes on to the next picture that is given out; false after the last. */
  boolean advance() throws MediaException {
    while (!ended) {
      if (!decoder.next(frame)) {
        ended = true;
        if (decoded == 0 && decoder.packets() > 0) {
          throw new MediaException(
              demuxer.source().name()
                  + ": none of its pictures can be decoded ("
                  + decoder.damagedPackets()
                  + " of "
                  + decoder.packets()
                  + " packets damaged)");
        }
        if (!piece) {
          shortfall = TrackSurvey.shortfall(demuxer, latestMicros);
        }
        break;
      }
      decoded++;
      final long micros = decoder.micros(frame) - offsetMicros;
      if (decoded == 1) {
        firstMicros = micros;
      }
      latestMicros = Math.max(latestMicros, micros);
      checkLimits(micros);
      final long millis = EventTime.millis(micros);
      if (millis < startMillis || millis >= endMillis) {
        continue;
      }
      demuxer.limits().checkPicture(demuxer.source().name(), frame.width(), frame.height());
      frames++;
      shownMicros = micros;
      return true;
    }
    return false;
  }

  private void checkLimits(final long micros) throws MediaException {
    final DecodeLimits limits = demuxer.limits();
    final double seconds = Math.max(0, micros - firstMicros) / 1e6 + 1;
    if (decoded > limits.maxFrames() || decoded > limits.maxFramesPerSecond() * seconds) {
      throw new MediaException(
          String.format(
              Locale.ROOT,
              "%s: more than %.0f pictures a second or %d in all",
              demuxer.source().name(),
              limits.maxFramesPerSecond(),
              limits.maxFrames()));
    }
  }

  private RgbFrame convert() throws MediaException {
    final int length = Math.multiplyExact(Math.multiplyExact(frame.width(), frame.height()), 3);
    if (rgb.length != length) {
      rgb = new byte[length];
    }
    converter.toRgb(frame, quarterTurns, rgb);
    return new RgbFrame(width(), height(), shownMicros, rgb);
  }

  /** Width of the picture that {@link #advance} came to, as it is shown. */
  int width() {
    return quarterTurns % 2 == 1 ? frame.height() : frame.width();
  }

  /** Its height, as it is shown. */
  int height() {
    return quarterTurns % 2 == 1 ? frame.width() : frame.height();
  }

  /** When it is shown, microseconds of event time. */
  long micros() {
    return shownMicros;
  }

  /** Bytes from one of its rows to the next in {@link #write}. */
  int rowBytes() {
    return quarterTurns == 0 ? PixelConverter.rowBytes(width()) : width() * 3;
  }

  /** Bytes that {@link #write} may touch. */
  long bytesToWrite() {
    return PixelConverter.bytes(rowBytes(), height());
  }

  /**
   * Writes that picture as packed RGB, {@link #rowBytes} from row to row.
   *
   * @param target a direct buffer; written from its position on, which stays
   */
  void write(final ByteBuffer target) throws MediaException {
    if (quarterTurns == 0) {
      converter.toRgb(frame, target, rowBytes());
    } else {
      target.put(target.position(), convert().rgb());
    }
  }

  /** Pictures given out so far. */
  @Override
  public long frames() {
    return frames;
  }

  /** Packets that could not be decoded so far. */
  @Override
  public long damagedPackets() {
    return decoder.damagedPackets();
  }

  /** What is wrong with the video although it can be used; complete after the last picture. */
  @Override
  public List<String> warnings() {
    final List<String> warnings = new ArrayList<>();
    final String name = demuxer.source().name();
    if (decoder.damagedPackets() > 0) {
      warnings.add(name + ": " + decoder.damagedPackets() + " damaged video packets were skipped");
    }
    if (shortfall.isPresent()) {
      warnings.add(shortfall.get());
    } else if (demuxer.brokenOff()) {
      warnings.add(name + ": breaks off before its end; what is there was decoded");
    }
    if (!piece && ended && decoded == 0) {
      warnings.add(name + ": its video track is empty");
    }
    return List.copyOf(warnings);
  }

  @Override
  public void close() throws MediaException {
    av_frame_free(frame);
    converter.close();
    decoder.close();
    demuxer.close();
  }
}
