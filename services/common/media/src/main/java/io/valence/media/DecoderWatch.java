package io.valence.media;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * Looks at every decoder's process that has work, ten times a second, and has it killed when it takes too
 * long or too much memory, or when whoever waits for it is interrupted: a read from a pipe does not end by
 * itself. One thread serves the whole JVM.
 */
final class DecoderWatch {

  private static final long INTERVAL_NANOS = 100_000_000L;
  private static final Set<DecoderProcess> BUSY = ConcurrentHashMap.newKeySet();
  private static final Thread THREAD = start();

  private DecoderWatch() {}

  private static Thread start() {
    final Thread thread = new Thread(DecoderWatch::watch, "decoder-watch");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  static void add(final DecoderProcess process) {
    BUSY.add(process);
    LockSupport.unpark(THREAD);
  }

  static void remove(final DecoderProcess process) {
    BUSY.remove(process);
  }

  private static void watch() {
    while (true) {
      if (BUSY.isEmpty()) {
        LockSupport.park();
      } else {
        LockSupport.parkNanos(INTERVAL_NANOS);
        BUSY.forEach(DecoderWatch::look);
      }
    }
  }

  private static void look(final DecoderProcess process) {
    try {
      process.checkLimits();
    } catch (final RuntimeException e) {
      // A process without limits must not go on, and the others need their watch.
      process.giveUp("cannot be watched: " + e);
    }
  }
}
