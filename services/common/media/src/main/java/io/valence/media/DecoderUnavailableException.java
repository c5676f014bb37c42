package io.valence.media;

/**
 * There is no process to decode in: it cannot be started, or does not get ready. This says nothing about the
 * media, which can be tried again later.
 */
public final class DecoderUnavailableException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public DecoderUnavailableException(final String message) {
    super(message);
  }

  public DecoderUnavailableException(final String message, final Throwable cause) {
    super(message, cause);
  }
}
