package io.valence.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NegationTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "THAY DID THEY DIDNT REALLY DO A WHOLE BUNCH",
        "I didn't like it",
        "I didn\u2019t like it",
        "did n't like it",
        "IT AINT BAD",
        "Never again.",
        "without a doubt",
        "It was good, NOT!",
        "hardly worth it"
      })
  void aNegationInAnySpelling(String text) {
    assertThat(Negation.in(text)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "IT WAS REALLY GOOD",
        "I know the note about knots",
        "another cantata, nothingness",
        "don",
        "..."
      })
  void onlyWholeWordsNegate(String text) {
    assertThat(Negation.in(text)).isFalse();
  }

  @Test
  void wordsHaveALetterOrDigit() {
    assertThat(words("ANYHOW IT WAS  REALLY GOOD")).isEqualTo(5);
    assertThat(words("well-made - 3 of 5 ...")).isEqualTo(4);
    assertThat(words("...")).isZero();
  }

  private static int words(String text) {
    return ErrorAnalysisTest.segment("a", Optional.of(text), 0, 0).words().orElseThrow();
  }
}
