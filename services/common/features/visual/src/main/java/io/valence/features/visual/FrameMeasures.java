package io.valence.features.visual;

import io.valence.features.FeatureSpace;

/** What is measured on one face in one frame. Keeps buffers: one for each accumulator. */
interface FrameMeasures {

  /** The measures that belong to a feature space. */
  static FrameMeasures of(final FeatureSpace space, final CanonicalFace canonicalFace) {
    if (space.equals(VisualFeatureSpaces.FACEMESH_65)) {
      return new ExpressionMeasures(canonicalFace);
    }
    if (space.equals(VisualFeatureSpaces.FACEMESH_65_PAPER)) {
      return new PaperMeasures();
    }
    throw new IllegalArgumentException("'" + space.id() + "' is not a visual feature space");
  }

  /** Writes the values of this face, as many as the space has; some may come out as not finite. */
  void measure(Face face, double[] values);

  /** From this index on, a feature is the standard deviation over the frames; before it, the mean. */
  int firstMotion();
}
