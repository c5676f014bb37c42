package io.valence.fusion.trends;

import io.valence.schemas.Modality;
import io.valence.schemas.TrendScope;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/**
 * A rule of the configuration: a yes or no about the windows up to the latest.
 *
 * <ul>
 *   <li>{@code below}, {@code above}: the last {@code windows} known windows all have a score below
 *       (above) the threshold; with {@code within} they also lie within that much event time, from
 *       the start of the first to the end of the last. With {@code certain} their 95 % intervals lie
 *       wholly there.
 *   <li>{@code drop}, {@code rise}: the last {@code windows} known windows all lie at least the threshold
 *       below (above) one and the same earlier known window, which ended at most {@code within}
 *       before the last. With {@code certain} their intervals also lie wholly below (above) its own.
 *   <li>{@code missing}: in each of the last {@code windows} windows the modality (any declared one if
 *       none is named) was MISSING.
 * </ul>
 *
 * @param name in the configuration
 * @param type what is asked
 * @param threshold a score, -3 to 3, or for drop and rise points of the score, above 0 to 6; for
 *     missing equal to {@code windows}
 * @param windows how many in a row, 1 to 100
 * @param withinMicros event time, microseconds; 0 if the rule does not ask
 * @param scope what it is judged on
 * @param modality the one that is missing; empty for any
 * @param certain whether the 95 % intervals must say so too
 */
record AlertRule(
    String name,
    Type type,
    double threshold,
    int windows,
    long withinMicros,
    TrendScope scope,
    Optional<Modality> modality,
    boolean certain) {

  static final int MAXIMUM_WINDOWS = 100;

  /** What a rule asks. */
  enum Type {
    BELOW,
    ABOVE,
    DROP,
    RISE,
    MISSING
  }

  /**
   * A rule that holds.
   *
   * @param windows the windows that make it hold, in order
   * @param value what was measured, in the unit of the threshold
   */
  record Finding(List<TrendWindow> windows, double value) {}

  AlertRule {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(type, "type");
    Objects.requireNonNull(scope, "scope");
    Objects.requireNonNull(modality, "modality");
  }

  /**
   * Whether the rule holds.
   *
   * @param history windows in event-time order, the latest last
   * @param known those of them that are known
   */
  Optional<Finding> findIn(final List<TrendWindow> history, final List<TrendWindow> known) {
    return switch (type) {
      case BELOW, ABOVE -> run(known);
      case DROP, RISE -> change(known);
      case MISSING -> missing(history);
    };
  }

  private List<TrendWindow> lastOf(final List<TrendWindow> from) {
    return from.size() < windows ? List.of() : from.subList(from.size() - windows, from.size());
  }

  private Optional<Finding> run(final List<TrendWindow> known) {
    final List<TrendWindow> last = lastOf(known);
    if (last.isEmpty()) {
      return Optional.empty();
    }
    final boolean below = type == Type.BELOW;
    double nearest = below ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
    for (final TrendWindow window : last) {
      final double score = window.score().getAsDouble();
      final double judged = !certain ? score : below ? window.intervalHigh() : window.intervalLow();
      if (below ? judged >= threshold : judged <= threshold) {
        return Optional.empty();
      }
      nearest = below ? Math.max(nearest, score) : Math.min(nearest, score);
    }
    final long took = last.get(last.size() - 1).endMicros() - last.get(0).startMicros();
    return withinMicros > 0 && took > withinMicros
        ? Optional.empty()
        : Optional.of(new Finding(List.copyOf(last), nearest));
  }

  private Optional<Finding> change(final List<TrendWindow> known) {
    final List<TrendWindow> last = lastOf(known);
    if (last.isEmpty()) {
      return Optional.empty();
    }
    // A rise is a drop of the scores turned upside down.
    final double sign = type == Type.DROP ? 1 : -1;
    double highest = Double.NEGATIVE_INFINITY;
    double highestBound = Double.NEGATIVE_INFINITY;
    for (final TrendWindow window : last) {
      highest = Math.max(highest, sign * window.score().getAsDouble());
      highestBound = Math.max(highestBound, upper(window, sign));
    }
    final long end = last.get(last.size() - 1).endMicros();
    TrendWindow reference = null;
    for (final TrendWindow earlier : known.subList(0, known.size() - windows)) {
      if (end - earlier.endMicros() <= withinMicros
          && (reference == null
              || sign * earlier.score().getAsDouble() > sign * reference.score().getAsDouble())
          && (!certain || highestBound < -upper(earlier, -sign))) {
        reference = earlier;
      }
    }
    if (reference == null) {
      return Optional.empty();
    }
    final double change = sign * reference.score().getAsDouble() - highest;
    if (change < threshold) {
      return Optional.empty();
    }
    final List<TrendWindow> windowsOfIt = new ArrayList<>();
    windowsOfIt.add(reference);
    windowsOfIt.addAll(last);
    return Optional.of(new Finding(List.copyOf(windowsOfIt), change));
  }

  /** Upper end of the interval of the score times the sign. */
  private static double upper(final TrendWindow window, final double sign) {
    return sign > 0 ? window.intervalHigh() : -window.intervalLow();
  }

  private Optional<Finding> missing(final List<TrendWindow> history) {
    final List<TrendWindow> last = lastOf(history);
    if (last.isEmpty()) {
      return Optional.empty();
    }
    for (final TrendWindow window : last) {
      if (modality.isPresent()
          ? !window.missing().contains(modality.get())
          : !window.isIncomplete()) {
        return Optional.empty();
      }
    }
    return Optional.of(new Finding(List.copyOf(last), windows));
  }

  /** The rule in words. */
  String text() {
    final StringBuilder text = new StringBuilder();
    switch (type) {
      case BELOW, ABOVE -> {
        text.append(String.format(Locale.ROOT, "%s %+.2f", lower(type), threshold));
        if (windows > 1) {
          text.append(" for ").append(windows).append(" windows in a row");
        }
      }
      case DROP, RISE -> {
        text.append(String.format(Locale.ROOT, "%s of %.2f", lower(type), threshold));
        if (windows > 1) {
          text.append(" over ").append(windows).append(" windows in a row");
        }
      }
      case MISSING -> {
        text.append(modality.map(AlertRule::lower).orElse("any declared modality"));
        text.append(" missing in ").append(windows);
        text.append(windows == 1 ? " window" : " windows in a row");
      }
    }
    if (withinMicros > 0) {
      text.append(" within ").append(seconds(withinMicros));
    }
    return text.append(certain ? ", with certainty" : "").toString();
  }

  /**
   * One sentence for people, for instance {@code Stream talk (Anna): below -1.00 for 3 windows in a
   * row, from 0:06 to 0:15: scores -1.20, -1.40, -1.10.}
   */
  String message(final String subject, final Finding finding) {
    final List<TrendWindow> found = finding.windows();
    final StringBuilder message = new StringBuilder(subject).append(": ");
    message.append(text()).append(", from ").append(clock(found.get(0).startMicros()));
    message.append(" to ").append(clock(found.get(found.size() - 1).endMicros()));
    if (type == Type.DROP || type == Type.RISE) {
      message.append(
          String.format(
              Locale.ROOT,
              ": from %s to %s",
              score(found.get(0)),
              score(found.get(found.size() - 1))));
    } else if (type != Type.MISSING) {
      message.append(found.size() == 1 ? ": score " : ": scores ");
      for (int i = 0; i < found.size(); i++) {
        message.append(i == 0 ? "" : ", ").append(score(found.get(i)));
      }
    }
    return message.append('.').toString();
  }

  private static String score(final TrendWindow window) {
    return String.format(Locale.ROOT, "%+.2f", window.score().getAsDouble());
  }

  private static String lower(final Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  private static String seconds(final long micros) {
    final double seconds = micros / 1e6;
    return (seconds == Math.rint(seconds)
            ? Long.toString(Math.round(seconds))
            : Double.toString(seconds))
        + " s";
  }

  /** Minutes and seconds of event time, with hours where there are some: 0:06, 1:02:03, 0:01.5. */
  private static String clock(final long micros) {
    final long tenths = micros / 100_000;
    final long seconds = tenths / 10;
    final String rest =
        seconds >= 3_600
            ? String.format(
                Locale.ROOT, "%d:%02d:%02d", seconds / 3_600, seconds / 60 % 60, seconds % 60)
            : String.format(Locale.ROOT, "%d:%02d", seconds / 60, seconds % 60);
    return tenths % 10 == 0 ? rest : rest + "." + tenths % 10;
  }
}
