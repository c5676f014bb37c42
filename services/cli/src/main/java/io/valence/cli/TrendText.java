package io.valence.cli;

import io.valence.schemas.ParticipantTrend;
import io.valence.schemas.SentimentTrend;
import io.valence.schemas.TrendKind;
import io.valence.schemas.TrendScope;
import java.util.Locale;
import java.util.stream.Collectors;

/** Trends as lines for people. */
final class TrendText {

  private static final double MICROS_PER_SECOND = 1e6;

  private TrendText() {}

  /**
   * One line, for instance {@code stream talk: mean -1.20, slope -0.40 a minute, 80 % negative over 10
   * windows, 3.00 - 33.00 s}.
   */
  static String line(final SentimentTrend trend) {
    final StringBuilder line = new StringBuilder();
    line.append(
        trend.getScope() == TrendScope.STREAM
            ? "stream " + trend.getStreamId()
            : "session " + trend.getSessionId());
    line.append(trend.getKind() == TrendKind.SUMMARY ? ", summary: " : ": ");
    if (trend.getMean() == null) {
      line.append("nothing known");
    } else {
      line.append(String.format(Locale.ROOT, "mean %+.2f", trend.getMean()));
      if (trend.getSlopePerMinute() != null) {
        line.append(
            String.format(Locale.ROOT, ", slope %+.2f a minute", trend.getSlopePerMinute()));
      }
      line.append(String.format(Locale.ROOT, ", %.0f %% negative", 100 * trend.getNegativeShare()));
      if (trend.getKind() == TrendKind.SUMMARY) {
        line.append(
            String.format(
                Locale.ROOT,
                ", lowest %+.2f at %.2f s, highest %+.2f at %.2f s",
                trend.getMinimum(),
                trend.getMinimumAtMicros() / MICROS_PER_SECOND,
                trend.getMaximum(),
                trend.getMaximumAtMicros() / MICROS_PER_SECOND));
      }
    }
    line.append(" over ").append(trend.getKnownWindows());
    if (trend.getKnownWindows() < trend.getWindows()) {
      line.append(" of ").append(trend.getWindows());
    }
    line.append(trend.getWindows() == 1 ? " window" : " windows");
    line.append(
        String.format(
            Locale.ROOT,
            ", %.2f - %.2f s",
            trend.getStartMicros() / MICROS_PER_SECOND,
            trend.getEndMicros() / MICROS_PER_SECOND));
    if (trend.getKind() == TrendKind.SUMMARY) {
      line.append(", ").append(trend.getAlerts());
      line.append(trend.getAlerts() == 1 ? " alert" : " alerts");
    }
    if (!trend.getParticipants().isEmpty()) {
      line.append(
          trend.getParticipants().stream()
              .map(TrendText::participant)
              .collect(Collectors.joining("; ", " (", ")")));
    }
    return line.toString();
  }

  private static String participant(final ParticipantTrend participant) {
    final String name =
        participant.getParticipantId() == null
            ? participant.getStreamId()
            : participant.getParticipantId();
    return participant.getMean() == null
        ? name + " nothing known"
        : String.format(Locale.ROOT, "%s %+.2f", name, participant.getMean());
  }
}
