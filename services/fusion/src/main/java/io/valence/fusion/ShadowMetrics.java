package io.valence.fusion;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.valence.schemas.ShadowScore;

/**
 * The paired difference between shadow and live bundle, for Prometheus: {@code
 * valence_shadow_windows_total}, {@code valence_shadow_class_changes_total} and {@code
 * valence_shadow_failures_total} count since the service started; {@code
 * valence_shadow_difference_mean} and {@code valence_shadow_absolute_difference_mean}, in points of
 * the score, and {@code valence_shadow_compared}, how many windows they are of, begin anew when either
 * bundle is swapped, for a mean over two models tells of neither. Before the first window the means
 * are NaN.
 */
final class ShadowMetrics {

  private final Counter windows;
  private final Counter classChanges;
  private final Counter failures;
  private String pair = "";
  private long compared;
  private double sum;
  private double absoluteSum;

  ShadowMetrics(final MeterRegistry registry) {
    windows = registry.counter("valence.shadow.windows");
    classChanges = registry.counter("valence.shadow.class.changes");
    failures = registry.counter("valence.shadow.failures");
    Gauge.builder("valence.shadow.compared", this::compared)
        .description("windows behind the means: those of the present pair of bundles")
        .register(registry);
    Gauge.builder("valence.shadow.difference.mean", this::mean)
        .description("mean of shadow score - live score")
        .register(registry);
    Gauge.builder("valence.shadow.absolute.difference.mean", this::absoluteMean)
        .description("mean of |shadow score - live score|")
        .register(registry);
  }

  synchronized void scored(final ShadowScore score) {
    final String bundles =
        String.join(
            " ",
            score.getLiveBundleId(),
            score.getLiveBundleVersion(),
            score.getShadowBundleId(),
            score.getShadowBundleVersion());
    if (!bundles.equals(pair)) {
      pair = bundles;
      compared = 0;
      sum = 0;
      absoluteSum = 0;
    }
    compared++;
    sum += score.getDifference();
    absoluteSum += Math.abs(score.getDifference());
    windows.increment();
    if (score.getClassesDiffer()) {
      classChanges.increment();
    }
  }

  void failed() {
    failures.increment();
  }

  private synchronized double compared() {
    return compared;
  }

  private synchronized double mean() {
    return sum / compared;
  }

  private synchronized double absoluteMean() {
    return absoluteSum / compared;
  }
}
