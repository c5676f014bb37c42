package io.valence.features.text;

import ai.djl.engine.EngineException;
import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import io.valence.inference.ModelFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Splits text into the word pieces of a vocabulary. The work is done by the Hugging Face tokenizers
 * library, whose native part DJL unpacks into a folder on first use. Safe for use by several threads.
 */
final class WordPieces implements AutoCloseable {

  private static final Object LOADING = new Object();
  private static final char REPLACEMENT = '\uFFFD';

  /**
   * The pieces of one text.
   *
   * @param ids with [CLS] at the start and [SEP] at the end
   * @param unknown how many of them are [UNK]
   */
  record Pieces(long[] ids, int unknown) {

    /** Pieces of the text itself. */
    int count() {
      return ids.length - 2;
    }
  }

  private final HuggingFaceTokenizer tokenizer;
  private final long unknownId;

  private WordPieces(final HuggingFaceTokenizer tokenizer, final long unknownId) {
    this.tokenizer = tokenizer;
    this.unknownId = unknownId;
  }

  /**
   * Loads a tokenizer.
   *
   * @param file a {@code tokenizer.json}
   * @param longest how many pieces to keep, [CLS] and [SEP] included
   * @param libraries where to unpack the native library, unless the environment says so
   * @throws ModelFileException if the file is not a tokenizer or the native library does not load
   */
  static WordPieces open(final Path file, final int longest, final Path libraries)
      throws IOException {
    synchronized (LOADING) {
      final Map<String, String> before = new HashMap<>();
      try {
        setWhileLoading(before, "DJL_CACHE_DIR", usable(libraries));
        // Keep DJL from looking for a GPU's library or reporting its use over the network.
        setWhileLoading(before, "RUST_FLAVOR", "cpu");
        setWhileLoading(before, "OPT_OUT_TRACKING", "true");
        final HuggingFaceTokenizer tokenizer =
            HuggingFaceTokenizer.builder()
                .optTokenizerPath(file)
                .optAddSpecialTokens(true)
                .optTruncation(true)
                .optMaxLength(longest)
                .optPadding(false)
                .build();
        return new WordPieces(tokenizer, unknownId(tokenizer));
      } catch (final EngineException | UnsatisfiedLinkError | ExceptionInInitializerError e) {
        throw new ModelFileException(
            "the native library of the tokenizer cannot be loaded: "
                + e.getMessage()
                + "; it exists for Linux (x86_64, aarch64), macOS (aarch64) and Windows (x86_64)",
            e);
      } catch (final IllegalStateException e) {
        throw new ModelFileException(file + " is not a tokenizer: " + e.getMessage(), e);
      } finally {
        before.forEach(WordPieces::restore);
      }
    }
  }

  /** Splits a text, keeping as many pieces as the model takes. Blank text has no pieces. */
  Pieces split(final String text) {
    final Encoding encoding = tokenizer.encode(wellFormed(text));
    final long[] ids = encoding.getIds();
    return new Pieces(ids, unknown(ids));
  }

  /** How many of some pieces are [UNK]. */
  int unknown(final long[] ids) {
    int unknown = 0;
    for (final long id : ids) {
      if (id == unknownId) {
        unknown++;
      }
    }
    return unknown;
  }

  /** Half of a surrogate pair is no character; the tokenizer drops what takes its place. */
  static String wellFormed(final String text) {
    StringBuilder mended = null;
    for (int i = 0; i < text.length(); i++) {
      final char unit = text.charAt(i);
      if (Character.isHighSurrogate(unit)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(unit)) {
        if (mended == null) {
          mended = new StringBuilder(text);
        }
        mended.setCharAt(i, REPLACEMENT);
      }
    }
    return mended == null ? text : mended.toString();
  }

  private static long unknownId(final HuggingFaceTokenizer tokenizer) {
    // The literal name of a special piece in a text becomes that piece.
    return tokenizer.encode(TokenizerFile.UNKNOWN, false, false).getIds()[0];
  }

  /** The folder if it can be made and written; else none, and DJL finds a place of its own. */
  private static String usable(final Path folder) throws IOException {
    final Path parent = folder.getParent();
    return Files.isWritable(Files.isDirectory(folder) ? folder : parent) ? folder.toString() : null;
  }

  private static void setWhileLoading(
      final Map<String, String> before, final String property, final String value) {
    if (value != null && System.getProperty(property) == null) {
      before.put(property, System.setProperty(property, value));
    }
  }

  private static void restore(final String property, final String value) {
    if (value == null) {
      System.clearProperty(property);
    } else {
      System.setProperty(property, value);
    }
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
