package io.valence.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The minimum of the logistic loss, where it is known and where it is only known to be one. */
class LogisticRegressionTest {

  private static LogisticRegression.Fit fit(
      final float[][] rows,
      final int[] groups,
      final boolean[] labels,
      final int groupCount,
      final double penalty) {
    return LogisticRegression.fit(rows, groups, labels, groupCount, penalty, line -> {});
  }

  @Test
  void withoutFeaturesTheBiasOfAGroupIsItsLogOdds() {
    final LogisticRegression.Fit fit =
        fit(
            new float[][] {{0}, {0}, {0}, {0}, {0}, {0}, {0}},
            new int[] {0, 0, 0, 0, 1, 1, 1},
            new boolean[] {true, true, true, false, false, false, true},
            2,
            0.03);

    assertThat(fit.weight()).containsExactly(0);
    assertThat(fit.bias()[0]).isCloseTo(Math.log(3), within(1e-3));
    assertThat(fit.bias()[1]).isCloseTo(-Math.log(2), within(1e-3));
  }

  /** Two mirrored examples: the weight w is where 1 / (1 + exp(w)) = penalty · w. */
  @Test
  void thePenaltyHoldsTheWeightWhereItsPullIsThatOfTheExamples() {
    for (final double weight : new double[] {0.5, 1, 3}) {
      final double penalty = 1 / (1 + Math.exp(weight)) / weight;

      final LogisticRegression.Fit fit =
          fit(new float[][] {{1}, {-1}}, new int[2], new boolean[] {true, false}, 1, penalty);

      assertThat(fit.weight()[0]).isCloseTo(weight, within(2e-3 * weight));
      assertThat(fit.bias()[0]).isCloseTo(0, within(1e-3));
    }
  }

  @Test
  void atTheSolutionTheGradientIsZero() {
    final Random random = new Random(5);
    final float[][] rows = new float[700][19];
    final int[] groups = new int[rows.length];
    final boolean[] labels = new boolean[rows.length];
    for (int row = 0; row < rows.length; row++) {
      double score = 0.3 * random.nextGaussian();
      for (int i = 0; i < rows[row].length; i++) {
        rows[row][i] = (float) random.nextGaussian();
        score += rows[row][i] * (i % 5 - 2);
      }
      groups[row] = random.nextInt(4);
      labels[row] = score + groups[row] > 2;
    }

    final LogisticRegression.Fit fit = fit(rows, groups, labels, 4, 0.03);

    final double[] slope = new double[19];
    final double[] biasSlope = new double[4];
    for (int row = 0; row < rows.length; row++) {
      double score = fit.bias()[groups[row]];
      for (int i = 0; i < slope.length; i++) {
        score += fit.weight()[i] * rows[row][i];
      }
      final double error = 1 / (1 + Math.exp(-score)) - (labels[row] ? 1 : 0);
      for (int i = 0; i < slope.length; i++) {
        slope[i] += error * rows[row][i] / rows.length;
      }
      biasSlope[groups[row]] += error / rows.length;
    }
    for (int i = 0; i < slope.length; i++) {
      assertThat(slope[i] + 0.03 * fit.weight()[i]).isCloseTo(0, within(2e-4));
    }
    for (final double each : biasSlope) {
      assertThat(each).isCloseTo(0, within(2e-4));
    }
    assertThat(fit.gradientNorm()).isLessThan(1e-4);
    assertThat(fit.iterations()).isBetween(5, 200);
    assertThat(fit(rows, groups, labels, 4, 0.03).weight()).containsExactly(fit.weight());
  }

  @Test
  void aGroupWithoutExamplesHasTheBiasOfTheOneBefore() {
    final LogisticRegression.Fit fit =
        fit(
            new float[][] {{0}, {0}, {0}, {0}},
            new int[] {1, 1, 1, 1},
            new boolean[] {true, true, true, false},
            3,
            0.03);

    assertThat(fit.bias()[0]).isZero();
    assertThat(fit.bias()[2]).isEqualTo(fit.bias()[1]).isCloseTo(Math.log(3), within(1e-3));
  }

  @Test
  void anAnswerThatAGroupAlwaysGivesNeedsNoEnd() {
    final List<String> lines = new ArrayList<>();

    final LogisticRegression.Fit fit =
        LogisticRegression.fit(
            new float[][] {{1}, {-1}, {2}},
            new int[3],
            new boolean[] {true, true, true},
            1,
            0.03,
            lines::add);

    assertThat(fit.bias()[0]).isBetween(5.0, 50.0);
  }
}
