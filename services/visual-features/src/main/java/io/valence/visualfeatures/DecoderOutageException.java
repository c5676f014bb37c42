package io.valence.visualfeatures;

import org.apache.kafka.common.errors.RetriableException;

/** There was no process to decode in: the chunk stays uncommitted and is tried again. */
final class DecoderOutageException extends RetriableException {

  private static final long serialVersionUID = 1L;

  DecoderOutageException(final String message, final Throwable cause) {
    super(message, cause);
  }
}
