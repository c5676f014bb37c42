package io.valence.schemas;

import org.apache.kafka.common.errors.SerializationException;

/**
 * These bytes can never be read as the record that the topic holds: they are not in the wire format,
 * their schema is unknown or another one, or they end too early. Trying again does not help, which is
 * what sets it apart from {@link RegistryUnavailableException}.
 */
public final class UndecodableRecordException extends SerializationException {

  private static final long serialVersionUID = 1L;

  public UndecodableRecordException(final String message) {
    super(message);
  }

  public UndecodableRecordException(final String message, final Throwable cause) {
    super(message, cause);
  }
}
