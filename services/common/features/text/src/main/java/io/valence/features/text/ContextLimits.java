package io.valence.features.text;

/**
 * How much the text expert reads.
 *
 * @param texts at most so many preceding texts, >= 0; 0 means no context
 * @param contextPieces at most so many word pieces of them together, the latest, their [SEP] included
 * @param textPieces at most so many word pieces of the text itself, the first, >= 1
 */
public record ContextLimits(int texts, int contextPieces, int textPieces) {

  /** Three texts, 160 pieces; 300 pieces of the text itself. */
  public static final ContextLimits DEFAULT = new ContextLimits(3, 160, 300);

  /** The text alone. */
  public static final ContextLimits NONE = new ContextLimits(0, 0, 300);

  private static final int LONGEST = 512;
  // [CLS], the [SEP] after the context and the one after the text.
  private static final int MARKS = 3;

  public ContextLimits {
    if (texts < 0 || contextPieces < 0 || textPieces < 1) {
      throw new IllegalArgumentException(
          "context needs texts >= 0, contextPieces >= 0 and textPieces >= 1, not "
              + texts
              + ", "
              + contextPieces
              + ", "
              + textPieces);
    }
    if (contextPieces + textPieces + MARKS > LONGEST) {
      throw new IllegalArgumentException(
          "context and text together may have "
              + (LONGEST - MARKS)
              + " pieces, not "
              + contextPieces
              + " + "
              + textPieces);
    }
  }

  /** These limits, or the others where those are tighter. */
  public ContextLimits atMost(final ContextLimits others) {
    return new ContextLimits(
        Math.min(texts, others.texts),
        Math.min(contextPieces, others.contextPieces),
        Math.min(textPieces, others.textPieces));
  }

  /** The same with another number of preceding texts; without any if it is 0. */
  public ContextLimits withTexts(final int count) {
    return count == 0
        ? new ContextLimits(0, 0, textPieces)
        : new ContextLimits(count, contextPieces, textPieces);
  }
}
