package io.valence.windows;

import static io.valence.windows.Records.words;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Beyond what {@link WindowJoinTest} shows by keeping its state as bytes. */
class StateCodecTest {

  @Test
  void keysSortByEndWithinTheirStreamAlone() {
    final List<byte[]> keys =
        List.of(
            StateCodec.firstKey("a"),
            StateCodec.key("a", new Window(0, 300, null)),
            StateCodec.key("a", new Window(100, 300, null)),
            StateCodec.key("a", new Window(100, 300, "x")),
            StateCodec.lastKey("a", 300),
            StateCodec.key("a", new Window(0, 301, null)),
            StateCodec.key("a", new Window(1L << 40, 1L << 41, null)),
            StateCodec.lastKey("a", Long.MAX_VALUE),
            StateCodec.firstKey("b"),
            StateCodec.key("b", new Window(0, 1, null)),
            StateCodec.firstKey("ab"));
    final List<byte[]> sorted = new ArrayList<>(keys);
    sorted.sort(Arrays::compareUnsigned);
    assertThat(sorted).containsExactlyElementsOf(keys);
  }

  @Test
  void stateOfAnotherBuildIsNotMisread() {
    final byte[] bytes =
        StateCodec.encode(WindowState.empty(new Window(0, 3_000_000, null)).with(words(0, 3)));
    final byte[] otherSchema = bytes.clone();
    otherSchema[5] ^= 1;
    assertThatThrownBy(() -> StateCodec.decodeWindow(otherSchema))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("reset the application's state");
    assertThatThrownBy(() -> StateCodec.decodeWindow(Arrays.copyOf(bytes, 40)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("damaged");
  }
}
