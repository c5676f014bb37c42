package io.valence.media;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Supplier;

/** The decoder's processes of one service: one for each piece or recording that is open, and spare ones. */
final class DecoderPool implements AutoCloseable {

  private final Supplier<DecoderProcess> starter;
  private final int spare;
  private final Deque<DecoderProcess> idle = new ArrayDeque<>();
  private final Set<DecoderProcess> lent = new HashSet<>();
  private long deaths;
  private long peakBytes;
  private boolean closed;

  /**
   * Starts the first process, which gets ready while the caller goes on.
   *
   * @param spare how many are kept that have nothing to do
   */
  DecoderPool(final Supplier<DecoderProcess> starter, final int spare) {
    this.starter = starter;
    this.spare = spare;
    idle.add(starter.get());
  }

  /** A process that is ready; one that died while it was idle is replaced. */
  DecoderProcess take() throws InterruptedException {
    final DecoderProcess process = next();
    boolean ready = false;
    try {
      process.awaitReady();
      ready = true;
      return process;
    } finally {
      if (!ready) {
        drop(process);
      }
    }
  }

  private synchronized DecoderProcess next() {
    if (closed) {
      throw new DecoderUnavailableException("the decoder is closed");
    }
    DecoderProcess process = idle.poll();
    while (process != null && !process.isAlive()) {
      count(process, true);
      process.close();
      process = idle.poll();
    }
    if (process == null) {
      process = starter.get();
    }
    lent.add(process);
    return process;
  }

  /** Takes back a process that has ended its work well. */
  void give(final DecoderProcess process) {
    final boolean keep = process.isAlive() && !process.isOutworn();
    synchronized (this) {
      lent.remove(process);
      count(process, false);
      if (keep && !closed && idle.size() < spare) {
        idle.push(process);
        return;
      }
    }
    process.close();
  }

  /** Ends a process that did not end its work well, and starts the next one before it is asked for. */
  void drop(final DecoderProcess process) {
    process.close();
    synchronized (this) {
      if (lent.remove(process)) {
        count(process, true);
      }
      if (!closed && idle.size() < spare) {
        idle.add(starter.get());
      }
    }
  }

  private void count(final DecoderProcess process, final boolean death) {
    deaths += death ? 1 : 0;
    peakBytes = Math.max(peakBytes, process.peakBytes());
  }

  /** How many processes ended that should not have. */
  synchronized long deaths() {
    return deaths;
  }

  /** Largest resident memory of any process so far, bytes; 0 where the system does not tell. */
  synchronized long peakBytes() {
    return peakBytes;
  }

  /** Process ids of the living. */
  synchronized Set<Long> pids() {
    final Set<Long> pids = new HashSet<>();
    idle.forEach(process -> pids.add(process.pid()));
    lent.forEach(process -> pids.add(process.pid()));
    return pids;
  }

  @Override
  public void close() {
    final Set<DecoderProcess> all;
    synchronized (this) {
      closed = true;
      all = new HashSet<>(idle);
      all.addAll(lent);
      idle.clear();
      lent.clear();
    }
    all.forEach(DecoderProcess::close);
  }
}
