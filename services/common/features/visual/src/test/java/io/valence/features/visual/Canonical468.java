package io.valence.features.visual;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.valence.inference.ModelStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;

/** All 468 points of the canonical face, and which is the mirror image of which. */
final class Canonical468 {

  private static final double[] VERTICES = read();
  private static final int[] COUNTERPARTS = pair();

  private Canonical468() {}

  static double[] vertices() {
    return VERTICES.clone();
  }

  static int[] counterparts() {
    return COUNTERPARTS.clone();
  }

  private static double[] read() {
    try {
      final JsonNode vertices =
          new ObjectMapper()
              .readTree(
                  Files.readAllBytes(
                      ModelStore.fromEnvironment().verified("facemesh/topology.json")))
              .path("vertices_xyz");
      final double[] points = new double[3 * vertices.size()];
      for (int i = 0; i < points.length; i++) {
        points[i] = vertices.get(i / 3).get(i % 3).asDouble();
      }
      return points;
    } catch (final IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int[] pair() {
    final int[] pairs = new int[VERTICES.length / 3];
    for (int i = 0; i < pairs.length; i++) {
      double nearest = Double.POSITIVE_INFINITY;
      for (int j = 0; j < pairs.length; j++) {
        final double distance =
            Math.abs(VERTICES[3 * i] + VERTICES[3 * j])
                + Math.abs(VERTICES[3 * i + 1] - VERTICES[3 * j + 1])
                + Math.abs(VERTICES[3 * i + 2] - VERTICES[3 * j + 2]);
        if (distance < nearest) {
          nearest = distance;
          pairs[i] = j;
        }
      }
    }
    return pairs;
  }
}
