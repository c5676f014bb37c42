package io.valence.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.valence.corpora.Fold;
import io.valence.corpora.Segment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Transcripts as a reader meets them whose windows are cut anywhere. */
class UtterancesTest {

  private static Segment segment(final String video, final int order, final String text) {
    return new Segment(
        video + order,
        video,
        order,
        order,
        Optional.of(text),
        OptionalDouble.of(1),
        Fold.TRAIN,
        Map.of());
  }

  /** Words that say where they stand: 3.0.5 is word 0 of 5 in utterance 3. */
  private static Utterances talk(final int conversations, final int utterances) {
    final List<List<List<String>>> all = new ArrayList<>();
    for (int conversation = 0; conversation < conversations; conversation++) {
      final List<List<String>> said = new ArrayList<>();
      for (int utterance = 0; utterance < utterances; utterance++) {
        final int length = 1 + (utterance * 7 + conversation) % 12;
        final List<String> words = new ArrayList<>();
        for (int word = 0; word < length; word++) {
          words.add("%d.%d.%d".formatted(utterance, word, length));
        }
        said.add(words);
      }
      all.add(said);
    }
    return new Utterances(all);
  }

  @Test
  void segmentsAreUtterancesInTheOrderOfTime() {
    final Utterances utterances =
        Utterances.of(
            List.of(
                segment("v", 2, "I DIDN'T, really"),
                segment("v", 1, "Well..."),
                segment("v", 3, "?!"),
                segment("w", 1, "so it is")));

    assertThat(utterances.conversations())
        .containsExactly(
            List.of(List.of("well"), List.of("i", "didnt", "really")),
            List.of(List.of("so", "it", "is")));
    assertThat(utterances.words()).isEqualTo(7);
    assertThat(utterances.borders()).isEqualTo(1);
    assertThat(utterances.inside()).isEqualTo(4);
    assertThat(utterances.shortcoming().orElseThrow())
        .startsWith("1 borders between utterances of one conversation and 4 words");
    assertThat(talk(3, 20).shortcoming()).isEmpty();
  }

  @Test
  void aStretchIsSaidInARowAndKnowsWhereUtterancesEnd() {
    final List<Utterances.Stretch> stretches = talk(8, 40).stretches(new Random(3), 30_000);

    for (final Utterances.Stretch stretch : stretches) {
      assertThat(stretch.words()).hasSizeBetween(1, 17).hasSameSizeAs(stretch.ends());
      for (int i = 0; i < stretch.words().size(); i++) {
        final String[] place = stretch.words().get(i).split("\\.", -1);
        final int word = Integer.parseInt(place[1]);
        assertThat(stretch.ends().get(i)).isEqualTo(word + 1 == Integer.parseInt(place[2]));
        if (i > 0) {
          assertThat(stretch.ends().get(i - 1)).isEqualTo(word == 0);
        }
      }
    }
    assertThat(stretches.stream().mapToInt(stretch -> stretch.words().size()).average().orElse(0))
        .isBetween(9.0, 11.5);
    assertThat(talk(8, 40).stretches(new Random(3), 30_000)).isEqualTo(stretches);
    assertThat(talk(8, 40).stretches(new Random(4), 30_000)).isNotEqualTo(stretches);
  }

  @Test
  void ofManyWordsAnEvenShareIsTaken() {
    final List<Utterances.Stretch> all = talk(8, 40).stretches(new Random(3), 30_000);
    final List<Utterances.Stretch> some = talk(8, 40).stretches(new Random(3), 1_000);

    assertThat(all).containsAll(some);
    assertThat(some.stream().mapToInt(stretch -> stretch.words().size()).sum())
        .isBetween(950, 1_000);
    final List<Integer> places = some.stream().map(all::indexOf).toList();
    assertThat(places.get(0)).isLessThan(all.size() / 20);
    assertThat(places.get(places.size() - 1)).isGreaterThan(all.size() * 19 / 20);
  }
}
