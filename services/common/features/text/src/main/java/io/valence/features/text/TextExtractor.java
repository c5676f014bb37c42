package io.valence.features.text;

import io.valence.features.FeatureSpace;
import io.valence.features.Features;
import io.valence.inference.ModelFileException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Turns the words of one window into features. Safe for use by several threads. */
public interface TextExtractor extends AutoCloseable {

  /** What the values mean. */
  FeatureSpace space();

  /** How much of what was said before is read; {@link ContextLimits#NONE} if nothing is. */
  default ContextLimits context() {
    return ContextLimits.NONE;
  }

  /**
   * The features of the words of one window, or of a part of it.
   *
   * @return weight: word pieces without [CLS] and [SEP]; quality: the share of them that are in the
   *     vocabulary, so not [UNK]; silent if there are none
   */
  Features extract(SpokenText text);

  /** As {@link #extract(SpokenText)} for a text of which nothing is known but itself. */
  default Features extract(final String text) {
    return extract(SpokenText.alone(text));
  }

  /** The features of many texts, in their order; one call is faster than many. */
  List<Features> extract(List<SpokenText> texts);

  /** The features of many texts with what is known of their words, in their order. */
  default List<TextReading> read(final List<SpokenText> texts) {
    return extract(texts).stream().map(TextReading::of).toList();
  }

  /** How many word pieces a text has, of those that are read. */
  int pieces(String text);

  @Override
  void close();

  /**
   * Opens the extractor of a space: {@code bert-base-uncased-768}, or that of a text expert.
   *
   * @param space id of the space, as a bundle names it
   * @param bert what {@link BertModelCache#prepare} returned
   * @param expert file of the text expert's difference, if the bundle has one; it is merged into
   *     BERT if that was not done before
   * @param context how much of what was said before is read, at most what the expert was trained on
   * @throws ModelFileException if a file is missing, altered or unusable
   * @throws IllegalArgumentException if there is no text extractor for this space
   */
  static TextExtractor open(
      final String space, final Path bert, final Optional<Path> expert, final ContextLimits context)
      throws IOException {
    if (space.equals(BertModel.SPACE.id())) {
      return BertModel.open(bert);
    }
    if (expert.isEmpty()) {
      throw new IllegalArgumentException(
          "no text extractor makes "
              + space
              + ": only "
              + BertModel.SPACE.id()
              + " comes without a text expert");
    }
    final String made = TextDifference.read(expert.get()).description().space();
    if (!made.equals(space)) {
      throw new IllegalArgumentException(
          "the text expert " + expert.get() + " makes " + made + ", not " + space);
    }
    return BertExpert.open(
        TextExpertCache.prepare(bert, expert.get(), SetUpProgress.NONE), context, 1);
  }
}
