package io.valence.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.valence.model.BundleException;
import io.valence.model.BundleJson;
import io.valence.model.BundleObserver;
import io.valence.model.LiveBundle;
import io.valence.model.TinyBundle;
import io.valence.schemas.SentimentClass;
import io.valence.schemas.SentimentEvent;
import io.valence.schemas.ShadowScore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Live constant 0.5, shadow constant -0.75; face and words at their means add 0.25 to both. */
class ShadowScoringTest {

  @TempDir Path folder;

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

  @BeforeEach
  void write() throws Exception {
    TinyBundle.direct(folder.resolve("live"));
    TinyBundle.direct(folder.resolve("second"), "2.0.0", -0.75);
  }

  private LiveBundle load(final String name) throws Exception {
    return LiveBundle.load(folder.resolve(name), BundleObserver.NONE);
  }

  private ShadowScoring shadow(final String name, final LiveBundle second, final LiveBundle live)
      throws Exception {
    return ShadowScoring.with(second, live, FusionDriver.settings(name), new ShadowMetrics(meters));
  }

  private double gauge(final String name) {
    return meters.get(name).gauge().value();
  }

  private double counter(final String name) {
    return meters.get(name).counter().count();
  }

  private static void feed(final FusionDriver fusion, final int windows) {
    fusion.open("s");
    for (int window = 0; window < windows; window++) {
      fusion.words("s", window);
      fusion.face("s", window);
    }
  }

  @Test
  void everyWindowIsScoredTwiceAndTheLiveEventsAreTheSameBytes() throws Exception {
    final List<byte[]> alone;
    try (LiveBundle live = load("live");
        FusionDriver fusion =
            new FusionDriver("alone", live, ShadowScoring.none(), folder.resolve("a"))) {
      feed(fusion, 5);
      alone = fusion.bytes("sentiment.events");
      assertThat(fusion.shadows()).isEmpty();
    }
    try (LiveBundle live = load("live");
        LiveBundle second = load("second");
        FusionDriver fusion =
            new FusionDriver("alone", live, shadow("alone", second, live), folder.resolve("b"))) {
      feed(fusion, 5);
      final List<byte[]> events = fusion.bytes("sentiment.events");
      assertThat(events).hasSize(5);
      for (int i = 0; i < events.size(); i++) {
        assertThat(events.get(i)).isEqualTo(alone.get(i));
      }
      final List<ShadowScore> shadows = fusion.shadows();
      assertThat(shadows).hasSize(5);
      final ShadowScore first = shadows.get(0);
      assertThat(first.getLiveScore()).isCloseTo(0.75, within(1e-6));
      assertThat(first.getShadowScore()).isCloseTo(-0.5, within(1e-6));
      assertThat(first.getDifference()).isCloseTo(-1.25, within(1e-6));
      assertThat(first.getLiveBundleVersion()).isEqualTo("1.0.0");
      assertThat(first.getShadowBundleVersion()).isEqualTo("2.0.0");
      assertThat(first.getLiveClass()).isEqualTo(SentimentClass.WEAKLY_POSITIVE);
      assertThat(first.getShadowClass()).isEqualTo(SentimentClass.WEAKLY_NEGATIVE);
      assertThat(first.getClassesDiffer()).isTrue();
      // Two modalities of three: the tiny calibration gives 1 to both sides.
      assertThat(first.getShadowIntervalLow()).isCloseTo(-1.5, within(1e-6));
      assertThat(first.getShadowIntervalHigh()).isCloseTo(0.5, within(1e-6));
      assertThat(first.getWindowEndMicros()).isEqualTo(FusionDriver.WINDOW_MICROS);
    }
    assertThat(counter("valence.shadow.windows")).isEqualTo(5);
    assertThat(counter("valence.shadow.class.changes")).isEqualTo(5);
    assertThat(counter("valence.shadow.failures")).isZero();
    assertThat(gauge("valence.shadow.difference.mean")).isCloseTo(-1.25, within(1e-6));
    assertThat(gauge("valence.shadow.absolute.difference.mean")).isCloseTo(1.25, within(1e-6));
  }

  @Test
  void bothBundlesCanBeSwappedAndTheMeansBeginAnew() throws Exception {
    try (LiveBundle live = load("live");
        LiveBundle second = load("second");
        FusionDriver fusion =
            new FusionDriver("both", live, shadow("both", second, live), folder.resolve("state"))) {
      feed(fusion, 2);
      TinyBundle.direct(folder.resolve("second"), "2.1.0", 0.75);
      assertThat(second.check()).isFalse();
      assertThat(second.check()).isTrue();
      TinyBundle.direct(folder.resolve("live"), "1.1.0", 0.25);
      assertThat(live.check()).isFalse();
      assertThat(live.check()).isTrue();
      fusion.words("s", 2);
      fusion.face("s", 2);

      final List<SentimentEvent> events = fusion.events();
      final List<ShadowScore> shadows = fusion.shadows();
      assertThat(shadows)
          .extracting(ShadowScore::getLiveEventId)
          .containsExactlyElementsOf(events.stream().map(SentimentEvent::getEventId).toList());
      assertThat(shadows)
          .extracting(ShadowScore::getShadowBundleVersion)
          .containsExactly("2.0.0", "2.0.0", "2.1.0");
      assertThat(shadows.get(2).getLiveBundleVersion()).isEqualTo("1.1.0");
      assertThat(gauge("valence.shadow.compared")).isEqualTo(1);
      assertThat(gauge("valence.shadow.difference.mean")).isCloseTo(0.5, within(1e-6));
      assertThat(second.openBundles()).isEqualTo(1);
    }
  }

  @Test
  void aShadowThatFailsLeavesTheLiveEventsAsTheyAre() throws Exception {
    try (LiveBundle live = load("live");
        LiveBundle second = load("second")) {
      final ShadowScoring shadow = shadow("failing", second, live);
      // Nothing can be leased from it any more: every window fails in the shadow.
      second.close();
      try (FusionDriver fusion =
          new FusionDriver("failing", live, shadow, folder.resolve("state"))) {
        feed(fusion, 3);
        assertThat(fusion.events()).hasSize(3);
        assertThat(fusion.shadows()).isEmpty();
      }
    }
    assertThat(counter("valence.shadow.failures")).isEqualTo(3);
    assertThat(counter("valence.shadow.windows")).isZero();
    assertThat(gauge("valence.shadow.difference.mean")).isNaN();
  }

  @Test
  void aShadowOfOtherBaseSpacesIsRefusedAtTheStart() throws Exception {
    final Path json = folder.resolve("second/bundle.json");
    Files.writeString(json, Files.readString(json).replace("voice-1", "voice-x"));
    try (LiveBundle live = load("live");
        LiveBundle second = load("second")) {
      assertThatThrownBy(() -> shadow("other", second, live))
          .isInstanceOf(BundleException.class)
          .hasMessage(
              "shadow bundle tiny 2.0.0 scores audio in voice-x (1), the live bundle tiny 1.0.0 in"
                  + " voice-1 (1), and its vectors are what the shadow gets; shadow a bundle with the"
                  + " same base spaces, or run a second stack with this one");
    }
  }

  @Test
  void aShadowWithAnotherTextExpertIsRefusedAtTheStart() throws Exception {
    final Path second = folder.resolve("second");
    TinyBundle.giveTextExpert(BundleJson.read(second), "another", second);
    try (LiveBundle live = load("live");
        LiveBundle other = load("second")) {
      assertThatThrownBy(() -> shadow("other", other, live))
          .isInstanceOf(BundleException.class)
          .hasMessageStartingWith(
              "shadow bundle tiny 2.0.0 has another text expert than the live bundle tiny 1.0.0");
    }
  }

  @Test
  void theShadowMayHaveOtherInputSpaces() throws Exception {
    // Its adapter is not used: what it gets has been adapted already.
    TinyBundle.write(folder.resolve("second"), "3.0.0", 0.5f, true, true);
    try (LiveBundle live = load("live");
        LiveBundle second = load("second");
        FusionDriver fusion =
            new FusionDriver(
                "input", live, shadow("input", second, live), folder.resolve("state"))) {
      feed(fusion, 1);
      assertThat(fusion.shadows()).extracting(ShadowScore::getDifference).containsExactly(0.0);
    }
  }
}
