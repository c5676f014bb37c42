package io.valence.media;

import java.io.IOException;
import java.io.StreamCorruptedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Cuts recordings as {@link RecordingCutter} does, each in a child process of its own, so that no file can
 * take down, hang or fill the process that wants its pieces. A recording over which the child dies ends with
 * a {@link MediaException} that says how; other recordings do not notice.
 *
 * <p>The first child is started at once and gets ready meanwhile; one is kept between recordings. Safe for
 * use by several threads. {@link DecoderProcess} says what limits a child has. Its time is counted
 *
 * <ul>
 *   <li>for the opening, in which the whole file is read once: the limit, and a second more for every 20 MB;
 *   <li>for each window: the limit, and twice the window's own length, for it may have to be encoded anew.
 * </ul>
 */
public final class IsolatedRecordings implements AutoCloseable {

  // A week of pictures at 30 a second takes a tenth of it for each million; a window of sound two
  // copies.
  private static final int HEAP_MEGABYTES = 128;
  private static final long BYTES_A_SECOND = 20_000_000;

  private final IsolationSettings settings;
  private final DecoderPool pool;

  public IsolatedRecordings(final IsolationSettings settings) {
    this.settings = settings;
    this.pool = new DecoderPool(() -> DecoderProcess.start(settings, HEAP_MEGABYTES, 0), 1);
  }

  /**
   * Opens a recording.
   *
   * @param windowMicros length of a window, whole milliseconds, 100 ms to 1 hour
   * @throws MediaException as {@link RecordingCutter#open}, and if the child dies over it
   * @throws DecoderUnavailableException if no child can be started
   */
  public RecordingPieces open(
      final Path file, final Optional<Transcript> transcript, final long windowMicros)
      throws MediaException, InterruptedException {
    RecordingCutter.checkWindow(windowMicros);
    final Pieces pieces = new Pieces(pool.take(), file, windowMicros);
    boolean opened = false;
    try {
      pieces.open(transcript);
      opened = true;
      return pieces;
    } finally {
      if (!opened) {
        pieces.close();
      }
    }
  }

  /** How many children ended that should not have, since the start. */
  public long deaths() {
    return pool.deaths();
  }

  /** Process ids of the living children. */
  public Set<Long> children() {
    return pool.pids();
  }

  @Override
  public void close() {
    pool.close();
  }

  private static Duration timeToRead(final Path file) {
    try {
      return Duration.ofSeconds(Files.size(file) / BYTES_A_SECOND);
    } catch (final IOException e) {
      // It is not there or cannot be read: the child says so in the same words as ever.
      return Duration.ZERO;
    }
  }

  /** The pieces of one recording, as its child sends them. */
  private final class Pieces implements RecordingPieces {

    private final DecoderProcess process;
    private final Path file;
    private final String name;
    private final long windowMicros;
    private Recording recording;
    private long endMicros;
    private Set<Modality> modalities = Set.of();
    private volatile List<String> warnings = List.of();
    private boolean open;
    private boolean ended;
    private boolean released;

    Pieces(final DecoderProcess process, final Path file, final long windowMicros) {
      this.process = process;
      this.file = file;
      this.name = String.valueOf(file.getFileName());
      this.windowMicros = windowMicros;
    }

    void open(final Optional<Transcript> transcript) throws MediaException, InterruptedException {
      final Integer said =
          within(
              timeToRead(file),
              () -> {
                process.out().writeByte(DecoderWire.OPEN_RECORDING);
                DecoderWire.writeText(process.out(), file.toString());
                process.out().writeLong(windowMicros);
                DecoderWire.writeTranscript(process.out(), transcript);
                process.out().flush();
                final int answer = process.in().readUnsignedByte();
                if (answer == DecoderWire.OPENED) {
                  recording = DecoderWire.readRecording(process.in());
                  endMicros = process.in().readLong();
                  modalities =
                      Collections.unmodifiableSet(DecoderWire.readModalities(process.in()));
                  warnings = DecoderWire.readTexts(process.in());
                }
                return answer;
              });
      if (said != DecoderWire.OPENED) {
        throw failure(said);
      }
      open = true;
    }

    @Override
    public Piece next() throws MediaException, InterruptedException {
      if (ended) {
        return null;
      }
      final Object heard =
          within(
              Duration.ofNanos(2 * windowMicros * 1000),
              () -> {
                process.out().writeByte(DecoderWire.NEXT);
                process.out().flush();
                final int said = process.in().readUnsignedByte();
                return said == DecoderWire.PIECE ? DecoderWire.readPiece(process.in()) : said;
              });
      if (heard instanceof Piece piece) {
        return piece;
      }
      if ((Integer) heard != DecoderWire.ENDED) {
        throw failure((Integer) heard);
      }
      within(Duration.ZERO, this::readEnd);
      ended = true;
      return null;
    }

    private <T> T within(final Duration more, final DecoderProcess.Talk<T> talk)
        throws MediaException, InterruptedException {
      process.begin(settings.timeLimit().plus(more));
      try {
        return process.talk(name, talk);
      } finally {
        process.end();
      }
    }

    private Void readEnd() throws IOException {
      process.in().skipNBytes(8 + 8);
      warnings = DecoderWire.readTexts(process.in());
      return null;
    }

    private MediaException failure(final int said) throws MediaException, InterruptedException {
      ended = true;
      return new MediaException(
          within(
              Duration.ZERO,
              () -> {
                if (said != DecoderWire.FAILED) {
                  throw new StreamCorruptedException("a message of kind " + said);
                }
                return DecoderWire.readText(process.in());
              }));
    }

    @Override
    public Recording recording() {
      return recording;
    }

    @Override
    public Set<Modality> modalities() {
      return modalities;
    }

    @Override
    public long windowMicros() {
      return windowMicros;
    }

    @Override
    public long endMicros() {
      return endMicros;
    }

    @Override
    public List<String> warnings() {
      return warnings;
    }

    @Override
    public void close() throws MediaException {
      if (released) {
        return;
      }
      released = true;
      boolean whole = false;
      try {
        if (process.isAlive()) {
          whole = !open || within(Duration.ZERO, this::leave);
        }
      } catch (final InterruptedException e) {
        Thread.currentThread().interrupt();
      } finally {
        if (whole) {
          pool.give(process);
        } else {
          pool.drop(process);
        }
      }
    }

    private boolean leave() throws IOException {
      process.out().writeByte(DecoderWire.CLOSE);
      process.out().flush();
      final int said = process.in().readUnsignedByte();
      if (said == DecoderWire.ENDED) {
        readEnd();
        return true;
      }
      return false;
    }
  }
}
