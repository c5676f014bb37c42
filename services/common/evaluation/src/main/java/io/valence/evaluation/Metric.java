package io.valence.evaluation;

import java.util.Locale;

/**
 * The measures of the CMU-MOSI and CMU-MOSEI literature, with the definitions of the public
 * evaluation code of Tsai et al., "Multimodal Transformer for Unaligned Multimodal Language
 * Sequences" (ACL 2019), which later work shares. Predictions and labels run from -3 to 3.
 */
public enum Metric {
  /** Pearson's correlation; undefined (NaN) if either side is constant. */
  PEARSON("Pearson r", true, false) {
    @Override
    double compute(double[] predicted, double[] actual, int[] chosen) {
      return pearson(predicted, actual, chosen);
    }
  },
  /** Mean absolute error. */
  MAE("MAE", false, false) {
    @Override
    double compute(double[] predicted, double[] actual, int[] chosen) {
      double sum = 0;
      for (final int i : chosen) {
        sum += Math.abs(predicted[i] - actual[i]);
      }
      return sum / chosen.length;
    }
  },
  /** Mean squared error. */
  MSE("MSE", false, false) {
    @Override
    double compute(double[] predicted, double[] actual, int[] chosen) {
      double sum = 0;
      for (final int i : chosen) {
        sum += (predicted[i] - actual[i]) * (predicted[i] - actual[i]);
      }
      return sum / chosen.length;
    }
  },
  /** Share of samples on the right side when zero counts as non-negative, over all samples. */
  ACCURACY_2_NON_NEGATIVE("Acc-2 (neg/non-neg)", true, true) {
    @Override
    double compute(double[] predicted, double[] actual, int[] chosen) {
      return Binary.count(predicted, actual, chosen, true).accuracy();
    }
  },
  /**
   * Share of samples on the right side, over the samples whose label is not zero: a prediction above
   * zero is positive, all others are negative. Undefined if every label is zero.
   */
  ACCURACY_2_NON_ZERO("Acc-2 (neg/pos)", true, true) {
    @Override
    double compute(double[] predicted, double[] actual, int[] chosen) {
      return Binary.count(predicted, actual, chosen, false).accuracy();
    }
  },
  /** F1 of both classes, weighted by how often each occurs, as {@link #ACCURACY_2_NON_NEGATIVE}. */
  F1_NON_NEGATIVE("F1 (neg/non-neg)", true, true) {
    @Override
    double compute(double[] predicted, double[] actual, int[] chosen) {
      return Binary.count(predicted, actual, chosen, true).weightedF1();
    }
  },
  /** F1 of both classes, weighted by how often each occurs, as {@link #ACCURACY_2_NON_ZERO}. */
  F1_NON_ZERO("F1 (neg/pos)", true, true) {
    @Override
    double compute(double[] predicted, double[] actual, int[] chosen) {
      return Binary.count(predicted, actual, chosen, false).weightedF1();
    }
  },
  /** Share of equal classes after clipping both sides to -2..2 and rounding (halves to even). */
  ACCURACY_5("Acc-5", true, true) {
    @Override
    double compute(double[] predicted, double[] actual, int[] chosen) {
      return classes(predicted, actual, chosen, 2);
    }
  },
  /** Share of equal classes after clipping both sides to -3..3 and rounding (halves to even). */
  ACCURACY_7("Acc-7", true, true) {
    @Override
    double compute(double[] predicted, double[] actual, int[] chosen) {
      return classes(predicted, actual, chosen, 3);
    }
  };

  private final String label;
  private final boolean higherIsBetter;
  private final boolean share;

  Metric(String label, boolean higherIsBetter, boolean share) {
    this.label = label;
    this.higherIsBetter = higherIsBetter;
    this.share = share;
  }

  /**
   * The value over the chosen samples (an index may occur more than once).
   *
   * @return NaN where the measure is undefined for them
   */
  abstract double compute(double[] predicted, double[] actual, int[] chosen);

  /**
   * The value over all samples.
   *
   * @param predicted a finite number a sample
   * @param actual the labels, as many
   * @return NaN where the measure is undefined
   * @throws EvaluationException if there are no samples, lengths differ, or a number is not finite
   */
  public double of(double[] predicted, double[] actual) {
    check(predicted, actual);
    return compute(predicted, actual, all(actual.length));
  }

  /** The name in tables. */
  public String label() {
    return label;
  }

  /** The key in JSON, for instance {@code accuracy_2_non_zero}. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether a larger value is a better one. */
  public boolean higherIsBetter() {
    return higherIsBetter;
  }

  /** Whether the value is a share from 0 to 1, shown in per cent. */
  public boolean isShare() {
    return share;
  }

  static void check(double[] predicted, double[] actual) {
    if (actual.length == 0) {
      throw new EvaluationException("there are no samples to evaluate");
    }
    if (predicted.length != actual.length) {
      throw new EvaluationException(
          predicted.length + " predictions for " + actual.length + " labels");
    }
    for (int i = 0; i < actual.length; i++) {
      if (!Double.isFinite(predicted[i]) || !Double.isFinite(actual[i])) {
        throw new EvaluationException(
            "sample " + i + ": predicted " + predicted[i] + ", label " + actual[i]);
      }
    }
  }

  static int[] all(int count) {
    final int[] indices = new int[count];
    for (int i = 0; i < count; i++) {
      indices[i] = i;
    }
    return indices;
  }

  private static double pearson(double[] predicted, double[] actual, int[] chosen) {
    double meanPredicted = 0;
    double meanActual = 0;
    for (final int i : chosen) {
      meanPredicted += predicted[i];
      meanActual += actual[i];
    }
    meanPredicted /= chosen.length;
    meanActual /= chosen.length;
    double together = 0;
    double ofPredicted = 0;
    double ofActual = 0;
    for (final int i : chosen) {
      final double a = predicted[i] - meanPredicted;
      final double b = actual[i] - meanActual;
      together += a * b;
      ofPredicted += a * a;
      ofActual += b * b;
    }
    // Rounding of the mean leaves a constant with a tiny spread; that is no correlation either.
    final double least = 1e-24 * chosen.length;
    if (ofPredicted <= least * Math.max(1, meanPredicted * meanPredicted)
        || ofActual <= least * Math.max(1, meanActual * meanActual)) {
      return Double.NaN;
    }
    return together / Math.sqrt(ofPredicted * ofActual);
  }

  private static double classes(double[] predicted, double[] actual, int[] chosen, int limit) {
    int equal = 0;
    for (final int i : chosen) {
      equal += classOf(predicted[i], limit) == classOf(actual[i], limit) ? 1 : 0;
    }
    return (double) equal / chosen.length;
  }

  static int classOf(double value, int limit) {
    return (int) Math.rint(Math.max(-limit, Math.min(limit, value)));
  }

  /** How often each of two classes was predicted right and wrong. */
  record Binary(int truePositive, int falsePositive, int trueNegative, int falseNegative) {

    static Binary count(double[] predicted, double[] actual, int[] chosen, boolean zeroIsPositive) {
      int truePositive = 0;
      int falsePositive = 0;
      int trueNegative = 0;
      int falseNegative = 0;
      for (final int i : chosen) {
        if (!zeroIsPositive && actual[i] == 0) {
          continue;
        }
        final boolean positive = zeroIsPositive ? actual[i] >= 0 : actual[i] > 0;
        final boolean said = zeroIsPositive ? predicted[i] >= 0 : predicted[i] > 0;
        if (positive) {
          truePositive += said ? 1 : 0;
          falseNegative += said ? 0 : 1;
        } else {
          falsePositive += said ? 1 : 0;
          trueNegative += said ? 0 : 1;
        }
      }
      return new Binary(truePositive, falsePositive, trueNegative, falseNegative);
    }

    private int total() {
      return truePositive + falsePositive + trueNegative + falseNegative;
    }

    double accuracy() {
      return total() == 0 ? Double.NaN : (double) (truePositive + trueNegative) / total();
    }

    double weightedF1() {
      if (total() == 0) {
        return Double.NaN;
      }
      final double positive = f1(truePositive, falsePositive, falseNegative);
      final double negative = f1(trueNegative, falseNegative, falsePositive);
      return (positive * (truePositive + falseNegative) + negative * (trueNegative + falsePositive))
          / total();
    }

    /** 0 where the class neither occurs nor is predicted, as scikit-learn has it. */
    private static double f1(int right, int saidWrongly, int missed) {
      final int denominator = 2 * right + saidWrongly + missed;
      return denominator == 0 ? 0 : 2.0 * right / denominator;
    }
  }
}
