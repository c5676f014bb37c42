package io.valence.features.text;

/**
 * What BERT reads of a text that stands in a conversation: {@code [CLS] context [SEP] text [SEP]},
 * or {@code [CLS] text [SEP]} where nothing was said before.
 *
 * @param ids of the pieces; not copied
 * @param textStart index of the first piece of the text itself, 0 if there is no context: the text's
 *     vector is the mean over the tokens from here to the end. Pieces before it are of BERT's first
 *     segment (token type 0), those from here on of its second (1) if there is context, else of the
 *     first
 * @param count pieces of the text itself, without marks
 * @param unknown how many of these are [UNK]
 */
public record ContextualPieces(long[] ids, int textStart, int count, int unknown) {

  public ContextualPieces {
    if (textStart < 0 || textStart >= ids.length || count < 0 || unknown < 0 || unknown > count) {
      throw new IllegalArgumentException(
          "pieces of a text from " + textStart + " in " + ids.length + " make no sense");
    }
  }

  /** Token type of the pieces from {@link #textStart} on. */
  public int textType() {
    return textStart == 0 ? 0 : 1;
  }
}
