package io.valence.features.text;

import io.valence.inference.ModelFileException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Makes the text expert's input: in training, in evaluation and in the stream alike. Case and
 * punctuation do not count ({@link SpokenForm}).
 *
 * <p>Example with at most 2 preceding texts: the text "no" after "hello", "did you like it" and "not
 * sure" becomes {@code [CLS] did you like it [SEP] not sure [SEP] [SEP] no [SEP]}; its vector is the
 * mean over {@code no [SEP]}.
 */
public final class ContextualTokenizer implements AutoCloseable {

  private final WordPieces wordPieces;
  private final ContextLimits limits;

  ContextualTokenizer(final WordPieces wordPieces, final ContextLimits limits) {
    this.wordPieces = wordPieces;
    this.limits = limits;
  }

  /**
   * Opens the tokenizer of a set-up.
   *
   * @param folder what {@link BertModelCache#prepare} returned
   * @throws ModelFileException if a file is missing, altered or unusable
   */
  public static ContextualTokenizer open(final Path folder, final ContextLimits limits)
      throws IOException {
    final Path absolute = folder.toAbsolutePath();
    return new ContextualTokenizer(
        WordPieces.open(
            absolute.resolve(BertModelCache.TOKENIZER),
            CacheManifest.read(absolute).shape().positions(),
            absolute.resolveSibling("djl")),
        limits);
  }

  /** What is read of the texts. */
  public ContextLimits limits() {
    return limits;
  }

  /** The input for a text. */
  public ContextualPieces of(final SpokenText spoken) {
    final WordPieces.Pieces whole = wordPieces.split(SpokenForm.of(spoken.text()));
    final long start = whole.ids()[0];
    final long separator = whole.ids()[whole.ids().length - 1];
    final int kept = Math.min(whole.count(), limits.textPieces());
    final long[] context = context(spoken.preceding());
    // [CLS], and where there is context a [SEP] between it and the text.
    final int textStart = context.length == 0 ? 0 : context.length + 2;
    final int first = Math.max(1, textStart);
    final long[] ids = new long[first + kept + 1];
    ids[0] = start;
    System.arraycopy(context, 0, ids, 1, context.length);
    ids[first - 1] = textStart == 0 ? start : separator;
    // Too many pieces are cut off before the closing [SEP].
    System.arraycopy(whole.ids(), 1, ids, first, kept);
    ids[ids.length - 1] = separator;
    return new ContextualPieces(ids, textStart, kept, Math.min(whole.unknown(), kept));
  }

  /** Whether a text has more pieces than are read, so that its end is left out. */
  public boolean cuts(final String text) {
    return wordPieces.split(SpokenForm.of(text)).count() > limits.textPieces();
  }

  /** The last pieces of the last texts, each text closed by [SEP]. */
  private long[] context(final List<String> preceding) {
    if (limits.texts() == 0 || limits.contextPieces() == 0) {
      return new long[0];
    }
    final long[] latest = new long[limits.contextPieces()];
    int from = latest.length;
    int texts = 0;
    for (int i = preceding.size() - 1; i >= 0 && texts < limits.texts() && from > 0; i--) {
      final WordPieces.Pieces pieces = wordPieces.split(SpokenForm.of(preceding.get(i)));
      if (pieces.count() == 0) {
        continue;
      }
      final int wanted = pieces.count() + 1;
      final int taken = Math.min(wanted, from);
      from -= taken;
      // Without its [CLS]; of a text that does not fit the end is kept.
      System.arraycopy(pieces.ids(), 1 + wanted - taken, latest, from, taken);
      texts++;
    }
    return Arrays.copyOfRange(latest, from, latest.length);
  }

  @Override
  public void close() {
    wordPieces.close();
  }
}
