package io.valence.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MetricTest {

  /** Deviations from the mean -0.12: -2.88 -0.88 0.12 1.12 2.52; squares sum to 16.688. */
  private static final double[] LABELS = {-3, -1, 0, 1, 2.4};

  /** Deviations from the mean 0.28: -2.28 -0.78 0.22 0.12 2.72; squares sum to 13.268. */
  private static final double[] SCORES = {-2, -0.5, 0.5, 0.4, 3};

  private static final double[] CLASS_LABELS = {-3, -1, 0, 1, 2.4, -0.4, 0, 2.5};
  private static final double[] CLASS_SCORES = {-2.6, 0.2, -0.1, 1.4, 3.4, -0.6, 0, 1.5};

  @Test
  void regressionMeasuresEqualValuesComputedByHand() {
    // Products of the deviations sum to 14.268.
    assertThat(Metric.PEARSON.of(SCORES, LABELS))
        .isCloseTo(14.268 / Math.sqrt(16.688 * 13.268), within(1e-12))
        .isCloseTo(0.9588667, within(1e-7));
    assertThat(Metric.MAE.of(SCORES, LABELS)).isCloseTo(0.64, within(1e-12));
    assertThat(Metric.MSE.of(SCORES, LABELS)).isCloseTo(0.444, within(1e-12));
  }

  @Test
  void zeroCountsAsNonNegativeInTheFirstConvention() {
    // Labels - - + + + - + +, said - + - + + - + +: 4 and 2 right, 1 and 1 wrong.
    assertThat(Metric.ACCURACY_2_NON_NEGATIVE.of(CLASS_SCORES, CLASS_LABELS)).isEqualTo(0.75);
    // F1 0.8 of five positives, 2/3 of three negatives.
    assertThat(Metric.F1_NON_NEGATIVE.of(CLASS_SCORES, CLASS_LABELS))
        .isCloseTo(0.75, within(1e-12));
  }

  @Test
  void zeroLabelsAreLeftOutInTheSecondConvention() {
    // Labels - - + + - +, said - + + + - +.
    assertThat(Metric.ACCURACY_2_NON_ZERO.of(CLASS_SCORES, CLASS_LABELS))
        .isCloseTo(5.0 / 6, within(1e-12));
    assertThat(Metric.F1_NON_ZERO.of(CLASS_SCORES, CLASS_LABELS))
        .isCloseTo((6.0 / 7 + 0.8) / 2, within(1e-12));
  }

  @Test
  void classesAreClippedAndRoundedHalvesToEven() {
    // Labels -3 -1 0 1 2 0 0 2 (2.5 goes to 2), said -3 0 0 1 3 -1 0 2 (1.5 goes to 2).
    assertThat(Metric.ACCURACY_7.of(CLASS_SCORES, CLASS_LABELS)).isEqualTo(5.0 / 8);
    // Clipped to -2..2, 2.4 and 3.4 are the same class.
    assertThat(Metric.ACCURACY_5.of(CLASS_SCORES, CLASS_LABELS)).isEqualTo(6.0 / 8);
  }

  @Test
  void aConstantOutputHasNoCorrelation() {
    final double[] constant = new double[LABELS.length];
    Arrays.fill(constant, 0.1);
    assertThat(Metric.PEARSON.of(constant, LABELS)).isNaN();
    final Map<Metric, Interval> intervals = Bootstrap.DEFAULT.intervals(constant, LABELS);
    assertThat(intervals.get(Metric.PEARSON).defined()).isFalse();
    assertThat(intervals.get(Metric.MAE).defined()).isTrue();
    assertThat(Metric.ACCURACY_2_NON_ZERO.of(new double[] {1}, new double[] {0})).isNaN();
  }

  @Test
  void whatCannotBeMeasuredIsRefused() {
    assertThatThrownBy(() -> Metric.MAE.of(new double[0], new double[0]))
        .isInstanceOf(EvaluationException.class)
        .hasMessage("there are no samples to evaluate");
    assertThatThrownBy(() -> Metric.MAE.of(new double[] {1}, new double[] {1, 2}))
        .isInstanceOf(EvaluationException.class)
        .hasMessage("1 predictions for 2 labels");
    assertThatThrownBy(() -> Metric.MAE.of(new double[] {Double.NaN}, new double[] {1}))
        .isInstanceOf(EvaluationException.class)
        .hasMessageContaining("sample 0: predicted NaN");
  }

  @Test
  void bootstrapIntervalsAgreeWithTheoryAndRepeat() {
    final Random random = new Random(3);
    final int count = 2000;
    final double[] labels = new double[count];
    final double[] scores = new double[count];
    for (int i = 0; i < count; i++) {
      final double shared = random.nextGaussian();
      labels[i] = shared + 0.75 * random.nextGaussian();
      scores[i] = shared;
    }
    final Map<Metric, Interval> intervals = Bootstrap.DEFAULT.intervals(scores, labels);
    final Interval pearson = intervals.get(Metric.PEARSON);
    assertThat(pearson.value()).isEqualTo(Metric.PEARSON.of(scores, labels));
    // Fisher's transformation: tanh(atanh(r) +- 1.96 / sqrt(n - 3)).
    final double z = 0.5 * Math.log((1 + pearson.value()) / (1 - pearson.value()));
    final double step = 1.959964 / Math.sqrt(count - 3);
    assertThat(pearson.low()).isCloseTo(Math.tanh(z - step), within(0.004));
    assertThat(pearson.high()).isCloseTo(Math.tanh(z + step), within(0.004));
    // The mean of |N(0, 0.75)| is 0.5984 with standard deviation 0.4521: +- 1.96 * 0.4521 /
    // sqrt(n).
    final Interval mae = intervals.get(Metric.MAE);
    assertThat((mae.high() - mae.low()) / 2).isCloseTo(0.0198, within(0.0015));

    assertThat(Bootstrap.DEFAULT.intervals(scores, labels)).isEqualTo(intervals);
    assertThat(new Bootstrap(2000, 0.95, 1).intervals(scores, labels)).isNotEqualTo(intervals);
    assertThatThrownBy(() -> new Bootstrap(999, 0.95, 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theFastPassOfTheBootstrapAgreesWithTheDefinitions() {
    final Random random = new Random(9);
    for (int trial = 0; trial < 200; trial++) {
      final int count = 1 + random.nextInt(30);
      final double[] labels = new double[count];
      final double[] scores = new double[count];
      final int[] chosen = new int[count];
      for (int i = 0; i < count; i++) {
        labels[i] = Math.rint(5 * (6 * random.nextDouble() - 3)) / 5;
        scores[i] = trial % 7 == 0 ? 0.3 : 8 * random.nextDouble() - 4;
        chosen[i] = random.nextInt(count);
      }
      final double[] fast = new double[Metric.values().length];
      new Resampler(scores, labels).addMeasures(chosen, fast);
      for (final Metric metric : Metric.values()) {
        final double defined = metric.compute(scores, labels, chosen);
        if (Double.isNaN(defined)) {
          assertThat(fast[metric.ordinal()]).as("%s", metric).isNaN();
        } else {
          assertThat(fast[metric.ordinal()]).as("%s", metric).isCloseTo(defined, within(1e-9));
        }
      }
    }
  }

  @Test
  void quantilesAreInterpolated() {
    assertThat(Bootstrap.quantile(new double[] {1, 2, 4, 8}, 0.5)).isEqualTo(3);
    assertThat(Bootstrap.quantile(new double[] {1, 2, 4, 8}, 0.025))
        .isCloseTo(1.075, within(1e-12));
    assertThat(Bootstrap.quantile(new double[] {7}, 0.975)).isEqualTo(7);
  }

  @Test
  void seedsAreAveragedAndOneSeedIsNoHeadline() {
    final double[] other = {-1, -1, -1, 1, 1};
    final SeedSummary two = SeedSummary.of(List.of(SCORES, other), LABELS, Bootstrap.DEFAULT);
    // MAE 0.64 and (2 + 0 + 1 + 0 + 1.4) / 5 = 0.88: mean 0.76, deviation 0.12 * sqrt(2).
    assertThat(two.mean().get(Metric.MAE).value()).isCloseTo(0.76, within(1e-12));
    assertThat(two.deviation().get(Metric.MAE)).isCloseTo(0.12 * Math.sqrt(2), within(1e-12));
    assertThat(two.perSeed().get(1).get(Metric.MAE)).isCloseTo(0.88, within(1e-12));
    assertThatThrownBy(() -> two.headline(Metric.PEARSON))
        .isInstanceOf(EvaluationException.class)
        .hasMessage("2 seeds are too few for a headline: train with at least 5");

    final SeedSummary one = SeedSummary.of(List.of(SCORES), LABELS, Bootstrap.DEFAULT);
    assertThat(one.deviation().get(Metric.MAE)).isNaN();
    assertThatThrownBy(() -> one.headline(Metric.PEARSON))
        .hasMessage("1 seed is too few for a headline: train with at least 5");
    final SeedSummary five =
        SeedSummary.of(List.of(SCORES, SCORES, SCORES, SCORES, other), LABELS, Bootstrap.DEFAULT);
    assertThat(five.headline(Metric.MAE).value()).isCloseTo((4 * 0.64 + 0.88) / 5, within(1e-12));
  }

  @Test
  void coverageCountsLabelsInsideTheirIntervals() {
    // Errors 1, 0.5, 0.5, 0.6, 0.6 against half widths 1, 0.4, 0.6, 0.6, 0.5: in, out, in, in, out.
    final Coverage coverage =
        Coverage.of(SCORES, new double[] {1, 0.4, 0.6, 0.6 + 1e-9, 0.5}, LABELS);
    assertThat(coverage.covered()).isEqualTo(0.6);
    // Wilson's interval for 3 of 5, from his formula.
    assertThat(coverage.low()).isCloseTo(0.2307, within(1e-4));
    assertThat(coverage.high()).isCloseTo(0.8824, within(1e-4));
    assertThat(coverage.meanHalfWidth()).isCloseTo(0.62, within(1e-8));
    assertThatThrownBy(() -> Coverage.of(SCORES, new double[] {1, 1, 1, 1, -1}, LABELS))
        .isInstanceOf(EvaluationException.class);
  }

  @Test
  void calibrationBinsHoldEqualShares() {
    final double[] scores = {3, 1, 2, 0};
    final double[] labels = {2, 0, 3, -1};
    final List<CalibrationBin> bins =
        CalibrationBin.of(scores, labels, new double[] {1, 0.5, 2, 2}, 2);
    // Sorted by score: 0 1 | 2 3 with labels -1 0 | 3 2.
    assertThat(bins).hasSize(2);
    assertThat(bins.get(0).meanPredicted()).isEqualTo(0.5);
    assertThat(bins.get(0).meanActual()).isEqualTo(-0.5);
    assertThat(bins.get(0).covered()).isEqualTo(0.5);
    assertThat(bins.get(0).standardError()).isCloseTo(0.5, within(1e-12));
    assertThat(bins.get(1).lowest()).isEqualTo(2);
    assertThat(bins.get(1).meanActual()).isEqualTo(2.5);
    assertThat(bins.get(1).covered()).isEqualTo(1);
  }
}
