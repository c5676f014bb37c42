package io.valence.features.text;

import io.valence.inference.ModelFileException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
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

  private static final int LAST_WORDS = 100;
  private static final int LAST_CHARACTERS = 2_000;
  private static final long[] NO_PIECES = {};

  private final WordPieces wordPieces;
  private final ContextLimits limits;
  private final int longest;
  private final long start;
  private final long separator;

  /**
   * @param longest word pieces and marks that the network reads at once
   */
  ContextualTokenizer(final WordPieces wordPieces, final ContextLimits limits, final int longest) {
    this.wordPieces = wordPieces;
    this.limits = limits;
    this.longest = longest;
    final long[] marks = wordPieces.split("").ids();
    this.start = marks[0];
    this.separator = marks[1];
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
    final int longest = CacheManifest.read(absolute).shape().positions();
    return new ContextualTokenizer(
        WordPieces.open(
            absolute.resolve(BertModelCache.TOKENIZER), longest, absolute.resolveSibling("djl")),
        limits,
        longest);
  }

  /** What is read of the texts. */
  public ContextLimits limits() {
    return limits;
  }

  /** The input for a text. */
  public ContextualPieces of(final SpokenText spoken) {
    final WordPieces.Pieces whole = wordPieces.split(SpokenForm.of(spoken.text()));
    final int kept = Math.min(whole.count(), limits.textPieces());
    return input(
        limits.texts() == 0 ? NO_PIECES : context(spoken.preceding(), limits.contextPieces()),
        // Too many pieces are cut off before the closing [SEP].
        Arrays.copyOfRange(whole.ids(), 1, 1 + kept),
        kept,
        Math.min(whole.unknown(), kept));
  }

  private ContextualPieces input(
      final long[] context, final long[] text, final int count, final int unknown) {
    // [CLS], and where there is context a [SEP] between it and the text.
    final int textStart = context.length == 0 ? 0 : context.length + 2;
    final int first = Math.max(1, textStart);
    final long[] ids = new long[first + text.length + 1];
    ids[0] = start;
    System.arraycopy(context, 0, ids, 1, context.length);
    ids[first - 1] = textStart == 0 ? start : separator;
    System.arraycopy(text, 0, ids, first, text.length);
    ids[ids.length - 1] = separator;
    return new ContextualPieces(ids, textStart, count, unknown);
  }

  /**
   * The word pieces of each word of a text between blanks, without marks; none for one that is
   * punctuation alone. As many of the first words as have {@link ContextLimits#textPieces} pieces
   * together; of a word that does not fit the first pieces.
   */
  List<long[]> words(final String text) {
    final List<long[]> words = new ArrayList<>();
    int left = limits.textPieces();
    for (final String form : SpokenForm.ofWords(text)) {
      if (left == 0) {
        break;
      }
      final WordPieces.Pieces pieces = form.isEmpty() ? null : wordPieces.split(form);
      final int kept = pieces == null ? 0 : Math.min(left, pieces.count());
      words.add(kept == 0 ? NO_PIECES : Arrays.copyOfRange(pieces.ids(), 1, 1 + kept));
      left -= kept;
    }
    return words;
  }

  /** As {@link #words} for the last 100 words of a text, all their pieces. */
  List<long[]> lastWords(final String text) {
    final int cut = text.length() - LAST_CHARACTERS;
    final int blank = cut > 0 ? text.indexOf(' ', cut) : 0;
    final List<String> forms = SpokenForm.ofWords(blank < 0 ? "" : text.substring(blank));
    return forms.subList(Math.max(0, forms.size() - LAST_WORDS), forms.size()).stream()
        .map(
            form -> {
              final long[] ids = wordPieces.split(form).ids();
              return Arrays.copyOfRange(ids, 1, ids.length - 1);
            })
        .toList();
  }

  /** How many of some pieces are [UNK]. */
  int unknown(final long[] pieces) {
    return wordPieces.unknown(pieces);
  }

  /**
   * The input for words of running speech: as {@link #of}, but the pieces are there already.
   *
   * @param preceding texts before all of {@code before}, oldest first
   * @param before the speaker's own words before, as one text
   * @param words to read
   */
  ContextualPieces of(
      final List<String> preceding, final List<long[]> before, final List<long[]> words) {
    final long[] own = join(before);
    final long[] text = join(words);
    final long[] context =
        limits.texts() == 0
            ? NO_PIECES
            : closed(
                preceding,
                own,
                // [CLS], and a [SEP] before and after the text.
                Math.max(0, Math.min(limits.contextPieces(), longest - 3 - text.length)));
    return input(context, text, text.length, 0);
  }

  /** The last pieces of the texts and of the words after them, each closed by [SEP]. */
  private long[] closed(final List<String> preceding, final long[] own, final int most) {
    final int fromOwn = own.length == 0 || most == 0 ? 0 : Math.min(own.length + 1, most);
    final long[] older = context(preceding, most - fromOwn);
    final long[] all = Arrays.copyOf(older, older.length + fromOwn);
    if (fromOwn > 0) {
      System.arraycopy(own, own.length - (fromOwn - 1), all, older.length, fromOwn - 1);
      all[all.length - 1] = separator;
    }
    return all;
  }

  private static long[] join(final List<long[]> words) {
    final long[] joined = new long[words.stream().mapToInt(word -> word.length).sum()];
    int at = 0;
    for (final long[] word : words) {
      System.arraycopy(word, 0, joined, at, word.length);
      at += word.length;
    }
    return joined;
  }

  /** Whether a text has more pieces than are read, so that its end is left out. */
  public boolean cuts(final String text) {
    return wordPieces.split(SpokenForm.of(text)).count() > limits.textPieces();
  }

  /** The last pieces of the last texts, each text closed by [SEP]. */
  private long[] context(final List<String> preceding, final int most) {
    final long[] latest = new long[most];
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
