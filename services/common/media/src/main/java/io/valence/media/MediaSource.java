package io.valence.media;

import static org.bytedeco.ffmpeg.global.avformat.AVSEEK_FORCE;
import static org.bytedeco.ffmpeg.global.avformat.AVSEEK_SIZE;
import static org.bytedeco.ffmpeg.global.avformat.avio_alloc_context;
import static org.bytedeco.ffmpeg.global.avformat.avio_context_free;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EXTERNAL;
import static org.bytedeco.ffmpeg.global.avutil.av_free;
import static org.bytedeco.ffmpeg.global.avutil.av_malloc;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.Read_packet_Pointer_BytePointer_int;
import org.bytedeco.ffmpeg.avformat.Seek_Pointer_long_int;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * The bytes that FFmpeg may see: one opened file, or one buffer. FFmpeg gets them through callbacks and
 * never a name to open, so a playlist or a crafted file cannot make it open anything else.
 */
final class MediaSource implements AutoCloseable {

  private static final int BUFFER_BYTES = 64 * 1024;
  private static final int SEEK_SET = 0;
  private static final int SEEK_CUR = 1;
  private static final int SEEK_END = 2;

  /** FFmpeg hands the callbacks a number; this is where it leads. */
  private static final Map<Long, MediaSource> OPEN = new ConcurrentHashMap<>();

  private static final AtomicLong NEXT_ID = new AtomicLong();

  private static final Read_packet_Pointer_BytePointer_int READ =
      new Read_packet_Pointer_BytePointer_int() {
        @Override
        public int call(final Pointer opaque, final BytePointer target, final int length) {
          return OPEN.get(new LongPointer(opaque).get()).read(target, length);
        }
      };

  private static final Seek_Pointer_long_int SEEK =
      new Seek_Pointer_long_int() {
        @Override
        public long call(final Pointer opaque, final long offset, final int whence) {
          return OPEN.get(new LongPointer(opaque).get()).seek(offset, whence);
        }
      };

  private final String name;
  private final Path file;
  private final FileChannel channel;
  private final ByteBuffer bytes;
  private final long size;
  private final LongPointer id;
  private final AVIOContext context;
  private long position;
  private IOException failure;

  private MediaSource(
      final String name,
      final Path file,
      final FileChannel channel,
      final ByteBuffer bytes,
      final long size) {
    Ffmpeg.load();
    this.name = name;
    this.file = file;
    this.channel = channel;
    this.bytes = bytes;
    this.size = size;
    this.id = new LongPointer(1).put(NEXT_ID.incrementAndGet());
    OPEN.put(id.get(), this);
    final BytePointer buffer = new BytePointer(av_malloc(BUFFER_BYTES)).capacity(BUFFER_BYTES);
    this.context = avio_alloc_context(buffer, BUFFER_BYTES, 0, id, READ, null, SEEK);
  }

  /** Opens a file for reading; refuses what is missing, no regular file, unreadable or empty. */
  static MediaSource open(final Path file) throws MediaException {
    final String name = String.valueOf(file.getFileName());
    if (!Files.exists(file)) {
      throw new MediaException(file + ": there is no such file");
    }
    if (Files.isDirectory(file)) {
      throw new MediaException(file + ": is a folder, not a regular file");
    }
    if (!Files.isRegularFile(file)) {
      throw new MediaException(file + ": is not a regular file");
    }
    try {
      final FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
      final long size = channel.size();
      if (size == 0) {
        channel.close();
        throw new MediaException(name + ": is empty (0 bytes)");
      }
      return new MediaSource(name, file, channel, null, size);
    } catch (final IOException e) {
      throw new MediaException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  /** The remaining bytes of a buffer; its position stays. */
  static MediaSource of(final ByteBuffer media, final String name) throws MediaException {
    if (!media.hasRemaining()) {
      throw new MediaException(name + ": is empty (0 bytes)");
    }
    return new MediaSource(name, null, null, media.slice(), media.remaining());
  }

  /** The same bytes once more, to be read from their start. */
  MediaSource again() throws MediaException {
    return file == null ? of(bytes, name) : open(file);
  }

  /**
   * Fills {@code target} with the bytes from {@code from} on, without moving what FFmpeg reads next.
   *
   * @return false if there are fewer
   */
  boolean peek(final long from, final ByteBuffer target) throws MediaException {
    if (from < 0 || from + target.remaining() > size) {
      return false;
    }
    if (bytes != null) {
      final int count = target.remaining();
      target.put(target.position(), bytes, (int) from, count);
      target.position(target.position() + count);
      return true;
    }
    try {
      long at = from;
      while (target.hasRemaining()) {
        final int count = channel.read(target, at);
        if (count <= 0) {
          return false;
        }
        at += count;
      }
      return true;
    } catch (final IOException e) {
      throw new MediaException(name + ": reading failed: " + e.getMessage(), e);
    }
  }

  /** For messages: the file's name without its folder, or what the buffer is called. */
  String name() {
    return name;
  }

  long size() {
    return size;
  }

  AVIOContext context() {
    return context;
  }

  /** Throws if reading the file itself failed since it was opened. */
  void checkReadable() throws MediaException {
    if (failure != null) {
      throw new MediaException(name + ": reading failed: " + failure.getMessage(), failure);
    }
  }

  private int read(final BytePointer target, final int length) {
    if (position >= size) {
      return Ffmpeg.END;
    }
    final int wanted = (int) Math.min(length, size - position);
    final ByteBuffer out = target.capacity(wanted).asByteBuffer();
    try {
      if (bytes != null) {
        out.put(0, bytes, (int) position, wanted);
        position += wanted;
        return wanted;
      }
      final int count = channel.read(out, position);
      if (count <= 0) {
        return Ffmpeg.END;
      }
      position += count;
      return count;
    } catch (final IOException e) {
      // An exception must not cross the native frames; checkReadable() reports it.
      failure = e;
      return AVERROR_EXTERNAL();
    }
  }

  private long seek(final long offset, final int whence) {
    final long target;
    switch (whence & ~AVSEEK_FORCE) {
      case SEEK_SET -> target = offset;
      case SEEK_CUR -> target = position + offset;
      case SEEK_END -> target = size + offset;
      default -> {
        return (whence & AVSEEK_SIZE) != 0 ? size : -1;
      }
    }
    if (target < 0) {
      return -1;
    }
    position = target;
    return position;
  }

  @Override
  public void close() throws MediaException {
    if (OPEN.remove(id.get()) == null) {
      return;
    }
    // FFmpeg may have replaced the buffer by a larger one, so free the one that is there now.
    av_free(context.buffer());
    context.buffer(null);
    avio_context_free(context);
    id.close();
    if (channel != null) {
      try {
        channel.close();
      } catch (final IOException e) {
        throw new MediaException(name + ": closing failed: " + e.getMessage(), e);
      }
    }
  }
}
