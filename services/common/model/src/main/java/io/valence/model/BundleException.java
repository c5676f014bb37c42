package io.valence.model;

/**
 * A model bundle that cannot be used. The message is one line that names the bundle, says what is
 * wrong with it and what to do.
 */
public final class BundleException extends Exception {

  private static final long serialVersionUID = 1L;

  public BundleException(final String message) {
    super(message);
  }

  public BundleException(final String message, final Throwable cause) {
    super(message, cause);
  }
}
