package io.valence.cli;

/** The machine is not ready for the command; the message is one line that says what to do. */
public final class EnvironmentException extends Exception {

  private static final long serialVersionUID = 1L;

  public EnvironmentException(final String message) {
    super(message);
  }

  public EnvironmentException(final String message, final Throwable cause) {
    super(message, cause);
  }
}
