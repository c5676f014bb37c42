package io.valence.ingest;

/** A request that is not carried out, with the HTTP status and one line that says why. */
final class RefusedRequestException extends Exception {

  private static final long serialVersionUID = 1L;

  private final int status;

  private RefusedRequestException(final int status, final String message, final Throwable cause) {
    super(message, cause);
    this.status = status;
  }

  /** 400: what was asked for cannot be done, now or later. */
  static RefusedRequestException badInput(final String reason) {
    return new RefusedRequestException(400, reason, null);
  }

  /** 400: what was asked for cannot be done, now or later. */
  static RefusedRequestException badInput(final String reason, final Throwable cause) {
    return new RefusedRequestException(400, reason, cause);
  }

  /** 404: there is no such stream. */
  static RefusedRequestException unknown(final String reason) {
    return new RefusedRequestException(404, reason, null);
  }

  /** 409: the stream id is taken. */
  static RefusedRequestException taken(final String reason) {
    return new RefusedRequestException(409, reason, null);
  }

  /** 503: not now, try again later. */
  static RefusedRequestException busy(final String reason) {
    return new RefusedRequestException(503, reason, null);
  }

  int status() {
    return status;
  }
}
