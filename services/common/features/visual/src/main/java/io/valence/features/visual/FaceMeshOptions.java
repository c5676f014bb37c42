package io.valence.features.visual;

/**
 * How faces are looked for.
 *
 * @param maxNumFaces the most faces reported for one picture, at least 1
 * @param refined whether to use the slower attention model: 478 points in place of 468, with better
 *     lips and eyes and five points for each iris
 * @param minDetectionConfidence the lowest detector score that counts as a face, 0 to 1
 * @param minPresence the lowest presence score for which landmarks are kept, 0 to 1. Below it the
 *     face is dropped and, in video, looked for again in the next frame.
 */
public record FaceMeshOptions(
    int maxNumFaces, boolean refined, double minDetectionConfidence, double minPresence) {

  public FaceMeshOptions {
    if (maxNumFaces < 1) {
      throw new IllegalArgumentException("maxNumFaces must be at least 1: " + maxNumFaces);
    }
    requireShare("minDetectionConfidence", minDetectionConfidence);
    requireShare("minPresence", minPresence);
  }

  /** One face, 468 points, both thresholds 0.5: MediaPipe's own defaults. */
  public static FaceMeshOptions defaults() {
    return new FaceMeshOptions(1, false, 0.5, 0.5);
  }

  /** The same options for up to so many faces. */
  public FaceMeshOptions withMaxNumFaces(final int faces) {
    return new FaceMeshOptions(faces, refined, minDetectionConfidence, minPresence);
  }

  /** The same options with 478 points (true) or 468 (false). */
  public FaceMeshOptions withRefined(final boolean refine) {
    return new FaceMeshOptions(maxNumFaces, refine, minDetectionConfidence, minPresence);
  }

  private static void requireShare(final String name, final double value) {
    if (!(value >= 0 && value <= 1)) {
      throw new IllegalArgumentException(name + " must be from 0 to 1: " + value);
    }
  }
}
