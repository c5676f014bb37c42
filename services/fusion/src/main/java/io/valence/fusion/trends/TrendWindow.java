package io.valence.fusion.trends;

import io.valence.schemas.Modality;
import io.valence.schemas.ModalityReport;
import io.valence.schemas.ModalityStatus;
import io.valence.schemas.SentimentEvent;
import io.valence.windows.Window;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * What trends and rules need of a window.
 *
 * @param window the window
 * @param eventId id of its event; null for a window of a session
 * @param score -3 to 3; empty if the window is unknown
 * @param intervalLow lower end of the 95 % interval; no meaning if the window is unknown
 * @param intervalHigh upper end
 * @param missing the modalities that were MISSING
 */
record TrendWindow(
    Window window,
    String eventId,
    OptionalDouble score,
    double intervalLow,
    double intervalHigh,
    Set<Modality> missing) {

  private static final double MICROS_PER_MINUTE = 60e6;

  TrendWindow {
    Objects.requireNonNull(window, "window");
    Objects.requireNonNull(score, "score");
    missing = Set.copyOf(missing);
  }

  /** Of an event: known if a modality was present that the bundle has learned from. */
  static TrendWindow of(final SentimentEvent event) {
    final Set<Modality> missing = EnumSet.noneOf(Modality.class);
    boolean known = false;
    for (final ModalityReport report : event.getModalities()) {
      known |= report.getStatus() == ModalityStatus.PRESENT && report.getInformative();
      if (report.getStatus() == ModalityStatus.MISSING) {
        missing.add(report.getModality());
      }
    }
    return new TrendWindow(
        new Window(event.getWindowStartMicros(), event.getWindowEndMicros(), event.getSegmentId()),
        event.getEventId(),
        known ? OptionalDouble.of(event.getScore()) : OptionalDouble.empty(),
        event.getIntervalLow(),
        event.getIntervalHigh(),
        missing);
  }

  /**
   * One window of a session out of the windows of its streams with the same range.
   *
   * @param same one or more; their intervals are not combined, for they are not independent
   */
  static TrendWindow ofSession(final List<TrendWindow> same) {
    final Set<Modality> missing = EnumSet.noneOf(Modality.class);
    double sum = 0;
    int known = 0;
    for (final TrendWindow each : same) {
      missing.addAll(each.missing());
      if (each.isKnown()) {
        sum += each.score().getAsDouble();
        known++;
      }
    }
    final OptionalDouble score =
        known == 0 ? OptionalDouble.empty() : OptionalDouble.of(sum / known);
    final Window range = same.get(0).window();
    return new TrendWindow(
        new Window(range.startMicros(), range.endMicros(), null),
        null,
        score,
        score.orElse(0),
        score.orElse(0),
        missing);
  }

  boolean isKnown() {
    return score.isPresent();
  }

  boolean isIncomplete() {
    return !missing.isEmpty();
  }

  long startMicros() {
    return window.startMicros();
  }

  long endMicros() {
    return window.endMicros();
  }

  /** Middle of the window, minutes of event time. */
  double middleMinutes() {
    return (window.startMicros() + window.sizeMicros() / 2.0) / MICROS_PER_MINUTE;
  }
}
