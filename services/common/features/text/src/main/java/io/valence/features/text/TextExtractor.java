package io.valence.features.text;

import io.valence.features.FeatureSpace;
import io.valence.features.Features;
import io.valence.inference.ModelFileException;
import java.io.IOException;
import java.nio.file.Path;

/** Turns the words of one window into features. Safe for use by several threads. */
public interface TextExtractor extends AutoCloseable {

  /** What the values mean. */
  FeatureSpace space();

  /**
   * The features of the words of one window.
   *
   * @return weight: word pieces without [CLS] and [SEP]; quality: the share of them that are in the
   *     vocabulary, so not [UNK]; silent if there are none
   */
  Features extract(String text);

  @Override
  void close();

  /**
   * Opens the extractor of a space: {@code bert-base-uncased-768} or {@code bert-attention-3072}.
   *
   * @param space id of the space, as a bundle names it
   * @param folder what {@link BertModelCache#prepare} returned
   * @throws ModelFileException if a file is missing, altered or unusable
   * @throws IllegalArgumentException if there is no text extractor for this space
   */
  static TextExtractor open(final String space, final Path folder) throws IOException {
    if (space.equals(BertModel.SPACE.id())) {
      return BertModel.open(folder);
    }
    if (space.equals(BertAttention.SPACE.id())) {
      return BertAttention.open(folder);
    }
    throw new IllegalArgumentException(
        "no text extractor makes "
            + space
            + "; there are "
            + BertModel.SPACE.id()
            + " and "
            + BertAttention.SPACE.id());
  }
}
