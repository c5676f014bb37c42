package io.valence.faults;

import java.util.Locale;

/**
 * One blow to one process.
 *
 * @param kind what happens
 * @param target the process that it happens to
 * @param atMillis when, milliseconds after the first record
 * @param lastsMillis how long until it is undone; 0 where there is nothing to undo
 */
record Fault(FaultKind kind, String target, long atMillis, long lastsMillis) {

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%5.1f s  %s: %s%s",
        atMillis / 1e3,
        target,
        kind.label(),
        lastsMillis == 0 ? "" : String.format(Locale.ROOT, " (%.1f s)", lastsMillis / 1e3));
  }
}
