package io.valence.fusion;

import io.micrometer.core.instrument.MeterRegistry;
import io.valence.fusion.trends.TrendMetrics;
import io.valence.fusion.trends.TrendSettings;
import io.valence.fusion.trends.TrendTopology;
import io.valence.streams.StreamsSettings;
import java.time.Duration;
import java.util.List;

/** Trends for tests that ask nothing of them. */
final class TestTrends {

  private TestTrends() {}

  static TrendTopology withoutRules(final StreamsSettings settings, final MeterRegistry meters) {
    final TrendSettings trends =
        new TrendSettings(
            Duration.ofSeconds(30), Duration.ofMinutes(1), Duration.ofDays(8), List.of());
    return new TrendTopology(settings, trends, new TrendMetrics(meters, trends));
  }
}
