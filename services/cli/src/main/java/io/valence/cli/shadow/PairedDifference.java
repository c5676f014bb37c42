package io.valence.cli.shadow;

import io.valence.schemas.ShadowScore;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import org.hipparchus.distribution.continuous.TDistribution;

/**
 * What one bundle in the shadow makes of the windows that another scored live, the windows taken in
 * pairs. Differences are shadow - live, in points of the score.
 *
 * <p>The interval of the mean difference is that of Student's t. Windows of one stream resemble each
 * other, so with several streams each counts as one draw: with n windows in G streams, mean m and r(g)
 * the sum of (difference - m) over stream g,
 *
 * <pre>  standard error = sqrt( G / (G - 1) · sum over g of r(g)² ) / n,   G - 1 degrees of freedom</pre>
 *
 * (the cluster-robust error of a mean; A. C. Cameron and D. L. Miller, A practitioner's guide to
 * cluster-robust inference, 2015, equation 11 with the usual factor for few clusters). With one stream
 * the windows themselves are the draws: sd / sqrt(n), n - 1 degrees of freedom, too narrow if
 * neighbouring windows resemble each other.
 *
 * <p>Worked example: stream a has differences 1 and 2, stream b has 3. m = 2, r(a) = -1, r(b) = 1,
 * error = sqrt(2 · 2) / 3 = 0.667, times 12.71 (t of 1 degree of freedom): 2 ± 8.47. The same three in
 * one stream: sd 1, error 0.577, times 4.30: 2 ± 2.48.
 *
 * <p>An event that is there twice counts once. For one thread.
 */
final class PairedDifference {

  private static final double UPPER_QUANTILE = 0.975;

  private final int most;
  private final Set<String> seen = new HashSet<>();
  private final Map<String, StreamSum> streams = new HashMap<>();
  private final PriorityQueue<ShadowScore> farthest =
      new PriorityQueue<>(
          Comparator.comparingDouble((ShadowScore score) -> Math.abs(score.getDifference())));
  private long windows;
  private long classChanges;
  private double absoluteSum;
  // Running means and sums of squares about them: B. P. Welford, Technometrics 4, 1962.
  private double meanLive;
  private double meanShadow;
  private double meanDifference;
  private double squaresLive;
  private double squaresShadow;
  private double squaresDifference;
  private double products;

  /** Two bundles that are compared. */
  record Bundles(String liveId, String liveVersion, String shadowId, String shadowVersion) {

    static Bundles of(final ShadowScore score) {
      return new Bundles(
          score.getLiveBundleId(),
          score.getLiveBundleVersion(),
          score.getShadowBundleId(),
          score.getShadowBundleVersion());
    }
  }

  private static final class StreamSum {
    private long windows;
    private double sum;
  }

  /**
   * @param most how many of the windows that differ most are kept, >= 0
   */
  PairedDifference(final int most) {
    this.most = most;
  }

  void add(final ShadowScore score) {
    if (!seen.add(score.getLiveEventId())) {
      return;
    }
    windows++;
    final double live = score.getLiveScore();
    final double shadow = score.getShadowScore();
    final double difference = score.getDifference();
    final double liveBefore = live - meanLive;
    final double shadowBefore = shadow - meanShadow;
    final double differenceBefore = difference - meanDifference;
    meanLive += liveBefore / windows;
    meanShadow += shadowBefore / windows;
    meanDifference += differenceBefore / windows;
    squaresLive += liveBefore * (live - meanLive);
    squaresShadow += shadowBefore * (shadow - meanShadow);
    squaresDifference += differenceBefore * (difference - meanDifference);
    products += liveBefore * (shadow - meanShadow);
    absoluteSum += Math.abs(difference);
    if (score.getClassesDiffer()) {
      classChanges++;
    }
    final StreamSum stream = streams.computeIfAbsent(score.getStreamId(), name -> new StreamSum());
    stream.windows++;
    stream.sum += difference;
    farthest.add(score);
    if (farthest.size() > most) {
      farthest.remove();
    }
  }

  /** How many windows were scored by both. */
  long windows() {
    return windows;
  }

  /** How many streams they are from. */
  int streams() {
    return streams.size();
  }

  /** Mean of shadow - live. */
  double meanDifference() {
    return meanDifference;
  }

  /** Half the width of the 95 % interval of the mean difference; NaN with a single window. */
  double halfWidth() {
    if (windows < 2) {
      return Double.NaN;
    }
    final int clusters = streams.size();
    if (clusters == 1) {
      final double error = Math.sqrt(squaresDifference / (windows - 1) / windows);
      return error * quantile(windows - 1);
    }
    double squares = 0;
    for (final StreamSum stream : streams.values()) {
      final double residual = stream.sum - stream.windows * meanDifference;
      squares += residual * residual;
    }
    final double error = Math.sqrt(squares * clusters / (clusters - 1)) / windows;
    return error * quantile(clusters - 1);
  }

  private static double quantile(final double degrees) {
    return new TDistribution(degrees).inverseCumulativeProbability(UPPER_QUANTILE);
  }

  /** Mean of |shadow - live|, >= 0. */
  double meanAbsoluteDifference() {
    return absoluteSum / windows;
  }

  /** Pearson's r of the two scores; NaN where either never changes. */
  double correlation() {
    return squaresLive > 0 && squaresShadow > 0
        ? Math.max(-1, Math.min(1, products / Math.sqrt(squaresLive * squaresShadow)))
        : Double.NaN;
  }

  /** Share of the windows whose class is another, 0 to 1. */
  double classChanges() {
    return (double) classChanges / windows;
  }

  /** The windows that differ most, the farthest first. */
  List<ShadowScore> farthest() {
    final List<ShadowScore> sorted = new ArrayList<>(farthest);
    sorted.sort(
        Comparator.comparingDouble((ShadowScore score) -> -Math.abs(score.getDifference()))
            .thenComparing(ShadowScore::getStreamId)
            .thenComparing(ShadowScore::getWindowStartMicros));
    return sorted;
  }
}
