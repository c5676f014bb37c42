package io.valence.features.text;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A BERT of two small layers with random weights, packed the way the real ones are packed, and what
 * it computes, in plain Java and double precision.
 */
final class ToyBert {

  static final BertShape SHAPE = new BertShape(24, 12, 8, 2, 2, 16);
  static final List<String> VOCABULARY =
      List.of(
          "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "bad", "film", "a", "the", "is",
          "not", "##ly", "##s", "un", "##real", ".", ",", "!", "?", "very", "dull", "so", "it");

  private static final String ENTRY = "toy/bert";
  private static final double EPSILON = 1e-12;

  private final Map<String, float[]> weights = new TreeMap<>();
  private final Map<String, long[]> shapes = new TreeMap<>();

  ToyBert() {
    final Random random = new Random(42);
    final int hidden = SHAPE.hidden();
    add(random, "embeddings/word_embeddings", SHAPE.vocabulary(), hidden);
    add(random, "embeddings/position_embeddings", SHAPE.positions(), hidden);
    add(random, "embeddings/token_type_embeddings", 2, hidden);
    addNormalisation(random, "embeddings/LayerNorm");
    for (int layer = 0; layer < SHAPE.layers(); layer++) {
      final String prefix = "encoder/layer_" + layer + "/";
      addDense(random, prefix + "attention/self/query", hidden, hidden);
      addDense(random, prefix + "attention/self/key", hidden, hidden);
      addDense(random, prefix + "attention/self/value", hidden, hidden);
      addDense(random, prefix + "attention/output/dense", hidden, hidden);
      addNormalisation(random, prefix + "attention/output/LayerNorm");
      addDense(random, prefix + "intermediate/dense", hidden, SHAPE.intermediate());
      addDense(random, prefix + "output/dense", SHAPE.intermediate(), hidden);
      addNormalisation(random, prefix + "output/LayerNorm");
    }
  }

  /** Adds a difference to a kernel: scale times down [in, rank] times up [rank, out]. */
  void add(
      final String name, final double scale, final float[] down, final float[] up, final int rank) {
    final float[] kernel = weights.get(name + "/kernel");
    final int inputs = down.length / rank;
    final int outputs = up.length / rank;
    for (int i = 0; i < inputs; i++) {
      for (int j = 0; j < outputs; j++) {
        for (int r = 0; r < rank; r++) {
          kernel[i * outputs + j] += (float) (scale * down[i * rank + r] * up[r * outputs + j]);
        }
      }
    }
  }

  /** What a set-up is told of the archive. */
  BertSource source() {
    return source(Map.of());
  }

  BertSource source(final Map<String, String> sha256) {
    return new BertSource(ENTRY, SHAPE, sha256, data().length, "made for a test");
  }

  /** Writes the archive: a jar with a zip in it. */
  Path writeJar(final Path jar) throws IOException {
    return writeJar(jar, index(), data());
  }

  Path writeJar(final Path jar, final byte[] index, final byte[] data) throws IOException {
    final ByteArrayOutputStream inner = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(inner)) {
      store(
          zip, "assets/vocab.txt", String.join("\n", VOCABULARY).getBytes(StandardCharsets.UTF_8));
      store(zip, "saved_model.pb", new byte[100]);
      store(zip, "variables/variables.index", index);
      store(zip, "variables/variables.data-00000-of-00001", data);
    }
    try (OutputStream file = Files.newOutputStream(jar);
        ZipOutputStream zip = new ZipOutputStream(file)) {
      zip.putNextEntry(new ZipEntry(ENTRY));
      zip.write(inner.toByteArray());
      zip.closeEntry();
    }
    return jar;
  }

  /** All weights one after the other, in the order of their names. */
  byte[] data() {
    final int count = weights.values().stream().mapToInt(values -> values.length).sum();
    final ByteBuffer bytes =
        ByteBuffer.allocate(count * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    int offset = 0;
    for (final float[] values : weights.values()) {
      bytes.position(offset);
      bytes.asFloatBuffer().put(values);
      offset += values.length * Float.BYTES;
    }
    return bytes.array();
  }

  /** The directory of the weights: a header and two blocks of entries, keys cut to what is new. */
  byte[] index() {
    final byte[] data = data();
    final Bytes table = new Bytes();
    final List<String> names = List.copyOf(weights.keySet());
    final int half = names.size() / 2;
    final Map<String, byte[]> first = new TreeMap<>();
    final Map<String, byte[]> second = new TreeMap<>();
    first.put("", new byte[] {8, 1});
    long offset = 0;
    for (int i = 0; i < names.size(); i++) {
      final String name = names.get(i);
      final int length = weights.get(name).length * Float.BYTES;
      final CRC32C crc = new CRC32C();
      crc.update(data, (int) offset, length);
      (i < half ? first : second)
          .put("module/bert/" + name, entry(shapes.get(name), offset, length, crc));
      offset += length;
    }
    final Map<String, byte[]> handles = new TreeMap<>();
    handles.put("module/bert/" + names.get(half - 1), table.block(first));
    handles.put("module/bert/" + names.get(names.size() - 1), table.block(second));
    final byte[] meta = table.block(new TreeMap<>());
    final byte[] index = table.block(handles);
    table.raw(meta).raw(index).raw(new byte[40 - meta.length - index.length]);
    table.fixed64(0xdb4775248b80fb57L);
    return table.bytes();
  }

  private static byte[] entry(
      final long[] shape, final long offset, final long length, final CRC32C crc) {
    final Bytes dimensions = new Bytes();
    for (final long dimension : shape) {
      final byte[] size = new Bytes().varint(8).varint(dimension).bytes();
      dimensions.varint(18).varint(size.length).raw(size);
    }
    final Bytes entry = new Bytes().varint(8).varint(1);
    entry.varint(18).varint(dimensions.bytes().length).raw(dimensions.bytes());
    if (offset > 0) { // what is 0 is not written
      entry.varint(32).varint(offset);
    }
    entry.varint(40).varint(length);
    return entry.varint(53).fixed32(TensorIndex.masked((int) crc.getValue())).bytes();
  }

  /**
   * The forward pass.
   *
   * @return after the embeddings and after each layer, the vector of each token
   */
  double[][][] layers(final long... ids) {
    return layersOf(ids, new int[ids.length]);
  }

  /** As {@link #layers} with the token types given. */
  double[][][] layersOf(final long[] ids, final int[] types) {
    final int hidden = SHAPE.hidden();
    final double[][] embedded = new double[ids.length][hidden];
    for (int t = 0; t < ids.length; t++) {
      for (int i = 0; i < hidden; i++) {
        embedded[t][i] =
            weight("embeddings/word_embeddings", (int) ids[t] * hidden + i)
                + weight("embeddings/position_embeddings", t * hidden + i)
                + weight("embeddings/token_type_embeddings", types[t] * hidden + i);
      }
    }
    final double[][][] layers = new double[SHAPE.layers() + 1][][];
    layers[0] = normalised(embedded, "embeddings/LayerNorm");
    for (int layer = 0; layer < SHAPE.layers(); layer++) {
      final String prefix = "encoder/layer_" + layer + "/";
      final double[][] attended =
          dense(attention(layers[layer], prefix), prefix + "attention/output/dense", hidden);
      final double[][] middle =
          normalised(sum(attended, layers[layer]), prefix + "attention/output/LayerNorm");
      final double[][] wide = dense(middle, prefix + "intermediate/dense", SHAPE.intermediate());
      for (final double[] row : wide) {
        for (int i = 0; i < row.length; i++) {
          row[i] = 0.5 * row[i] * (1 + erf(row[i] / Math.sqrt(2)));
        }
      }
      layers[layer + 1] =
          normalised(
              sum(dense(wide, prefix + "output/dense", hidden), middle),
              prefix + "output/LayerNorm");
    }
    return layers;
  }

  /** The mean over the tokens. */
  static double[] mean(final double[][] tokens) {
    final double[] mean = new double[tokens[0].length];
    for (final double[] token : tokens) {
      for (int i = 0; i < mean.length; i++) {
        mean[i] += token[i] / tokens.length;
      }
    }
    return mean;
  }

  private double[][] attention(final double[][] input, final String prefix) {
    final int hidden = SHAPE.hidden();
    final double[][] query = dense(input, prefix + "attention/self/query", hidden);
    final double[][] key = dense(input, prefix + "attention/self/key", hidden);
    final double[][] value = dense(input, prefix + "attention/self/value", hidden);
    final double[][] context = new double[input.length][hidden];
    for (int head = 0; head < SHAPE.heads(); head++) {
      final int from = head * SHAPE.headWidth();
      for (int t = 0; t < input.length; t++) {
        final double[] shares = new double[input.length];
        double total = 0;
        for (int u = 0; u < input.length; u++) {
          double score = 0;
          for (int i = from; i < from + SHAPE.headWidth(); i++) {
            score += query[t][i] * key[u][i];
          }
          shares[u] = Math.exp(score / Math.sqrt(SHAPE.headWidth()));
          total += shares[u];
        }
        for (int u = 0; u < input.length; u++) {
          for (int i = from; i < from + SHAPE.headWidth(); i++) {
            context[t][i] += shares[u] / total * value[u][i];
          }
        }
      }
    }
    return context;
  }

  private double[][] dense(final double[][] input, final String name, final int width) {
    final double[][] output = new double[input.length][width];
    for (int t = 0; t < input.length; t++) {
      for (int out = 0; out < width; out++) {
        output[t][out] = weight(name + "/bias", out);
        for (int in = 0; in < input[t].length; in++) {
          output[t][out] += input[t][in] * weight(name + "/kernel", in * width + out);
        }
      }
    }
    return output;
  }

  private double[][] normalised(final double[][] input, final String name) {
    final double[][] output = new double[input.length][];
    for (int t = 0; t < input.length; t++) {
      final int width = input[t].length;
      double mean = 0;
      for (final double value : input[t]) {
        mean += value / width;
      }
      double variance = 0;
      for (final double value : input[t]) {
        variance += (value - mean) * (value - mean) / width;
      }
      output[t] = new double[width];
      for (int i = 0; i < width; i++) {
        output[t][i] =
            (input[t][i] - mean) / Math.sqrt(variance + EPSILON) * weight(name + "/gamma", i)
                + weight(name + "/beta", i);
      }
    }
    return output;
  }

  private static double[][] sum(final double[][] left, final double[][] right) {
    final double[][] sum = new double[left.length][left[0].length];
    for (int t = 0; t < left.length; t++) {
      for (int i = 0; i < sum[t].length; i++) {
        sum[t][i] = left[t][i] + right[t][i];
      }
    }
    return sum;
  }

  /** The error function by its Taylor series, which is enough for the small numbers of a toy. */
  private static double erf(final double x) {
    double term = x;
    double sum = x;
    for (int n = 1; Math.abs(term) > 1e-17; n++) {
      term *= -x * x / n;
      sum += term / (2 * n + 1);
    }
    return 2 / Math.sqrt(Math.PI) * sum;
  }

  private double weight(final String name, final int index) {
    return weights.get(name)[index];
  }

  private void addDense(final Random random, final String name, final int in, final int out) {
    add(random, name + "/kernel", in, out);
    add(random, name + "/bias", out);
  }

  private void addNormalisation(final Random random, final String name) {
    add(random, name + "/gamma", SHAPE.hidden());
    add(random, name + "/beta", SHAPE.hidden());
  }

  private void add(final Random random, final String name, final long... shape) {
    long count = 1;
    for (final long dimension : shape) {
      count *= dimension;
    }
    final float[] values = new float[(int) count];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (0.5 * random.nextGaussian());
    }
    weights.put(name, values);
    shapes.put(name, shape);
  }

  private static void store(final ZipOutputStream zip, final String name, final byte[] content)
      throws IOException {
    final ZipEntry entry = new ZipEntry(name);
    final CRC32 crc = new CRC32();
    crc.update(content);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(content.length);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }

  /** Bytes in the making, little-endian. */
  private static final class Bytes {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Bytes varint(final long value) {
      long rest = value;
      while (rest > 127) {
        out.write((int) (rest & 127) + 128);
        rest >>>= 7;
      }
      out.write((int) rest);
      return this;
    }

    Bytes fixed32(final int value) {
      return raw(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
    }

    Bytes fixed64(final long value) {
      return raw(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
    }

    Bytes raw(final byte[] bytes) {
      out.writeBytes(bytes);
      return this;
    }

    /** Adds a block with its trailer and returns its handle. */
    byte[] block(final Map<String, byte[]> entries) {
      final Bytes block = new Bytes();
      String before = "";
      for (final Map.Entry<String, byte[]> entry : entries.entrySet()) {
        int shared = 0;
        final String key = entry.getKey();
        while (shared < Math.min(key.length(), before.length())
            && key.charAt(shared) == before.charAt(shared)) {
          shared++;
        }
        block.varint(shared).varint(key.length() - shared).varint(entry.getValue().length);
        block.raw(key.substring(shared).getBytes(StandardCharsets.UTF_8)).raw(entry.getValue());
        before = key;
      }
      block.fixed32(0).fixed32(1);
      final byte[] handle = new Bytes().varint(out.size()).varint(block.out.size()).bytes();
      block.out.write(0);
      final CRC32C crc = new CRC32C();
      crc.update(block.bytes());
      raw(block.bytes()).fixed32(TensorIndex.masked((int) crc.getValue()));
      return handle;
    }

    byte[] bytes() {
      return out.toByteArray();
    }
  }
}
