package io.valence.windows;

import static io.valence.windows.Records.vector;
import static io.valence.windows.Records.word;
import static io.valence.windows.Records.words;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.valence.schemas.Modality;
import io.valence.schemas.WordScore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Beyond what {@link WindowJoinTest} shows by keeping its state as bytes. */
class StateCodecTest {

  private static final Part PART =
      Part.of(
          words(0, 3),
          Optional.of(
              new Origin(
                  "adapted.text",
                  2,
                  77,
                  Optional.of(
                      new Origin.Content(
                          new byte[] {0, 1, 2},
                          List.of(
                              new Origin.Header("a", new byte[] {3}),
                              new Origin.Header("b", null)))))));

  private static byte[] key(final String streamId, final Window window) {
    return StateCodec.key(streamId, window, PART);
  }

  @Test
  void partsKeepWhereTheyCameFrom() {
    final Window window = new Window(0, 3_000_000, "segment");
    final StateCodec.StoredPart read = StateCodec.decodePart(StateCodec.encode(window, PART));
    assertThat(read.window()).isEqualTo(window);
    assertThat(read.part().vector()).isEqualTo(PART.vector());
    final Origin origin = read.part().origin().orElseThrow();
    assertThat(origin.topic()).isEqualTo("adapted.text");
    assertThat(origin.partition()).isEqualTo(2);
    assertThat(origin.offset()).isEqualTo(77);
    assertThat(origin.record().orElseThrow().value()).containsExactly(0, 1, 2);
    assertThat(origin.record().orElseThrow().headers()).hasSize(2);
    assertThat(origin.record().orElseThrow().headers().get(0).value()).containsExactly(3);
    assertThat(origin.record().orElseThrow().headers().get(1).value()).isNull();
    assertThat(StateCodec.decodePart(StateCodec.encode(window, PART.withoutRecord())).part())
        .isEqualTo(PART.withoutRecord());
  }

  @Test
  void partsKeepTheirWords() {
    final Window window = new Window(0, 3_000_000, null);
    final Part part =
        Part.of(
            vector("s", Modality.TEXT, 0, 3, 12f)
                .setWords(List.of(word(0.25, 0.5, -2.5f, 1), word(0.5, 3.125, 0.125f, 3)))
                .build(),
            Optional.empty());

    final Part read = StateCodec.decodePart(StateCodec.encode(window, part)).part();

    assertThat(read).isEqualTo(part);
    assertThat(read.vector().getWords())
        .containsExactly(
            new WordScore(250_000L, 500_000L, -2.5f, 1f),
            new WordScore(500_000L, 3_125_000L, 0.125f, 3f));
  }

  @Test
  void keysSortByEndWithinTheirStreamAlone() {
    final List<byte[]> keys =
        List.of(
            StateCodec.firstKey("a"),
            key("a", new Window(0, 300, null)),
            key("a", new Window(100, 300, null)),
            key("a", new Window(100, 300, "x")),
            StateCodec.lastKey("a", 300),
            key("a", new Window(0, 301, null)),
            key("a", new Window(1L << 40, 1L << 41, null)),
            StateCodec.lastKey("a", Long.MAX_VALUE),
            StateCodec.firstKey("b"),
            key("b", new Window(0, 1, null)),
            StateCodec.firstKey("ab"));
    final List<byte[]> sorted = new ArrayList<>(keys);
    sorted.sort(Arrays::compareUnsigned);
    assertThat(sorted).containsExactlyElementsOf(keys);
  }

  @Test
  void stateOfAnotherBuildIsNotMisread() {
    final byte[] bytes = StateCodec.encode(new Window(0, 3_000_000, null), PART);
    final byte[] otherSchema = bytes.clone();
    otherSchema[5] ^= 1;
    assertThatThrownBy(() -> StateCodec.decodePart(otherSchema))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("reset the application's state");
    assertThatThrownBy(() -> StateCodec.decodePart(Arrays.copyOf(bytes, 40)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("damaged");
  }
}
