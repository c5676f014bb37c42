package io.valence.training;

import static org.assertj.core.api.Assertions.assertThat;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class CalibrationsTest {

  @Test
  void halfAWidthIsTheConformalQuantile() {
    final double[] errors = new double[229];
    for (int i = 0; i < errors.length; i++) {
      errors[i] = (i * 37 % 229) / 100.0;
    }

    // ceil(230 * 0.95) = 219: the 219th smallest of 0.00, 0.01, ... 2.28.
    assertThat(Calibrations.quantile(errors)).isEqualTo(2.18);
  }

  @Test
  void withFewErrorsItIsTheLargest() {
    assertThat(Calibrations.quantile(new double[] {0.3, 0.1, 0.7})).isEqualTo(0.7);
  }

  @Test
  void coverageCountsTheLabelsInside() {
    final double covered =
        Calibrations.coverage(new float[] {0, 0, 0, 0}, new float[] {0.5f, -1, 1.5f, 2}, 1);

    assertThat(covered).isCloseTo(0.5, Offset.offset(1e-12));
  }
}
