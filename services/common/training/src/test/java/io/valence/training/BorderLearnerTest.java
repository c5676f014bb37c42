package io.valence.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** Where the line is drawn between ends of utterances and other words. */
class BorderLearnerTest {

  /**
   * Of a hundred words with score -1 five are ends, of a hundred with +1 fifty: the log odds are -2.944
   * and 0, so 1.472 s - 1.472 at s. An end is worth a wrong one in six where they are -ln 6 = -1.792.
   */
  @Test
  void anEndIsAssumedWhereOneOfSevenWordsIsOne() {
    final float[] scores = new float[200];
    final boolean[] ends = new boolean[200];
    for (int word = 0; word < 200; word++) {
      scores[word] = word < 100 ? -1 : 1;
      ends[word] = word < 5 || word >= 150;
    }

    assertThat(BorderLearner.threshold(scores, ends)).isCloseTo(-0.217, within(0.02));
  }

  /** Both kinds are told apart without fault: the line lies between them. */
  @Test
  void whatCanBeToldApartIs() {
    final double threshold =
        BorderLearner.threshold(
            new float[] {-3, -2, -2, 2, 3}, new boolean[] {false, false, false, true, true});

    assertThat(threshold).isBetween(-2.0, 2.0);
  }

  @Test
  void scoresThatSayNothingAreTakenAsTheyAre() {
    final double threshold =
        BorderLearner.threshold(
            new float[] {-6, -5.9f, -5, -4}, new boolean[] {true, false, false, false});

    assertThat(threshold).isZero();
  }
}
