package io.valence.features.visual;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What MediaPipe's own FaceMesh returned for a picture, and how far a result is from it. */
final class Reference {

  private static final ObjectMapper JSON = new ObjectMapper();

  private Reference() {}

  /** Distances in percent of the reference's inter-ocular distance (points 33 and 263). */
  record Difference(double mean, double max, double maxDepth) {

    Difference worst(final Difference other) {
      return new Difference(
          Math.max(mean, other.mean), Math.max(max, other.max), Math.max(maxDepth, other.maxDepth));
    }

    static Difference none() {
      return new Difference(0, 0, 0);
    }

    /**
     * Rounding and arithmetic differ between the two implementations; every known mistake in the
     * steps around the networks breaks at least one of these on at least one picture.
     */
    boolean isAccepted() {
      return mean <= 0.10 && max <= 0.40 && maxDepth <= 0.25;
    }
  }

  /** The faces of a reference file, each as triples in MediaPipe's normalised form. */
  static List<double[]> faces(final Path file) throws IOException {
    try (InputStream stream = Files.newInputStream(file)) {
      return faces(stream);
    }
  }

  static List<double[]> faces(final InputStream stream) throws IOException {
    final List<double[]> faces = new ArrayList<>();
    for (final JsonNode face : JSON.readTree(stream.readAllBytes()).path("faces")) {
      final double[] points = new double[3 * face.size()];
      for (int i = 0; i < face.size(); i++) {
        for (int axis = 0; axis < 3; axis++) {
          points[3 * i + axis] = face.get(i).get(axis).asDouble();
        }
      }
      faces.add(points);
    }
    return faces;
  }

  static Difference difference(final Face face, final double... reference) {
    final float[] points = face.landmarks();
    if (points.length != reference.length) {
      throw new AssertionError(points.length + " values, the reference has " + reference.length);
    }
    final double width = face.pictureWidth();
    final double height = face.pictureHeight();
    final double interOcular =
        Math.hypot(
            (reference[3 * 33] - reference[3 * 263]) * width,
            (reference[3 * 33 + 1] - reference[3 * 263 + 1]) * height);
    double sum = 0;
    double max = 0;
    double maxDepth = 0;
    for (int i = 0; i < points.length; i += 3) {
      final double distance =
          Math.hypot(points[i] - reference[i] * width, points[i + 1] - reference[i + 1] * height);
      sum += distance;
      max = Math.max(max, distance);
      maxDepth = Math.max(maxDepth, Math.abs(points[i + 2] - reference[i + 2] * width));
    }
    final double percent = 100 / interOcular;
    return new Difference(sum / (points.length / 3.0) * percent, max * percent, maxDepth * percent);
  }
}
