package io.valence.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Figures that can be counted by hand. */
class BorderFiguresTest {

  @Test
  void ofFourPairsThreeAreInOrder() {
    final BorderFigures figures =
        BorderFigures.of(List.of(2.0, -1.0, 1.0, -3.0), List.of(true, true, false, false));

    assertThat(figures.auc()).isEqualTo(0.75);
    // Above 0 are one border of two, and one other word.
    assertThat(figures.precision()).isEqualTo(0.5);
    assertThat(figures.recall()).isEqualTo(0.5);
    assertThat(figures.borders()).isEqualTo(2);
    assertThat(figures.words()).isEqualTo(4);
  }

  @Test
  void aTieIsHalfInOrder() {
    final BorderFigures figures =
        BorderFigures.of(List.of(1.0, 1.0, 0.0), List.of(true, false, false));

    assertThat(figures.auc()).isEqualTo(0.75);
    assertThat(figures.precision()).isEqualTo(0.5);
    assertThat(figures.recall()).isEqualTo(1);
  }

  @Test
  void nothingFoundIsZero() {
    final BorderFigures figures = BorderFigures.of(List.of(-1.0, -2.0), List.of(true, false));

    assertThat(figures.precision()).isZero();
    assertThat(figures.recall()).isZero();
  }

  @Test
  void oneKindOfWordsTellsNothing() {
    assertThatThrownBy(() -> BorderFigures.of(List.of(1.0), List.of(true)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
