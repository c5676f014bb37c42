package io.valence.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With no vectors but words at their mean, the tiny bundle's score is its constant. */
class LiveBundleTest {

  private static final Map<Modality, float[]> WORDS = Map.of(Modality.TEXT, new float[] {10});

  @TempDir Path parent;

  private final List<String> told = new ArrayList<>();
  private final BundleObserver observer =
      new BundleObserver() {
        @Override
        public void started(final LiveBundle bundle) {
          told.add("started " + bundle.description().version());
        }

        @Override
        public void swapped(final BundleDescription before, final BundleDescription now) {
          told.add("swapped " + before.version() + " " + now.version());
        }

        @Override
        public void refused(final String reason) {
          told.add("refused " + reason);
        }
      };

  private Path folder() {
    return parent.resolve("bundle");
  }

  private LiveBundle live() throws Exception {
    TinyBundle.direct(folder());
    final LiveBundle live = LiveBundle.load(folder(), observer);
    assertThat(told).containsExactly("started 1.0.0");
    told.clear();
    return live;
  }

  private static BundleLease<SentimentScorer> scorer(final LiveBundle live) {
    return live.lease(ModelBundle::newScorer, SentimentScorer::close);
  }

  private static double score(final BundleLease<SentimentScorer> lease) {
    return lease.current().score(WORDS).score();
  }

  /** Looks until what lies there has been judged. */
  private static boolean settle(final LiveBundle live) {
    final boolean atOnce = live.check();
    return live.check() || atOnce;
  }

  @Test
  void anotherBundleIsTakenAtTheNextRecordAndTheOldOneClosed() throws Exception {
    try (LiveBundle live = live();
        BundleLease<SentimentScorer> one = scorer(live);
        BundleLease<SentimentScorer> two = scorer(live)) {
      assertThat(score(one)).isCloseTo(0.5, within(1e-6));
      assertThat(settle(live)).isFalse();

      TinyBundle.direct(folder(), "1.1.0", 0.75);
      assertThat(live.check()).as("the folder must look the same twice").isFalse();
      assertThat(live.check()).isTrue();
      assertThat(live.description().version()).isEqualTo("1.1.0");
      assertThat(told).containsExactly("swapped 1.0.0 1.1.0");
      assertThat(score(two)).isCloseTo(0.75, within(1e-6));
      assertThat(two.bundle().version()).isEqualTo("1.1.0");
      // The first task still holds the old bundle.
      assertThat(one.bundle().version()).isEqualTo("1.0.0");
      assertThat(live.openBundles()).isEqualTo(2);
      assertThat(score(one)).isCloseTo(0.75, within(1e-6));
      assertThat(live.openBundles()).isEqualTo(1);
    }
  }

  @Test
  void theNativeSessionsOfTheOldBundleAreClosed() throws Exception {
    try (LiveBundle live = live();
        BundleLease<SentimentScorer> lease = scorer(live)) {
      final SentimentScorer stray = lease.bundle().newScorer();
      assertThat(stray.score(WORDS).score()).isCloseTo(0.5, within(1e-6));
      TinyBundle.direct(folder(), "1.1.0", 0.75);
      assertThat(settle(live)).isTrue();
      // The task has not taken the new one: the old one must still work.
      assertThat(stray.score(WORDS).score()).isCloseTo(0.5, within(1e-6));
      assertThat(live.openBundles()).isEqualTo(2);

      assertThat(score(lease)).isCloseTo(0.75, within(1e-6));

      assertThat(live.openBundles()).isEqualTo(1);
      assertThatThrownBy(() -> stray.score(WORDS)).hasMessageContaining("closed");
    }
  }

  @Test
  void aBundleThatNobodyUsedIsClosedAtOnce() throws Exception {
    try (LiveBundle live = live();
        BundleLease<SentimentScorer> idle = scorer(live)) {
      for (int version = 1; version <= 5; version++) {
        TinyBundle.direct(folder(), "1." + version, 0.1 * version);
        assertThat(settle(live)).isTrue();
        // The one that the idle task holds, and the newest.
        assertThat(live.openBundles()).isEqualTo(2);
      }
      assertThat(score(idle)).isCloseTo(0.5, within(1e-6));
      assertThat(live.openBundles()).isEqualTo(1);
    }
  }

  @Test
  void closingWaitsForTheTasks() throws Exception {
    final LiveBundle live = live();
    final BundleLease<SentimentScorer> lease = scorer(live);
    live.close();
    assertThat(score(lease)).isCloseTo(0.5, within(1e-6));
    assertThat(live.openBundles()).isEqualTo(1);
    lease.close();
    assertThat(live.openBundles()).isZero();
    assertThatThrownBy(() -> scorer(live)).hasMessageContaining("is closed");
  }

  // What is refused.

  private void refusedOnce(final LiveBundle live, final String... reason) {
    assertThat(settle(live)).isFalse();
    assertThat(settle(live)).isFalse();
    assertThat(told)
        .singleElement()
        .satisfies(line -> assertThat(line).startsWith("refused ").contains(reason))
        .satisfies(line -> assertThat(line).doesNotContain("\n"));
    assertThat(live.refusal()).get().asString().contains(reason);
    assertThat(live.description().version()).isEqualTo("1.0.0");
    assertThat(live.openBundles()).isEqualTo(1);
    try (BundleLease<SentimentScorer> lease = scorer(live)) {
      assertThat(score(lease)).isCloseTo(0.5, within(1e-6));
    }
    told.clear();
  }

  @Test
  void whatIsBrokenIsRefusedOnceForEachStateAndTheOldOneGoesOn() throws Exception {
    try (LiveBundle live = live()) {
      final Path model = folder().resolve("fusion.onnx");
      final Path json = folder().resolve("bundle.json");
      final byte[] right = Files.readAllBytes(model);
      final String text = Files.readString(json);

      final byte[] flipped = right.clone();
      flipped[flipped.length / 2] ^= 1;
      Files.write(model, flipped);
      refusedOnce(live, "fusion.onnx was altered");

      Files.write(model, new byte[] {1, 2, 3});
      refusedOnce(live, "fusion.onnx has 3 bytes");

      Files.delete(model);
      refusedOnce(live, "lacks", "fusion.onnx");

      Files.write(model, right);
      Files.writeString(json, text.substring(0, text.length() / 2));
      refusedOnce(live, "bundle.json is not valid");

      Files.delete(json);
      refusedOnce(live, "has no bundle.json");

      // The new files are there, the old description still is: half of a replacement.
      Files.writeString(json, text);
      TinyBundle.direct(parent.resolve("next"), "1.1.0", 0.75);
      Files.copy(parent.resolve("next/fusion.onnx"), model, StandardCopyOption.REPLACE_EXISTING);
      refusedOnce(live, "fusion.onnx was altered");

      Files.copy(parent.resolve("next/bundle.json"), json, StandardCopyOption.REPLACE_EXISTING);
      assertThat(settle(live)).isTrue();
      assertThat(live.refusal()).isEmpty();
      assertThat(told).containsExactly("swapped 1.0.0 1.1.0");
    }
  }

  @Test
  void aFolderThatIsGoneIsRefusedAndTheSameBundleAgainIsNoSwap() throws Exception {
    try (LiveBundle live = live()) {
      Files.move(folder(), parent.resolve("away"));
      refusedOnce(live, "has no bundle.json");
      Files.move(parent.resolve("away"), folder());
      assertThat(settle(live)).isFalse();
      Files.setLastModifiedTime(
          folder().resolve("fusion.onnx"), java.nio.file.attribute.FileTime.fromMillis(1_000));
      assertThat(settle(live)).isFalse();
      assertThat(told).isEmpty();
      assertThat(live.refusal()).isEmpty();
      assertThat(live.openBundles()).isEqualTo(1);
    }
  }

  @Test
  void aBundleThatDoesNotFitIsRefused() throws Exception {
    try (LiveBundle live = live()) {
      TinyBundle.write(folder(), "2.0.0", 0.75f, true, true);
      refusedOnce(live, "for visual it takes pixels-3 (3)", "face-2 (2)", "stop all services");
      TinyBundle.direct(folder(), "1.0.0", 0.75);
      refusedOnce(live, "the id and version of the bundle in force", "version of its own");
    }
  }

  @Test
  void anotherTextExpertIsRefused() throws Exception {
    TinyBundle.giveTextExpert(TinyBundle.direct(folder()), "one", folder());
    try (LiveBundle live = LiveBundle.load(folder(), observer)) {
      told.clear();
      TinyBundle.giveTextExpert(TinyBundle.direct(folder(), "1.1.0", 0.75), "another", folder());
      refusedOnce(live, "its text expert is another one", "stop all services");
    }
  }

  @Test
  void otherBaseSpacesAreRefusedToo() throws Exception {
    TinyBundle.write(folder(), "1.0.0", 0.5f, true, true);
    try (LiveBundle live = LiveBundle.load(folder(), observer)) {
      told.clear();
      final Path json = folder().resolve("bundle.json");
      Files.writeString(
          json, Files.readString(json).replace("face-2", "face-x").replace("1.0.0", "1.1.0"));
      refusedOnce(live, "for visual it scores in face-x (2)", "face-2 (2)", "stop all services");
    }
  }

  @Test
  void aMovedLinkIsFollowed() throws Exception {
    TinyBundle.direct(parent.resolve("old"), "1.0.0", 0.5);
    TinyBundle.direct(parent.resolve("new"), "1.1.0", 0.75);
    Files.createSymbolicLink(folder(), Path.of("old"));
    try (LiveBundle live = LiveBundle.load(folder(), observer)) {
      final Path next = Files.createSymbolicLink(parent.resolve("next"), Path.of("new"));
      Files.move(next, folder(), StandardCopyOption.ATOMIC_MOVE);
      assertThat(settle(live)).isTrue();
      assertThat(live.description().version()).isEqualTo("1.1.0");
    }
  }

  @Test
  void whileFilesAreComingNothingIsJudged() throws Exception {
    try (LiveBundle live = live()) {
      for (int bytes = 1; bytes < 10; bytes++) {
        Files.write(folder().resolve("fusion.onnx"), new byte[bytes]);
        assertThat(live.check()).isFalse();
      }
      assertThat(told).isEmpty();
      TinyBundle.direct(folder(), "1.1.0", 0.75);
      assertThat(settle(live)).isTrue();
      assertThat(told).containsExactly("swapped 1.0.0 1.1.0");
    }
  }

  @Test
  void metricsFollow() throws Exception {
    TinyBundle.direct(folder());
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    try (LiveBundle live = LiveBundle.load(folder(), new BundleMetrics(meters, "live"))) {
      assertThat(meters.get("valence.bundle.info").tag("version", "1.0.0").gauge().value())
          .isEqualTo(1);
      TinyBundle.direct(folder(), "1.1.0", 0.75);
      settle(live);
      assertThat(meters.find("valence.bundle.info").tag("version", "1.0.0").gauge()).isNull();
      assertThat(
              meters
                  .get("valence.bundle.info")
                  .tags("role", "live", "id", "tiny", "version", "1.1.0")
                  .gauge()
                  .value())
          .isEqualTo(1);
      assertThat(meters.get("valence.bundle.swaps").counter().count()).isEqualTo(1);
      assertThat(meters.get("valence.bundle.refused").counter().count()).isZero();
      assertThat(meters.get("valence.bundle.refusing").gauge().value()).isZero();

      Files.delete(folder().resolve("fusion.onnx"));
      settle(live);
      assertThat(meters.get("valence.bundle.refused").counter().count()).isEqualTo(1);
      assertThat(meters.get("valence.bundle.refusing").gauge().value()).isEqualTo(1);
      assertThat(meters.get("valence.bundle.open").gauge().value()).isEqualTo(1);
    }
  }

  @Test
  void theThreadTakesWhatComes() throws Exception {
    try (LiveBundle live = live()) {
      assertThatThrownBy(() -> live.watch("bundle-watch", Duration.ofMillis(99)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("100 ms to one hour");
      live.watch("bundle-watch", Duration.ofMillis(100));
      TinyBundle.direct(folder(), "1.1.0", 0.75);
      final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
      while (live.description().version().equals("1.0.0") && System.nanoTime() < deadline) {
        Thread.onSpinWait();
      }
      assertThat(live.description().version()).isEqualTo("1.1.0");
    }
  }

  /** Two threads score while the bundle is swapped 20 times: each score is of the bundle it names. */
  @Test
  void scoringGoesOnWhileBundlesAreSwapped() throws Exception {
    TinyBundle.direct(folder(), "0", 0);
    final AtomicBoolean over = new AtomicBoolean();
    final ExecutorService threads = Executors.newFixedThreadPool(2);
    try (LiveBundle live = LiveBundle.load(folder(), BundleObserver.NONE)) {
      final Callable<Integer> task =
          () -> {
            int scored = 0;
            int last = 0;
            try (BundleLease<SentimentScorer> lease = scorer(live)) {
              while (!over.get() || last < 20) {
                final SentimentScorer scorer = lease.current();
                final int version = Integer.parseInt(lease.bundle().version());
                assertThat(version).isBetween(last, 20);
                assertThat(scorer.score(WORDS).score()).isCloseTo(version * 0.1, within(1e-6));
                last = version;
                scored++;
              }
            }
            return scored;
          };
      final List<Future<Integer>> scoring = List.of(threads.submit(task), threads.submit(task));
      for (int version = 1; version <= 20; version++) {
        TinyBundle.direct(folder(), Integer.toString(version), version * 0.1);
        assertThat(settle(live)).isTrue();
      }
      over.set(true);
      for (final Future<Integer> future : scoring) {
        assertThat(future.get(60, TimeUnit.SECONDS)).isGreaterThan(0);
      }
      assertThat(live.openBundles()).isEqualTo(1);
    } finally {
      over.set(true);
      threads.shutdownNow();
    }
  }
}
