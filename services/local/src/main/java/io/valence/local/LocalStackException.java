package io.valence.local;

/** A part of the local stack could not be started or has died. The message says which, why, and what to do. */
public final class LocalStackException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public LocalStackException(final String message) {
    super(message);
  }

  public LocalStackException(final String message, final Throwable cause) {
    super(message, cause);
  }
}
