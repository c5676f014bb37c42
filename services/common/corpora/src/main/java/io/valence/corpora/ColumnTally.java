package io.valence.corpora;

/** The running summary of one column. */
final class ColumnTally {

  private long finite;
  private long notNumbers;
  private long infinite;
  private double mean;
  private double squares;
  private double minimum = Double.POSITIVE_INFINITY;
  private double maximum = Double.NEGATIVE_INFINITY;

  /** Starts with values that are known to have been there and are not finite. */
  ColumnTally(long notNumbers, long infinite) {
    this.notNumbers = notNumbers;
    this.infinite = infinite;
  }

  void add(float single) {
    final double value = single;
    if (Double.isNaN(value)) {
      notNumbers++;
    } else if (Double.isInfinite(value)) {
      infinite++;
    } else {
      finite++;
      // Welford's update: stable where a sum of squares would cancel.
      final double delta = value - mean;
      mean += delta / finite;
      squares += delta * (value - mean);
      minimum = Math.min(minimum, value);
      maximum = Math.max(maximum, value);
    }
  }

  ColumnSummary summary(String name) {
    final boolean none = finite == 0;
    return new ColumnSummary(
        name,
        finite,
        notNumbers,
        infinite,
        none ? Double.NaN : mean,
        none ? Double.NaN : Math.sqrt(squares / finite),
        none ? Double.NaN : minimum,
        none ? Double.NaN : maximum,
        FeatureTable.isBookkeeping(name));
  }
}
