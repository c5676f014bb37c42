package io.valence.training;

/** Lowers the learning rate when the validation fold stops improving, and says when to stop. */
final class Plateau {

  private final double factor;
  private final int patience;
  private final int stopping;
  private double rate;
  private double best = Double.NEGATIVE_INFINITY;
  private int sinceBest;
  private int sinceLower;

  Plateau(final double rate, final double factor, final int patience, final int stopping) {
    this.rate = rate;
    this.factor = factor;
    this.patience = patience;
    this.stopping = stopping;
  }

  double rate() {
    return rate;
  }

  /** Takes one epoch's result, higher is better. Returns whether it is the best so far. */
  boolean improved(final double result) {
    if (result > best) {
      best = result;
      sinceBest = 0;
      sinceLower = 0;
      return true;
    }
    sinceBest++;
    sinceLower++;
    if (sinceLower > patience) {
      rate *= factor;
      sinceLower = 0;
    }
    return false;
  }

  boolean finished() {
    return sinceBest >= stopping;
  }
}
