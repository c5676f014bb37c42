package io.valence.features.text;

import io.valence.features.FeatureSpace;
import io.valence.features.Features;
import io.valence.inference.ModelCall;
import io.valence.inference.ModelFileException;
import io.valence.inference.OnnxModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;

/**
 * BERT-base-uncased, frozen, read at its ninth layer: the tokens of a text are averaged four times,
 * each time weighted by what one learned query finds in them ({@link AttentionQueries}). The mean of
 * all tokens, which {@link BertModel} gives, drowns the few words that carry the sentiment; and since
 * the three highest layers are not needed this is a quarter faster. Punctuation and case do not count
 * ({@link SpokenForm}).
 *
 * <p>Safe for use by several threads; about 0.4 GB of memory outside the heap.
 */
public final class BertAttention implements TextExtractor {

  /** The layer whose tokens are read, counted from 1. */
  static final int LAYER = 9;

  private static final int QUERIES = 4;

  /** {@code bert-attention-3072}: values {@code query-0-000} to {@code query-3-767}, without unit. */
  public static final FeatureSpace SPACE = space(QUERIES, BertShape.BASE.hidden());

  private final WordPieces wordPieces;
  private final OnnxModel model;
  private final AttentionQueries queries;
  private final Queue<ModelCall> idleCalls = new ConcurrentLinkedQueue<>();

  private BertAttention(
      final WordPieces wordPieces, final OnnxModel model, final AttentionQueries queries) {
    this.wordPieces = wordPieces;
    this.model = model;
    this.queries = queries;
  }

  /**
   * Opens the model for one thread of arithmetic.
   *
   * @param folder what {@link BertModelCache#prepare} returned
   * @throws ModelFileException if a file is missing, altered or unusable, in one line that says what
   *     to do
   */
  public static BertAttention open(final Path folder) throws IOException {
    return open(folder, AttentionQueries.shipped());
  }

  /** As {@link #open(Path)}, with other queries: for learning them. */
  public static BertAttention open(final Path folder, final AttentionQueries queries)
      throws IOException {
    final Path absolute = folder.toAbsolutePath();
    final CacheManifest manifest = CacheManifest.read(absolute);
    manifest.verify(absolute, false);
    final WordPieces wordPieces =
        WordPieces.open(
            absolute.resolve(BertModelCache.TOKENIZER),
            manifest.shape().positions(),
            absolute.resolveSibling("djl"));
    try {
      return new BertAttention(
          wordPieces, OnnxModel.open(absolute.resolve(BertModelCache.TOKENS_GRAPH), 1), queries);
    } catch (final IOException | RuntimeException e) {
      wordPieces.close();
      throw e;
    }
  }

  @Override
  public FeatureSpace space() {
    return SPACE;
  }

  @Override
  public Features extract(final String text) {
    final WordPieces.Pieces pieces = wordPieces.split(SpokenForm.of(text));
    if (pieces.count() == 0) {
      return Features.silent(SPACE);
    }
    final float[][] vector = new float[1][];
    tokens(
        List.of(pieces),
        (index, tokens) -> vector[0] = queries.pool(tokens, 0, pieces.ids().length));
    return new Features(SPACE, vector[0], pieces.count(), BertModel.quality(pieces));
  }

  /** What is looked for among the tokens. */
  public AttentionQueries queries() {
    return queries;
  }

  /** The vectors of many texts, in their order; blank text has one too. */
  public float[][] embed(final List<String> texts) {
    final float[][] vectors = new float[texts.size()][];
    eachTokens(
        texts,
        (text, tokens) -> vectors[text] = queries.pool(tokens, 0, tokens.length / queries.width()));
    return vectors;
  }

  /**
   * Gives the tokens of each text, [CLS] and [SEP] included, as they leave the layer: 768 values
   * each, row by row. Texts of similar length share a run, so they come in another order.
   *
   * @param reader takes the number of a text in the list and its tokens
   */
  public void eachTokens(final List<String> texts, final BiConsumer<Integer, float[]> reader) {
    tokens(texts.stream().map(SpokenForm::of).map(wordPieces::split).toList(), reader);
  }

  private void tokens(
      final List<WordPieces.Pieces> texts, final BiConsumer<Integer, float[]> reader) {
    final ModelCall idle = idleCalls.poll();
    final ModelCall call = idle == null ? model.newCall() : idle;
    try {
      BertModel.inBatches(
          texts,
          call,
          BertGraph.TOKENS,
          (text, values, row, rows) -> {
            final int padded = values.length / rows;
            final int used = texts.get(text).ids().length * queries.width();
            final float[] tokens = new float[used];
            System.arraycopy(values, row * padded, tokens, 0, used);
            reader.accept(text, tokens);
          });
    } catch (final RuntimeException e) {
      call.close();
      throw e;
    }
    idleCalls.add(call);
  }

  @Override
  public void close() {
    for (ModelCall call = idleCalls.poll(); call != null; call = idleCalls.poll()) {
      call.close();
    }
    model.close();
    wordPieces.close();
  }

  private static FeatureSpace space(final int queries, final int width) {
    return new FeatureSpace(
        "bert-attention-" + queries * width,
        IntStream.range(0, queries * width)
            .mapToObj(i -> "query-%d-%03d".formatted(i / width, i % width))
            .toList());
  }
}
