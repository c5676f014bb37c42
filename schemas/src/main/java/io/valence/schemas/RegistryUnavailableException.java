package io.valence.schemas;

import org.apache.kafka.common.errors.RetriableException;

/**
 * The schema registry could not be asked: no connection, a time-out, a failing or refusing server. It
 * says nothing about the record at hand, which must be kept and tried again.
 */
public final class RegistryUnavailableException extends RetriableException {

  private static final long serialVersionUID = 1L;

  public RegistryUnavailableException(final String message, final Throwable cause) {
    super(message, cause);
  }
}
