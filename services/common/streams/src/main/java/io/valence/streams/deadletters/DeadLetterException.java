package io.valence.streams.deadletters;

/** What is asked of a dead letter cannot be done; the message is one line that says why and what would do. */
public final class DeadLetterException extends Exception {

  private static final long serialVersionUID = 1L;

  public DeadLetterException(final String message) {
    super(message);
  }

  public DeadLetterException(final String message, final Throwable cause) {
    super(message, cause);
  }
}
