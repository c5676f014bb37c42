package io.valence.schemas;

import org.apache.kafka.common.errors.SerializationException;

/**
 * The registry does not take, or does not have, the schema that this program writes with. Every record
 * would fail alike: a service stops with this message, it does not set records aside.
 */
public final class SchemaRefusedException extends SerializationException {

  private static final long serialVersionUID = 1L;

  public SchemaRefusedException(final String message, final Throwable cause) {
    super(message, cause);
  }
}
