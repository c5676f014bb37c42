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
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * BERT as a text expert has tuned it to sentiment: the vector of a text is the mean of the last
 * layer's vectors over the tokens of the text itself, its closing [SEP] included, read after what was
 * said before ({@link ContextualTokenizer}). Case and punctuation do not count.
 *
 * <p>Words cut from running speech are read in two steps. First the expert finds where utterances end
 * among them and the twelve words before, where it has learned to ({@link TextDifference.Borders}). Then it
 * reads each utterance as a whole, from its beginning, which may be before the text, after what was
 * said before it. The vector is the mean over the text's word pieces,
 * without [SEP]; the mean of what the head makes of a word's pieces is the word's score. An expert that
 * has not learned to find borders reads the text as one utterance.
 *
 * <p>Safe for use by several threads; about 0.5 GB of memory outside the heap.
 */
public final class BertExpert implements TextExtractor {

  private final FeatureSpace space;
  private final BertShape shape;
  private final TextDifference difference;
  private final Optional<TextDifference.Borders> borders;
  private final ContextualTokenizer tokenizer;
  private final OnnxModel model;
  private final Queue<ModelCall> idleCalls = new ConcurrentLinkedQueue<>();

  private BertExpert(
      final BertShape shape,
      final TextDifference difference,
      final Optional<TextDifference.Borders> borders,
      final ContextualTokenizer tokenizer,
      final OnnxModel model) {
    this.space = space(difference.description().space(), shape.hidden());
    this.shape = shape;
    this.difference = difference;
    this.borders = borders;
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
    final Optional<TextDifference.Borders> borders = difference.borders(manifest.shape().hidden());
    final ContextualTokenizer tokenizer =
        ContextualTokenizer.open(absolute, difference.description().limits().atMost(limits));
    try {
      final OnnxModel model = OnnxModel.open(absolute.resolve(TextExpertCache.GRAPH), threads);
      return new BertExpert(manifest.shape(), difference, borders, tokenizer, model);
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
    return read(texts).stream().map(TextReading::features).toList();
  }

  @Override
  public List<TextReading> read(final List<SpokenText> texts) {
    final List<RunningSpeech> speeches =
        texts.stream()
            .filter(text -> !text.utterance())
            .map(text -> new RunningSpeech(text, tokenizer, shape.positions()))
            .toList();
    return withCall(
        call -> {
          findBorders(speeches.stream().filter(speech -> speech.pieces() > 0).toList(), call);
          final List<Input> inputs = new ArrayList<>();
          final List<Supplier<TextReading>> readings = new ArrayList<>();
          final Iterator<RunningSpeech> speech = speeches.iterator();
          for (final SpokenText text : texts) {
            readings.add(text.utterance() ? whole(text, inputs) : running(speech.next(), inputs));
          }
          run(inputs, call, BertGraph.SENTENCE, BertGraph.SCORES);
          return readings.stream().map(Supplier::get).toList();
        });
  }

  private void findBorders(final List<RunningSpeech> speeches, final ModelCall call) {
    if (borders.isPresent()) {
      final List<Input> inputs =
          speeches.stream().map(speech -> new Input(speech.whole())).toList();
      run(inputs, call, BertGraph.BORDERS);
      for (int i = 0; i < inputs.size(); i++) {
        speeches.get(i).findBorders(borders.get(), inputs.get(i).tokens);
      }
    }
  }

  /** Adds a text to what is to be run, and says what came of it afterwards. */
  private Supplier<TextReading> whole(final SpokenText text, final List<Input> inputs) {
    final Input input = new Input(tokenizer.of(text));
    final int count = input.pieces.count();
    if (count == 0) {
      return () -> TextReading.of(Features.silent(space));
    }
    inputs.add(input);
    final double known = (double) (count - input.pieces.unknown()) / count;
    return () -> TextReading.of(new Features(space, input.mean, count, known));
  }

  private Supplier<TextReading> running(final RunningSpeech speech, final List<Input> inputs) {
    if (speech.pieces() == 0) {
      return () -> TextReading.of(Features.silent(space));
    }
    final List<RunningSpeech.Utterance> utterances = speech.utterances();
    final List<Input> own = utterances.stream().map(Input::new).toList();
    inputs.addAll(own);
    return () ->
        speech.reading(
            new Features(space, mean(own), speech.pieces(), speech.known()),
            utterances,
            own.stream().map(input -> input.tokens).toList());
  }

  /** The mean over all pieces that the means of the inputs are over. */
  private float[] mean(final List<Input> inputs) {
    final double[] sum = new double[shape.hidden()];
    int count = 0;
    for (final Input input : inputs) {
      final int pieces = input.meanTo - input.meanFrom;
      count += pieces;
      for (int i = 0; i < sum.length; i++) {
        sum[i] += (double) pieces * input.mean[i];
      }
    }
    final float[] mean = new float[sum.length];
    for (int i = 0; i < mean.length; i++) {
      mean[i] = (float) (sum[i] / count);
    }
    return mean;
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
    final List<Input> inputs = texts.stream().map(Input::new).toList();
    return withCall(
        call -> {
          run(inputs, call, BertGraph.SENTENCE);
          return inputs.stream().map(input -> input.mean).toArray(float[][]::new);
        });
  }

  private <T> T withCall(final Function<ModelCall, T> work) {
    final ModelCall idle = idleCalls.poll();
    final ModelCall call = idle == null ? model.newCall() : idle;
    final T result;
    try {
      result = work.apply(call);
    } catch (final RuntimeException e) {
      call.close();
      throw e;
    }
    idleCalls.add(call);
    return result;
  }

  /** One text for the network, and what it makes of it. */
  private static final class Input {

    private final ContextualPieces pieces;
    private final int meanFrom;
    private final int meanTo;
    private float[] mean;
    private float[] tokens;

    /** The mean is over the text itself, its closing [SEP] included. */
    Input(final ContextualPieces pieces) {
      this(pieces, pieces.textStart(), pieces.ids().length);
    }

    Input(final RunningSpeech.Utterance utterance) {
      this(utterance.pieces(), utterance.ownFrom(), utterance.ownTo());
    }

    private Input(final ContextualPieces pieces, final int meanFrom, final int meanTo) {
      this.pieces = pieces;
      this.meanFrom = meanFrom;
      this.meanTo = meanTo;
    }
  }

  /** Runs inputs of similar length together; each then has what the wanted outputs say of it. */
  private void run(final List<Input> inputs, final ModelCall call, final String... outputs) {
    final int[] lengths = inputs.stream().mapToInt(input -> input.pieces.ids().length).toArray();
    for (final int[] batch : BertModel.batches(lengths)) {
      final int longest = lengths[batch[batch.length - 1]];
      final LongBuffer ids = call.longs(BertGraph.IDS, batch.length, longest);
      final LongBuffer mask = call.longs(BertGraph.MASK, batch.length, longest);
      final LongBuffer types = call.longs(BertGraph.TYPES, batch.length, longest);
      final LongBuffer pooled = call.longs(BertGraph.TEXT, batch.length, longest);
      for (final int number : batch) {
        final Input input = inputs.get(number);
        final long[] pieces = input.pieces.ids();
        for (int i = 0; i < longest; i++) {
          final boolean there = i < pieces.length;
          ids.put(there ? pieces[i] : 0);
          mask.put(there ? 1 : 0);
          types.put(there && i >= input.pieces.textStart() ? input.pieces.textType() : 0);
          pooled.put(i >= input.meanFrom && i < input.meanTo ? 1 : 0);
        }
      }
      call.run(outputs);
      for (final String output : outputs) {
        final float[] values = call.output(output);
        final int size = values.length / batch.length;
        for (int row = 0; row < batch.length; row++) {
          final float[] own = Arrays.copyOfRange(values, row * size, (row + 1) * size);
          if (output.equals(BertGraph.SENTENCE)) {
            inputs.get(batch[row]).mean = own;
          } else {
            inputs.get(batch[row]).tokens = own;
          }
        }
      }
    }
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
