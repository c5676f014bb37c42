package io.valence.media;

import java.io.IOException;
import java.io.StreamCorruptedException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;

/**
 * Decodes video pieces in a child process, so that no piece can take down, hang or fill the process that
 * wants its pictures. A piece over which the child dies is refused like a damaged one ("the decoder ended
 * with signal 11", "took longer than 5 s", "needed more than 512 MB"); the next piece finds a new child.
 *
 * <p>The first child is started at once and gets ready meanwhile. Safe for use by several threads: each open
 * piece has a child of its own. {@link DecoderProcess} says what limits a child has.
 */
public final class IsolatedVideoDecoding implements VideoDecoding {

  private static final int HEAP_MEGABYTES = 64;

  private final IsolationSettings settings;
  private final DecodeLimits limits;
  private final DecoderPool pool;

  /** Within {@link DecodeLimits#CHUNK}. */
  public IsolatedVideoDecoding(final IsolationSettings settings) {
    this(settings, DecodeLimits.CHUNK);
  }

  /**
   * @param limits of a piece; four of its largest pictures must have less than 2 GiB
   */
  public IsolatedVideoDecoding(final IsolationSettings settings, final DecodeLimits limits) {
    this.settings = settings;
    this.limits = limits;
    final long bytes = SharedPictures.slotBytes(limits) * SharedPictures.SLOTS;
    if (bytes > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "pictures of " + limits.maxPixels() + " pixels are too large to be shared");
    }
    this.pool = new DecoderPool(() -> DecoderProcess.start(settings, HEAP_MEGABYTES, bytes), 1);
  }

  @Override
  public VideoFrames open(final ByteBuffer piece, final long startMicros, final long endMicros)
      throws MediaException, InterruptedException {
    if (!piece.hasRemaining()) {
      throw new MediaException(Frames.NAME + ": is empty (0 bytes)");
    }
    if (piece.remaining() > DecoderWire.MOST_PIECE_BYTES) {
      throw new MediaException(
          Frames.NAME
              + ": has "
              + piece.remaining()
              + " bytes; at most "
              + DecoderWire.MOST_PIECE_BYTES
              + " are taken");
    }
    final Frames frames = new Frames(pool.take());
    boolean opened = false;
    try {
      frames.open(piece, startMicros, endMicros);
      opened = true;
      return frames;
    } finally {
      if (!opened) {
        frames.giveUp();
      }
    }
  }

  /** How many children ended that should not have, since the start. */
  public long deaths() {
    return pool.deaths();
  }

  /** Largest resident memory of any child so far, bytes; 0 where the system does not tell. */
  public long peakBytes() {
    return pool.peakBytes();
  }

  /** Process ids of the living children. */
  public Set<Long> children() {
    return pool.pids();
  }

  @Override
  public void close() {
    pool.close();
  }

  /** The pictures of one piece, as its child sends them. */
  private final class Frames implements VideoFrames {

    private static final String NAME = "video piece";

    private final DecoderProcess process;
    private byte[] rgb = {};
    private int taken;
    private long frames;
    private long damagedPackets;
    private List<String> warnings = List.of();
    private boolean ended;
    private boolean released;

    Frames(final DecoderProcess process) {
      this.process = process;
    }

    void open(final ByteBuffer piece, final long startMicros, final long endMicros)
        throws MediaException, InterruptedException {
      process.begin(settings.timeLimit());
      final int said =
          process.talk(
              NAME,
              () -> {
                process.out().writeByte(DecoderWire.OPEN_VIDEO);
                process.out().writeLong(startMicros);
                process.out().writeLong(endMicros);
                process.out().writeLong(limits.maxPixels());
                process.out().writeDouble(limits.maxFramesPerSecond());
                process.out().writeLong(limits.maxFrames());
                DecoderWire.writeBytes(process.out(), piece);
                process.out().flush();
                return process.in().readUnsignedByte();
              });
      if (said != DecoderWire.OPENED) {
        last(said);
      }
    }

    @Override
    public RgbFrame next() throws MediaException, InterruptedException {
      if (ended) {
        return null;
      }
      final Object heard = process.talk(NAME, this::hear);
      if (heard instanceof RgbFrame frame) {
        return frame;
      }
      last((Integer) heard);
      return null;
    }

    /** A picture, or the kind of another message. */
    private Object hear() throws IOException {
      if (taken >= SharedPictures.SLOTS / 2 || (taken > 0 && process.in().available() == 0)) {
        process.out().writeByte(DecoderWire.ROOM);
        process.out().writeByte(taken);
        process.out().flush();
        taken = 0;
      }
      final int said = process.in().readUnsignedByte();
      if (said != DecoderWire.FRAME) {
        return said;
      }
      final long micros = process.in().readLong();
      final int width = process.in().readInt();
      final int height = process.in().readInt();
      final int rowBytes = process.in().readInt();
      final long offset = process.in().readLong();
      check(width, height, rowBytes, offset);
      final int length = width * height * 3;
      if (rgb.length != length) {
        rgb = new byte[length];
      }
      process.pictures().read(offset, rowBytes, width, height, rgb);
      taken++;
      frames++;
      return new RgbFrame(width, height, micros, rgb);
    }

    private void check(final int width, final int height, final int rowBytes, final long offset)
        throws IOException {
      if (width < 1
          || height < 1
          || (long) width * height > limits.maxPixels()
          || rowBytes < width * 3L
          || offset < 0
          || offset > process.pictures().capacity() - (long) rowBytes * height) {
        throw new StreamCorruptedException("told of a picture that cannot be");
      }
    }

    /** The last word on this piece. */
    private void last(final int said) throws MediaException, InterruptedException {
      final String failure =
          process.talk(
              NAME,
              () -> {
                if (said == DecoderWire.FAILED) {
                  return DecoderWire.readText(process.in());
                }
                if (said != DecoderWire.ENDED) {
                  throw new StreamCorruptedException("a message of kind " + said);
                }
                process.in().readLong();
                damagedPackets = process.in().readLong();
                warnings = DecoderWire.readTexts(process.in());
                return null;
              });
      ended = true;
      release();
      if (failure != null) {
        throw new MediaException(failure);
      }
    }

    private void release() {
      if (!released) {
        released = true;
        process.end();
        pool.give(process);
      }
    }

    void giveUp() {
      if (!released) {
        released = true;
        process.end();
        pool.drop(process);
      }
      ended = true;
    }

    @Override
    public long frames() {
      return frames;
    }

    @Override
    public long damagedPackets() {
      return damagedPackets;
    }

    @Override
    public List<String> warnings() {
      return warnings;
    }

    /** A piece that is left before its end: the child is asked to stop, or ended if it does not. */
    @Override
    public void close() throws MediaException {
      if (released) {
        return;
      }
      boolean whole = false;
      try {
        if (process.isAlive()) {
          process.talk(NAME, this::leave);
          whole = true;
        }
      } catch (final InterruptedException e) {
        Thread.currentThread().interrupt();
      } finally {
        if (whole) {
          release();
        } else {
          giveUp();
        }
        ended = true;
      }
    }

    private Void leave() throws IOException {
      process.out().writeByte(DecoderWire.CLOSE);
      process.out().flush();
      while (true) {
        final int said = process.in().readUnsignedByte();
        switch (said) {
          case DecoderWire.FRAME -> process.in().skipNBytes(8 + 4 + 4 + 4 + 8);
          case DecoderWire.FAILED -> {
            DecoderWire.readText(process.in());
            return null;
          }
          case DecoderWire.ENDED -> {
            process.in().skipNBytes(8 + 8);
            DecoderWire.readTexts(process.in());
            return null;
          }
          default -> throw new StreamCorruptedException("a message of kind " + said);
        }
      }
    }
  }
}
