package io.valence.evaluation;

/**
 * A measured value with a confidence interval. All three are NaN where the measure is undefined.
 *
 * @param value the value over all samples
 * @param low the lower end
 * @param high the upper end
 */
public record Interval(double value, double low, double high) {

  /** Whether the measure is defined for these samples. */
  public boolean defined() {
    return !Double.isNaN(value);
  }
}
