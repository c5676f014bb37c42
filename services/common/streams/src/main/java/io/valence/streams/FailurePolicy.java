package io.valence.streams;

import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of the service when a stream thread dies: after an outage (registry, broker) a new thread goes on from
 * the last committed offset; after anything else the service stops, for it would only fail again.
 */
public final class FailurePolicy implements StreamsUncaughtExceptionHandler {

  private static final Logger log = LoggerFactory.getLogger(FailurePolicy.class);

  @Override
  public StreamThreadExceptionResponse handle(final Throwable failure) {
    if (isOutage(failure)) {
      log.warn("an outage ended a stream thread, starting another: {}", rootReason(failure));
      return StreamThreadExceptionResponse.REPLACE_THREAD;
    }
    log.error("stopping: {}", rootReason(failure), failure);
    return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
  }

  /** True if the failure is one that passes without the record or the service being changed. */
  static boolean isOutage(final Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof Error) {
        return false;
      }
      if (cause instanceof RetriableException) {
        return true;
      }
    }
    return false;
  }

  private static String rootReason(final Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return DeadLetters.reasonOf(root);
  }
}
