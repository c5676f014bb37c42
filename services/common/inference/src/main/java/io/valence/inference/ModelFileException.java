package io.valence.inference;

import java.io.IOException;

/** A model file is missing, altered or unreadable. The message is one line: what is wrong and what to do. */
public final class ModelFileException extends IOException {

  private static final long serialVersionUID = 1L;

  public ModelFileException(final String message) {
    super(message);
  }

  public ModelFileException(final String message, final Throwable cause) {
    super(message, cause);
  }
}
