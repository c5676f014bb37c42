package io.valence.media;

/**
 * The decoder's process was killed (SIGKILL) by someone else: an administrator, or the system that ran out
 * of memory. The media need not be to blame, so it is worth another try; a second time it is.
 */
public final class DecoderKilledException extends MediaException {

  private static final long serialVersionUID = 1L;

  DecoderKilledException(final String message, final Throwable cause) {
    super(message, cause);
  }
}
