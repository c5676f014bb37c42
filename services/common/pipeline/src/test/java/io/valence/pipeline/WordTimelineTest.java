package io.valence.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.valence.schemas.WordScore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class WordTimelineTest {

  private static final long SECOND = 1_000_000;

  private static WordScore word(
      final double from, final double to, final float score, final float weight) {
    return new WordScore(Math.round(from * SECOND), Math.round(to * SECOND), score, weight);
  }

  @Example
  void theExampleOfTheDocumentation() {
    final WordTimeline timeline = new WordTimeline();
    timeline.accept(List.of(word(0.5, 1, 2, 1), word(2, 3, 1, 1)));
    assertThat(timeline.mean(0, 3 * SECOND)).hasValue(1.5);

    timeline.accept(List.of(word(2, 3, -1, 1), word(3, 3.4, -2, 3)));

    assertThat(timeline.readings())
        .containsExactly(word(0.5, 1, 2, 1), word(2, 3, -1, 1), word(3, 3.4, -2, 3));
    assertThat(timeline.mean(0, 3 * SECOND)).hasValue(0.5);
    assertThat(timeline.mean(2 * SECOND, 4 * SECOND)).hasValue(-1.75);
    assertThat(timeline.mean(4 * SECOND, 9 * SECOND)).isEmpty();
  }

  @Example
  void anEventWithoutWordsChangesNothing() {
    final WordTimeline timeline = new WordTimeline();
    timeline.accept(List.of(word(0, 1, 2, 1)));
    timeline.accept(List.of());
    assertThat(timeline.readings()).containsExactly(word(0, 1, 2, 1));
  }

  /** A word that an earlier reading had, but not the later one, was not said after all. */
  @Example
  void fewerWordsReplaceMore() {
    final WordTimeline timeline = new WordTimeline();
    timeline.accept(List.of(word(0, 1, 2, 1), word(1, 2, 2, 1), word(2, 3, 2, 1)));
    timeline.accept(List.of(word(1, 3, -1, 2)));
    assertThat(timeline.readings()).containsExactly(word(0, 1, 2, 1), word(1, 3, -1, 2));
  }

  @Example
  void theMiddleDecidesAndTheEndIsExclusive() {
    final WordTimeline timeline = new WordTimeline();
    timeline.accept(List.of(new WordScore(0L, 3L, 1f, 1f), new WordScore(3L, 5L, 2f, 1f)));
    // The middles are 1.5 and 4.
    assertThat(timeline.mean(2, 4)).isEmpty();
    assertThat(timeline.mean(1, 2)).hasValue(1);
    assertThat(timeline.mean(4, 5)).hasValue(2);
  }

  /** Words at whole seconds; each event reads any stretch of them that leaves no gap. */
  @Property(tries = 500)
  void eachWordHasItsLastReadingWhateverTheOverlap(
      @ForAll final long seed,
      @ForAll @IntRange(min = 1, max = 20) final int events,
      @ForAll @IntRange(min = 1, max = 6) final int mostNew) {
    final Random random = new Random(seed);
    final WordTimeline timeline = new WordTimeline();
    final float[] last = new float[events * mostNew];
    int said = 0;
    for (int event = 0; event < events; event++) {
      final int from = random.nextInt(said + 1);
      said += random.nextInt(mostNew + 1);
      final List<WordScore> words = new ArrayList<>();
      for (int i = from; i < said; i++) {
        last[i] = random.nextInt(7) - 3;
        words.add(word(i, i + 1, last[i], 1 + i % 3));
      }
      timeline.accept(words);
    }

    final List<WordScore> expected = new ArrayList<>();
    for (int i = 0; i < said; i++) {
      expected.add(word(i, i + 1, last[i], 1 + i % 3));
    }
    assertThat(timeline.readings()).isEqualTo(expected);

    final int start = random.nextInt(said + 1);
    final int end = start + random.nextInt(said - start + 1);
    final List<WordScore> inside = expected.subList(start, end);
    final double weight = inside.stream().mapToDouble(WordScore::getWeight).sum();
    final double sum =
        inside.stream().mapToDouble(reading -> reading.getWeight() * reading.getScore()).sum();
    if (start == end) {
      assertThat(timeline.mean(start * SECOND, end * SECOND)).isEmpty();
    } else {
      assertThat(timeline.mean(start * SECOND, end * SECOND).orElseThrow())
          .isCloseTo(sum / weight, within(1e-9));
    }
  }

  /** Whatever comes, the readings stay in order and the last event's words are among them. */
  @Property(tries = 500)
  void theReadingsStayInOrder(@ForAll final long seed) {
    final Random random = new Random(seed);
    final WordTimeline timeline = new WordTimeline();
    for (int event = 0; event < 8; event++) {
      final long[] starts = random.longs(random.nextInt(5), 0, 30).sorted().toArray();
      final List<WordScore> words =
          Arrays.stream(starts)
              .mapToObj(start -> new WordScore(start, start + random.nextInt(9), 1f, 1f))
              .toList();
      final List<WordScore> before = timeline.readings();
      timeline.accept(words);
      final List<WordScore> after = timeline.readings();

      assertThat(after.stream().map(WordScore::getStartMicros).toList()).isSorted();
      assertThat(after.subList(after.size() - words.size(), after.size())).isEqualTo(words);
      final List<WordScore> kept =
          before.stream()
              .filter(word -> words.isEmpty() || word.getStartMicros() < starts[0])
              .toList();
      assertThat(after.subList(0, after.size() - words.size())).isEqualTo(kept);
    }
  }
}
