package io.valence.fusion.trends;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.valence.fusion.trends.AlertRule.Type;
import io.valence.schemas.Modality;
import io.valence.schemas.TrendScope;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The rules of alerts, {@code valence.alerts.rules."name".*}. */
@ConfigMapping(prefix = "valence.alerts")
public interface AlertsConfiguration {

  /** By name. */
  Map<String, Rule> rules();

  /** One rule; what the keys mean to each type is told at {@code AlertRule} in this package. */
  interface Rule {

    /** below, above, drop, rise or missing; none switches a rule of the shipped file off. */
    String type();

    /** A score, -3 to 3; for drop and rise points of the score, above 0 to 6; not for missing. */
    OptionalDouble threshold();

    /** How many windows in a row, 1 to 100; 1 if not given. */
    OptionalInt windows();

    /** Event time, above 0 to one day; drop and rise need it, below and above may have it. */
    Optional<Duration> within();

    /** stream or session. */
    @WithDefault("stream")
    String scope();

    /** visual, audio or text; for missing only, any if not given. */
    Optional<String> modality();

    /** Whether the 95 % intervals must say so too; not for missing, and for streams only. */
    @WithDefault("false")
    boolean certain();
  }

  /**
   * The rules, checked, by name.
   *
   * @throws IllegalArgumentException naming the key that is wrong, what it holds and what it should
   */
  default List<AlertRule> alertRules() {
    final List<AlertRule> all = new ArrayList<>();
    new TreeMap<>(rules())
        .forEach(
            (name, rule) -> {
              if (!rule.type().strip().equalsIgnoreCase("none")) {
                all.add(new RuleReader(name, rule).read());
              }
            });
    return all;
  }

  /** Reads one rule. */
  final class RuleReader {

    private static final int MAXIMUM_NAME = 200;
    private static final double MAXIMUM_SCORE = 3;
    private static final Duration LONGEST = Duration.ofDays(1);

    private final String name;
    private final Rule rule;

    private RuleReader(final String name, final Rule rule) {
      this.name = name;
      this.rule = rule;
    }

    private AlertRule read() {
      if (name.isBlank() || name.length() > MAXIMUM_NAME) {
        throw new IllegalArgumentException(
            "valence.alerts.rules: a rule's name must have 1 to " + MAXIMUM_NAME + " characters");
      }
      final Type type = oneOf("type", Type.class, rule.type());
      final TrendScope scope = oneOf("scope", TrendScope.class, rule.scope());
      final int windows = rule.windows().orElse(1);
      if (windows < 1 || windows > AlertRule.MAXIMUM_WINDOWS) {
        throw wrong("windows", windows, "1 to " + AlertRule.MAXIMUM_WINDOWS);
      }
      final boolean change = type == Type.DROP || type == Type.RISE;
      if (change && rule.within().isEmpty()) {
        throw wrong("within", "not set", "a duration like 30S for a rule of type " + rule.type());
      }
      rule.within()
          .filter(within -> within.toMillis() < 1 || within.compareTo(LONGEST) > 0)
          .ifPresent(
              within -> {
                throw wrong("within", within, "longer than 0 and at most a day");
              });
      if (type == Type.MISSING) {
        unused("threshold", rule.threshold().isPresent());
        unused("within", rule.within().isPresent());
        unused("certain", rule.certain());
      } else {
        unused("modality", rule.modality().isPresent());
      }
      if (rule.certain() && scope == TrendScope.SESSION) {
        throw wrong(
            "certain", true, "false for scope session: the mean of several has no interval");
      }
      return new AlertRule(
          name,
          type,
          type == Type.MISSING ? windows : threshold(change),
          windows,
          rule.within().map(within -> within.toNanos() / 1_000).orElse(0L),
          scope,
          rule.modality().map(modality -> oneOf("modality", Modality.class, modality)),
          rule.certain());
    }

    private double threshold(final boolean change) {
      if (rule.threshold().isEmpty()) {
        throw wrong("threshold", "not set", "a number for a rule of type " + rule.type());
      }
      final double threshold = rule.threshold().getAsDouble();
      if (change && !(threshold > 0 && threshold <= 2 * MAXIMUM_SCORE)) {
        throw wrong("threshold", threshold, "above 0 and at most 6 points for " + rule.type());
      }
      if (!(Math.abs(threshold) <= 2 * MAXIMUM_SCORE)
          || (!change && Math.abs(threshold) > MAXIMUM_SCORE)) {
        throw wrong("threshold", threshold, "-3 to 3");
      }
      return threshold;
    }

    private <E extends Enum<E>> E oneOf(final String key, final Class<E> type, final String value) {
      for (final E constant : type.getEnumConstants()) {
        if (constant.name().equalsIgnoreCase(value.strip())) {
          return constant;
        }
      }
      throw wrong(
          key,
          value,
          "one of "
              + Arrays.stream(type.getEnumConstants())
                  .map(constant -> constant.name().toLowerCase(Locale.ROOT))
                  .collect(Collectors.joining(", ")));
    }

    private void unused(final String key, final boolean given) {
      if (given) {
        throw new IllegalArgumentException(
            key(key) + " has no meaning for a rule of type " + rule.type() + ": take it away");
      }
    }

    private IllegalArgumentException wrong(
        final String key, final Object value, final String should) {
      return new IllegalArgumentException(key(key) + " must be " + should + ", not " + value);
    }

    private String key(final String key) {
      return "valence.alerts.rules.\"" + name + "\"." + key;
    }
  }
}
