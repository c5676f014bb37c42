package io.valence.media;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avformat;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.ffmpeg.global.swscale;

/**
 * The decoder's process: decodes what {@link DecoderProcess} sends and dies with it. One thread listens to
 * standard input, so that its end is heard in the middle of any work; the other one decodes.
 */
final class DecoderMain {

  private static final int USAGE = 2;

  /** A job for the thread that decodes. */
  private interface Work {
    void run() throws IOException, InterruptedException;
  }

  private final DataOutputStream out;
  private final Optional<SharedPictures> pictures;
  private final BlockingQueue<Work> work = new LinkedBlockingQueue<>();
  private final Semaphore room = new Semaphore(0);
  private volatile boolean closed;
  private byte[] input = {};
  private long slotBytes;
  private RecordingCutter cutter;
  private String cutting;

  private DecoderMain(final OutputStream out, final Optional<SharedPictures> pictures) {
    this.out = new DataOutputStream(new BufferedOutputStream(out, 64 * 1024));
    this.pictures = pictures;
  }

  /**
   * @param arguments the largest single allocation of FFmpeg in bytes, the file of the shared memory or
   *     nothing, its length, the file to speak to or nothing for standard output
   */
  public static void main(final String[] arguments) throws IOException, InterruptedException {
    if (arguments.length != 4) {
      System.err.println("this is started by Valence's services, not by hand");
      System.exit(USAGE);
    }
    // Whatever prints must not disturb the protocol.
    System.setOut(System.err);
    final Optional<Path> file =
        arguments[1].isEmpty() ? Optional.empty() : Optional.of(Path.of(arguments[1]));
    final DecoderMain main =
        new DecoderMain(
            arguments[3].isEmpty()
                ? new FileOutputStream(FileDescriptor.out)
                : new FileOutputStream(arguments[3]),
            file.isPresent()
                ? Optional.of(SharedPictures.open(file.get(), Long.parseLong(arguments[2])))
                : Optional.empty());
    final Thread listener = new Thread(() -> main.listen(file), "decoder-input");
    listener.setDaemon(true);
    listener.start();
    warmUp();
    avutil.av_max_alloc(Long.parseLong(arguments[0]));
    main.say(DecoderWire.READY);
    while (true) {
      main.work.take().run();
    }
  }

  /** Loads the libraries before the first piece comes. */
  private static void warmUp() {
    Ffmpeg.load();
    avformat.avformat_version();
    avcodec.avcodec_version();
    swscale.swscale_version();
    final AVFrame frame = avutil.av_frame_alloc();
    avutil.av_frame_free(frame);
  }

  private void listen(final Optional<Path> file) {
    try (DataInputStream in =
        new DataInputStream(
            new BufferedInputStream(new FileInputStream(FileDescriptor.in), 64 * 1024))) {
      while (true) {
        hear(in);
      }
    } catch (final EOFException e) {
      // The parent has ended this process, or has ended itself.
      end(file, 0);
    } catch (final IOException | RuntimeException e) {
      System.err.println(e);
      end(file, 1);
    }
  }

  private static void end(final Optional<Path> file, final int code) {
    try {
      if (file.isPresent()) {
        // Its parent deletes it as a rule, unless it was killed meanwhile.
        Files.deleteIfExists(file.get());
      }
    } catch (final IOException e) {
      System.err.println(e);
    } finally {
      // Not exit: a decoder that hangs must not hold it up.
      Runtime.getRuntime().halt(code);
    }
  }

  private void hear(final DataInputStream in) throws IOException {
    final int said = in.readUnsignedByte();
    switch (said) {
      case DecoderWire.OPEN_VIDEO -> {
        final long start = in.readLong();
        final long end = in.readLong();
        final DecodeLimits limits = new DecodeLimits(in.readLong(), in.readDouble(), in.readLong());
        final int length = DecoderWire.bounded(in.readInt(), DecoderWire.MOST_PIECE_BYTES);
        if (input.length < length) {
          input = new byte[length];
        }
        in.readFully(input, 0, length);
        final ByteBuffer piece = ByteBuffer.wrap(input, 0, length);
        closed = false;
        room.drainPermits();
        room.release(SharedPictures.SLOTS);
        work.add(() -> video(piece, start, end, limits));
      }
      case DecoderWire.OPEN_RECORDING -> {
        final Path recording = Path.of(DecoderWire.readText(in));
        final long windowMicros = in.readLong();
        final Optional<Transcript> transcript = DecoderWire.readTranscript(in);
        work.add(() -> openRecording(recording, transcript, windowMicros));
      }
      case DecoderWire.ROOM -> room.release(in.readUnsignedByte());
      case DecoderWire.NEXT -> work.add(this::nextPiece);
      case DecoderWire.CLOSE -> {
        closed = true;
        room.release(SharedPictures.SLOTS);
        work.add(this::closeRecording);
      }
      default -> throw new IOException("a message of kind " + said);
    }
  }

  private void video(
      final ByteBuffer piece, final long start, final long end, final DecodeLimits limits)
      throws IOException, InterruptedException {
    try (VideoDecoder decoder = VideoDecoder.open(piece, start, end, limits)) {
      say(DecoderWire.OPENED);
      while (!closed && decoder.advance()) {
        show(decoder);
      }
      ended(decoder.frames(), decoder.damagedPackets(), decoder.warnings());
    } catch (final MediaException e) {
      failed(e.getMessage());
    } catch (final RuntimeException e) {
      failed("video piece: the decoder failed: " + e);
    }
  }

  private void show(final VideoDecoder decoder)
      throws IOException, MediaException, InterruptedException {
    final long needed = SharedPictures.pages(decoder.bytesToWrite());
    room.acquire();
    if (closed) {
      return;
    }
    if (needed > slotBytes) {
      // The slots move, so all of them must be free.
      room.acquire(SharedPictures.SLOTS - 1);
      reserve(needed * SharedPictures.SLOTS);
      slotBytes = needed;
      room.release(SharedPictures.SLOTS - 1);
    }
    final long offset = (decoder.frames() - 1) % SharedPictures.SLOTS * slotBytes;
    decoder.write(pictures.orElseThrow().at(offset, slotBytes));
    out.writeByte(DecoderWire.FRAME);
    out.writeLong(decoder.micros());
    out.writeInt(decoder.width());
    out.writeInt(decoder.height());
    out.writeInt(decoder.rowBytes());
    out.writeLong(offset);
    out.flush();
  }

  private void reserve(final long length) throws MediaException {
    try {
      pictures.orElseThrow().reserve(length);
    } catch (final IOException e) {
      throw new MediaException(
          "video piece: there is no room for its pictures in shared memory: " + e.getMessage(), e);
    }
  }

  private void openRecording(
      final Path recording, final Optional<Transcript> transcript, final long windowMicros)
      throws IOException {
    cutting = String.valueOf(recording.getFileName());
    try {
      cutter = RecordingCutter.open(recording, transcript, windowMicros);
      out.writeByte(DecoderWire.OPENED);
      DecoderWire.writeRecording(out, cutter.recording());
      out.writeLong(cutter.endMicros());
      DecoderWire.writeModalities(out, cutter.modalities());
      DecoderWire.writeTexts(out, cutter.warnings());
      out.flush();
    } catch (final MediaException e) {
      failed(e.getMessage());
    } catch (final RuntimeException e) {
      failed(cutting + ": the decoder failed: " + e);
    }
  }

  private void nextPiece() throws IOException {
    try {
      final Piece piece = cutter.next();
      if (piece == null) {
        ended(0, 0, cutter.warnings());
        return;
      }
      out.writeByte(DecoderWire.PIECE);
      DecoderWire.writePiece(out, piece);
      out.flush();
    } catch (final MediaException e) {
      failed(e.getMessage());
    } catch (final RuntimeException e) {
      failed(cutting + ": the decoder failed: " + e);
    }
  }

  /** After a video there is none, and its end was told already. */
  private void closeRecording() throws IOException {
    if (cutter == null) {
      return;
    }
    final RecordingCutter closing = cutter;
    cutter = null;
    try {
      closing.close();
      ended(0, 0, closing.warnings());
    } catch (final MediaException e) {
      failed(e.getMessage());
    }
  }

  private void say(final int what) throws IOException {
    out.writeByte(what);
    out.flush();
  }

  private void ended(final long frames, final long damaged, final List<String> warnings)
      throws IOException {
    out.writeByte(DecoderWire.ENDED);
    out.writeLong(frames);
    out.writeLong(damaged);
    DecoderWire.writeTexts(out, warnings);
    out.flush();
  }

  private void failed(final String message) throws IOException {
    out.writeByte(DecoderWire.FAILED);
    DecoderWire.writeText(out, String.valueOf(message));
    out.flush();
  }
}
