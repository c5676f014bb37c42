package io.valence.features.visual;

/** One face found in one picture. */
public final class Face {

  private final float[] landmarks;
  private final int pictureWidth;
  private final int pictureHeight;
  private final double presence;

  Face(
      final float[] landmarks,
      final int pictureWidth,
      final int pictureHeight,
      final double presence) {
    this.landmarks = landmarks;
    this.pictureWidth = pictureWidth;
    this.pictureHeight = pictureHeight;
    this.presence = presence;
  }

  /**
   * The points as x, y, z triples: 468 of them, 478 with refinement. x and y are pixels of the
   * picture and may lie outside it; z is depth in the same unit, smaller is nearer. The array is the
   * face's own, not a copy: leave it as it is.
   */
  public float[] landmarks() {
    return landmarks;
  }

  /**
   * The points in the form that MediaPipe publishes, as a new array of triples: x / picture width, y
   * / picture height, z / picture width.
   */
  public float[] normalised() {
    final float[] scaled = new float[landmarks.length];
    for (int i = 0; i < landmarks.length; i += 3) {
      scaled[i] = landmarks[i] / pictureWidth;
      scaled[i + 1] = landmarks[i + 1] / pictureHeight;
      scaled[i + 2] = landmarks[i + 2] / pictureWidth;
    }
    return scaled;
  }

  /** How many points there are: 468, or 478 with refinement. */
  public int pointCount() {
    return landmarks.length / 3;
  }

  /** The width, in pixels, of the picture that the face was found in. */
  public int pictureWidth() {
    return pictureWidth;
  }

  /** The height, in pixels, of the picture that the face was found in. */
  public int pictureHeight() {
    return pictureHeight;
  }

  /** How sure the landmark model is that there is a face, from the presence threshold to 1. */
  public double presence() {
    return presence;
  }
}
