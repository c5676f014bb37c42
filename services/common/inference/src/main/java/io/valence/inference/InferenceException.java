package io.valence.inference;

/**
 * A loaded model could not be run: an input of the wrong name, type or shape, or no memory left.
 * This is a fault of the program or the machine, not of the media being analysed.
 */
public final class InferenceException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public InferenceException(final String message) {
    super(message);
  }

  public InferenceException(final String message, final Throwable cause) {
    super(message, cause);
  }
}
