package io.valence.features.text;

import io.valence.features.FeatureSpace;
import io.valence.features.Features;
import io.valence.inference.ModelCall;
import io.valence.inference.ModelFileException;
import io.valence.inference.OnnxModel;
import java.io.IOException;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;

/**
 * BERT as a text expert has tuned it to sentiment: the vector of a text is the mean of the last
 * layer's vectors over the tokens of the text itself, its closing [SEP] included, read after what was
 * said before ({@link ContextualTokenizer}). Case and punctuation do not count.
 *
 * <p>Safe for use by several threads; about 0.5 GB of memory outside the heap.
 */
public final class BertExpert implements TextExtractor {

  private final FeatureSpace space;
  private final BertShape shape;
  private final TextDifference difference;
  private final ContextualTokenizer tokenizer;
  private final OnnxModel model;
  private final Queue<ModelCall> idleCalls = new ConcurrentLinkedQueue<>();

  private BertExpert(
      final BertShape shape,
      final TextDifference difference,
      final ContextualTokenizer tokenizer,
      final OnnxModel model) {
    this.space = space(difference.description().space(), shape.hidden());
    this.shape = shape;
    this.difference = difference;
    this.tokenizer = tokenizer;
    this.model = model;
  }

  /**
   * Opens an expert for one thread of arithmetic.
   *
   * @param folder what {@link TextExpertCache#prepare} returned
   * @throws ModelFileException if a file is missing, altered or unusable, in one line that says what
   *     to do
   */
  public static BertExpert open(final Path folder) throws IOException {
    final TextDifference difference =
        TextDifference.read(folder.resolve(TextExpertCache.DIFFERENCE));
    return open(folder, difference.description().limits(), 1);
  }

  /**
   * As {@link #open(Path)}, reading less context than the expert was trained with, or with more
   * threads.
   *
   * @param limits at most those of the training
   * @param threads threads within one run
   */
  public static BertExpert open(final Path folder, final ContextLimits limits, final int threads)
      throws IOException {
    final Path absolute = folder.toAbsolutePath();
    final CacheManifest manifest = CacheManifest.read(absolute);
    manifest.verify(absolute, false);
    final TextDifference difference =
        TextDifference.read(absolute.resolve(TextExpertCache.DIFFERENCE));
    final ContextualTokenizer tokenizer =
        ContextualTokenizer.open(absolute, difference.description().limits().atMost(limits));
    try {
      final OnnxModel model = OnnxModel.open(absolute.resolve(TextExpertCache.GRAPH), threads);
      return new BertExpert(manifest.shape(), difference, tokenizer, model);
    } catch (final IOException | RuntimeException e) {
      tokenizer.close();
      throw e;
    }
  }

  @Override
  public FeatureSpace space() {
    return space;
  }

  @Override
  public ContextLimits context() {
    return tokenizer.limits();
  }

  @Override
  public Features extract(final SpokenText text) {
    return extract(List.of(text)).get(0);
  }

  @Override
  public List<Features> extract(final List<SpokenText> texts) {
    final List<ContextualPieces> pieces = texts.stream().map(tokenizer::of).toList();
    final List<ContextualPieces> spoken = pieces.stream().filter(text -> text.count() > 0).toList();
    final float[][] vectors = vectors(spoken);
    final List<Features> features = new ArrayList<>();
    int next = 0;
    for (final ContextualPieces text : pieces) {
      features.add(
          text.count() == 0
              ? Features.silent(space)
              : new Features(
                  space,
                  vectors[next++],
                  text.count(),
                  (double) (text.count() - text.unknown()) / text.count()));
    }
    return features;
  }

  @Override
  public int pieces(final String text) {
    return tokenizer.of(SpokenText.alone(text)).count();
  }

  /** The vector of a text; blank text has one too. */
  public float[] embed(final SpokenText text) {
    return embed(List.of(text))[0];
  }

  /** The vectors of many texts, in their order; those of similar length share a run. */
  public float[][] embed(final List<SpokenText> texts) {
    return vectors(texts.stream().map(tokenizer::of).toList());
  }

  /** What the expert's own head makes of a vector: sentiment, about -3 to 3, not cut off there. */
  public float score(final float[] vector) {
    final float[] weight = difference.tensors().get("head.weight");
    double score = difference.tensors().get("head.bias")[0];
    for (int i = 0; i < weight.length; i++) {
      score += (double) weight[i] * vector[i];
    }
    return (float) score;
  }

  private float[][] vectors(final List<ContextualPieces> texts) {
    final float[][] vectors = new float[texts.size()][shape.hidden()];
    final ModelCall idle = idleCalls.poll();
    final ModelCall call = idle == null ? model.newCall() : idle;
    try {
      final int[] lengths = texts.stream().mapToInt(text -> text.ids().length).toArray();
      for (final int[] batch : BertModel.batches(lengths)) {
        run(texts, batch, lengths[batch[batch.length - 1]], call);
        final float[] values = call.output(BertGraph.SENTENCE);
        for (int row = 0; row < batch.length; row++) {
          System.arraycopy(values, row * shape.hidden(), vectors[batch[row]], 0, shape.hidden());
        }
      }
    } catch (final RuntimeException e) {
      call.close();
      throw e;
    }
    idleCalls.add(call);
    return vectors;
  }

  private static void run(
      final List<ContextualPieces> texts,
      final int[] batch,
      final int longest,
      final ModelCall call) {
    final LongBuffer ids = call.longs(BertGraph.IDS, batch.length, longest);
    final LongBuffer mask = call.longs(BertGraph.MASK, batch.length, longest);
    final LongBuffer types = call.longs(BertGraph.TYPES, batch.length, longest);
    final LongBuffer pooled = call.longs(BertGraph.TEXT, batch.length, longest);
    for (final int number : batch) {
      final ContextualPieces text = texts.get(number);
      final long[] pieces = text.ids();
      for (int i = 0; i < longest; i++) {
        final boolean there = i < pieces.length;
        ids.put(there ? pieces[i] : 0);
        mask.put(there ? 1 : 0);
        types.put(there && i >= text.textStart() ? text.textType() : 0);
        pooled.put(there && i >= text.textStart() ? 1 : 0);
      }
    }
    call.run(BertGraph.SENTENCE);
  }

  @Override
  public void close() {
    for (ModelCall call = idleCalls.poll(); call != null; call = idleCalls.poll()) {
      call.close();
    }
    model.close();
    tokenizer.close();
  }

  private static FeatureSpace space(final String id, final int size) {
    return new FeatureSpace(
        id, IntStream.range(0, size).mapToObj("expert-%03d"::formatted).toList());
  }
}
