package io.valence.corpora;

/** Where the folds of a corpus come from. */
public enum FoldScheme {
  /** The folds published with the corpus. Results are comparable with the literature. */
  STANDARD,
  /**
   * The split that the source of a feature file trained its own extractor with. Features that were
   * themselves trained with labels may only be used with it.
   */
  SOURCE,
  /** A seeded random split by video. */
  SEEDED,
  /** The corpus has no folds; every segment is in {@link Fold#NONE}. */
  NONE
}
