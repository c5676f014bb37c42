package io.valence.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.valence.model.BundleObserver;
import io.valence.model.LiveBundle;
import io.valence.model.ModelBundle;
import io.valence.model.TinyBundle;
import io.valence.schemas.EmitReason;
import io.valence.schemas.FeatureVector;
import io.valence.schemas.Modality;
import io.valence.schemas.SentimentEvent;
import io.valence.windows.EventFactory;
import io.valence.windows.InMemoryJoinStore;
import io.valence.windows.JoinResult;
import io.valence.windows.JoinSettings;
import io.valence.windows.JoinStore;
import io.valence.windows.WindowJoin;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A bundle swapped under fusion. The tiny bundle of version 1.0.0 scores 0.5 + 0.25 on face and words
 * at their means, later versions another constant + 0.25: the score tells which model was at work.
 */
class BundleSwapTest {

  private static final int WINDOWS = 60;

  @TempDir Path folder;

  @BeforeEach
  void write() throws Exception {
    TinyBundle.direct(bundle());
  }

  private Path bundle() {
    return folder.resolve("bundle");
  }

  private LiveBundle load() throws Exception {
    return LiveBundle.load(bundle(), BundleObserver.NONE);
  }

  private static void settle(final LiveBundle live, final boolean swapped) {
    assertThat(live.check()).isFalse();
    assertThat(live.check()).isEqualTo(swapped);
  }

  @Test
  void everyWindowHasOneEventOfTheBundleThatItsTaskHeldWhenItClosed() throws Exception {
    final List<SentimentEvent> all = new ArrayList<>();
    try (LiveBundle live = load();
        FusionDriver fusion =
            new FusionDriver("swap", live, ShadowScoring.none(), folder.resolve("state"))) {
      fusion.open("a");
      fusion.open("b");
      String version = "1.0.0";
      for (int window = 0; window < WINDOWS; window++) {
        // Open: the words of both streams; b's face is one window behind, so b has two open.
        fusion.words("a", window);
        fusion.words("b", window);
        if (window % 6 == 3) {
          // In the middle of a's window and of two of b's.
          version = "1.0." + window;
          TinyBundle.direct(bundle(), version, window / 1000.0);
          settle(live, true);
        }
        fusion.face("a", window);
        if (window > 0) {
          fusion.face("b", window - 1);
        }
        final List<SentimentEvent> events = fusion.events();
        assertThat(events)
            .as("window %s", window)
            .hasSize(window == 0 ? 1 : 2)
            .extracting(SentimentEvent::getBundleVersion)
            .containsOnly(version);
        final double constant =
            version.equals("1.0.0") ? 0.5 : Integer.parseInt(version.substring(4)) / 1000.0;
        assertThat(events)
            .allSatisfy(
                event -> assertThat(event.getScore()).isCloseTo(constant + 0.25, within(1e-6)));
        assertThat(live.openBundles()).isEqualTo(1);
        all.addAll(events);
      }
      fusion.face("b", WINDOWS - 1);
      all.addAll(fusion.events());
      // Everything once more: nothing may be scored again by the newest bundle.
      for (int window = 0; window < WINDOWS; window++) {
        fusion.words("a", window);
        fusion.face("b", window);
      }
      fusion.seconds(60);
      assertThat(fusion.events()).isEmpty();
    }
    final Map<String, Integer> windows = new HashMap<>();
    all.forEach(
        event ->
            windows.merge(event.getStreamId() + event.getWindowStartMicros(), 1, Integer::sum));
    assertThat(all).extracting(SentimentEvent::getReason).containsOnly(EmitReason.COMPLETE);
    assertThat(windows).hasSize(2 * WINDOWS);
    assertThat(windows.values()).containsOnly(1);
    assertThat(all).extracting(SentimentEvent::getEventId).doesNotHaveDuplicates();
  }

  @Test
  void aCorruptBundleIsRefusedAndScoringGoesOn() throws Exception {
    try (LiveBundle live = load();
        FusionDriver fusion =
            new FusionDriver("corrupt", live, ShadowScoring.none(), folder.resolve("state"))) {
      fusion.open("a");
      fusion.words("a", 0);
      final Path model = bundle().resolve("fusion.onnx");
      final byte[] bytes = Files.readAllBytes(model);
      bytes[bytes.length / 2] ^= 4;
      Files.write(model, bytes);
      settle(live, false);
      fusion.face("a", 0);
      assertThat(fusion.events())
          .singleElement()
          .satisfies(event -> assertThat(event.getBundleVersion()).isEqualTo("1.0.0"))
          .satisfies(event -> assertThat(event.getScore()).isCloseTo(0.75, within(1e-6)));
      assertThat(live.refusal()).get().asString().contains("fusion.onnx was altered");
    }
  }

  @Test
  void anIdleTaskLetsGoOfTheOldBundle() throws Exception {
    try (LiveBundle live = load();
        FusionDriver fusion =
            new FusionDriver("idle", live, ShadowScoring.none(), folder.resolve("state"))) {
      TinyBundle.direct(bundle(), "1.1.0", 1);
      settle(live, true);
      assertThat(live.openBundles()).isEqualTo(2);
      fusion.seconds(1);
      assertThat(live.openBundles()).isEqualTo(1);
    }
  }

  /**
   * The state of the join does not say which bundle a window is for. [0,3) is committed under 1.0;
   * [3,6) is scored under 1.0, too, but the process dies before the commit, and its successor finds
   * 1.1: state and event of that attempt are gone together, and the window is scored once more.
   */
  @Test
  void aProcessThatDiesAroundTheSwapLeavesOneEventForAWindow() throws Exception {
    final List<SentimentEvent> committed = new ArrayList<>();
    final JoinStore state = new InMemoryJoinStore();
    TinyBundle.direct(folder.resolve("next"), "1.1.0", 1);
    try (ModelBundle before = ModelBundle.load(bundle());
        EventFactory events = new EventFactory(before)) {
      committed.addAll(firstWindowAndHalfTheSecond(state, before, events));
      // The same up to the commit on another copy of the state, which is lost.
      final JoinStore lost = new InMemoryJoinStore();
      firstWindowAndHalfTheSecond(lost, before, events);
      final WindowJoin attempt = new WindowJoin(lost, JoinSettings.defaults(), before);
      assertThat(attempt.accept(vector(Modality.VISUAL, 1), 1_500).closed()).hasSize(1);
    }
    try (ModelBundle after = ModelBundle.load(folder.resolve("next"));
        EventFactory events = new EventFactory(after)) {
      final WindowJoin join = new WindowJoin(state, JoinSettings.defaults(), after);
      committed.addAll(score(join.accept(vector(Modality.VISUAL, 1), 2_000), events));
      for (int window = 0; window < 2; window++) {
        final JoinResult again = join.accept(vector(Modality.VISUAL, window), 2_000);
        assertThat(again.outcome()).isEqualTo(JoinResult.Outcome.LATE);
        assertThat(again.closed()).isEmpty();
      }
      assertThat(join.finish("s", 2_000).closed()).isEmpty();
    }
    assertThat(committed)
        .extracting(
            event -> event.getWindowStartMicros() / 1_000_000 + " " + event.getBundleVersion())
        .containsExactly("0 1.0.0", "3 1.1.0");
  }

  private static List<SentimentEvent> firstWindowAndHalfTheSecond(
      final JoinStore state, final ModelBundle bundle, final EventFactory events) {
    final WindowJoin join = new WindowJoin(state, JoinSettings.defaults(), bundle);
    join.accept(FusionDriver.descriptor("s"), 1_000);
    join.accept(vector(Modality.TEXT, 0), 1_000);
    join.accept(vector(Modality.TEXT, 1), 1_000);
    return score(join.accept(vector(Modality.VISUAL, 0), 1_000), events);
  }

  private static List<SentimentEvent> score(final JoinResult result, final EventFactory events) {
    return result.closed().stream().map(window -> events.event(window, 1_000)).toList();
  }

  private static FeatureVector vector(final Modality modality, final int window) {
    return modality == Modality.TEXT
        ? FusionDriver.vector("s", modality, "words-1", window, 10)
        : FusionDriver.vector("s", modality, "face-2", window, 1, 2);
  }
}
