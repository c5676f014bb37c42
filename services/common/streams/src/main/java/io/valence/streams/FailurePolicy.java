package io.valence.streams;

import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.errors.ApplicationRecoverableException;
import org.apache.kafka.common.errors.InvalidTxnStateException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TransactionAbortableException;
import org.apache.kafka.common.errors.TransactionAbortedException;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of the service when a stream thread dies: after an outage (registry, broker) a new thread goes on from
 * the last committed offset; after anything else the service stops, for it would only fail again.
 *
 * <p>A transaction that the broker has given up also counts as an outage. Example: the broker is away for longer than
 * the transaction's time-out, aborts it when it is back, and answers the commit that comes then with {@code
 * INVALID_TXN_STATE}. Kafka Streams knows only some of these answers as passing. Nothing of the transaction was
 * committed, or all of it together with its offsets: a new thread with a new producer goes on either way.
 *
 * <p>So does a store on disk that is damaged. Kafka Streams deletes the state of a task that it gives up; who is killed
 * in the middle of that leaves half a store behind, which cannot be opened. With the failure the rest of it is deleted
 * too (with exactly_once_v2), and the new thread restores the store from its changelog. Ten times: then the service stops.
 */
public final class FailurePolicy implements StreamsUncaughtExceptionHandler {

  /** Half a store is there once; what is damaged again and again will not mend. */
  private static final int MOST_DAMAGED_STORES = 10;

  private static final Logger log = LoggerFactory.getLogger(FailurePolicy.class);

  private final AtomicInteger damagedStores = new AtomicInteger();

  @Override
  public StreamThreadExceptionResponse handle(final Throwable failure) {
    if (isOutage(failure)
        || (isDamagedStore(failure) && damagedStores.incrementAndGet() <= MOST_DAMAGED_STORES)) {
      log.warn("a stream thread has ended, starting another: {}", rootReason(failure));
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
      if (cause instanceof RetriableException || isLostTransaction(cause)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isLostTransaction(final Throwable cause) {
    return cause instanceof ApplicationRecoverableException
        || cause instanceof InvalidTxnStateException
        || cause instanceof OutOfOrderSequenceException
        || cause instanceof TransactionAbortableException
        || cause instanceof TransactionAbortedException;
  }

  private static boolean isDamagedStore(final Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof RocksDBException damaged
          && damaged.getStatus() != null
          && damaged.getStatus().getCode() == Status.Code.Corruption) {
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
