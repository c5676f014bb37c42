package io.valence.features.visual;

/**
 * A face as the detector sees it. The edges and the two eyes are in units of the detector's square
 * input, 0 to 1, or in pixels after {@link #inPixels}.
 */
record Detection(
    double score,
    double left,
    double top,
    double right,
    double bottom,
    double rightEyeX,
    double rightEyeY,
    double leftEyeX,
    double leftEyeY) {

  /** From the letterboxed square back to the picture. */
  Detection inPixels(final int width, final int height) {
    final double side = Math.max(width, height);
    final double x = width / 2.0 - 0.5 * side;
    final double y = height / 2.0 - 0.5 * side;
    return new Detection(
        score,
        left * side + x,
        top * side + y,
        right * side + x,
        bottom * side + y,
        rightEyeX * side + x,
        rightEyeY * side + y,
        leftEyeX * side + x,
        leftEyeY * side + y);
  }

  /** The part of the picture for the landmark model. */
  Region region() {
    return Region.around(left, top, right, bottom, rightEyeX, rightEyeY, leftEyeX, leftEyeY);
  }

  /** Shared area by area of both together; 0 where they do not meet. */
  double overlap(final Detection other) {
    final double width = Math.min(right, other.right) - Math.max(left, other.left);
    final double height = Math.min(bottom, other.bottom) - Math.max(top, other.top);
    if (width <= 0 || height <= 0) {
      return 0;
    }
    final double shared = width * height;
    final double both =
        (right - left) * (bottom - top)
            + (other.right - other.left) * (other.bottom - other.top)
            - shared;
    return both > 0 ? shared / both : 0;
  }
}
