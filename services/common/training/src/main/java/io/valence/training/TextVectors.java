package io.valence.training;

import io.valence.features.text.BertExpert;
import io.valence.features.text.BertModel;
import io.valence.features.text.SpokenText;
import io.valence.inference.ModelStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;

/**
 * Feature vectors of texts, computed once: BERT reads a few hundred word pieces a second, so the
 * vectors of a corpus are kept in the cache folder under a hash of everything they depend on.
 */
final class TextVectors {

  private static final int TEXTS_AT_A_TIME = 256;

  /** Reads some of the texts. */
  private interface Reader {
    float[][] read(int from, int to);
  }

  private TextVectors() {}

  /**
   * Vectors of a text expert.
   *
   * @param folder what {@code TextExpertCache.prepare} returned: its name says which expert it is
   */
  static float[][] expert(
      final BertExpert expert,
      final Path folder,
      final String name,
      final List<SpokenText> texts,
      final Consumer<String> log)
      throws IOException {
    final int last = expert.context().texts();
    // What is further back is not read, and would only make the key another one.
    final List<String> keys =
        texts.stream()
            .map(
                text ->
                    text.text()
                        + text.preceding()
                            .subList(
                                Math.max(0, text.preceding().size() - last),
                                text.preceding().size()))
            .toList();
    return cached(
        name,
        folder.getFileName() + " " + expert.context(),
        expert.space().size(),
        keys,
        (from, to) -> expert.embed(texts.subList(from, to)),
        log);
  }

  /** Vectors of {@code bert-base-uncased-768}. */
  static float[][] mean(
      final Path bert, final String name, final List<String> texts, final Consumer<String> log)
      throws IOException {
    try (BertModel model = BertModel.open(bert)) {
      return cached(
          name,
          BertModel.SPACE.id(),
          BertModel.SPACE.size(),
          texts,
          (from, to) -> model.embed(texts.subList(from, to)),
          log);
    }
  }

  private static float[][] cached(
      final String name,
      final String version,
      final int width,
      final List<String> texts,
      final Reader reader,
      final Consumer<String> log)
      throws IOException {
    final Path folder = ModelStore.fromEnvironment().cache().resolve("training");
    final Path file = folder.resolve(name + "-" + key(version, texts) + ".f32");
    final long bytes = (long) texts.size() * width * Float.BYTES;
    if (Files.isRegularFile(file) && Files.size(file) == bytes) {
      return load(file, texts.size(), width);
    }
    final float[][] vectors = new float[texts.size()][];
    for (int from = 0; from < vectors.length; from += TEXTS_AT_A_TIME) {
      final int to = Math.min(vectors.length, from + TEXTS_AT_A_TIME);
      System.arraycopy(reader.read(from, to), 0, vectors, from, to - from);
      log.accept("BERT has read %d of %d texts of %s".formatted(to, vectors.length, name));
    }
    Files.createDirectories(folder);
    save(file, vectors, width);
    return vectors;
  }

  static void save(final Path file, final float[][] vectors, final int width) throws IOException {
    final ByteBuffer bytes =
        ByteBuffer.allocate(vectors.length * width * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (final float[] vector : vectors) {
      for (final float value : vector) {
        bytes.putFloat(value);
      }
    }
    final Path unfinished = file.resolveSibling(file.getFileName() + ".partial");
    Files.write(unfinished, bytes.array());
    Files.move(unfinished, file, StandardCopyOption.REPLACE_EXISTING);
  }

  private static float[][] load(final Path file, final int rows, final int width)
      throws IOException {
    final ByteBuffer bytes =
        ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    final float[][] vectors = new float[rows][width];
    for (final float[] vector : vectors) {
      for (int i = 0; i < width; i++) {
        vector[i] = bytes.getFloat();
      }
    }
    return vectors;
  }

  static String key(final String version, final List<String> texts) {
    try {
      final MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(version.getBytes(StandardCharsets.UTF_8));
      for (final String text : texts) {
        digest.update((byte) 0);
        digest.update(text.getBytes(StandardCharsets.UTF_8));
      }
      return HexFormat.of().formatHex(digest.digest()).substring(0, 16);
    } catch (final NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
