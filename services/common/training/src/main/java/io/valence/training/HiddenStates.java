package io.valence.training;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * The token vectors of many texts, kept in a file and not in the heap: 300,000 tokens of 768 values
 * take 0.9 GB. The file is removed when the states are closed.
 */
final class HiddenStates implements AutoCloseable {

  private final Path file;
  private final FileChannel channel;
  private final long[] offsets;
  private final int[] sizes;
  private long end;

  private HiddenStates(final Path file, final FileChannel channel, final int texts) {
    this.file = file;
    this.channel = channel;
    this.offsets = new long[texts];
    this.sizes = new int[texts];
    Arrays.fill(sizes, -1);
  }

  static HiddenStates create(final Path file, final int texts) throws IOException {
    return new HiddenStates(
        file,
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE),
        texts);
  }

  /**
   * Keeps the vectors of a text.
   *
   * @param values holds them from {@code from} on, {@code count} values
   */
  void put(final int text, final float[] values, final int from, final int count)
      throws IOException {
    final ByteBuffer bytes =
        ByteBuffer.allocate(count * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values, from, count);
    offsets[text] = end;
    sizes[text] = count;
    while (bytes.hasRemaining()) {
      end += channel.write(bytes, end);
    }
  }

  /** Copies the vectors of a text into {@code target} from {@code at} on. */
  void get(final int text, final float[] target, final int at) throws IOException {
    if (sizes[text] < 0) {
      throw new IllegalStateException("text " + text + " was never kept");
    }
    final ByteBuffer bytes =
        ByteBuffer.allocate(sizes[text] * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, offsets[text] + bytes.position()) < 0) {
        throw new IOException(file + " was cut short while it was in use");
      }
    }
    bytes.flip().asFloatBuffer().get(target, at, sizes[text]);
  }

  @Override
  public void close() throws IOException {
    channel.close();
    Files.deleteIfExists(file);
  }
}
