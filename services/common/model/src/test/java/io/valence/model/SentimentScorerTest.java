package io.valence.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.valence.model.BundleDescription.Calibration;
import io.valence.model.BundleDescription.PresenceInterval;
import io.valence.model.BundleDescription.QualityBin;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Figures worked out by hand from the formula that {@link TinyBundle} states. */
class SentimentScorerTest {

  private static final double EXACT = 1e-6;

  /** Standardised (0.5, 0.25). */
  private static final float[] FACE = {1.5f, 2.5f};

  /** Standardised -0.5. */
  private static final float[] VOICE = {-0.5f};

  /** Standardised 0.2. */
  private static final float[] WORDS = {12f};

  @TempDir Path folder;

  @BeforeEach
  void writeBundle() throws Exception {
    TinyBundle.direct(folder.resolve("tiny"));
    TinyBundle.write(folder.resolve("deaf"), false, false);
  }

  private SentimentScore score(final String bundleId, final Map<Modality, float[]> vectors)
      throws Exception {
    try (ModelBundle bundle = ModelBundle.load(folder.resolve(bundleId));
        SentimentScorer scorer = bundle.newScorer()) {
      return scorer.score(vectors);
    }
  }

  @Test
  void allThreeModalitiesShareTheScoreByShapley() throws Exception {
    final SentimentScore score =
        score("tiny", Map.of(Modality.VISUAL, FACE, Modality.AUDIO, VOICE, Modality.TEXT, WORDS));

    // v(V)=1.25 v(A)=-0.5 v(T)=1.1 v(VA)=0.25 v(VT)=2.1 v(AT)=0.1 v(VAT)=1.1, prior 0.25.
    assertThat(score.score()).isCloseTo(1.1, within(EXACT));
    assertThat(score.baseline()).isEqualTo(0.25);
    // Half width 2 - 3 * 0.5.
    assertThat(score.intervalLow()).isCloseTo(0.6, within(EXACT));
    assertThat(score.intervalHigh()).isCloseTo(1.6, within(EXACT));
    // Face: 1/3 (1.25-0.25) + 1/6 (0.25+0.5) + 1/6 (2.1-1.1) + 1/3 (1.1-0.1).
    assertThat(score.modalities().get(Modality.VISUAL).contribution())
        .isCloseTo(1.0 / 3 + 0.125 + 1.0 / 6 + 1.0 / 3, within(EXACT));
    assertThat(score.modalities().get(Modality.VISUAL).scoreAlone().getAsDouble())
        .isCloseTo(1.25, within(EXACT));
    assertThat(score.modalities().get(Modality.AUDIO).scoreAlone().getAsDouble())
        .isCloseTo(-0.5, within(EXACT));
    assertThat(score.modalities().get(Modality.TEXT).scoreAlone().getAsDouble())
        .isCloseTo(1.1, within(EXACT));
    assertThat(sumOfContributions(score)).isCloseTo(1.1 - 0.25, within(EXACT));
  }

  @Test
  void contributionsAddUpForEverySetOfModalities() throws Exception {
    final Random random = new Random(7);
    try (ModelBundle bundle = ModelBundle.load(folder.resolve("tiny"));
        SentimentScorer scorer = bundle.newScorer()) {
      for (int round = 0; round < 50; round++) {
        final float[] face = {(float) random.nextGaussian(), (float) random.nextGaussian()};
        final Map<Modality, float[]> all =
            Map.of(
                Modality.VISUAL, face,
                Modality.AUDIO, new float[] {(float) random.nextGaussian()},
                Modality.TEXT, new float[] {(float) random.nextGaussian() * 10});
        for (final var present : BundleDescription.presenceSets()) {
          final Map<Modality, float[]> vectors = new EnumMap<>(Modality.class);
          present.forEach(modality -> vectors.put(modality, all.get(modality)));
          final SentimentScore score = scorer.score(vectors);
          assertThat(sumOfContributions(score))
              .isCloseTo(score.score() - score.baseline(), within(1e-9));
          assertThat(scorer.scores(List.of(vectors))[0]).isCloseTo(score.score(), within(EXACT));
          for (final Modality modality : Modality.values()) {
            final SentimentScore.Part part = score.modalities().get(modality);
            assertThat(part.scoreAlone().isPresent()).isEqualTo(present.contains(modality));
            if (!present.contains(modality)) {
              assertThat(part.contribution()).isZero();
            }
          }
        }
      }
    }
  }

  /** Swapping what two players bring swaps what they get; a player that brings nothing gets nothing. */
  @Test
  void contributionsAreSymmetric() throws Exception {
    try (ModelBundle bundle = ModelBundle.load(folder.resolve("tiny"));
        SentimentScorer scorer = bundle.newScorer()) {
      final Random random = new Random(11);
      for (int round = 0; round < 50; round++) {
        // On standardised values face and voice both bring x or y, alone and with words alike.
        final float x = (float) random.nextGaussian() / 10;
        final float y = (float) random.nextGaussian() / 10;
        final SentimentScore one = faceAndVoice(scorer, x, y);
        final SentimentScore other = faceAndVoice(scorer, y, x);
        assertThat(one.score()).isCloseTo(other.score(), within(EXACT));
        assertThat(one.modalities().get(Modality.VISUAL).contribution())
            .isCloseTo(other.modalities().get(Modality.AUDIO).contribution(), within(EXACT));
        assertThat(one.modalities().get(Modality.AUDIO).contribution())
            .isCloseTo(other.modalities().get(Modality.VISUAL).contribution(), within(EXACT));
      }
      final SentimentScore same = faceAndVoice(scorer, 0.1f, 0.1f);
      assertThat(same.modalities().get(Modality.VISUAL).contribution())
          .isCloseTo(same.modalities().get(Modality.AUDIO).contribution(), within(EXACT));
    }
  }

  /** A face whose values add x to the score and a voice that adds y. */
  private static SentimentScore faceAndVoice(
      final SentimentScorer scorer, final float x, final float y) {
    return scorer.score(
        Map.of(Modality.VISUAL, new float[] {1 + x, 2}, Modality.AUDIO, new float[] {y / 2}));
  }

  @Test
  void theQualityOfTheFeaturesWidensTheInterval() throws Exception {
    final List<QualityBin> bins =
        List.of(new QualityBin(0, 1.5, 60), new QualityBin(0.6, 0.9, 140));
    final Calibration calibration =
        new Calibration(
            0.25,
            0.95,
            BundleDescription.presenceSets().stream()
                .map(set -> new PresenceInterval(set, 0.8, 200, set.size() == 2 ? bins : null))
                .toList());
    final var both = EnumSet.of(Modality.VISUAL, Modality.TEXT);
    assertThat(calibration.halfWidth(both, 0.7)).isCloseTo(0.72, within(1e-12));
    assertThat(calibration.halfWidth(both, 0.6)).isCloseTo(0.72, within(1e-12));
    assertThat(calibration.halfWidth(both, 0.59)).isCloseTo(1.2, within(1e-12));
    assertThat(calibration.halfWidth(both)).isEqualTo(0.8);
    assertThat(calibration.halfWidth(EnumSet.of(Modality.TEXT), 0.1)).isEqualTo(0.8);

    // Through bundle.json: the interval of an event is that of the mean quality.
    final BundleDescription plain = TinyBundle.direct(folder.resolve("graded"));
    TinyBundle.calibrate(plain, calibration, folder.resolve("graded"));
    try (ModelBundle bundle = ModelBundle.load(folder.resolve("graded"));
        SentimentScorer scorer = bundle.newScorer()) {
      assertThat(bundle.description().calibration()).isEqualTo(calibration);
      final Map<Modality, float[]> vectors = Map.of(Modality.VISUAL, FACE, Modality.TEXT, WORDS);
      final SentimentScore good =
          scorer.score(vectors, Map.of(Modality.VISUAL, 0.4, Modality.TEXT, 1.0));
      assertThat(good.intervalHigh() - good.score()).isCloseTo(0.72, within(EXACT));
      final SentimentScore bad =
          scorer.score(vectors, Map.of(Modality.VISUAL, 0.1, Modality.TEXT, 0.9));
      assertThat(bad.score() - bad.intervalLow()).isCloseTo(1.2, within(EXACT));
      assertThat(bad.score()).isEqualTo(good.score());
    }
  }

  @Test
  void binsThatMakeNoSenseAreRefused() {
    final var set = EnumSet.of(Modality.TEXT);
    assertThatThrownBy(() -> new PresenceInterval(set, 1, 9, List.of(new QualityBin(0.1, 1, 9))))
        .hasMessageContaining("quality bins must begin at 0");
    assertThatThrownBy(
            () ->
                new PresenceInterval(
                    set, 1, 9, List.of(new QualityBin(0, 1, 9), new QualityBin(0.5, 1.1, 9))))
        .hasMessageContaining("with factors that do not");
    assertThatThrownBy(() -> new QualityBin(0, 0, 9)).hasMessageContaining("finite factor > 0");
  }

  @Test
  void nothingPresentGivesThePriorWithTheWidestInterval() throws Exception {
    final SentimentScore score = score("tiny", Map.of());

    assertThat(score.score()).isEqualTo(0.25);
    assertThat(score.intervalLow()).isEqualTo(-1.75);
    assertThat(score.intervalHigh()).isEqualTo(2.25);
    assertThat(sumOfContributions(score)).isZero();
  }

  @Test
  void aModalityThatIsNotInformativeIsLeftOut() throws Exception {
    final SentimentScore with = score("deaf", Map.of(Modality.AUDIO, VOICE, Modality.TEXT, WORDS));
    final SentimentScore without = score("deaf", Map.of(Modality.TEXT, WORDS));

    assertThat(with.score()).isEqualTo(without.score());
    // The interval of words alone, not of words and voice.
    assertThat(with.intervalHigh() - with.score()).isCloseTo(1.5, within(EXACT));
    final SentimentScore.Part voice = with.modalities().get(Modality.AUDIO);
    assertThat(voice).isEqualTo(new SentimentScore.Part(false, 0, OptionalDouble.of(0.25)));
  }

  @Test
  void theIntervalStaysOnTheScaleAndAroundTheScore() throws Exception {
    // Standardised 2: 0.5 + 6 is clipped to 3.
    final SentimentScore high = score("tiny", Map.of(Modality.TEXT, new float[] {30}));
    assertThat(high.score()).isEqualTo(3);
    assertThat(high.intervalHigh()).isEqualTo(3);
    assertThat(high.intervalLow()).isCloseTo(1.5, within(EXACT));
  }

  @Test
  void wildValuesAreClampedAndBrokenOnesRefused() throws Exception {
    // (1e9 - 1) / 1 is clamped to 6, the other to -6: they cancel out.
    assertThat(score("tiny", Map.of(Modality.VISUAL, new float[] {1e9f, -1e9f})).score())
        .isCloseTo(0.5, within(EXACT));
    assertThatThrownBy(() -> score("tiny", Map.of(Modality.VISUAL, new float[] {Float.NaN, 0})))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("value 0 is NaN");
    assertThatThrownBy(() -> score("tiny", Map.of(Modality.VISUAL, new float[] {1})))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("visual: 1 values where face-2 has 2");
  }

  @Test
  void manyWindowsScoreAsEachAlone() throws Exception {
    final List<Map<Modality, float[]>> windows = new ArrayList<>();
    for (int i = 0; i < 150; i++) {
      windows.add(i % 3 == 0 ? Map.of() : Map.of(Modality.TEXT, new float[] {i / 10f}));
    }
    try (ModelBundle bundle = ModelBundle.load(folder.resolve("tiny"));
        SentimentScorer scorer = bundle.newScorer()) {
      final double[] scores = scorer.scores(windows);
      for (int i = 0; i < scores.length; i++) {
        assertThat(scores[i]).isCloseTo(scorer.score(windows.get(i)).score(), within(EXACT));
      }
    }
  }

  private static double sumOfContributions(final SentimentScore score) {
    return score.modalities().values().stream()
        .mapToDouble(SentimentScore.Part::contribution)
        .sum();
  }
}
