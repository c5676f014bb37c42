package io.valence.features.visual;

import io.valence.features.FeatureSpace;
import java.util.List;

/**
 * The two definitions of 65 features measured on the points of FaceMesh.
 *
 * <p>Point numbers are those of MediaPipe's 468-point topology. Left and right are the subject's own:
 * the right half (33, 61, 234) is at the left of an unmirrored picture. The extra five points of each
 * iris are not used, so that both landmark models serve both definitions.
 */
public final class VisualFeatureSpaces {

  /**
   * {@code facemesh-65}, the default: what the face does, free of where it is.
   *
   * <p><b>Frame.</b> Points are taken in pixels (x, y and depth z on one scale, so the picture's aspect
   * has no say), turned about the viewing axis until the line between the eyes is level, moved so that
   * the middle of the four eye corners is the origin, and divided by the face's width {@code
   * |p234 - p454|}. x then points to the subject's left, y up, z towards the viewer. Moving, scaling,
   * padding and turning the picture changes none of the values but {@code head_roll}. {@code |a - b|}
   * is a distance in that space, in face widths; {@code a..b} is the middle between two points. Ranges
   * are what faces reach, not limits that are enforced; in brackets stands the median over some two
   * dozen portraits and video frames, most of them smiling or speaking, several turned aside.
   *
   * <p><b>Over time.</b> Values 0 to 58 are means over the frames with a face. Values 59 to 64, the
   * motions, are population standard deviations over the same frames: 0 for a single picture.
   *
   * <p><b>Mouth</b>, face widths unless said otherwise. M is {@code 13..14}, the middle between the
   * inner lips.
   *
   * <ul>
   *   <li>0 {@code mouth_width}: |61 - 291|, 0.2 to 0.6 [0.4]
   *   <li>1 {@code mouth_opening_inner}: |13 - 14|, 0 to 0.5 [0.03]
   *   <li>2 {@code mouth_opening_outer}: |0 - 17|, 0.05 to 0.7 [0.16]
   *   <li>3 {@code mouth_aspect}: |13 - 14| / |61 - 291|, 0 to 1.5 [0.08]
   *   <li>4 {@code mouth_opening_right}: |81 - 178|, 0 to 0.5 [0.03]
   *   <li>5 {@code mouth_opening_left}: |311 - 402|, 0 to 0.5 [0.03]
   *   <li>6 {@code upper_lip_thickness}: |0 - 13|, 0 to 0.2 [0.06]
   *   <li>7 {@code lower_lip_thickness}: |14 - 17|, 0 to 0.2 [0.07]
   *   <li>8 {@code mouth_corner_lift_right}: y(61) - y(M), -0.2 to 0.2, positive above M [0.03]
   *   <li>9 {@code mouth_corner_lift_left}: y(291) - y(M), -0.2 to 0.2 [0.03]
   *   <li>10 {@code smile_curvature}: (y(61..291) - y(0..17)) / |61 - 291|, -0.5 to 0.5, positive for
   *       corners above the middle of the outer lips; no unit [0.1]
   *   <li>11 {@code mouth_corner_angle_right}: atan2(y(61) - y(M), x(M) - x(61)), radians, -1 to 1 [0.2]
   *   <li>12 {@code mouth_corner_angle_left}: atan2(y(291) - y(M), x(291) - x(M)), radians, -1 to 1 [0.13]
   *   <li>13 {@code lip_corner_pull_right}: |61 - 2|, from the base of the nose, 0.1 to 0.5 [0.3]
   *   <li>14 {@code lip_corner_pull_left}: |291 - 2|, 0.1 to 0.5 [0.3]
   *   <li>15 {@code mouth_half_width_right}: x(M) - x(61), 0.05 to 0.35 [0.2]
   *   <li>16 {@code mouth_half_width_left}: x(291) - x(M), 0.05 to 0.35 [0.21]
   *   <li>17 {@code lip_corner_to_eye_right}: |61 - 33|, 0.3 to 0.8 [0.52]
   *   <li>18 {@code lip_corner_to_eye_left}: |291 - 263|, 0.3 to 0.8 [0.53]
   *   <li>19 {@code nose_to_upper_lip}: |2 - 0|, shrinks as the upper lip rises, 0.05 to 0.3 [0.1]
   *   <li>20 {@code lip_protrusion}: z(M) - z(61..291), grows as the lips are pushed out, 0 to 0.3
   *       [0.1]
   *   <li>21 {@code mouth_drop}: -y(M), how far the mouth is below the eyes, 0.3 to 0.8 [0.52]
   * </ul>
   *
   * <p><b>Eyes</b>, face widths unless said otherwise.
   *
   * <ul>
   *   <li>22 {@code eye_aspect_right}: (|160 - 144| + |158 - 153|) / (2 |33 - 133|), the eye aspect
   *       ratio of Soukupova and Cech (2016); no unit, 0 to 0.6 [0.3]
   *   <li>23 {@code eye_aspect_left}: (|387 - 373| + |385 - 380|) / (2 |263 - 362|); 0 to 0.6 [0.3]
   *   <li>24 {@code eye_opening_right}: |159 - 145|, 0 to 0.15 [0.07]
   *   <li>25 {@code eye_opening_left}: |386 - 374|, 0 to 0.15 [0.07]
   *   <li>26 {@code eye_opening_outer_right}: |160 - 144|, 0 to 0.15 [0.06]
   *   <li>27 {@code eye_opening_outer_left}: |387 - 373|, 0 to 0.15 [0.06]
   *   <li>28 {@code eye_opening_inner_right}: |158 - 153|, 0 to 0.15 [0.06]
   *   <li>29 {@code eye_opening_inner_left}: |385 - 380|, 0 to 0.15 [0.06]
   *   <li>30 {@code eye_width_right}: |33 - 133|, 0.1 to 0.3 [0.2]
   *   <li>31 {@code eye_width_left}: |263 - 362|, 0.1 to 0.3 [0.21]
   * </ul>
   *
   * <p><b>Eyebrows.</b> A brow has an upper and a lower edge; its inner end is {@code 107..55} and {@code
   * 336..285}, its middle {@code 105..52} and {@code 334..282}, its outer end {@code 70..46} and {@code
   * 300..276}. Face widths unless said otherwise.
   *
   * <ul>
   *   <li>32, 33 {@code brow_inner_height_right}, {@code _left}: y of the inner end, 0 to 0.3 [0.12]
   *   <li>34, 35 {@code brow_middle_height_right}, {@code _left}: y of the middle, 0 to 0.35 [0.15]
   *   <li>36, 37 {@code brow_outer_height_right}, {@code _left}: y of the outer end, -0.05 to 0.3 [0.1]
   *   <li>38 {@code brow_eye_distance_right}: |105..52 - 159|, 0.03 to 0.3 [0.13]
   *   <li>39 {@code brow_eye_distance_left}: |334..282 - 386|, 0.03 to 0.3 [0.13]
   *   <li>40, 41 {@code brow_slope_right}, {@code _left}: atan2(y(inner) - y(outer), |x(inner) -
   *       x(outer)|), radians, -0.8 to 0.8, positive where the inner end is raised, as in sorrow [0.07]
   *   <li>42 {@code inter_brow_distance}: |107..55 - 336..285|, shrinks in a frown, 0.08 to 0.3 [0.19]
   * </ul>
   *
   * <p><b>Nose, cheeks, jaw</b>, face widths.
   *
   * <ul>
   *   <li>43 {@code nose_width}: |129 - 358|, widens as the nostrils flare, 0.15 to 0.45 [0.31]
   *   <li>44 {@code nose_wing_to_eye_right}: |129 - 133|, shrinks as the nose wrinkles, 0.1 to 0.5
   *       [0.28]
   *   <li>45 {@code nose_wing_to_eye_left}: |358 - 362|, 0.1 to 0.5 [0.28]
   *   <li>46 {@code cheek_to_eye_right}: |205 - 145|, shrinks as the cheek is raised, 0.1 to 0.5 [0.29]
   *   <li>47 {@code cheek_to_eye_left}: |425 - 374|, 0.1 to 0.5 [0.29]
   *   <li>48 {@code cheek_to_lip_corner_right}: |205 - 61|, 0.05 to 0.4 [0.21]
   *   <li>49 {@code cheek_to_lip_corner_left}: |425 - 291|, 0.05 to 0.4 [0.22]
   *   <li>50 {@code jaw_drop}: |2 - 152|, base of the nose to chin, 0.3 to 1 [0.54]
   *   <li>51 {@code chin_to_lower_lip}: |17 - 152|, 0.1 to 0.5 [0.27]
   *   <li>52 {@code jaw_width}: |172 - 397|, 0.5 to 1 [0.8]
   * </ul>
   *
   * <p><b>Head pose</b>, radians. The rotation that best carries the 33 weighted points of the canonical
   * face model's Procrustes basis onto the points found (least squares, Horn 1987, no perspective),
   * written as Rz(roll) Ry(yaw) Rx(-pitch). Yaw and pitch are therefore free of roll; roll is the one
   * value that a turned picture changes, which is its purpose.
   *
   * <ul>
   *   <li>53 {@code head_yaw}: -pi/2 to pi/2, positive towards the subject's left [0.04]
   *   <li>54 {@code head_pitch}: -pi to pi, positive upwards [-0.11]
   *   <li>55 {@code head_roll}: -pi to pi, positive counter-clockwise as seen, which is towards the
   *       subject's right shoulder [0]
   * </ul>
   *
   * <p><b>Asymmetry</b>, the size of the difference between the sides in each frame, face widths.
   *
   * <ul>
   *   <li>56 {@code asymmetry_mouth_corners}: |value 8 - value 9|, 0 to 0.2 [0.007]
   *   <li>57 {@code asymmetry_eyes}: |value 24 - value 25|, 0 to 0.1 [0.002]
   *   <li>58 {@code asymmetry_brows}: |value 34 - value 35|, 0 to 0.2 [0.007]
   * </ul>
   *
   * <p><b>Motion</b>, standard deviations over the frames with a face.
   *
   * <ul>
   *   <li>59 {@code motion_mouth_opening}: of value 1, face widths, 0 to 0.25
   *   <li>60 {@code motion_smile}: of value 10, no unit, 0 to 0.5
   *   <li>61 {@code motion_eye_opening}: of the mean of values 22 and 23, no unit, 0 to 0.3
   *   <li>62 {@code motion_brows}: of the mean of values 34 and 35, face widths, 0 to 0.15
   *   <li>63 {@code motion_yaw}: of value 53, radians, 0 to pi/2
   *   <li>64 {@code motion_pitch}: of value 54, radians, 0 to pi
   * </ul>
   */
  public static final FeatureSpace FACEMESH_65 =
      new FeatureSpace("facemesh-65", ExpressionMeasures.names());

  /**
   * {@code facemesh-65-paper}: the list of the methodology this project set out from, in its most
   * literal reading, kept for comparison. The coordinates are x / picture width and y / picture height
   * as MediaPipe publishes them, depth is not used, and w = |p0 - p16| divides every length and
   * position. All values are means over the frames with a face.
   *
   * <ul>
   *   <li>0 {@code mouth_width}: |61 - 291| / w
   *   <li>1 {@code mouth_height}: |13 - 14| / w
   *   <li>2 {@code mouth_corner_61_y}: y(61) / w
   *   <li>3 {@code mouth_corner_291_y}: y(291) / w
   *   <li>4 {@code mouth_angle}: atan2(y(291) - y(61), x(291) - x(61)), radians, -pi to pi
   *   <li>5 {@code eye_width_33_133}: |33 - 133| / w
   *   <li>6 {@code eye_width_362_263}: |362 - 263| / w
   *   <li>7 {@code inter_eye_distance}: |33 - 263| / w
   *   <li>8 {@code eyebrow_21_y}: y(21) / w
   *   <li>9 {@code eyebrow_251_y}: y(251) / w
   *   <li>10 {@code eye_asymmetry}: | |33 - 133| - |362 - 263| | / w
   *   <li>11 {@code mouth_asymmetry}: |y(61) - y(291)| / w
   *   <li>12 to 64 {@code landmark_0_norm} to {@code landmark_52_norm}: sqrt(x(i)^2 + y(i)^2) / w
   * </ul>
   *
   * <p>All but the angle are ratios without unit, 0 or above while the face lies inside the picture.
   * Since w is short, the positions and norms come out at 3 to 65 in ordinary portraits and grow
   * without bound as the face gets smaller.
   *
   * <p><b>What is odd about it.</b> Points 0 and 16 are not the sides of the face but the middle of the
   * upper lip and a point just below the lower one, so an opening mouth shrinks every other value.
   * Points 21 and 251 lie on the temples, on the outline of the face, not on the brows. Norms, corner
   * and brow positions are measured from the corner of the picture, so they say where the face is more
   * than what it does, and x and y are on different scales unless the picture is square. {@link
   * #FACEMESH_65} mends all of this.
   */
  public static final FeatureSpace FACEMESH_65_PAPER =
      new FeatureSpace("facemesh-65-paper", PaperMeasures.names());

  private VisualFeatureSpaces() {}

  /**
   * One of the two by its id.
   *
   * @throws IllegalArgumentException if there is no such space
   */
  public static FeatureSpace byId(final String id) {
    return List.of(FACEMESH_65, FACEMESH_65_PAPER).stream()
        .filter(space -> space.id().equals(id))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no visual feature space '"
                        + id
                        + "'; there are "
                        + FACEMESH_65.id()
                        + " and "
                        + FACEMESH_65_PAPER.id()));
  }
}
