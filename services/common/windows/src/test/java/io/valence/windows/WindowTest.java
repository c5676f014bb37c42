package io.valence.windows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;

class WindowTest {

  private static final long YEARS = 1L << 50;

  @Example
  void bordersBelongToTheWindowTheyOpen() {
    assertThat(Window.containing(0, 3_000_000)).isEqualTo(new Window(0, 3_000_000, null));
    assertThat(Window.containing(2_999_999, 3_000_000).startMicros()).isZero();
    assertThat(Window.containing(3_000_000, 3_000_000).startMicros()).isEqualTo(3_000_000);
    assertThat(Window.touching(2_999_999, 3_000_001, 3_000_000)).hasSize(2);
    assertThat(Window.touching(3_000_000, 6_000_000, 3_000_000)).hasSize(1);
    assertThat(Window.touching(5, 5, 3)).isEmpty();
  }

  @Example
  void negativeAndEmptyAreRefused() {
    assertThatThrownBy(() -> Window.containing(-1, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("-1");
    assertThatThrownBy(() -> Window.containing(1, 0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Window.touching(5, 4, 3)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Window(3, 3, null)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Window(-3, 3, null)).isInstanceOf(IllegalArgumentException.class);
    assertThat(new Window(1, 4, null).isAligned(3)).isFalse();
    assertThat(new Window(3, 6, null).isAligned(3)).isTrue();
    assertThat(new Window(3, 6, "a").isAligned(3)).isFalse();
  }

  @Property
  void everyInstantLiesInExactlyOneWindow(
      @ForAll @LongRange(min = 0, max = YEARS) final long instant,
      @ForAll @LongRange(min = 1, max = 86_400_000_000L) final long size) {
    final Window window = Window.containing(instant, size);
    assertThat(instant).isGreaterThanOrEqualTo(window.startMicros()).isLessThan(window.endMicros());
    assertThat(window.isAligned(size)).isTrue();
    assertThat(Window.containing(window.startMicros(), size)).isEqualTo(window);
    assertThat(Window.containing(window.endMicros() - 1, size)).isEqualTo(window);
    assertThat(Window.containing(window.endMicros(), size)).isEqualTo(window.next());
    assertThat(window).isLessThan(window.next());
  }

  @Property
  void theWindowsOfARangeTileIt(
      @ForAll @LongRange(min = 0, max = YEARS) final long start,
      @ForAll @LongRange(min = 1, max = 1_000_000) final long length,
      @ForAll @LongRange(min = 10_000, max = 5_000_000) final long size) {
    final List<Window> windows = Window.touching(start, start + length, size);
    assertThat(windows.get(0)).isEqualTo(Window.containing(start, size));
    assertThat(windows.get(windows.size() - 1))
        .isEqualTo(Window.containing(start + length - 1, size));
    for (int i = 1; i < windows.size(); i++) {
      assertThat(windows.get(i).startMicros()).isEqualTo(windows.get(i - 1).endMicros());
    }
  }
}
