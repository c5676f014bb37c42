package io.valence.fusion;

import io.valence.schemas.ModalityReport;
import io.valence.schemas.SentimentEvent;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Warns once of each stream whose sources' clocks are further apart than half a window: what then
 * meets in a window was not said, seen and heard at the same time. Once as far as this task knows:
 * it remembers the streams it warned of last, and none when it begins.
 */
final class ClockOffsetWatch {

  private static final Logger log = LoggerFactory.getLogger(ClockOffsetWatch.class);
  private static final int REMEMBERED = 10_000;

  private final Map<String, Boolean> warned =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(final Map.Entry<String, Boolean> eldest) {
          return size() > REMEMBERED;
        }
      };

  /** Looks at an event. */
  void look(final SentimentEvent event) {
    final double half = (event.getWindowEndMicros() - event.getWindowStartMicros()) / 2e3;
    for (final ModalityReport report : event.getModalities()) {
      final Double offset = report.getClockOffsetMillis();
      if (offset != null
          && Math.abs(offset) > half
          && warned.putIfAbsent(event.getStreamId(), true) == null) {
        log.warn(
            "{}",
            String.format(
                Locale.ROOT,
                "stream %s: the clock of %s is off by %+.0f ms, more than half a window of %.0f ms;"
                    + " add that to its clock offset",
                event.getStreamId(),
                report.getModality(),
                offset,
                2 * half));
      }
    }
  }
}
