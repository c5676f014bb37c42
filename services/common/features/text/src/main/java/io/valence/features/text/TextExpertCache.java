package io.valence.features.text;

import io.valence.inference.ModelFileException;
import io.valence.inference.ModelStore;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * BERT with a text expert's difference merged into its matrices, ready to run: what learns cheaply
 * serves as fast as BERT itself. A second data file holds the merged matrices (up to 340 MB); all
 * other numbers are read from BERT's own file, of which the folder has a hard link.
 *
 * <p>The folder, {@code <space>-<start of the difference's SHA-256>-<layout>} beside BERT's, is made once, in
 * about two seconds, and appears when it is complete and the golden text of the difference gives its
 * golden vector.
 */
public final class TextExpertCache {

  static final String MERGED = "merged.data";
  static final String GRAPH = "expert.onnx";
  static final String DIFFERENCE = "text-expert.vtd";

  /** Greatest difference to the golden vector, whose values are about 1 in size. */
  static final double GOLDEN_TOLERANCE = 1e-4;

  private static final int HASH_LETTERS = 12;

  /** Of what is in the folder: one that was made for an older graph is not taken. */
  private static final String LAYOUT = "-2";

  private TextExpertCache() {}

  /** The folder of an expert, made or not. */
  public static Path folder(final Path bert, final Path difference) throws IOException {
    final TextDifference.Description description = TextDifference.read(difference).description();
    return bert.resolveSibling(
        description.space()
            + "-"
            + ModelStore.sha256(difference).substring(0, HASH_LETTERS).toLowerCase(Locale.ROOT)
            + LAYOUT);
  }

  /**
   * Makes the folder unless it is complete.
   *
   * @param bert what {@link BertModelCache#prepare} returned
   * @param difference file of the difference, as {@code train-text} writes it
   * @return the folder to give to {@link BertExpert#open}
   * @throws ModelFileException if a file is missing, damaged or made for another network, in one line
   */
  public static Path prepare(final Path bert, final Path difference, final SetUpProgress progress)
      throws IOException {
    final Path base = bert.toAbsolutePath();
    final Path folder = folder(base, difference.toAbsolutePath());
    if (!isComplete(folder)) {
      CacheFolder.make(
          folder,
          () -> isComplete(folder),
          partial -> merge(base, difference.toAbsolutePath(), partial, progress));
    }
    return folder;
  }

  private static boolean isComplete(final Path folder) {
    try {
      return CacheManifest.read(folder).looksComplete(folder);
    } catch (final IOException e) {
      // Missing, damaged or unreadable all mean the same to the caller; opening says which.
      return false;
    }
  }

  private static void merge(
      final Path bert, final Path file, final Path partial, final SetUpProgress progress)
      throws IOException {
    final TextDifference difference = TextDifference.read(file);
    final CacheManifest base = CacheManifest.read(bert);
    final BertShape shape = base.shape();
    final Map<String, Long> offsets;
    try (BertWeights weights = BertWeights.open(bert)) {
      final Map<String, long[]> kernels = kernels(difference, shape, file);
      CacheFolder.requireSpace(
          partial,
          kernels.values().stream().mapToLong(size -> size[0] * size[1] * Float.BYTES).sum());
      offsets = write(weights, difference, kernels, partial.resolve(MERGED), progress);
    }
    CacheFolder.link(bert.resolve(BertSource.DATA), partial.resolve(BertSource.DATA));
    Files.copy(bert.resolve(BertModelCache.TOKENIZER), partial.resolve(BertModelCache.TOKENIZER));
    Files.copy(file, partial.resolve(DIFFERENCE));
    BertGraph.ofExpert(
            shape,
            TensorIndex.read(bert.resolve(BertSource.INDEX)),
            offsets,
            difference.tensors().get("head.weight"),
            difference.tensors().get("head.bias")[0],
            difference.borders(shape.hidden()).map(TextDifference.Borders::weight))
        .write(partial.resolve(GRAPH));
    CacheManifest.of(
            partial,
            difference.description().space(),
            shape,
            base.credit(),
            Map.of(BertSource.DATA, base.files().get(BertSource.DATA).sha256()),
            BertSource.DATA,
            BertModelCache.TOKENIZER,
            DIFFERENCE,
            GRAPH,
            MERGED)
        .write(partial);
    try (BertExpert expert = BertExpert.open(partial)) {
      requireGolden(expert, difference.description().golden(), file);
    }
  }

  /** The matrices that have a difference, with their sizes. */
  private static Map<String, long[]> kernels(
      final TextDifference difference, final BertShape shape, final Path file)
      throws ModelFileException {
    final Map<String, long[]> kernels = new LinkedHashMap<>();
    for (final String name : difference.tensors().keySet()) {
      if (name.endsWith(".down")) {
        final String site = name.substring(0, name.length() - ".down".length());
        final var down = difference.description().shapes().get(name);
        final var up = difference.description().shapes().get(site + ".up");
        if (up == null
            || down.size() != 2
            || up.size() != 2
            || down.get(1) != difference.description().rank()
            || up.get(0) != difference.description().rank()) {
          throw new ModelFileException(file + " is damaged: no whole difference for " + site);
        }
        kernels.put(site, new long[] {down.get(0), up.get(1)});
      }
    }
    final float[] head = difference.tensors().get("head.weight");
    if (head == null || head.length != shape.hidden()) {
      throw new ModelFileException(
          file + " is not for a BERT whose vectors have " + shape.hidden() + " values");
    }
    return kernels;
  }

  /** Writes W + scale · down · up, one matrix after the other. */
  private static Map<String, Long> write(
      final BertWeights weights,
      final TextDifference difference,
      final Map<String, long[]> kernels,
      final Path target,
      final SetUpProgress progress)
      throws IOException {
    final Map<String, Long> offsets = new LinkedHashMap<>();
    final int rank = difference.description().rank();
    final float scale = (float) difference.description().scale();
    long at = 0;
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(target), 1 << 20)) {
      for (final Map.Entry<String, long[]> kernel : kernels.entrySet()) {
        final String name = kernel.getKey() + "/kernel";
        final int inputs = Math.toIntExact(kernel.getValue()[0]);
        final int outputs = Math.toIntExact(kernel.getValue()[1]);
        final float[] matrix = weights.values(name, inputs, outputs);
        final float[] down = difference.tensors().get(kernel.getKey() + ".down");
        final float[] up = difference.tensors().get(kernel.getKey() + ".up");
        final ByteBuffer bytes =
            ByteBuffer.allocate(outputs * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        final float[] row = new float[outputs];
        for (int i = 0; i < inputs; i++) {
          System.arraycopy(matrix, i * outputs, row, 0, outputs);
          for (int r = 0; r < rank; r++) {
            final float factor = scale * down[i * rank + r];
            for (int j = 0; j < outputs; j++) {
              row[j] += factor * up[r * outputs + j];
            }
          }
          bytes.clear().asFloatBuffer().put(row);
          out.write(bytes.array());
        }
        offsets.put(name, at);
        at += (long) inputs * outputs * Float.BYTES;
        progress.report("merging the text expert", offsets.size(), kernels.size());
      }
    }
    return offsets;
  }

  private static void requireGolden(
      final BertExpert expert, final TextDifference.Golden golden, final Path file)
      throws ModelFileException {
    final float[] vector = expert.embed(SpokenText.after(golden.preceding(), golden.text()));
    double greatest = Math.abs(expert.score(vector) - golden.score());
    for (int i = 0; i < golden.vector().size(); i++) {
      greatest = Math.max(greatest, Math.abs(vector[i] - golden.vector().get(i)));
    }
    if (!(greatest <= GOLDEN_TOLERANCE)) {
      throw new ModelFileException(
          String.format(
              Locale.ROOT,
              "%s: its golden text gives a vector that is off by %.1e; it was made for another"
                  + " network or by another version of Valence",
              file,
              greatest));
    }
  }
}
