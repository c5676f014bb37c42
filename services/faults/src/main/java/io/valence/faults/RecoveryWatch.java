package io.valence.faults;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Measures recoveries: from the moment that a fault is over (for a process that was killed: from its death) until
 * every process that it hit answers again and their consumer groups are stable with new members.
 */
final class RecoveryWatch implements AutoCloseable {

  private static final long POLL_MILLIS = 150;

  /** One recovery. */
  record Recovery(FaultKind kind, long millis) {}

  private static final class Pending {
    private final Fault fault;
    private final long sinceNanos;
    private final List<String> processes;
    private final Map<String, Set<String>> membersBefore;

    Pending(
        final Fault fault,
        final List<String> processes,
        final Map<String, Set<String>> membersBefore) {
      this.fault = fault;
      this.sinceNanos = System.nanoTime();
      this.processes = processes;
      this.membersBefore = membersBefore;
    }
  }

  private final FaultyStack stack;
  private final Groups groups;
  private final List<Pending> pending = new ArrayList<>();
  private final List<Recovery> recoveries = new ArrayList<>();
  private final Thread thread = new Thread(this::run, "recovery-watch");
  private volatile boolean closed;

  RecoveryWatch(final FaultyStack stack, final Groups groups) {
    this.stack = stack;
    this.groups = groups;
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * A recovery begins.
   *
   * @param processes all that must be well again
   * @param membersBefore members of the groups that are dead, and so must have been replaced
   */
  synchronized void begin(
      final Fault fault,
      final List<String> processes,
      final Map<String, Set<String>> membersBefore) {
    pending.add(new Pending(fault, List.copyOf(processes), Map.copyOf(membersBefore)));
  }

  /** All that has begun has ended. */
  synchronized boolean isIdle() {
    return pending.isEmpty();
  }

  /** What is still to recover, for people. */
  synchronized List<String> waitingFor() {
    return pending.stream().map(one -> one.fault.toString()).toList();
  }

  /** The recoveries since the last call. */
  synchronized List<Recovery> take() {
    final List<Recovery> taken = List.copyOf(recoveries);
    recoveries.clear();
    pending.clear();
    return taken;
  }

  private void run() {
    try {
      while (!closed) {
        if (!isIdle()) {
          look();
        }
        TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
      }
    } catch (final InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void look() throws InterruptedException {
    final List<String> notReady = stack.notReady(stack.names());
    final Map<String, Set<String>> stable;
    try {
      stable = groups.stableMembers();
    } catch (final Groups.Unavailable e) {
      // The broker is one of those that are to recover.
      return;
    }
    synchronized (this) {
      for (final Iterator<Pending> each = pending.iterator(); each.hasNext(); ) {
        final Pending one = each.next();
        if (one.processes.stream()
            .allMatch(name -> !notReady.contains(name) && isWell(name, one, stable))) {
          recoveries.add(
              new Recovery(
                  one.fault.kind(),
                  TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - one.sinceNanos)));
          each.remove();
        }
      }
    }
  }

  private static boolean isWell(
      final String name, final Pending one, final Map<String, Set<String>> stable) {
    if (!FaultyStack.SERVICES.contains(name) || name.equals("ingest")) {
      return true;
    }
    final Set<String> members = stable.get(name);
    return members != null
        && !members.isEmpty()
        && one.membersBefore.getOrDefault(name, Set.of()).stream().noneMatch(members::contains);
  }

  @Override
  public void close() throws InterruptedException {
    closed = true;
    thread.join();
  }
}
