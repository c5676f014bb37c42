package io.valence.features.visual;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The measures of {@link VisualFeatureSpaces#FACEMESH_65_PAPER}. */
final class PaperMeasures implements FrameMeasures {

  private static final int NORMS = 53;

  private static final List<String> LISTED =
      List.of(
          "mouth_width",
          "mouth_height",
          "mouth_corner_61_y",
          "mouth_corner_291_y",
          "mouth_angle",
          "eye_width_33_133",
          "eye_width_362_263",
          "inter_eye_distance",
          "eyebrow_21_y",
          "eyebrow_251_y",
          "eye_asymmetry",
          "mouth_asymmetry");

  static List<String> names() {
    return Stream.concat(
            LISTED.stream(), IntStream.range(0, NORMS).mapToObj(i -> "landmark_" + i + "_norm"))
        .toList();
  }

  @Override
  public void measure(final Face face, final double[] values) {
    final double width = distance(face, 0, 16);
    values[0] = distance(face, 61, 291) / width;
    values[1] = distance(face, 13, 14) / width;
    values[2] = y(face, 61) / width;
    values[3] = y(face, 291) / width;
    values[4] = Math.atan2(y(face, 291) - y(face, 61), x(face, 291) - x(face, 61));
    values[5] = distance(face, 33, 133) / width;
    values[6] = distance(face, 362, 263) / width;
    values[7] = distance(face, 33, 263) / width;
    values[8] = y(face, 21) / width;
    values[9] = y(face, 251) / width;
    values[10] = Math.abs(values[5] - values[6]);
    values[11] = Math.abs(values[2] - values[3]);
    for (int i = 0; i < NORMS; i++) {
      values[LISTED.size() + i] = Math.hypot(x(face, i), y(face, i)) / width;
    }
  }

  @Override
  public int firstMotion() {
    return LISTED.size() + NORMS;
  }

  private static double x(final Face face, final int point) {
    return face.landmarks()[3 * point] / (double) face.pictureWidth();
  }

  private static double y(final Face face, final int point) {
    return face.landmarks()[3 * point + 1] / (double) face.pictureHeight();
  }

  private static double distance(final Face face, final int from, final int to) {
    return Math.hypot(x(face, from) - x(face, to), y(face, from) - y(face, to));
  }
}
