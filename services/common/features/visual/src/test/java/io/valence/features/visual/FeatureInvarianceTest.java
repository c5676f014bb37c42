package io.valence.features.visual;

import static org.assertj.core.api.Assertions.assertThat;

import io.valence.inference.ModelFileException;
import io.valence.inference.ModelStore;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

/** {@code facemesh-65} says what a face does, not where, how large or how turned it is. */
class FeatureInvarianceTest {

  private static final List<String> NAMES = VisualFeatureSpaces.FACEMESH_65.names();

  private static final CanonicalFace CANONICAL = canonical();

  private static CanonicalFace canonical() {
    try {
      return CanonicalFace.read(ModelStore.fromEnvironment().verified("facemesh/topology.json"));
    } catch (final ModelFileException e) {
      throw new IllegalStateException(e);
    }
  }

  private static final float[] FACE = astronautPoints();

  private static float[] astronautPoints() {
    final Picture picture = Picture.astronaut();
    try (FaceMesh mesh = FaceMesh.open(ModelStore.fromEnvironment(), FaceMeshOptions.defaults())) {
      return mesh.detect(picture.rgb(), 512, 512).get(0).landmarks();
    } catch (final ModelFileException e) {
      throw new IllegalStateException(e);
    }
  }

  private static double[] measure(final float[] points, final int width, final int height) {
    final double[] values = new double[65];
    new ExpressionMeasures(CANONICAL).measure(new Face(points, width, height, 1), values);
    return values;
  }

  /**
   * Landmarks are floats: at some 1000 pixels from the corner one is exact to 6e-5 pixels, a millionth
   * of a face of 60 pixels.
   */
  @Property(tries = 300)
  void movingScalingAndTurningChangesOnlyTheRoll(
      @ForAll @DoubleRange(min = -1000, max = 1000) final double moveX,
      @ForAll @DoubleRange(min = -1000, max = 1000) final double moveY,
      @ForAll @DoubleRange(min = -200, max = 200) final double moveZ,
      @ForAll @DoubleRange(min = 1, max = 6) final double scale,
      @ForAll @DoubleRange(min = -3.1, max = 3.1) final double turn,
      @ForAll @IntRange(min = 1, max = 4000) final int width,
      @ForAll @IntRange(min = 1, max = 4000) final int height,
      @ForAll @LongRange(min = 0, max = 1000) final long seed) {
    final float[] face = perturbed(FACE, seed);
    final float[] moved = new float[face.length];
    for (int i = 0; i < moved.length; i += 3) {
      final double x = face[i] - 225;
      final double y = face[i + 1] - 130;
      moved[i] = (float) (scale * (Math.cos(turn) * x - Math.sin(turn) * y) + moveX);
      moved[i + 1] = (float) (scale * (Math.sin(turn) * x + Math.cos(turn) * y) + moveY);
      moved[i + 2] = (float) (scale * face[i + 2] + moveZ);
    }
    final double[] before = measure(face, 512, 512);
    final double[] after = measure(moved, width, height);
    for (int i = 0; i < before.length; i++) {
      if (NAMES.get(i).equals("head_roll")) {
        // Turned clockwise as seen in a picture whose y points down.
        assertThat(Math.IEEEremainder(after[i] - before[i] + turn, 2 * Math.PI))
            .as("roll")
            .isBetween(-1e-5, 1e-5);
      } else {
        assertThat(after[i] - before[i]).as(NAMES.get(i)).isBetween(-1e-5, 1e-5);
      }
    }
  }

  /** So that the property does not hold for one lucky face only. */
  private static float[] perturbed(final float[] face, final long seed) {
    final Random random = new Random(seed);
    final float[] other = face.clone();
    for (int i = 0; i < other.length; i++) {
      other[i] += (float) (2 * random.nextGaussian());
    }
    return other;
  }

  /** A mirrored face swaps right for left: which checks that each pair is a true pair. */
  @Property(tries = 50)
  void mirroringSwapsTheSides(@ForAll @LongRange(min = 0, max = 1000) final long seed) {
    final float[] face = perturbed(FACE, seed);
    final double[] before = measure(face, 512, 512);
    final double[] after = measure(mirrored(face), 512, 512);
    final Set<String> negated = Set.of("head_yaw", "head_roll", "motion_yaw");
    for (int i = 0; i < before.length; i++) {
      final String name = NAMES.get(i);
      final String other =
          name.endsWith("_right")
              ? name.replace("_right", "_left")
              : name.endsWith("_left") ? name.replace("_left", "_right") : name;
      final double expected = (negated.contains(name) ? -1 : 1) * before[NAMES.indexOf(other)];
      assertThat(after[i]).as(name).isBetween(expected - 1e-5, expected + 1e-5);
    }
  }

  /** x changes its sign, and every point takes the place of its counterpart. */
  private static float[] mirrored(final float[] face) {
    final float[] mirrored = new float[face.length];
    final int[] counterpart = Canonical468.counterparts();
    for (int i = 0; i < 468; i++) {
      final int from = counterpart[i];
      mirrored[3 * i] = 500 - face[3 * from];
      mirrored[3 * i + 1] = face[3 * from + 1];
      mirrored[3 * i + 2] = face[3 * from + 2];
    }
    return mirrored;
  }

  /**
   * The canonical face itself, turned by known angles: the pose is found exactly, in an order in which
   * the head first nods, then turns, then tilts.
   */
  @Property(tries = 200)
  void thePoseOfATurnedHeadIsFound(
      @ForAll @DoubleRange(min = -1.2, max = 1.2) final double yaw,
      @ForAll @DoubleRange(min = -1.2, max = 1.2) final double pitch,
      @ForAll @DoubleRange(min = -3, max = 3) final double roll) {
    final double[] vertices = Canonical468.vertices();
    final double[] points = new double[vertices.length];
    for (int i = 0; i < points.length; i += 3) {
      final double x0 = vertices[i];
      // Nod: up is a positive pitch, the nose (z) goes up (y).
      final double y1 = Math.cos(pitch) * vertices[i + 1] + Math.sin(pitch) * vertices[i + 2];
      final double z1 = -Math.sin(pitch) * vertices[i + 1] + Math.cos(pitch) * vertices[i + 2];
      // Turn: the nose (z) goes to the subject's left (x).
      final double x2 = Math.cos(yaw) * x0 + Math.sin(yaw) * z1;
      final double z2 = -Math.sin(yaw) * x0 + Math.cos(yaw) * z1;
      // Tilt: counter-clockwise.
      points[i] = 7 * (Math.cos(roll) * x2 - Math.sin(roll) * y1) + 300;
      points[i + 1] = 7 * (Math.sin(roll) * x2 + Math.cos(roll) * y1) - 200;
      points[i + 2] = 7 * z2 + 5;
    }
    final HeadPose pose = new HeadPose(CANONICAL);
    pose.measure(points);
    assertThat(pose.yaw()).isBetween(yaw - 1e-9, yaw + 1e-9);
    assertThat(pose.pitch()).isBetween(pitch - 1e-9, pitch + 1e-9);
    assertThat(pose.roll()).isBetween(roll - 1e-9, roll + 1e-9);
  }

  /** The paper's definition does not have this: a face moved across the picture changes its values. */
  @Property(tries = 20)
  void thePapersFeaturesDependOnThePlace(
      @ForAll @DoubleRange(min = 50, max = 250) final double move) {
    final float[] moved = FACE.clone();
    for (int i = 0; i < moved.length; i += 3) {
      moved[i] += (float) move;
    }
    final double[] before = new double[65];
    final double[] after = new double[65];
    new PaperMeasures().measure(new Face(FACE, 512, 512, 1), before);
    new PaperMeasures().measure(new Face(moved, 512, 512, 1), after);
    assertThat(after[0]).isBetween(before[0] - 1e-4, before[0] + 1e-4);
    assertThat(Arrays.stream(after).skip(12).sum())
        .isGreaterThan(1.05 * Arrays.stream(before).skip(12).sum());
  }
}
