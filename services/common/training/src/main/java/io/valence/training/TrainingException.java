package io.valence.training;

/** Training cannot go on: the engine does not start, or the numbers stopped being numbers. */
public final class TrainingException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  TrainingException(final String message) {
    super(message);
  }

  TrainingException(final String message, final Throwable cause) {
    super(message, cause);
  }
}
