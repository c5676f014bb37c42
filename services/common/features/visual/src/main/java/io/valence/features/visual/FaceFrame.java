package io.valence.features.visual;

/**
 * A face's points in a frame of its own: level eyes, the middle of the four eye corners as origin,
 * the face's width as unit; x to the subject's left, y up, z towards the viewer. Keeps its buffers;
 * not for several threads.
 */
final class FaceFrame {

  private static final int POINTS = 468;

  private final double[] upright = new double[3 * POINTS];
  private final double[] points = new double[3 * POINTS];
  private final HeadPose pose;

  FaceFrame(final CanonicalFace canonicalFace) {
    this.pose = new HeadPose(canonicalFace);
  }

  /** Takes the points of a face, x, y, z in pixels with y downwards and z away from the viewer. */
  void set(final float[] landmarks) {
    for (int i = 0; i < upright.length; i += 3) {
      upright[i] = landmarks[i];
      upright[i + 1] = -landmarks[i + 1];
      upright[i + 2] = -landmarks[i + 2];
    }
    final double width = distance(upright, 234, 454);
    final double rightX = middle(upright, 33, 133, 0);
    final double rightY = middle(upright, 33, 133, 1);
    final double leftX = middle(upright, 362, 263, 0);
    final double leftY = middle(upright, 362, 263, 1);
    final double angle = Math.atan2(leftY - rightY, leftX - rightX);
    final double cosine = Math.cos(angle) / width;
    final double sine = Math.sin(angle) / width;
    final double originX = (rightX + leftX) / 2;
    final double originY = (rightY + leftY) / 2;
    final double originZ = (middle(upright, 33, 133, 2) + middle(upright, 362, 263, 2)) / 2;
    for (int i = 0; i < points.length; i += 3) {
      final double x = upright[i] - originX;
      final double y = upright[i + 1] - originY;
      final double z = upright[i + 2] - originZ;
      points[i] = cosine * x + sine * y;
      points[i + 1] = cosine * y - sine * x;
      points[i + 2] = z / width;
      // The pose is taken from the same points before they are made level.
      upright[i] = x / width;
      upright[i + 1] = y / width;
      upright[i + 2] = z / width;
    }
    pose.measure(upright);
  }

  HeadPose pose() {
    return pose;
  }

  double x(final int point) {
    return points[3 * point];
  }

  double y(final int point) {
    return points[3 * point + 1];
  }

  double z(final int point) {
    return points[3 * point + 2];
  }

  /** x in the middle between two points. */
  double x(final int a, final int b) {
    return middle(points, a, b, 0);
  }

  /** y in the middle between two points. */
  double y(final int a, final int b) {
    return middle(points, a, b, 1);
  }

  /** z in the middle between two points. */
  double z(final int a, final int b) {
    return middle(points, a, b, 2);
  }

  /** The distance between two points, in face widths. */
  double distance(final int a, final int b) {
    return distance(points, a, b);
  }

  /** The distance from the middle between a and b to the middle between c and d. */
  double distance(final int a, final int b, final int c, final int d) {
    final double x = x(a, b) - x(c, d);
    final double y = y(a, b) - y(c, d);
    final double z = z(a, b) - z(c, d);
    return Math.sqrt(x * x + y * y + z * z);
  }

  private static double distance(final double[] points, final int a, final int b) {
    final double x = points[3 * a] - points[3 * b];
    final double y = points[3 * a + 1] - points[3 * b + 1];
    final double z = points[3 * a + 2] - points[3 * b + 2];
    return Math.sqrt(x * x + y * y + z * z);
  }

  private static double middle(final double[] points, final int a, final int b, final int axis) {
    return (points[3 * a + axis] + points[3 * b + axis]) / 2;
  }
}
