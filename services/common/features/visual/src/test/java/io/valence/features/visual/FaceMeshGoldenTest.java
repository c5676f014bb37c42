package io.valence.features.visual;

import static org.assertj.core.api.Assertions.assertThat;

import io.valence.features.visual.Reference.Difference;
import io.valence.inference.ModelStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Against MediaPipe's own results on shared pictures: mean distance at most 0.10 %, no point beyond
 * 0.40 %, no depth beyond 0.25 % of the inter-ocular distance. See {@link Difference#isAccepted}.
 */
class FaceMeshGoldenTest {

  private static final Path GOLDEN =
      Path.of(System.getProperty("valence.home"), "..", "shared", "golden", "facemesh");

  private static final StringBuilder MEASURED = new StringBuilder();

  @BeforeEach
  void findReferences() {
    Assumptions.assumeTrue(
        Files.isDirectory(GOLDEN), "the shared references of FaceMesh are not here: " + GOLDEN);
  }

  @AfterAll
  static void printMeasured() {
    System.out.print(MEASURED);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void stills(final boolean refined) throws IOException {
    final FaceMeshOptions one = FaceMeshOptions.defaults().withRefined(refined);
    Difference worst = Difference.none();
    double sum = 0;
    int count = 0;
    try (FaceMesh single = FaceMesh.open(ModelStore.fromEnvironment(), one);
        FaceMesh four = FaceMesh.open(ModelStore.fromEnvironment(), one.withMaxNumFaces(4))) {
      for (final Path image : images()) {
        final List<double[]> expected = Reference.faces(reference(image, refined));
        final Picture picture = Picture.read(image);
        final FaceMesh mesh = expected.size() > 1 ? four : single;
        final List<Face> faces = mesh.detect(picture.rgb(), picture.width(), picture.height());
        assertThat(faces).as("faces in %s", image.getFileName()).hasSameSizeAs(expected);
        for (int i = 0; i < faces.size(); i++) {
          final Difference difference = Reference.difference(faces.get(i), expected.get(i));
          assertThat(difference)
              .as("face %d of %s", i, image.getFileName())
              .matches(Difference::isAccepted);
          worst = worst.worst(difference);
          sum += difference.mean();
          count++;
        }
      }
    }
    assertThat(count).isGreaterThanOrEqualTo(20);
    report(refined ? "stills, 478 points" : "stills, 468 points", count, sum / count, worst);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void trackedFrames(final boolean refined) throws IOException {
    final FaceMeshOptions options = FaceMeshOptions.defaults().withRefined(refined);
    Difference worst = Difference.none();
    double sum = 0;
    int count = 0;
    try (FaceMesh mesh = FaceMesh.open(ModelStore.fromEnvironment(), options)) {
      final FaceTracker tracker = mesh.newTracker();
      for (int i = 1; i <= 24; i++) {
        final String name = "frame_%03d".formatted(i);
        final Picture frame = Picture.read(GOLDEN.resolve("track/frames/" + name + ".png"));
        final List<double[]> expected =
            Reference.faces(GOLDEN.resolve("track/reference/" + name + suffix(refined)));
        final List<Face> faces = tracker.next(frame.rgb(), frame.width(), frame.height());
        assertThat(faces).as(name).hasSameSizeAs(expected).hasSize(1);
        final Difference difference = Reference.difference(faces.get(0), expected.get(0));
        assertThat(difference).as(name).matches(Difference::isAccepted);
        worst = worst.worst(difference);
        sum += difference.mean();
        count++;
      }
    }
    report(refined ? "tracked, 478 points" : "tracked, 468 points", count, sum / count, worst);
  }

  private static void report(
      final String set, final int faces, final double mean, final Difference worst) {
    MEASURED.append(
        "%s: %d faces, mean %.4f %%, worst mean %.4f %%, worst point %.4f %%, worst depth %.4f %%%n"
            .formatted(set, faces, mean, worst.mean(), worst.max(), worst.maxDepth()));
  }

  private static List<Path> images() throws IOException {
    try (Stream<Path> files = Files.list(GOLDEN.resolve("images"))) {
      return files.filter(file -> file.toString().endsWith(".png")).sorted().toList();
    }
  }

  private static Path reference(final Path image, final boolean refined) {
    final String name = String.valueOf(image.getFileName()).replace(".png", suffix(refined));
    return GOLDEN.resolve("reference").resolve(name);
  }

  private static String suffix(final boolean refined) {
    return refined ? ".refined.json" : ".mesh.json";
  }
}
