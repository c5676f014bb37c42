package io.valence.features.visual;

/**
 * The square of a picture that the landmark model looks at, in pixels.
 *
 * @param centreX its centre
 * @param centreY its centre
 * @param side the length of its sides
 * @param rotation how far it is turned, in radians, positive from x towards y (clockwise as seen)
 */
record Region(double centreX, double centreY, double side, double rotation) {

  /** The region is so much larger than the box of the face, to show the model its surroundings. */
  private static final double MARGIN = 1.5;

  private static final double SAME_FACE_OVERLAP = 0.5;

  private static final int RIGHT_EYE_OUTER_CORNER = 33;
  private static final int LEFT_EYE_OUTER_CORNER = 263;

  /** The region around a box, turned so that the line from one eye to the other is level. */
  static Region around(
      final double left,
      final double top,
      final double right,
      final double bottom,
      final double rightEyeX,
      final double rightEyeY,
      final double leftEyeX,
      final double leftEyeY) {
    final double rotation = -Math.atan2(-(leftEyeY - rightEyeY), leftEyeX - rightEyeX);
    return new Region(
        (left + right) / 2,
        (top + bottom) / 2,
        MARGIN * Math.max(right - left, bottom - top),
        normalise(rotation));
  }

  /** Where to look for the same face in the next frame. */
  static Region ofLandmarks(final float[] points) {
    double left = Double.POSITIVE_INFINITY;
    double top = Double.POSITIVE_INFINITY;
    double right = Double.NEGATIVE_INFINITY;
    double bottom = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < points.length; i += 3) {
      left = Math.min(left, points[i]);
      right = Math.max(right, points[i]);
      top = Math.min(top, points[i + 1]);
      bottom = Math.max(bottom, points[i + 1]);
    }
    return around(
        left,
        top,
        right,
        bottom,
        points[3 * RIGHT_EYE_OUTER_CORNER],
        points[3 * RIGHT_EYE_OUTER_CORNER + 1],
        points[3 * LEFT_EYE_OUTER_CORNER],
        points[3 * LEFT_EYE_OUTER_CORNER + 1]);
  }

  /** Whether two regions show the same face: they overlap by more than half, their turn left aside. */
  boolean showsSameFaceAs(final Region other) {
    final double width =
        Math.min(centreX + side / 2, other.centreX + other.side / 2)
            - Math.max(centreX - side / 2, other.centreX - other.side / 2);
    final double height =
        Math.min(centreY + side / 2, other.centreY + other.side / 2)
            - Math.max(centreY - side / 2, other.centreY - other.side / 2);
    if (width <= 0 || height <= 0) {
      return false;
    }
    final double shared = width * height;
    return shared / (side * side + other.side * other.side - shared) > SAME_FACE_OVERLAP;
  }

  /** An angle in [-pi, pi). */
  private static double normalise(final double angle) {
    return angle - 2 * Math.PI * Math.floor((angle + Math.PI) / (2 * Math.PI));
  }
}
