package io.valence.features.visual;

import java.util.Arrays;

/**
 * The rotation of a head, found by carrying the canonical face onto the landmarks: the least-squares
 * rotation of weighted points in closed form (Horn 1987, "Closed-form solution of absolute
 * orientation using unit quaternions"). The camera's perspective is left aside. Keeps its buffers;
 * not for several threads.
 */
final class HeadPose {

  private static final int SWEEPS = 30;

  private final CanonicalFace canonical;
  private final double[] centredCanonical;
  private final double[] correlation = new double[9];
  private final double[][] symmetric = new double[4][4];
  private final double[][] vectors = new double[4][4];

  private double yaw;
  private double pitch;
  private double roll;

  HeadPose(final CanonicalFace canonical) {
    this.canonical = canonical;
    this.centredCanonical = new double[3 * canonical.size()];
    double total = 0;
    final double[] mean = new double[3];
    for (int i = 0; i < canonical.size(); i++) {
      total += canonical.weight(i);
      for (int axis = 0; axis < 3; axis++) {
        mean[axis] += canonical.weight(i) * canonical.coordinate(i, axis);
      }
    }
    for (int i = 0; i < centredCanonical.length; i++) {
      centredCanonical[i] = canonical.coordinate(i / 3, i % 3) - mean[i % 3] / total;
    }
  }

  /**
   * Measures the pose.
   *
   * @param points landmarks as triples, x right, y up, z towards the viewer, in any one unit
   */
  void measure(final double[] points) {
    correlate(points);
    largestEigenvector();
    int best = 0;
    for (int i = 1; i < 4; i++) {
      if (symmetric[i][i] > symmetric[best][best]) {
        best = i;
      }
    }
    final double w = vectors[0][best];
    final double x = vectors[1][best];
    final double y = vectors[2][best];
    final double z = vectors[3][best];
    // The rotation matrix of the quaternion, as Rz(roll) Ry(yaw) Rx(-pitch).
    yaw = Math.asin(Math.max(-1, Math.min(1, -2 * (x * z - w * y))));
    pitch = -Math.atan2(2 * (y * z + w * x), w * w - x * x - y * y + z * z);
    roll = Math.atan2(2 * (x * y + w * z), w * w + x * x - y * y - z * z);
  }

  /** Weighted products of the canonical points' coordinates (rows) with the landmarks' (columns). */
  private void correlate(final double[] points) {
    Arrays.fill(correlation, 0);
    // The canonical points are centred, so the landmarks need not be: their mean drops out.
    for (int i = 0; i < canonical.size(); i++) {
      final int at = 3 * canonical.index(i);
      for (int row = 0; row < 3; row++) {
        final double left = canonical.weight(i) * centredCanonical[3 * i + row];
        for (int column = 0; column < 3; column++) {
          correlation[3 * row + column] += left * points[at + column];
        }
      }
    }
    final double xx = correlation[0];
    final double xy = correlation[1];
    final double xz = correlation[2];
    final double yx = correlation[3];
    final double yy = correlation[4];
    final double yz = correlation[5];
    final double zx = correlation[6];
    final double zy = correlation[7];
    final double zz = correlation[8];
    symmetric[0][0] = xx + yy + zz;
    symmetric[1][1] = xx - yy - zz;
    symmetric[2][2] = -xx + yy - zz;
    symmetric[3][3] = -xx - yy + zz;
    set(0, 1, yz - zy);
    set(0, 2, zx - xz);
    set(0, 3, xy - yx);
    set(1, 2, xy + yx);
    set(1, 3, zx + xz);
    set(2, 3, yz + zy);
  }

  private void set(final int row, final int column, final double value) {
    symmetric[row][column] = value;
    symmetric[column][row] = value;
  }

  /** Jacobi's method: leaves the eigenvalues on the diagonal, their vectors in the columns. */
  private void largestEigenvector() {
    for (int i = 0; i < 4; i++) {
      for (int j = 0; j < 4; j++) {
        vectors[i][j] = i == j ? 1 : 0;
      }
    }
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
      double off = 0;
      for (int p = 0; p < 3; p++) {
        for (int q = p + 1; q < 4; q++) {
          off += Math.abs(symmetric[p][q]);
          if (symmetric[p][q] != 0) {
            rotate(p, q);
          }
        }
      }
      if (off == 0) {
        return;
      }
    }
  }

  private void rotate(final int p, final int q) {
    final double theta = (symmetric[q][q] - symmetric[p][p]) / (2 * symmetric[p][q]);
    final double tangent =
        Math.copySign(1, theta) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
    final double cosine = 1 / Math.sqrt(tangent * tangent + 1);
    final double sine = tangent * cosine;
    for (int k = 0; k < 4; k++) {
      final double kp = symmetric[k][p];
      final double kq = symmetric[k][q];
      symmetric[k][p] = cosine * kp - sine * kq;
      symmetric[k][q] = sine * kp + cosine * kq;
    }
    for (int k = 0; k < 4; k++) {
      final double pk = symmetric[p][k];
      final double qk = symmetric[q][k];
      symmetric[p][k] = cosine * pk - sine * qk;
      symmetric[q][k] = sine * pk + cosine * qk;
    }
    symmetric[p][q] = 0;
    symmetric[q][p] = 0;
    for (int k = 0; k < 4; k++) {
      final double kp = vectors[k][p];
      final double kq = vectors[k][q];
      vectors[k][p] = cosine * kp - sine * kq;
      vectors[k][q] = sine * kp + cosine * kq;
    }
  }

  /** Radians, positive towards the subject's left. */
  double yaw() {
    return yaw;
  }

  /** Radians, positive upwards. */
  double pitch() {
    return pitch;
  }

  /** Radians, positive counter-clockwise as seen. */
  double roll() {
    return roll;
  }
}
