package io.valence.training;

import java.util.Locale;

/** What an adapter is trained towards. All of them work on standardised features. */
public enum AdapterObjective {
  /**
   * The squared error to a target drawn at random, as the methodology has it. The best answer to that
   * is the mean of all targets, so the output collapses to a constant; kept to show it.
   */
  RANDOM_PAIRS(false, false),
  /**
   * The squared error to the nearest k-means centre of the targets. Needs two spaces with the same
   * columns: between unrelated axes no point is near another.
   */
  NEAREST(false, false),
  /** The squared error to the same segment's features in the target space. */
  PAIRED(true, false),
  /** Mean and covariance like those of the targets (CORAL; Sun and Saenko, 2016). */
  MOMENTS(false, true),
  /**
   * The cheapest entropic transport to the targets (Cuturi, 2013), without the bias that shrinks it
   * (Genevay et al., 2018).
   */
  TRANSPORT(false, true),
  /** The base model's own output on the same segment's features. */
  PREDICTION(true, false);

  private final boolean needsPairs;
  private final boolean compareSets;

  AdapterObjective(final boolean needsPairs, final boolean compareSets) {
    this.needsPairs = needsPairs;
    this.compareSets = compareSets;
  }

  /** Whether it needs segments that have both kinds of features. */
  public boolean needsPairs() {
    return needsPairs;
  }

  /** Whether it compares whole sets, so that a batch must be large enough to tell their shape. */
  boolean comparesSets() {
    return compareSets;
  }

  /** The name on the command line, for instance {@code random-pairs}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * Reads {@link #label}.
   *
   * @throws IllegalArgumentException if there is no such objective
   */
  public static AdapterObjective parse(final String label) {
    for (final AdapterObjective objective : values()) {
      if (objective.label().equals(label.strip().toLowerCase(Locale.ROOT))) {
        return objective;
      }
    }
    throw new IllegalArgumentException(
        "'"
            + label
            + "' is not an objective: random-pairs, nearest, paired, moments, transport or"
            + " prediction");
  }
}
