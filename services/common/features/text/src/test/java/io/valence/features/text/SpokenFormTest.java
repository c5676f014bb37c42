package io.valence.features.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class SpokenFormTest {

  @Test
  void readsAsATranscriptOfSpeech() {
    assertThat(SpokenForm.of("I do n't  like -lrb- it -rrb- , it\n's bad."))
        .isEqualTo("i dont like it its bad");
    assertThat(SpokenForm.of(" \t ")).isEmpty();
  }

  /** Each blank of a long run was once where a search through the rest of the run began. */
  @Test
  void aLongRunOfBlanksTakesNoLongerThanOtherText() {
    final String blanks = " ".repeat(256 * 1024);
    assertThat(
            assertTimeoutPreemptively(
                Duration.ofSeconds(10), () -> SpokenForm.of("a" + blanks + "b" + blanks)))
        .isEqualTo("a b");
  }
}
