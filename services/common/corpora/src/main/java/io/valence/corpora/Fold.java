package io.valence.corpora;

import java.util.Locale;

/** The part of a corpus that a segment belongs to. Training never touches {@link #TEST}. */
public enum Fold {
  TRAIN,
  VALIDATION,
  TEST,
  /** In the corpus, but outside its standard folds; never used unless asked for. */
  NONE;

  /**
   * Reads a fold's name as the public releases spell it: {@code train}, {@code valid}, {@code val},
   * {@code validation}, {@code dev}, {@code test}, {@code none} or empty, in any case.
   *
   * @throws CorpusException for any other word
   */
  public static Fold parse(String word) throws CorpusException {
    return switch (word.strip().toLowerCase(Locale.ROOT)) {
      case "train" -> TRAIN;
      case "valid", "val", "validation", "dev" -> VALIDATION;
      case "test" -> TEST;
      case "none", "" -> NONE;
      default ->
          throw new CorpusException(
              "'" + word + "' is not a fold: write train, valid, test or none");
    };
  }

  /** The name used in messages and files: train, valid, test, none. */
  public String label() {
    return this == VALIDATION ? "valid" : name().toLowerCase(Locale.ROOT);
  }
}
