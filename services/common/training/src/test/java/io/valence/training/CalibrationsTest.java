package io.valence.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.valence.model.BundleDescription.QualityBin;
import java.util.List;
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
  void worseQualityGetsWiderIntervals() {
    final double[] errors = new double[300];
    final double[] qualities = new double[300];
    for (int i = 0; i < errors.length; i++) {
      qualities[i] = i / 300.0;
      // Three thirds with errors up to 3, 2 and 1.
      errors[i] = (3 - i / 100) * (i * 37 % 100) / 100.0;
    }
    final double all = Calibrations.quantile(errors);

    final List<QualityBin> bins = Calibrations.bins(errors, qualities, all);

    assertThat(bins).extracting(QualityBin::from).containsExactly(0.0, 100 / 300.0, 200 / 300.0);
    assertThat(bins).extracting(QualityBin::samples).containsExactly(100, 100, 100);
    // ceil(101 * 0.95) = 96: the 96th smallest, 0.95 of the largest.
    assertThat(bins.get(0).factor() * all).isCloseTo(2.85, Offset.offset(1e-12));
    assertThat(bins.get(1).factor() * all).isCloseTo(1.90, Offset.offset(1e-12));
    assertThat(bins.get(2).factor() * all).isCloseTo(0.95, Offset.offset(1e-12));
  }

  @Test
  void betterQualityIsNeverWider() {
    final double[] errors = new double[200];
    final double[] qualities = new double[200];
    for (int i = 0; i < errors.length; i++) {
      qualities[i] = i < 100 ? 0.2 : 0.8;
      errors[i] = (i < 100 ? 1 : 2) * (i * 37 % 100) / 100.0;
    }

    final List<QualityBin> bins = Calibrations.bins(errors, qualities, 1);

    assertThat(bins).hasSize(2);
    assertThat(bins.get(0).factor()).isEqualTo(bins.get(1).factor());
  }

  @Test
  void aConstantQualityOrFewSamplesLeaveTheWidthAlone() {
    final double[] errors = new double[300];
    java.util.Arrays.fill(errors, 0.5);
    final double[] same = new double[300];
    java.util.Arrays.fill(same, 0.7);
    assertThat(Calibrations.bins(errors, same, 0.5)).isEmpty();
    assertThat(Calibrations.bins(new double[99], new double[99], 0.5)).isEmpty();
  }

  @Test
  void coverageCountsTheLabelsInside() {
    final double covered =
        Calibrations.coverage(new float[] {0, 0, 0, 0}, new float[] {0.5f, -1, 1.5f, 2}, 1);

    assertThat(covered).isCloseTo(0.5, Offset.offset(1e-12));
  }
}
