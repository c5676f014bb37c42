package io.valence.streams.deadletters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class LetterAddressTest {

  @Test
  void whatIsWrittenIsRead() {
    final LetterAddress address = LetterAddress.parse("audio-features:3@17");

    assertThat(address).isEqualTo(new LetterAddress("audio-features", 3, 17));
    assertThat(address).hasToString("audio-features:3@17");
  }

  @Test
  void refusesWhatIsNoAddress() {
    for (final String text :
        new String[] {
          "",
          "fusion",
          "fusion:3",
          "fusion@3",
          "fusion:-1@2",
          "fusion:1@x",
          ":1@2",
          "fusion:1@2 ",
          "fusion:99999999999@1"
        }) {
      assertThatThrownBy(() -> LetterAddress.parse(text))
          .as(text)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("service:partition@offset");
    }
  }

  @Test
  void refusesAServiceThatIsNone() {
    assertThatThrownBy(() -> LetterAddress.parse("fuson:1@2"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no service \"fuson\"")
        .hasMessageContaining("fusion");
  }
}
