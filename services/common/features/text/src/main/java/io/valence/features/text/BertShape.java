package io.valence.features.text;

/**
 * The sizes of a BERT network (Devlin et al., 2019, section 3).
 *
 * @param vocabulary word pieces
 * @param positions the longest input in word pieces, [CLS] and [SEP] included
 * @param hidden width of a token's vector
 * @param layers encoder layers
 * @param heads attention heads; the hidden width is a multiple of it
 * @param intermediate width inside the feed-forward part of a layer
 */
record BertShape(
    int vocabulary, int positions, int hidden, int layers, int heads, int intermediate) {

  /** BERT-base. */
  static final BertShape BASE = new BertShape(30_522, 512, 768, 12, 12, 3_072);

  BertShape {
    if (vocabulary < 1 || positions < 2 || layers < 1 || heads < 1 || intermediate < 1) {
      throw new IllegalArgumentException("every size of a BERT must be positive");
    }
    if (hidden < 1 || hidden % heads != 0) {
      throw new IllegalArgumentException(
          "hidden width " + hidden + " is not a multiple of " + heads + " heads");
    }
  }

  /** Width of one attention head. */
  int headWidth() {
    return hidden / heads;
  }
}
