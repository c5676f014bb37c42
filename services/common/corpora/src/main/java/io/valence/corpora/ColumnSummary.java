package io.valence.corpora;

/**
 * What one column of a feature table holds.
 *
 * @param name the column
 * @param finite how many of its values are finite
 * @param notNumbers how many are NaN
 * @param infinite how many are positive or negative infinity
 * @param mean of the finite values; NaN if there is none
 * @param deviation population standard deviation of the finite values; NaN if there is none
 * @param minimum of the finite values; NaN if there is none
 * @param maximum of the finite values; NaN if there is none
 * @param bookkeeping whether it says how the extractor worked rather than what it saw
 */
public record ColumnSummary(
    String name,
    long finite,
    long notNumbers,
    long infinite,
    double mean,
    double deviation,
    double minimum,
    double maximum,
    boolean bookkeeping) {

  /** Whether the column says nothing: one value throughout. */
  public boolean constant() {
    return finite > 0 && minimum == maximum;
  }

  /** Whether there is no finite value at all. */
  public boolean empty() {
    return finite == 0;
  }
}
