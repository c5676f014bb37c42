package io.valence.features.text;

import io.valence.features.FeatureSpace;
import io.valence.features.Features;
import io.valence.inference.InferenceException;
import io.valence.inference.ModelCall;
import io.valence.inference.ModelFileException;
import io.valence.inference.OnnxModel;
import java.io.IOException;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;

/**
 * BERT-base-uncased as a reader of text: the vector of a text is the mean of the last layer's
 * vectors over all its word pieces, [CLS] and [SEP] included (Devlin et al., 2019; weights as
 * published). Texts longer than 512 pieces are cut there.
 *
 * <p>Float32 results agree with float64 arithmetic to 1e-5. One text alone and the same text in a
 * batch agree to that much too, but not bit for bit. Safe for use by several threads; about 0.5 GB
 * of memory outside the heap, and as much again once {@link #layerMeans} is used.
 */
public final class BertModel implements TextExtractor {

  /** {@code bert-base-uncased-768}: values {@code bert-000} to {@code bert-767}, without unit. */
  public static final FeatureSpace SPACE = space(BertModelCache.MODEL, BertShape.BASE.hidden());

  /** Padded pieces in one run: enough to keep the processor busy, small enough for its caches. */
  private static final int PIECES_IN_A_RUN = 1_024;

  private final Path folder;
  private final int threads;
  private final BertShape shape;
  private final FeatureSpace space;
  private final WordPieces wordPieces;
  private final OnnxModel model;
  private final Queue<ModelCall> idleCalls = new ConcurrentLinkedQueue<>();
  private OnnxModel layersModel;

  private BertModel(
      final Path folder,
      final int threads,
      final CacheManifest manifest,
      final WordPieces wordPieces,
      final OnnxModel model) {
    this.folder = folder;
    this.threads = threads;
    this.shape = manifest.shape();
    this.space = shape.hidden() == SPACE.size() ? SPACE : space(manifest.model(), shape.hidden());
    this.wordPieces = wordPieces;
    this.model = model;
  }

  /**
   * Opens the model for one thread of arithmetic.
   *
   * @param folder what {@link BertModelCache#prepare} returned
   * @throws ModelFileException if a file is missing, altered or unusable, in one line that says what
   *     to do
   */
  public static BertModel open(final Path folder) throws IOException {
    return open(folder, 1);
  }

  /**
   * As {@link #open(Path)}, for batches on an otherwise idle machine.
   *
   * @param threads threads within one run
   */
  public static BertModel open(final Path folder, final int threads) throws IOException {
    final Path absolute = folder.toAbsolutePath();
    final CacheManifest manifest = CacheManifest.read(absolute);
    manifest.verify(absolute, false);
    final WordPieces wordPieces =
        WordPieces.open(
            absolute.resolve(BertModelCache.TOKENIZER),
            manifest.shape().positions(),
            absolute.resolveSibling("djl"));
    try {
      final OnnxModel model = OnnxModel.open(absolute.resolve(BertModelCache.GRAPH), threads);
      return new BertModel(absolute, threads, manifest, wordPieces, model);
    } catch (final IOException | RuntimeException e) {
      wordPieces.close();
      throw e;
    }
  }

  /**
   * Hashes every file of a set-up, the weights included: about two seconds.
   *
   * @throws ModelFileException naming the first file that is missing or altered
   */
  public static void verify(final Path folder) throws IOException {
    CacheManifest.read(folder).verify(folder, true);
  }

  /** As the interface says; what was said before is not read. */
  @Override
  public Features extract(final SpokenText text) {
    return extract(List.of(text)).get(0);
  }

  @Override
  public List<Features> extract(final List<SpokenText> texts) {
    final List<WordPieces.Pieces> pieces =
        texts.stream().map(text -> wordPieces.split(text.text())).toList();
    final List<WordPieces.Pieces> spoken =
        pieces.stream().filter(text -> text.count() > 0).toList();
    final float[][] vectors = vectors(spoken);
    final List<Features> features = new ArrayList<>();
    int next = 0;
    for (final WordPieces.Pieces text : pieces) {
      features.add(
          text.count() == 0
              ? Features.silent(space)
              : new Features(space, vectors[next++], text.count(), quality(text)));
    }
    return features;
  }

  /**
   * As {@link #extract(String)}, but text without words gets the values that the network gives to [CLS] and
   * [SEP] alone, with weight 1 and quality 0. For comparison with other implementations; a window
   * without words is silent.
   */
  public Features extractEvenIfBlank(final String text) {
    final WordPieces.Pieces pieces = wordPieces.split(text);
    return new Features(
        space, vectors(List.of(pieces))[0], Math.max(1, pieces.count()), quality(pieces));
  }

  @Override
  public int pieces(final String text) {
    return wordPieces.split(text).count();
  }

  /** The vector of one text, {@link #hiddenSize} values; blank text has one too. */
  public float[] embed(final String text) {
    return vectors(List.of(wordPieces.split(text)))[0];
  }

  /**
   * The vectors of many texts, in their order. Texts of similar length share a run, so one call with
   * many texts is faster than many calls.
   */
  public float[][] embed(final List<String> texts) {
    return vectors(texts.stream().map(wordPieces::split).toList());
  }

  /**
   * What each layer makes of the texts: the mean over all word pieces, [CLS] and [SEP] included, of
   * the embeddings (index 0) and of every layer (1 to 12; the last is what {@link #embed(List)}
   * gives). The first call loads a second graph.
   *
   * @return for each text, {@link #layerCount} + 1 rows of {@link #hiddenSize} values
   */
  public float[][][] layerMeans(final List<String> texts) {
    final int rows = shape.layers() + 1;
    final float[][][] means = new float[texts.size()][rows][shape.hidden()];
    try (ModelCall call = layersModel().newCall()) {
      inBatches(
          texts.stream().map(wordPieces::split).toList(),
          call,
          BertGraph.LAYERS,
          (text, values, row, rowCount) -> {
            for (int layer = 0; layer < rows; layer++) {
              final int from = (row * rows + layer) * shape.hidden();
              System.arraycopy(values, from, means[text][layer], 0, shape.hidden());
            }
          });
    }
    return means;
  }

  /** The ids of a text's word pieces, [CLS] and [SEP] included, at most 512. */
  public long[] pieceIds(final String text) {
    return wordPieces.split(text).ids();
  }

  /** Values in a vector: 768. */
  public int hiddenSize() {
    return shape.hidden();
  }

  /** Layers of the network: 12. */
  public int layerCount() {
    return shape.layers();
  }

  /** The meaning of the vectors. */
  @Override
  public FeatureSpace space() {
    return space;
  }

  @Override
  public void close() {
    for (ModelCall call = idleCalls.poll(); call != null; call = idleCalls.poll()) {
      call.close();
    }
    model.close();
    synchronized (this) {
      if (layersModel != null) {
        layersModel.close();
      }
    }
    wordPieces.close();
  }

  /** Takes one row of an output: which text it belongs to, the output, and the row's number in it. */
  interface RowReader {
    void read(int text, float[] values, int row, int rows);
  }

  private float[][] vectors(final List<WordPieces.Pieces> texts) {
    final float[][] vectors = new float[texts.size()][shape.hidden()];
    final ModelCall idle = idleCalls.poll();
    final ModelCall call = idle == null ? model.newCall() : idle;
    try {
      inBatches(
          texts,
          call,
          BertGraph.SENTENCE,
          (text, values, row, rowCount) ->
              System.arraycopy(values, row * shape.hidden(), vectors[text], 0, shape.hidden()));
    } catch (final RuntimeException e) {
      call.close();
      throw e;
    }
    idleCalls.add(call);
    return vectors;
  }

  static void inBatches(
      final List<WordPieces.Pieces> texts,
      final ModelCall call,
      final String output,
      final RowReader reader) {
    final int[] lengths = texts.stream().mapToInt(text -> text.ids().length).toArray();
    for (final int[] batch : batches(lengths)) {
      run(texts, batch, call, output);
      final float[] values = call.output(output);
      for (int row = 0; row < batch.length; row++) {
        reader.read(batch[row], values, row, batch.length);
      }
    }
  }

  /**
   * Which texts share a run, the shortest first. A text that would make the others of its run more than
   * a quarter longer by padding gets a run of its own: padding costs as much as words.
   */
  static List<int[]> batches(final int[] lengths) {
    final int[] order =
        IntStream.range(0, lengths.length)
            .boxed()
            .sorted(Comparator.comparingInt(text -> lengths[text]))
            .mapToInt(Integer::intValue)
            .toArray();
    final List<int[]> batches = new ArrayList<>();
    int from = 0;
    while (from < order.length) {
      int to = from + 1;
      final int longest = lengths[order[from]] + lengths[order[from]] / 4;
      while (to < order.length
          && lengths[order[to]] <= longest
          && (to + 1 - from) * lengths[order[to]] <= PIECES_IN_A_RUN) {
        to++;
      }
      batches.add(Arrays.copyOfRange(order, from, to));
      from = to;
    }
    return batches;
  }

  private static void run(
      final List<WordPieces.Pieces> texts,
      final int[] batch,
      final ModelCall call,
      final String output) {
    final int longest = texts.get(batch[batch.length - 1]).ids().length;
    final LongBuffer ids = call.longs(BertGraph.IDS, batch.length, longest);
    final LongBuffer mask = call.longs(BertGraph.MASK, batch.length, longest);
    final LongBuffer types = call.longs(BertGraph.TYPES, batch.length, longest);
    for (final int text : batch) {
      final long[] pieces = texts.get(text).ids();
      for (int i = 0; i < longest; i++) {
        ids.put(i < pieces.length ? pieces[i] : 0);
        mask.put(i < pieces.length ? 1 : 0);
        types.put(0);
      }
    }
    call.run(output);
  }

  private synchronized OnnxModel layersModel() {
    if (layersModel == null) {
      try {
        layersModel = OnnxModel.open(folder.resolve(BertModelCache.LAYERS_GRAPH), threads);
      } catch (final ModelFileException e) {
        throw new InferenceException(e.getMessage(), e);
      }
    }
    return layersModel;
  }

  static double quality(final WordPieces.Pieces pieces) {
    final int count = pieces.count();
    return count == 0 ? 0 : (double) (count - pieces.unknown()) / count;
  }

  private static FeatureSpace space(final String model, final int size) {
    return new FeatureSpace(
        model + "-" + size, IntStream.range(0, size).mapToObj("bert-%03d"::formatted).toList());
  }
}
