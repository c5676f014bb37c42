package io.valence.features.visual;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.valence.features.visual.Reference.Difference;
import io.valence.inference.InferenceDevice;
import io.valence.inference.ModelCall;
import io.valence.inference.ModelFileException;
import io.valence.inference.ModelStore;
import io.valence.inference.OnnxModel;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FaceMeshTest {

  private static final ModelStore STORE = ModelStore.fromEnvironment();

  private static FaceMesh mesh;

  @BeforeAll
  static void open() throws ModelFileException {
    mesh = FaceMesh.open(STORE, FaceMeshOptions.defaults());
  }

  @AfterAll
  static void close() {
    mesh.close();
  }

  /** The bounds are those of {@link Difference#isAccepted}, which says why. */
  @ParameterizedTest
  @CsvSource({
    "astronaut,false",
    "astronaut,true",
    "astronaut_roll35,false",
    "astronaut_roll35,true"
  })
  void findsThePointsThatMediaPipeFinds(final String name, final boolean refined)
      throws IOException {
    final Picture picture = Picture.resource(name + ".png");
    final String reference = name + (refined ? ".refined.json" : ".mesh.json");
    try (FaceMesh fresh = FaceMesh.open(STORE, FaceMeshOptions.defaults().withRefined(refined));
        InputStream stream = FaceMeshTest.class.getResourceAsStream(reference)) {
      final List<Face> faces = fresh.detect(picture.rgb(), picture.width(), picture.height());
      assertThat(faces).hasSize(1);
      final Face face = faces.get(0);
      assertThat(face.pointCount()).isEqualTo(refined ? 478 : 468);
      assertThat(face.presence()).isBetween(0.9, 1.0);
      final double[] expected = Reference.faces(stream).get(0);
      assertThat(Reference.difference(face, expected)).matches(Difference::isAccepted);

      final float[] normalised = face.normalised();
      for (int i = 0; i < normalised.length; i++) {
        assertThat((double) normalised[i]).isCloseTo(expected[i], within(0.002));
      }
    }
  }

  /** Known inputs to the networks alone: the values that the models' README states. */
  @ParameterizedTest
  @CsvSource({
    "face_detection_short_range,regressors,true,58598.63,"
        + "1.3384 -0.3644 27.2856 27.2852 -2.3425 -3.2335",
    "face_detection_short_range,classificators,true,-3100.60,"
        + "-4.6696 -3.7874 -4.3041 -3.5564 -3.9293 -3.1308",
    "face_landmark,landmarks,false,88631.15," + "92.3772 116.748 -9.6222 95.1063 102.5892 -20.7992",
    "face_landmark,face_flag,false,-7.6773,-7.6773",
    "face_landmark_with_attention,landmarks,false,93757.96,"
        + "97.5239 124.2699 -11.6917 97.4715 104.8691 -24.2226",
    "face_landmark_with_attention,face_flag,false,-16.8318,-16.8318"
  })
  void theNetworksGiveTheStatedValues(
      final String model,
      final String output,
      final boolean signed,
      final double sum,
      final String first)
      throws ModelFileException {
    final Path file = STORE.verified("facemesh/" + model + ".onnx");
    try (OnnxModel opened = OnnxModel.open(file, 1, InferenceDevice.CPU);
        ModelCall call = opened.newCall()) {
      final long[] shape = opened.inputShape("input");
      final float[] input = new float[(int) (shape[1] * shape[2] * shape[3])];
      for (int k = 0; k < input.length; k++) {
        final double value = ((k * 7919L) % 1000) / 1000.0;
        input[k] = (float) (signed ? 2 * value - 1 : value);
      }
      call.input("input", input, shape).run(output);
      final float[] values = call.output(output);
      double total = 0;
      for (final float value : values) {
        total += value;
      }
      assertThat(total).isCloseTo(sum, within(Math.max(2e-3, Math.abs(sum) * 1e-4)));
      final String[] expected = first.split(" ", -1);
      for (int i = 0; i < expected.length; i++) {
        assertThat((double) values[i]).isCloseTo(Double.parseDouble(expected[i]), within(2e-3));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1,1", "1,400", "400,1", "2,3", "640,480"})
  void findsNobodyWhereNobodyIs(final int width, final int height) {
    final Picture picture = Picture.plain(width, height, 120);
    assertThat(mesh.detect(picture.rgb(), width, height)).isEmpty();
    assertThat(mesh.newTracker().next(picture.rgb(), width, height)).isEmpty();
  }

  @Test
  void aPictureOfTheWrongSizeIsRefused() {
    assertThatThrownBy(() -> mesh.detect(new byte[11], 2, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 x 2 pixels needs 12 bytes of RGB")
        .hasMessageContaining("got 11");
    assertThatThrownBy(() -> mesh.detect(new byte[0], 0, 5))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> mesh.newTracker().next(new byte[3], 65_536, 65_536))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aMissingModelIsNamed(@TempDir final Path empty) {
    final ModelStore nothing = new ModelStore(empty, empty, empty);
    assertThatThrownBy(() -> FaceMesh.open(nothing, FaceMeshOptions.defaults()))
        .isInstanceOf(ModelFileException.class)
        .hasMessageContaining("topology.json is missing");
  }

  @Test
  void followsAFaceThatMovesAndFindsItAgainAfterACut() {
    final Picture astronaut = Picture.astronaut();
    final FaceTracker tracker = mesh.newTracker();
    for (int step = 0; step < 8; step++) {
      final Picture frame = astronaut.placed(640, 512, 256 + 6 * step, 256, 1, 1, 0.03 * step);
      final List<Face> tracked = tracker.next(frame.rgb(), 640, 512);
      final List<Face> anew = mesh.detect(frame.rgb(), 640, 512);
      assertThat(tracked).hasSize(1);
      // Tracked and anew differ by some percent of the distance between the eyes (45 pixels).
      assertThat(distance(tracked.get(0), anew.get(0), 1)).isLessThan(5);
    }
    final Picture grey = Picture.plain(640, 512, 128);
    assertThat(tracker.next(grey.rgb(), 640, 512)).isEmpty();
    final Picture back = astronaut.placed(640, 512, 400, 256, 1, 1, 0);
    assertThat(tracker.next(back.rgb(), 640, 512)).hasSize(1);
    // Another size: the old place means nothing there.
    assertThat(tracker.next(astronaut.rgb(), 512, 512)).hasSize(1);
    assertThat(tracker.next(new byte[3], 1, 1)).isEmpty();
  }

  /**
   * The first frame after a reset is detected: with one face it equals the static result, bit for
   * bit.
   */
  @Test
  void theFirstFrameIsTheStillPicture() {
    final Picture picture = Picture.astronaut();
    final FaceTracker tracker = mesh.newTracker();
    final float[] still = mesh.detect(picture.rgb(), 512, 512).get(0).landmarks();
    assertThat(tracker.next(picture.rgb(), 512, 512).get(0).landmarks()).isEqualTo(still);
    assertThat(tracker.next(picture.rgb(), 512, 512).get(0).landmarks()).isNotEqualTo(still);
    tracker.reset();
    assertThat(tracker.next(picture.rgb(), 512, 512).get(0).landmarks()).isEqualTo(still);
  }

  @Test
  void aSecondFaceJoinsAndTheFirstKeepsItsPlace() throws ModelFileException {
    final Picture left = Picture.astronautFace();
    final Picture alone = left.placed(512, 256, 384, 128, 1, 1, 0);
    final byte[] both = alone.rgb().clone();
    for (int row = 0; row < 256; row++) {
      System.arraycopy(left.rgb(), row * 256 * 3, both, row * 512 * 3, 256 * 3);
    }
    try (FaceMesh two = FaceMesh.open(STORE, FaceMeshOptions.defaults().withMaxNumFaces(2))) {
      final FaceTracker tracker = two.newTracker();
      final List<Face> first = tracker.next(alone.rgb(), 512, 256);
      assertThat(first).hasSize(1);
      assertThat(noseX(first.get(0))).isGreaterThan(256);

      // A second face appears at the left: the one already followed stays first, and the detector's
      // view of it does not make it two.
      for (int frame = 0; frame < 3; frame++) {
        final List<Face> faces = tracker.next(both, 512, 256);
        assertThat(faces).hasSize(2);
        assertThat(noseX(faces.get(0))).isGreaterThan(256);
        assertThat(noseX(faces.get(1))).isLessThan(256);
      }
      final List<Face> oneLeft = tracker.next(alone.rgb(), 512, 256);
      assertThat(oneLeft).hasSize(1);
      assertThat(noseX(oneLeft.get(0))).isGreaterThan(256);
    }
  }

  @Test
  void severalThreadsGetTheSameResult()
      throws InterruptedException, ExecutionException, TimeoutException {
    final Picture picture = Picture.astronaut();
    final float[] expected = mesh.detect(picture.rgb(), 512, 512).get(0).landmarks();
    final ExecutorService threads = Executors.newFixedThreadPool(3);
    try {
      final List<Future<float[]>> results = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        results.add(threads.submit(() -> mesh.detect(picture.rgb(), 512, 512).get(0).landmarks()));
      }
      for (final Future<float[]> result : results) {
        assertThat(result.get(60, TimeUnit.SECONDS)).isEqualTo(expected);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void optionsAreChecked() {
    assertThatThrownBy(() -> FaceMeshOptions.defaults().withMaxNumFaces(0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new FaceMeshOptions(1, false, 1.5, 0.5))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new FaceMeshOptions(1, false, 0.5, Double.NaN))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static double noseX(final Face face) {
    return face.landmarks()[3];
  }

  private static double distance(final Face a, final Face b, final int point) {
    return Math.hypot(
        a.landmarks()[3 * point] - b.landmarks()[3 * point],
        a.landmarks()[3 * point + 1] - b.landmarks()[3 * point + 1]);
  }
}
