package io.valence.cli;

/** What the user gave cannot be used; the message is one line that says why and what would do. */
public final class InputException extends Exception {

  private static final long serialVersionUID = 1L;

  public InputException(final String message) {
    super(message);
  }

  public InputException(final String message, final Throwable cause) {
    super(message, cause);
  }
}
