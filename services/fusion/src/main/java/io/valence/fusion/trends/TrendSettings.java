package io.valence.fusion.trends;

import io.valence.schemas.TrendScope;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * The bounds of trends and the rules of alerts.
 *
 * @param span event time that the moving average reaches back; a window takes part while it ends
 *     less than this before the latest one's end
 * @param sessionPatience how long by the wall clock a stream of a session may be quiet before the
 *     session's other streams wait for it no longer
 * @param retention how long a stream or session is remembered after it was last heard of
 * @param rules each name once in its scope
 */
public record TrendSettings(
    Duration span, Duration sessionPatience, Duration retention, List<AlertRule> rules) {

  /** Of a stream's or session's windows no more than these are kept. */
  static final int MAXIMUM_HISTORY = 1_000;

  private static final Duration LONGEST = Duration.ofDays(1);

  /**
   * Checks.
   *
   * @throws IllegalArgumentException naming what is out of range
   */
  public TrendSettings {
    bounded("span", span);
    bounded("session patience", sessionPatience);
    if (retention.isNegative() || retention.isZero()) {
      throw new IllegalArgumentException("the retention must be longer than 0, not " + retention);
    }
    rules = List.copyOf(rules);
    final Set<String> names = new HashSet<>();
    for (final AlertRule rule : rules) {
      if (!names.add(rule.name())) {
        throw new IllegalArgumentException("the rule \"" + rule.name() + "\" is there twice");
      }
    }
  }

  private static void bounded(final String name, final Duration value) {
    Objects.requireNonNull(value, name);
    if (value.isNegative() || value.isZero() || value.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "the " + name + " must be longer than 0 and at most a day, not " + value);
    }
  }

  long spanMicros() {
    return span.toNanos() / 1_000;
  }

  /** The rules of a scope. */
  List<AlertRule> rules(final TrendScope scope) {
    return rules.stream().filter(rule -> rule.scope() == scope).toList();
  }

  /** How far back in event time the average or a rule looks, microseconds. */
  long historyMicros() {
    long micros = spanMicros();
    for (final AlertRule rule : rules) {
      micros = Math.max(micros, rule.withinMicros());
    }
    return micros;
  }

  /** How many windows in a row the longest rule asks for. */
  int historyWindows() {
    return rules.stream().mapToInt(AlertRule::windows).max().orElse(0);
  }
}
