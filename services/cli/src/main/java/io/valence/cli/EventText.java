package io.valence.cli;

import io.valence.schemas.ModalityReport;
import io.valence.schemas.ModalityStatus;
import io.valence.schemas.SentimentEvent;
import java.util.Locale;
import java.util.stream.Collectors;

/** Sentiment events as lines for people. */
final class EventText {

  static final String HEADER =
      "     window (s)    score   95 % interval    face               voice              words"
          + "               latency";

  private static final double MICROS_PER_SECOND = 1e6;

  private EventText() {}

  /** One line: window, score, interval, what each modality said, latency. */
  static String line(final SentimentEvent event) {
    final String modalities =
        event.getModalities().stream()
            .map(EventText::modality)
            .map(text -> String.format(Locale.ROOT, "%-18s", text))
            .collect(Collectors.joining(" "));
    final String incomplete =
        switch (event.getReason()) {
          case COMPLETE -> "";
          case GRACE_OVER -> "  (incomplete: grace over)";
          case STALLED -> "  (incomplete: stalled)";
          case STREAM_ENDED -> "  (incomplete: stream ended)";
        };
    return String.format(
        Locale.ROOT,
        "%7.2f - %7.2f   %+5.2f   [%+5.2f, %+5.2f]   %s  %6.2f s%s",
        event.getWindowStartMicros() / MICROS_PER_SECOND,
        event.getWindowEndMicros() / MICROS_PER_SECOND,
        event.getScore(),
        event.getIntervalLow(),
        event.getIntervalHigh(),
        modalities,
        event.getLatencyMillis() / 1000.0,
        incomplete);
  }

  /**
   * What a modality had to say: its contribution and quality, or why it has none. A modality that
   * the bundle leaves out of the score shows {@code heard, unused}.
   */
  private static String modality(final ModalityReport report) {
    if (report.getStatus() != ModalityStatus.PRESENT) {
      return report.getStatus().name().toLowerCase(Locale.ROOT);
    }
    if (!report.getInformative()) {
      return String.format(Locale.ROOT, "unused  (q %.2f)", report.getQuality());
    }
    return String.format(
        Locale.ROOT, "%+5.2f  (q %.2f)", report.getContribution(), report.getQuality());
  }
}
