package io.valence.cli.shadow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.valence.schemas.SentimentClass;
import io.valence.schemas.ShadowScore;
import org.junit.jupiter.api.Test;

class PairedDifferenceTest {

  private int events;

  private ShadowScore score(final String stream, final double live, final double shadow) {
    return ShadowScore.newBuilder()
        .setStreamId(stream)
        .setLiveEventId("event-" + events++)
        .setWindowStartMicros(0)
        .setWindowEndMicros(3_000_000)
        .setLiveBundleId("a")
        .setLiveBundleVersion("1")
        .setLiveScore(live)
        .setLiveIntervalLow(-3)
        .setLiveIntervalHigh(3)
        .setLiveClass(SentimentClass.NEUTRAL)
        .setShadowBundleId("b")
        .setShadowBundleVersion("1")
        .setShadowScore(shadow)
        .setShadowIntervalLow(-3)
        .setShadowIntervalHigh(3)
        .setShadowClass(shadow > 1 ? SentimentClass.POSITIVE : SentimentClass.NEUTRAL)
        .setDifference(shadow - live)
        .setClassesDiffer(shadow > 1)
        .setCreatedAtMillis(1)
        .build();
  }

  @Test
  void severalStreamsAreClusters() {
    final PairedDifference pair = new PairedDifference(2);
    pair.add(score("a", -1, 0));
    pair.add(score("a", -0.5, 1.5));
    pair.add(score("b", -2, 1));
    assertThat(pair.windows()).isEqualTo(3);
    assertThat(pair.streams()).isEqualTo(2);
    assertThat(pair.meanDifference()).isCloseTo(2, within(1e-12));
    // sqrt(2 · 2) / 3 times t(0.975; 1) = 12.7062047.
    assertThat(pair.halfWidth()).isCloseTo(2.0 / 3 * 12.7062047, within(1e-6));
    assertThat(pair.meanAbsoluteDifference()).isCloseTo(2, within(1e-12));
    assertThat(pair.classChanges()).isCloseTo(1.0 / 3, within(1e-12));
    assertThat(pair.farthest()).extracting(ShadowScore::getDifference).containsExactly(3.0, 2.0);
    // Deviations of live 1/6, 2/3, -5/6; of shadow -5/6, 2/3, 1/6: sums 1/6 over 7/6.
    assertThat(pair.correlation()).isCloseTo(1.0 / 6 / (7.0 / 6), within(1e-12));
  }

  @Test
  void oneStreamCountsItsWindows() {
    final PairedDifference pair = new PairedDifference(0);
    pair.add(score("a", 0, 1));
    pair.add(score("a", 0, 2));
    pair.add(score("a", 0, 3));
    // sd 1, n 3, t(0.975; 2) = 4.3026527.
    assertThat(pair.halfWidth()).isCloseTo(4.3026527 / Math.sqrt(3), within(1e-6));
    assertThat(pair.correlation()).isNaN();
    assertThat(pair.farthest()).isEmpty();
  }

  @Test
  void repeatsCountOnceAndOneWindowHasNoInterval() {
    final PairedDifference pair = new PairedDifference(10);
    final ShadowScore only = score("a", 0.5, 0.25);
    pair.add(only);
    pair.add(only);
    assertThat(pair.windows()).isEqualTo(1);
    assertThat(pair.meanDifference()).isEqualTo(-0.25);
    assertThat(pair.meanAbsoluteDifference()).isEqualTo(0.25);
    assertThat(pair.halfWidth()).isNaN();
    assertThat(pair.farthest()).containsExactly(only);
  }
}
