package io.valence.schemas;

/** A record that could be read, but breaks what its schema's documentation promises. One clear line. */
public final class InvalidRecordException extends IllegalArgumentException {

  private static final long serialVersionUID = 1L;

  public InvalidRecordException(final String message) {
    super(message);
  }
}
