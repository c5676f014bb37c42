package io.valence.features.visual;

import io.valence.features.Features;
import java.util.List;

/**
 * Measures the frames of one clip, window or chunk and gathers them into one vector. Make a new one
 * for each: what came before leaves no trace in it, so that a window gives the same values whether
 * it is analysed alone or in a stream.
 *
 * <p>With several faces in a frame the first is measured. A frame without a face adds nothing to the
 * values; it lowers the quality. Not safe for use by several threads at once; holds nothing that
 * needs closing.
 */
public final class VisualFeatureAccumulator {

  private static final double MICROS_PER_SECOND = 1e6;

  private final FaceMesh mesh;
  private final VisualFeatureOptions options;
  private final FaceTracker tracker;
  private final FrameMeasures measures;
  private final double[] values;
  private final double[] mean;
  private final double[] squares;
  private long frames;
  private long framesWithFace;
  private long lastSlot = Long.MIN_VALUE;

  /**
   * Starts without any frame.
   *
   * @param mesh stays the caller's, to be closed after the last frame
   * @throws IllegalArgumentException if the options' space is not a visual one
   */
  public VisualFeatureAccumulator(final FaceMesh mesh, final VisualFeatureOptions options) {
    this(mesh, options, mesh.newTracker());
  }

  /**
   * As above, but follows the faces that the tracker already knows: for a clip that continues another.
   * Its values then depend on what came before.
   *
   * @param tracker of the same mesh; not used where the options ask for separate pictures
   */
  public VisualFeatureAccumulator(
      final FaceMesh mesh, final VisualFeatureOptions options, final FaceTracker tracker) {
    this.mesh = mesh;
    this.options = options;
    this.tracker = tracker;
    this.measures = FrameMeasures.of(options.space(), mesh.canonicalFace());
    final int size = options.space().size();
    this.values = new double[size];
    this.mean = new double[size];
    this.squares = new double[size];
  }

  /**
   * Analyses the next frame.
   *
   * @param rgb packed pixels R, G, B, row after row: {@code width * height * 3} bytes; free to be
   *     reused after the call
   * @param width of the frame in pixels, at least 1; may change from frame to frame
   * @param height of the frame in pixels, at least 1
   * @param timestampMicros event time, rising from frame to frame; only used to pass over frames where
   *     {@link VisualFeatureOptions#maxFramesPerSecond} asks for it
   * @return the faces of this frame; none also where it was passed over
   * @throws IllegalArgumentException if the array does not have the frame's size
   */
  public List<Face> add(
      final byte[] rgb, final int width, final int height, final long timestampMicros) {
    FaceMesh.requirePicture(rgb, width, height);
    if (isPassedOver(timestampMicros)) {
      return List.of();
    }
    frames++;
    final List<Face> faces =
        options.separatePictures()
            ? mesh.detect(rgb, width, height)
            : tracker.next(rgb, width, height);
    if (!faces.isEmpty()) {
      measure(faces.get(0));
    }
    return faces;
  }

  /**
   * Slots lie on a grid of absolute event time, so the choice of frames does not depend on where a
   * clip begins. With 10 frames a second, frames at 0, 33, 67, 100 and 133 ms fall into slots 0, 0,
   * 0, 1, 1: those at 0 and 100 ms are analysed.
   */
  private boolean isPassedOver(final long timestampMicros) {
    if (Double.isInfinite(options.maxFramesPerSecond())) {
      return false;
    }
    final long slot =
        (long) Math.floor(timestampMicros * options.maxFramesPerSecond() / MICROS_PER_SECOND);
    final boolean taken = slot == lastSlot;
    lastSlot = slot;
    return taken;
  }

  private void measure(final Face face) {
    measures.measure(face, values);
    for (final double value : values) {
      if (!Double.isFinite(value)) {
        // Points that fall together have no angles and ratios: as good as no face.
        return;
      }
    }
    framesWithFace++;
    // Welford's running mean and sum of squared deviations.
    for (int i = 0; i < values.length; i++) {
      final double before = values[i] - mean[i];
      mean[i] += before / framesWithFace;
      squares[i] += before * (values[i] - mean[i]);
    }
  }

  /** How many frames were analysed, with a face or without. */
  public long frames() {
    return frames;
  }

  /** How many of them had a face that could be measured. */
  public long framesWithFace() {
    return framesWithFace;
  }

  /**
   * The features of all frames so far: weight is the number of frames with a face, quality their share
   * of the frames analysed. Without any frame that has a face: no values and weight 0.
   */
  public Features result() {
    if (framesWithFace == 0) {
      return Features.silent(options.space());
    }
    final float[] result = new float[values.length];
    for (int i = 0; i < result.length; i++) {
      result[i] =
          (float) (i < measures.firstMotion() ? mean[i] : Math.sqrt(squares[i] / framesWithFace));
    }
    return new Features(options.space(), result, framesWithFace, (double) framesWithFace / frames);
  }
}
