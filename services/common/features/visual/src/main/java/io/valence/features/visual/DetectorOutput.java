package io.valence.features.visual;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Turns the short-range BlazeFace detector's 896 anchors into faces: decoding and weighted
 * non-maximum suppression, as MediaPipe's graph has them.
 */
final class DetectorOutput {

  static final int INPUT_SIZE = 128;
  static final int ANCHORS = 896;
  static final int VALUES_PER_ANCHOR = 16;

  private static final double MIN_OVERLAP = 0.3;
  private static final double LOGIT_LIMIT = 100;
  private static final double[] ANCHOR_CENTRES = anchorCentres();

  private DetectorOutput() {}

  /** x and y of every anchor: a 16 x 16 grid with 2 in each cell, then 8 x 8 with 6. */
  private static double[] anchorCentres() {
    final double[] centres = new double[2 * ANCHORS];
    int next = 0;
    for (final int[] layer : new int[][] {{16, 2}, {8, 6}}) {
      final int grid = layer[0];
      for (int y = 0; y < grid; y++) {
        for (int x = 0; x < grid; x++) {
          for (int repeat = 0; repeat < layer[1]; repeat++) {
            centres[next++] = (x + 0.5) / grid;
            centres[next++] = (y + 0.5) / grid;
          }
        }
      }
    }
    return centres;
  }

  /**
   * The faces, best first, in units of the square input.
   *
   * @param regressors 896 x 16: box centre, box size, six key points, in 128ths of the input
   * @param logits 896 scores before the sigmoid
   */
  static List<Detection> decode(
      final float[] regressors, final float[] logits, final double minScore) {
    final List<Detection> candidates = new ArrayList<>();
    for (int anchor = 0; anchor < ANCHORS; anchor++) {
      final double score = sigmoid(logits[anchor]);
      if (score >= minScore) {
        candidates.add(decode(regressors, anchor, score));
      }
    }
    // The sort is stable: of equal scores the first anchor leads.
    candidates.sort(Comparator.comparingDouble(Detection::score).reversed());
    return suppress(candidates);
  }

  private static Detection decode(final float[] regressors, final int anchor, final double score) {
    final int at = anchor * VALUES_PER_ANCHOR;
    final double anchorX = ANCHOR_CENTRES[2 * anchor];
    final double anchorY = ANCHOR_CENTRES[2 * anchor + 1];
    final double centreX = regressors[at] / (double) INPUT_SIZE + anchorX;
    final double centreY = regressors[at + 1] / (double) INPUT_SIZE + anchorY;
    final double halfWidth = regressors[at + 2] / (2.0 * INPUT_SIZE);
    final double halfHeight = regressors[at + 3] / (2.0 * INPUT_SIZE);
    return new Detection(
        score,
        centreX - halfWidth,
        centreY - halfHeight,
        centreX + halfWidth,
        centreY + halfHeight,
        regressors[at + 4] / (double) INPUT_SIZE + anchorX,
        regressors[at + 5] / (double) INPUT_SIZE + anchorY,
        regressors[at + 6] / (double) INPUT_SIZE + anchorX,
        regressors[at + 7] / (double) INPUT_SIZE + anchorY);
  }

  /** Boxes of one face become their score-weighted mean, with the best one's score. */
  static List<Detection> suppress(final List<Detection> bestFirst) {
    final List<Detection> kept = new ArrayList<>();
    List<Detection> rest = bestFirst;
    while (!rest.isEmpty()) {
      final Detection best = rest.get(0);
      final List<Detection> cluster = new ArrayList<>();
      final List<Detection> others = new ArrayList<>();
      for (final Detection detection : rest) {
        final boolean sameFace = detection.equals(best) || detection.overlap(best) > MIN_OVERLAP;
        (sameFace ? cluster : others).add(detection);
      }
      kept.add(mean(best.score(), cluster));
      rest = others;
    }
    return kept;
  }

  private static Detection mean(final double score, final List<Detection> cluster) {
    double sum = 0;
    final double[] mean = new double[8];
    for (final Detection detection : cluster) {
      final double weight = detection.score();
      sum += weight;
      mean[0] += weight * detection.left();
      mean[1] += weight * detection.top();
      mean[2] += weight * detection.right();
      mean[3] += weight * detection.bottom();
      mean[4] += weight * detection.rightEyeX();
      mean[5] += weight * detection.rightEyeY();
      mean[6] += weight * detection.leftEyeX();
      mean[7] += weight * detection.leftEyeY();
    }
    return new Detection(
        score,
        mean[0] / sum,
        mean[1] / sum,
        mean[2] / sum,
        mean[3] / sum,
        mean[4] / sum,
        mean[5] / sum,
        mean[6] / sum,
        mean[7] / sum);
  }

  /** In double, because exp(100) is infinite in float. */
  static double sigmoid(final double logit) {
    final double limited = Math.max(-LOGIT_LIMIT, Math.min(LOGIT_LIMIT, logit));
    return 1 / (1 + Math.exp(-limited));
  }
}
