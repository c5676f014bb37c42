package io.valence.features.visual;

import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/** The measures of {@link VisualFeatureSpaces#FACEMESH_65}, where each is described. */
final class ExpressionMeasures implements FrameMeasures {

  /** One measure of one frame. */
  private record Measure(String name, ToDoubleFunction<FaceFrame> formula) {}

  private static final List<Measure> MEANS =
      List.of(
          new Measure("mouth_width", f -> f.distance(61, 291)),
          new Measure("mouth_opening_inner", f -> f.distance(13, 14)),
          new Measure("mouth_opening_outer", f -> f.distance(0, 17)),
          new Measure("mouth_aspect", f -> f.distance(13, 14) / f.distance(61, 291)),
          new Measure("mouth_opening_right", f -> f.distance(81, 178)),
          new Measure("mouth_opening_left", f -> f.distance(311, 402)),
          new Measure("upper_lip_thickness", f -> f.distance(0, 13)),
          new Measure("lower_lip_thickness", f -> f.distance(14, 17)),
          new Measure("mouth_corner_lift_right", ExpressionMeasures::rightCornerLift),
          new Measure("mouth_corner_lift_left", ExpressionMeasures::leftCornerLift),
          new Measure("smile_curvature", ExpressionMeasures::smileCurvature),
          new Measure(
              "mouth_corner_angle_right", f -> Math.atan2(rightCornerLift(f), rightHalfWidth(f))),
          new Measure(
              "mouth_corner_angle_left", f -> Math.atan2(leftCornerLift(f), leftHalfWidth(f))),
          new Measure("lip_corner_pull_right", f -> f.distance(61, 2)),
          new Measure("lip_corner_pull_left", f -> f.distance(291, 2)),
          new Measure("mouth_half_width_right", ExpressionMeasures::rightHalfWidth),
          new Measure("mouth_half_width_left", ExpressionMeasures::leftHalfWidth),
          new Measure("lip_corner_to_eye_right", f -> f.distance(61, 33)),
          new Measure("lip_corner_to_eye_left", f -> f.distance(291, 263)),
          new Measure("nose_to_upper_lip", f -> f.distance(2, 0)),
          new Measure("lip_protrusion", f -> f.z(13, 14) - f.z(61, 291)),
          new Measure("mouth_drop", f -> -f.y(13, 14)),
          new Measure("eye_aspect_right", ExpressionMeasures::rightEyeAspect),
          new Measure("eye_aspect_left", ExpressionMeasures::leftEyeAspect),
          new Measure("eye_opening_right", f -> f.distance(159, 145)),
          new Measure("eye_opening_left", f -> f.distance(386, 374)),
          new Measure("eye_opening_outer_right", f -> f.distance(160, 144)),
          new Measure("eye_opening_outer_left", f -> f.distance(387, 373)),
          new Measure("eye_opening_inner_right", f -> f.distance(158, 153)),
          new Measure("eye_opening_inner_left", f -> f.distance(385, 380)),
          new Measure("eye_width_right", f -> f.distance(33, 133)),
          new Measure("eye_width_left", f -> f.distance(263, 362)),
          new Measure("brow_inner_height_right", f -> f.y(107, 55)),
          new Measure("brow_inner_height_left", f -> f.y(336, 285)),
          new Measure("brow_middle_height_right", f -> f.y(105, 52)),
          new Measure("brow_middle_height_left", f -> f.y(334, 282)),
          new Measure("brow_outer_height_right", f -> f.y(70, 46)),
          new Measure("brow_outer_height_left", f -> f.y(300, 276)),
          new Measure("brow_eye_distance_right", f -> f.distance(105, 52, 159, 159)),
          new Measure("brow_eye_distance_left", f -> f.distance(334, 282, 386, 386)),
          new Measure(
              "brow_slope_right",
              f -> Math.atan2(f.y(107, 55) - f.y(70, 46), Math.abs(f.x(107, 55) - f.x(70, 46)))),
          new Measure(
              "brow_slope_left",
              f ->
                  Math.atan2(
                      f.y(336, 285) - f.y(300, 276), Math.abs(f.x(336, 285) - f.x(300, 276)))),
          new Measure("inter_brow_distance", f -> f.distance(107, 55, 336, 285)),
          new Measure("nose_width", f -> f.distance(129, 358)),
          new Measure("nose_wing_to_eye_right", f -> f.distance(129, 133)),
          new Measure("nose_wing_to_eye_left", f -> f.distance(358, 362)),
          new Measure("cheek_to_eye_right", f -> f.distance(205, 145)),
          new Measure("cheek_to_eye_left", f -> f.distance(425, 374)),
          new Measure("cheek_to_lip_corner_right", f -> f.distance(205, 61)),
          new Measure("cheek_to_lip_corner_left", f -> f.distance(425, 291)),
          new Measure("jaw_drop", f -> f.distance(2, 152)),
          new Measure("chin_to_lower_lip", f -> f.distance(17, 152)),
          new Measure("jaw_width", f -> f.distance(172, 397)),
          new Measure("head_yaw", f -> f.pose().yaw()),
          new Measure("head_pitch", f -> f.pose().pitch()),
          new Measure("head_roll", f -> f.pose().roll()),
          new Measure(
              "asymmetry_mouth_corners", f -> Math.abs(rightCornerLift(f) - leftCornerLift(f))),
          new Measure("asymmetry_eyes", f -> Math.abs(f.distance(159, 145) - f.distance(386, 374))),
          new Measure("asymmetry_brows", f -> Math.abs(f.y(105, 52) - f.y(334, 282))));

  private static final List<Measure> MOTIONS =
      List.of(
          new Measure("motion_mouth_opening", f -> f.distance(13, 14)),
          new Measure("motion_smile", ExpressionMeasures::smileCurvature),
          new Measure("motion_eye_opening", f -> (rightEyeAspect(f) + leftEyeAspect(f)) / 2),
          new Measure("motion_brows", f -> (f.y(105, 52) + f.y(334, 282)) / 2),
          new Measure("motion_yaw", f -> f.pose().yaw()),
          new Measure("motion_pitch", f -> f.pose().pitch()));

  private static final List<Measure> ALL = Stream.concat(MEANS.stream(), MOTIONS.stream()).toList();

  private final FaceFrame frame;

  ExpressionMeasures(final CanonicalFace canonicalFace) {
    this.frame = new FaceFrame(canonicalFace);
  }

  static List<String> names() {
    return ALL.stream().map(Measure::name).toList();
  }

  @Override
  public void measure(final Face face, final double[] values) {
    frame.set(face.landmarks());
    for (int i = 0; i < values.length; i++) {
      values[i] = ALL.get(i).formula().applyAsDouble(frame);
    }
  }

  @Override
  public int firstMotion() {
    return MEANS.size();
  }

  private static double rightCornerLift(final FaceFrame frame) {
    return frame.y(61) - frame.y(13, 14);
  }

  private static double leftCornerLift(final FaceFrame frame) {
    return frame.y(291) - frame.y(13, 14);
  }

  private static double rightHalfWidth(final FaceFrame frame) {
    return frame.x(13, 14) - frame.x(61);
  }

  private static double leftHalfWidth(final FaceFrame frame) {
    return frame.x(291) - frame.x(13, 14);
  }

  private static double smileCurvature(final FaceFrame frame) {
    return (frame.y(61, 291) - frame.y(0, 17)) / frame.distance(61, 291);
  }

  private static double rightEyeAspect(final FaceFrame frame) {
    return (frame.distance(160, 144) + frame.distance(158, 153)) / (2 * frame.distance(33, 133));
  }

  private static double leftEyeAspect(final FaceFrame frame) {
    return (frame.distance(387, 373) + frame.distance(385, 380)) / (2 * frame.distance(263, 362));
  }
}
