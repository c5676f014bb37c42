package io.valence.training;

import io.valence.features.text.BertAttention;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * The token vectors of many texts, kept in a file and not in the heap: 300,000 tokens take 0.9 GB.
 * The file is removed when the store is closed.
 */
final class TokenStore implements AutoCloseable {

  static final int WIDTH = 768;

  private static final int TEXTS_AT_A_TIME = 512;

  private final Path file;
  private final FileChannel channel;
  private final long[] offsets;
  private final int[] counts;

  private TokenStore(
      final Path file, final FileChannel channel, final long[] offsets, final int[] counts) {
    this.file = file;
    this.channel = channel;
    this.offsets = offsets;
    this.counts = counts;
  }

  /**
   * Reads the texts with the model.
   *
   * @param progress hears how many texts are done
   */
  static TokenStore read(
      final BertAttention model,
      final List<String> texts,
      final Path file,
      final IntConsumer progress)
      throws IOException {
    final FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
    try {
      final long[] offsets = new long[texts.size()];
      final int[] counts = new int[texts.size()];
      long end = 0;
      for (int from = 0; from < texts.size(); from += TEXTS_AT_A_TIME) {
        final int first = from;
        final List<String> some =
            texts.subList(from, Math.min(texts.size(), from + TEXTS_AT_A_TIME));
        final float[][] tokens = new float[some.size()][];
        model.eachTokens(some, (text, values) -> tokens[text] = values);
        for (int i = 0; i < tokens.length; i++) {
          offsets[first + i] = end;
          counts[first + i] = tokens[i].length / WIDTH;
          final ByteBuffer bytes =
              ByteBuffer.allocate(tokens[i].length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
          bytes.asFloatBuffer().put(tokens[i]);
          while (bytes.hasRemaining()) {
            end += channel.write(bytes, end);
          }
        }
        progress.accept(first + some.size());
      }
      return new TokenStore(file, channel, offsets, counts);
    } catch (final IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  int texts() {
    return counts.length;
  }

  /** How many tokens a text has, [CLS] and [SEP] included. */
  int count(final int text) {
    return counts[text];
  }

  /** The tokens of a text, row by row. */
  float[] tokens(final int text) throws IOException {
    final ByteBuffer bytes =
        ByteBuffer.allocate(counts[text] * WIDTH * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, offsets[text] + bytes.position()) < 0) {
        throw new IOException(file + " was cut short while it was in use");
      }
    }
    final FloatBuffer values = bytes.flip().asFloatBuffer();
    final float[] tokens = new float[values.remaining()];
    values.get(tokens);
    return tokens;
  }

  @Override
  public void close() throws IOException {
    channel.close();
    java.nio.file.Files.deleteIfExists(file);
  }
}
