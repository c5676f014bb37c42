package io.valence.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Figures that can be counted by hand. */
class BorderFiguresTest {

  @Test
  void ofFourPairsThreeAreInOrder() {
    final BorderFigures figures =
        BorderFigures.of(List.of(2.0, -1.0, 1.0, -3.0), List.of(true, true, false, false));

    assertThat(figures.auc()).isEqualTo(0.75);
    assertThat(figures.f1()).isEqualTo(0.5);
    // Both borders and one other word: 2 · 2 / (3 + 2) = 0.8.
    assertThat(figures.threshold()).isEqualTo(-2);
    assertThat(figures.borders()).isEqualTo(2);
    assertThat(figures.words()).isEqualTo(4);
  }

  @Test
  void aTieIsHalfInOrder() {
    final BorderFigures figures =
        BorderFigures.of(List.of(1.0, 1.0, 0.0), List.of(true, false, false));

    assertThat(figures.auc()).isEqualTo(0.75);
    assertThat(figures.f1()).isCloseTo(2.0 / 3, within(1e-12));
    assertThat(figures.threshold()).isEqualTo(0.5);
  }

  @Test
  void nothingFoundIsAnF1OfZero() {
    assertThat(BorderFigures.of(List.of(-1.0, -2.0), List.of(true, false)).f1()).isZero();
  }

  @Test
  void oneKindOfWordsTellsNothing() {
    assertThatThrownBy(() -> BorderFigures.of(List.of(1.0), List.of(true)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
