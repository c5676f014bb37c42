package io.valence.training;

import ai.djl.ndarray.NDArray;

/**
 * a · MSE + b · (1 - r)² + c · MAE over a batch: the correlation is what is reported, the errors keep
 * the output on the scale of the labels.
 *
 * @param squaredError a
 * @param correlation b
 * @param absoluteError c
 */
record SentimentLoss(double squaredError, double correlation, double absoluteError) {

  /** Keeps the root's slope finite while the output is still constant. */
  private static final float SMALLEST = 1e-8f;

  static SentimentLoss of(final FusionOptions options) {
    return new SentimentLoss(
        options.squaredError(), options.correlation(), options.absoluteError());
  }

  /** The loss as a number with a gradient. */
  NDArray of(final NDArray scores, final NDArray labels) {
    final NDArray errors = scores.sub(labels);
    NDArray loss = Scalars.times(errors.square().mean(), squaredError);
    if (correlation > 0) {
      final NDArray x = scores.sub(scores.mean());
      final NDArray y = labels.sub(labels.mean());
      final NDArray spread = x.square().sum().mul(y.square().sum()).add(SMALLEST).sqrt();
      final NDArray r = x.mul(y).sum().div(spread);
      loss = loss.add(Scalars.times(r.neg().add(1).square(), correlation));
    }
    return absoluteError > 0 ? loss.add(Scalars.times(errors.abs().mean(), absoluteError)) : loss;
  }

  /** The same over a whole fold. */
  double of(final float[] scores, final float[] labels) {
    final double missing = 1 - Statistics.correlation(scores, labels);
    return squaredError * Statistics.squaredError(scores, labels)
        + correlation * missing * missing
        + absoluteError * Statistics.absoluteError(scores, labels);
  }
}
