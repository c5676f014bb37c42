package io.valence.media;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file in memory that the decoder's process writes pictures into and its parent reads them from: {@value
 * #SLOTS} slots in turn, so that the decoder works on while the parent looks at a picture, and no pixel
 * goes through a pipe.
 *
 * <p>The parent makes the file and deletes its name as soon as both have it open. It is as long as the
 * largest pictures need, but takes memory only where slots have been used: before it writes, the decoder
 * asks for the room by writing zeros as to any file, because a file system in memory that is full answers a
 * write through the mapping by a signal that kills. The parent only reads what was written.
 */
final class SharedPictures implements AutoCloseable {

  static final int SLOTS = 4;

  private static final Path SHARED_MEMORY = Path.of("/dev/shm");
  private static final int PAGE = 4096;
  private static final int ZEROS = 1 << 20;

  private final FileChannel channel;
  private final MappedByteBuffer bytes;
  private long reserved;

  private SharedPictures(final FileChannel channel, final MappedByteBuffer bytes) {
    this.channel = channel;
    this.bytes = bytes;
  }

  /** Most bytes that a picture takes within the limits, its padding included. */
  static long slotBytes(final DecodeLimits limits) {
    // A row is padded to 64 bytes at most, and no picture has more than 65,500 rows.
    return pages(limits.maxPixels() * 3 + 65_536L * 64);
  }

  static long pages(final long count) {
    return (count + PAGE - 1) / PAGE * PAGE;
  }

  /** Makes the file, empty. */
  static Path createFile(final long length) throws IOException {
    return Files.createTempFile(
        folder(length), "valence-pictures-" + ProcessHandle.current().pid() + "-", "");
  }

  /** Where the files are: in shared memory where the system has enough of it. */
  static Path folder(final long length) throws IOException {
    final boolean shared =
        Files.isDirectory(SHARED_MEMORY)
            && Files.isWritable(SHARED_MEMORY)
            && Files.getFileStore(SHARED_MEMORY).getUsableSpace() >= length;
    return shared ? SHARED_MEMORY : Path.of(System.getProperty("java.io.tmpdir")).toAbsolutePath();
  }

  /**
   * Opens the file from either side.
   *
   * @param length bytes, less than 2 GiB
   */
  static SharedPictures open(final Path file, final long length) throws IOException {
    final FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    boolean mapped = false;
    try {
      final SharedPictures pictures =
          new SharedPictures(channel, channel.map(FileChannel.MapMode.READ_WRITE, 0, length));
      mapped = true;
      return pictures;
    } finally {
      if (!mapped) {
        channel.close();
      }
    }
  }

  /** Makes sure that the first bytes can be written. */
  void reserve(final long length) throws IOException {
    if (length > bytes.capacity()) {
      throw new IOException("a picture is larger than was agreed");
    }
    if (length <= reserved) {
      return;
    }
    final ByteBuffer zeros = ByteBuffer.allocateDirect(ZEROS);
    long at = reserved;
    while (at < length) {
      zeros.clear().limit((int) Math.min(ZEROS, length - at));
      at += channel.write(zeros, at);
    }
    reserved = length;
  }

  /** A part of the memory. */
  ByteBuffer at(final long offset, final long length) {
    return bytes.slice(Math.toIntExact(offset), Math.toIntExact(length));
  }

  long capacity() {
    return bytes.capacity();
  }

  /**
   * Copies a picture without the padding of its rows.
   *
   * @param rowBytes bytes from row to row
   */
  void read(
      final long offset, final int rowBytes, final int width, final int height, final byte[] rgb) {
    final int row = width * 3;
    if (rowBytes == row) {
      bytes.get((int) offset, rgb, 0, row * height);
      return;
    }
    for (int y = 0; y < height; y++) {
      bytes.get((int) offset + y * rowBytes, rgb, y * row, row);
    }
  }

  /** Gives the memory back at once, not only when the mapping is collected. */
  @Override
  public void close() throws IOException {
    try {
      channel.truncate(0);
    } finally {
      channel.close();
    }
  }
}
