package io.valence.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class FeaturesTest {

  private static final FeatureSpace SPACE = new FeatureSpace("pair-2", List.of("a", "b"));

  @Test
  void silenceHasNoValues() {
    final Features silent = Features.silent(SPACE);

    assertThat(silent.present()).isFalse();
    assertThat(silent.values()).isEmpty();
  }

  @Test
  void valuesMustFitTheSpace() {
    assertThatThrownBy(() -> new Features(SPACE, new float[] {1}, 1, 1))
        .hasMessageContaining("pair-2: 1 values where 2 belong");
    assertThatThrownBy(() -> new Features(SPACE, new float[] {0, 0}, 0, 0))
        .hasMessageContaining("2 values where 0 belong");
  }

  @Test
  void whatIsNotANumberIsRefusedByName() {
    assertThatThrownBy(() -> new Features(SPACE, new float[] {1, Float.NaN}, 1, 1))
        .hasMessageContaining("value b is NaN");
    assertThatThrownBy(() -> new Features(SPACE, new float[] {1, 2}, Double.NaN, 1))
        .hasMessageContaining("weight");
    assertThatThrownBy(() -> new Features(SPACE, new float[] {1, 2}, 1, 1.5))
        .hasMessageContaining("quality");
  }
}
