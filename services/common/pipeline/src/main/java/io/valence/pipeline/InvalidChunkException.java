package io.valence.pipeline;

/** A chunk whose payload cannot be used; the message is one line that says why. */
public final class InvalidChunkException extends Exception {

  private static final long serialVersionUID = 1L;

  public InvalidChunkException(final String message) {
    super(message);
  }

  public InvalidChunkException(final String message, final Throwable cause) {
    super(message, cause);
  }
}
