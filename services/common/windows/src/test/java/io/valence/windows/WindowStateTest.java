package io.valence.windows;

import static io.valence.windows.Records.SECOND;
import static io.valence.windows.Records.vector;
import static io.valence.windows.Records.word;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.valence.schemas.FeatureVector;
import io.valence.schemas.Modality;
import io.valence.schemas.ModalityStatus;
import io.valence.schemas.WordScore;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class WindowStateTest {

  private static final Window WINDOW = new Window(0, 3 * SECOND, null);

  private static WindowState of(final List<FeatureVector> vectors) {
    WindowState state = WindowState.empty(WINDOW);
    for (final FeatureVector vector : vectors) {
      final Part part = Part.of(vector, Optional.empty());
      if (!state.holds(part)) {
        state = state.with(part);
      }
    }
    return state;
  }

  private static MergedModality merge(final WindowState state, final Modality modality) {
    return state.merge(modality, 0, 3 * SECOND, OptionalLong.empty(), ModalityStatus.SILENT);
  }

  /** The last pane with words was read with all before it: no mean with what it already holds. */
  @Example
  void theLastPaneThatWasReadWithThoseBeforeSpeaksForTheWindow() {
    final FeatureVector first =
        vector("s", Modality.TEXT, 0, 1, 1, 0).setReadFromMicros(0L).setWeight(6).build();
    final FeatureVector half =
        pane(vector("s", Modality.TEXT, 1, 1.5, 3, 4).setSequence(1)).setWeight(1).build();
    final FeatureVector otherHalf =
        pane(vector("s", Modality.TEXT, 1.5, 2, 5, 8).setSequence(2)).setWeight(3).build();
    final FeatureVector silent = vector("s", Modality.TEXT, 2, 3).setSequence(3).build();

    final MergedModality merged = merge(of(List.of(otherHalf, silent, first, half)), Modality.TEXT);

    // (1 · 3 + 3 · 5) / 4 and (1 · 4 + 3 · 8) / 4; the weight is still that of all words.
    assertThat(merged.values()).containsExactly(4.5f, 7f);
    assertThat(merged.weight()).isEqualTo(10);
    assertThat(merged.coverage()).isEqualTo(1);
  }

  private static FeatureVector.Builder pane(final FeatureVector.Builder vector) {
    return vector.setWindowStartMicros(SECOND).setWindowEndMicros(2 * SECOND).setReadFromMicros(0L);
  }

  @Example
  void theExampleOfTheDocumentation() {
    final FeatureVector first =
        vector("s", Modality.VISUAL, 0, 2, 1, 0).setWeight(6).setQuality(0.9).build();
    final FeatureVector second =
        vector("s", Modality.VISUAL, 2, 2.5, 5, 4).setWeight(2).setQuality(0.5).build();
    final FeatureVector noFace = vector("s", Modality.VISUAL, 2.5, 3).build();

    final WindowState state = of(List.of(noFace, second, first));
    final MergedModality merged = merge(state, Modality.VISUAL);

    assertThat(merged.values()).containsExactly(2f, 1f);
    assertThat(merged.weight()).isEqualTo(8);
    // (2 s · 0.9 + 0.5 s · 0.5 + 0.5 s · 0) / 3 s.
    assertThat(merged.quality()).isCloseTo(2.05 / 3, within(1e-12));
    assertThat(merged.coverage()).isEqualTo(1);
    assertThat(state.capturedAtMillis()).hasValue(5_000);
  }

  private static FeatureVector heard(
      final double from, final double to, final long sequence, final WordScore... words) {
    return vector("s", Modality.TEXT, from, to, 1)
        .setSequence(sequence)
        .setWords(List.of(words))
        .build();
  }

  @Example
  void ofSeveralPartsTheOneThatKnowsMostWordsSpeaks() {
    final Window window = new Window(3 * SECOND, 6 * SECOND, null);
    WindowState state = WindowState.empty(window);
    // Sequence 2 came after sequence 3 and was read with it. What lies before the window is no word
    // of it.
    for (final FeatureVector vector :
        List.of(
            heard(3, 4, 1, word(1, 2, 1, 1), word(2, 3, 1, 1), word(3, 3.5, 1, 1)),
            heard(5, 6, 3, word(2.5, 3, 3, 1), word(3, 3.5, 3, 1), word(5, 5.5, 3, 1)),
            heard(4, 5, 2, word(3, 3.5, 2, 1), word(4, 4.5, 2, 1), word(5, 5.5, 2, 1)))) {
      state = state.with(Part.of(vector, Optional.empty()));
    }

    final MergedModality merged =
        state.merge(
            Modality.TEXT, 3 * SECOND, 6 * SECOND, OptionalLong.empty(), ModalityStatus.SILENT);

    assertThat(merged.words())
        .containsExactly(word(3, 3.5, 2, 1), word(4, 4.5, 2, 1), word(5, 5.5, 2, 1));
  }

  @Example
  void ofPartsThatKnowAsMuchTheOneOfTheHighestSequenceSpeaks() {
    final WindowState state =
        of(
            List.of(
                heard(2, 3, 8, word(0, 1, 2.5f, 1)),
                vector("s", Modality.TEXT, 1, 2).setSequence(9).build(),
                heard(0, 1, 7, word(0, 1, -1, 1))));

    assertThat(merge(state, Modality.TEXT).words()).containsExactly(word(0, 1, 2.5f, 1));
    assertThat(merge(state, Modality.AUDIO).words()).isEmpty();
  }

  @Example
  void aWordThatBeganBeforeTheWindowIsNotLostToSilence() {
    final Window window = new Window(3 * SECOND, 6 * SECOND, null);
    final WindowState state =
        WindowState.empty(window)
            .with(Part.of(heard(3, 4, 1, word(2.9, 3.3, 1, 1)), Optional.empty()))
            .with(
                Part.of(vector("s", Modality.TEXT, 4, 6).setSequence(2).build(), Optional.empty()));

    assertThat(
            state
                .merge(
                    Modality.TEXT,
                    3 * SECOND,
                    6 * SECOND,
                    OptionalLong.empty(),
                    ModalityStatus.SILENT)
                .words())
        .containsExactly(word(2.9, 3.3, 1, 1));
  }

  /** The example of the documentation, and a last pane in which nothing is said. */
  @Example
  void laterPanesTakeThePlaceOfWhatTheyReadAnew() {
    final FeatureVector first =
        vector("s", Modality.TEXT, 0, 1, 1)
            .setReadFromMicros(0L)
            .setWords(List.of(word(0.2, 0.5, 1, 1), word(0.7, 1, 1, 1)))
            .build();
    final FeatureVector second =
        pane(vector("s", Modality.TEXT, 1, 2, 3).setSequence(1))
            .setWords(List.of(word(0.7, 1, 2, 1), word(1.3, 1.6, 2, 1)))
            .build();
    final FeatureVector silent = vector("s", Modality.TEXT, 2, 3).setSequence(2).build();

    assertThat(merge(of(List.of(silent, second, first)), Modality.TEXT).words())
        .containsExactly(word(0.2, 0.5, 1, 1), word(0.7, 1, 2, 1), word(1.3, 1.6, 2, 1));
  }

  @Example
  void anEventHasTheLastThousandWords() {
    final List<FeatureVector> parts = new ArrayList<>();
    for (int pane = 0; pane < 3; pane++) {
      final List<WordScore> words = new ArrayList<>();
      for (int i = 0; i < 400; i++) {
        final double start = pane + i / 400.0;
        words.add(word(start, start + 1 / 400.0, 1, 1));
      }
      parts.add(
          vector("s", Modality.TEXT, pane, pane + 1, 3)
              .setSequence(pane)
              .setWindowStartMicros(pane * SECOND)
              .setWindowEndMicros((pane + 1) * SECOND)
              .setWords(words)
              .build());
    }

    final List<WordScore> words = merge(of(parts), Modality.TEXT).words();

    assertThat(words).hasSize(1_000);
    assertThat(words.get(0)).isEqualTo(word(0.5, 0.5025, 1, 1));
    assertThat(words.get(999)).isEqualTo(word(2.9975, 3, 1, 1));
  }

  @Example
  void onlyWordsHaveWords() {
    assertThatThrownBy(
            () ->
                new MergedModality(
                    Modality.AUDIO,
                    ModalityStatus.PRESENT,
                    new float[] {1},
                    "voice-1",
                    1,
                    1,
                    1,
                    List.of(word(0, 1, 1, 1)),
                    OptionalLong.empty()))
        .hasMessage("AUDIO is PRESENT and cannot have 1 words");
  }

  @Example
  void coverageIsTheUnionAndKnowsItsGaps() {
    final WindowState state =
        of(
            List.of(
                vector("s", Modality.TEXT, 0, 1, 1).build(),
                vector("s", Modality.TEXT, 0.5, 1.5, 1).build(),
                vector("s", Modality.TEXT, 2, 2.5).build()));
    assertThat(state.coveredMicros(Modality.TEXT, 0, 3 * SECOND)).isEqualTo(2 * SECOND);
    assertThat(state.covers(Modality.TEXT, 0, 3 * SECOND)).isFalse();
    assertThat(state.covers(Modality.TEXT, SECOND / 4, 3 * SECOND / 2)).isTrue();
    assertThat(state.covers(Modality.TEXT, SECOND, SECOND)).isTrue();
    assertThat(state.covers(Modality.AUDIO, 0, 1)).isFalse();
    assertThat(merge(state, Modality.TEXT).coverage()).isCloseTo(2.0 / 3, within(1e-12));
    assertThat(merge(state, Modality.AUDIO).status()).isEqualTo(ModalityStatus.SILENT);
  }

  @Example
  void aSinglePartKeepsItsBits() {
    final float[] values = {0.1f, Float.MIN_VALUE};
    final WindowState state =
        of(List.of(vector("s", Modality.VISUAL, 0, 3, values).setWeight(0.3).build()));
    assertThat(merge(state, Modality.VISUAL).values()).containsExactly(values);
  }

  @Property(tries = 300)
  void anyOrderWithAnyRepeatsGivesTheSameBits(
      @ForAll final long seed, @ForAll @IntRange(min = 1, max = 12) final int count) {
    final Random random = new Random(seed);
    final List<FeatureVector> parts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      final double from = 3.0 * i / count;
      final Modality modality = Modality.values()[random.nextInt(3)];
      final float[] values = new float[random.nextInt(4) == 0 ? 0 : 2];
      for (int v = 0; v < values.length; v++) {
        values[v] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(8) - 4));
      }
      parts.add(
          vector("s", modality, from, 3.0 * (i + 1) / count, values)
              .setSequence(random.nextInt(3) == 0 ? i : 100 + i)
              .setWeight(values.length == 0 ? 0 : random.nextDouble() * 90 + 0.1)
              .setQuality(random.nextDouble())
              .setWords(
                  modality == Modality.TEXT && values.length > 0
                      ? List.of(
                          word(from / 2, from, 1, 1), word(from, from + 0.1, random.nextInt(4), 1))
                      : List.of())
              .build());
    }
    final WindowState inOrder = of(parts);

    final List<FeatureVector> shuffled = new ArrayList<>(parts);
    for (int i = 0; i < count; i++) {
      shuffled.add(parts.get(random.nextInt(count)));
    }
    Collections.shuffle(shuffled, random);
    final WindowState outOfOrder = of(shuffled);

    assertThat(outOfOrder).isEqualTo(inOrder);
    for (final Modality modality : Modality.values()) {
      final MergedModality expected = merge(inOrder, modality);
      final MergedModality merged = merge(outOfOrder, modality);
      assertThat(merged.values()).containsExactly(expected.values());
      assertThat(merged.weight()).isEqualTo(expected.weight());
      assertThat(merged.quality()).isEqualTo(expected.quality());
      assertThat(merged.coverage()).isEqualTo(expected.coverage());
      assertThat(merged.status()).isEqualTo(expected.status());
      assertThat(merged.words()).isEqualTo(expected.words());
    }
    for (final Part part : inOrder.parts()) {
      assertThat(StateCodec.decodePart(StateCodec.encode(WINDOW, part)).part()).isEqualTo(part);
    }
  }
}
