package io.valence.ingest;

/** Kafka or the schema registry did not take a record. */
final class DeliveryException extends Exception {

  private static final long serialVersionUID = 1L;

  DeliveryException(final String message, final Throwable cause) {
    super(message, cause);
  }
}
