package io.valence.corpora;

/**
 * A stretch of frame-level features of one video, in order of time.
 *
 * @param intervals by frame: start and end in seconds
 * @param features by frame: as many values as the source has columns
 */
public record FrameSequence(double[][] intervals, float[][] features) {

  public FrameSequence {
    if (intervals.length != features.length) {
      throw new IllegalArgumentException(
          intervals.length + " intervals where " + features.length + " frames need one each");
    }
  }

  /** How many frames there are. */
  public int size() {
    return features.length;
  }
}
