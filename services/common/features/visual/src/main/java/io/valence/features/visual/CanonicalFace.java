package io.valence.features.visual;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.valence.inference.ModelFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * MediaPipe's canonical face model, reduced to the points whose position depends little on the
 * expression, each with its weight: what a head's pose is measured against.
 *
 * <p>The model is in centimetres, x to the subject's left, y up, z towards the viewer.
 */
final class CanonicalFace {

  private final int[] indexes;
  private final double[] weights;
  private final double[] points;

  private CanonicalFace(final int[] indexes, final double[] weights, final double[] points) {
    this.indexes = indexes;
    this.weights = weights;
    this.points = points;
  }

  /** Reads {@code topology.json}: {@code vertices_xyz} and {@code procrustes_basis}. */
  static CanonicalFace read(final Path topology) throws ModelFileException {
    final JsonNode root;
    try {
      root = new ObjectMapper().readTree(Files.readAllBytes(topology));
    } catch (final IOException e) {
      throw new ModelFileException(
          "model file " + topology + " cannot be read: " + e.getMessage() + "; restore it", e);
    }
    final JsonNode basis = root.path("procrustes_basis");
    final JsonNode vertices = root.path("vertices_xyz");
    final int count = basis.size();
    final int[] indexes = new int[count];
    final double[] weights = new double[count];
    final double[] points = new double[3 * count];
    for (int i = 0; i < count; i++) {
      indexes[i] = basis.get(i).get(0).asInt();
      weights[i] = basis.get(i).get(1).asDouble();
      for (int axis = 0; axis < 3; axis++) {
        points[3 * i + axis] = vertices.get(indexes[i]).get(axis).asDouble();
      }
    }
    return new CanonicalFace(indexes, weights, points);
  }

  /** How many points the pose is measured on. */
  int size() {
    return indexes.length;
  }

  /** Which landmark the i-th of the points is. */
  int index(final int i) {
    return indexes[i];
  }

  /** How much the i-th point counts. */
  double weight(final int i) {
    return weights[i];
  }

  /** A coordinate of the i-th point, in centimetres; axis 0, 1, 2 for x, y, z. */
  double coordinate(final int i, final int axis) {
    return points[3 * i + axis];
  }
}
