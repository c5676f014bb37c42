package io.valence.features.text;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What to look for among the tokens of a text: a few learned directions. For each of them the tokens
 * are averaged by the softmax of their products with it, so that telling words count and the rest
 * does not (attention with learned queries; Yang et al., 2016, section 2.2).
 */
public final class AttentionQueries {

  private static final String RESOURCE = "attention-queries.bin";

  private final float[][] queries;

  /**
   * @param queries one row each, all of the width of a token; copied
   */
  public AttentionQueries(final float[][] queries) {
    if (queries.length == 0 || queries[0].length == 0) {
      throw new IllegalArgumentException("attention needs at least one query");
    }
    this.queries = new float[queries.length][];
    for (int i = 0; i < queries.length; i++) {
      if (queries[i].length != queries[0].length) {
        throw new IllegalArgumentException("queries of different widths");
      }
      for (final float value : queries[i]) {
        if (!Float.isFinite(value)) {
          throw new IllegalArgumentException("query " + i + " holds " + value);
        }
      }
      this.queries[i] = queries[i].clone();
    }
  }

  /** The queries that define {@code bert-attention-3072}. */
  static AttentionQueries shipped() {
    try (InputStream in = AttentionQueries.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException("the attention queries are missing from the archive");
      }
      return read(in);
    } catch (final IOException e) {
      throw new UncheckedIOException("the attention queries cannot be read", e);
    }
  }

  private static AttentionQueries read(final InputStream in) throws IOException {
    final DataInputStream data = new DataInputStream(in);
    final float[][] queries = new float[data.readInt()][data.readInt()];
    for (final float[] query : queries) {
      final ByteBuffer bytes = ByteBuffer.wrap(data.readNBytes(query.length * Float.BYTES));
      bytes.order(ByteOrder.BIG_ENDIAN).asFloatBuffer().get(query);
    }
    return new AttentionQueries(queries);
  }

  /**
   * Writes the form that {@link #shipped} reads: count and width (int32), then the values row by row
   * (float32), big-endian.
   */
  public void write(final Path file) throws IOException {
    Files.write(file, bytes());
  }

  /** SHA-256 of the written form, in hexadecimal: two sets of queries are two spaces. */
  public String sha256() {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes()));
    } catch (final NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private byte[] bytes() {
    final ByteBuffer bytes =
        ByteBuffer.allocate(2 * Integer.BYTES + count() * width() * Float.BYTES);
    bytes.putInt(count()).putInt(width());
    for (final float[] query : queries) {
      for (final float value : query) {
        bytes.putFloat(value);
      }
    }
    return bytes.array();
  }

  /** How many there are. */
  public int count() {
    return queries.length;
  }

  /** Width of a token. */
  public int width() {
    return queries[0].length;
  }

  /**
   * Averages the tokens of one text for each query.
   *
   * @param tokens row by row, from index {@code from} on
   * @param count how many tokens, at least 1
   * @return the averages, one after the other: {@link #count} times {@link #width} values
   */
  public float[] pool(final float[] tokens, final int from, final int count) {
    final int width = width();
    final float[] pooled = new float[queries.length * width];
    final double[] shares = new double[count];
    for (int query = 0; query < queries.length; query++) {
      double highest = Double.NEGATIVE_INFINITY;
      for (int token = 0; token < count; token++) {
        final int at = from + token * width;
        double product = 0;
        for (int i = 0; i < width; i++) {
          product += (double) queries[query][i] * tokens[at + i];
        }
        shares[token] = product;
        highest = Math.max(highest, product);
      }
      double sum = 0;
      for (int token = 0; token < count; token++) {
        shares[token] = Math.exp(shares[token] - highest);
        sum += shares[token];
      }
      for (int token = 0; token < count; token++) {
        final float share = (float) (shares[token] / sum);
        final int at = from + token * width;
        final int to = query * width;
        for (int i = 0; i < width; i++) {
          pooled[to + i] += share * tokens[at + i];
        }
      }
    }
    return pooled;
  }
}
