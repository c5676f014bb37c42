package io.valence.schemas;

/** The topics of the pipeline could not be made, or are there in another shape. One clear line. */
public final class TopicCreationException extends Exception {

  private static final long serialVersionUID = 1L;

  public TopicCreationException(final String message, final Throwable cause) {
    super(message, cause);
  }
}
