package io.valence.training;

import java.io.IOException;

/** What was given to train on cannot be used; the message says what is wrong and what to do. */
public final class TrainingInputException extends IOException {

  private static final long serialVersionUID = 1L;

  public TrainingInputException(final String message) {
    super(message);
  }
}
