package io.valence.media;

/**
 * A file or a chunk that cannot be read as what it should be. The message is one line for people: what
 * is wrong, and where it helps what to do.
 */
public sealed class MediaException extends Exception permits DecoderKilledException {

  private static final long serialVersionUID = 1L;

  public MediaException(final String message) {
    super(message);
  }

  public MediaException(final String message, final Throwable cause) {
    super(message, cause);
  }
}
