package io.valence.features.visual;

import io.valence.inference.ModelFileException;
import io.valence.inference.ModelStore;
import io.valence.inference.OnnxModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;

/**
 * Finds faces and their landmarks: MediaPipe's FaceMesh (the solution of {@code @mediapipe/face_mesh}
 * 0.4.1657299874) with its networks in ONNX Runtime. Results follow MediaPipe's own within 0.1 % of
 * the distance between the eyes on average.
 *
 * <p>One instance serves any number of threads: the models are opened once, and every thread that is
 * inside a call has buffers of its own, which are kept for the next call.
 */
public final class FaceMesh implements AutoCloseable {

  private final FaceMeshOptions options;
  private final OnnxModel detector;
  private final OnnxModel landmarker;
  private final CanonicalFace canonicalFace;
  private final ConcurrentLinkedQueue<FaceWorkspace> idle = new ConcurrentLinkedQueue<>();

  private FaceMesh(
      final FaceMeshOptions options,
      final OnnxModel detector,
      final OnnxModel landmarker,
      final CanonicalFace canonicalFace) {
    this.options = options;
    this.detector = detector;
    this.landmarker = landmarker;
    this.canonicalFace = canonicalFace;
  }

  /**
   * Opens the models {@code facemesh/*} of a store.
   *
   * @throws ModelFileException if one of them is missing, altered or unreadable
   */
  public static FaceMesh open(final ModelStore store, final FaceMeshOptions options)
      throws ModelFileException {
    final CanonicalFace canonicalFace =
        CanonicalFace.read(store.verified("facemesh/topology.json"));
    final OnnxModel detector =
        OnnxModel.open(store.verified("facemesh/face_detection_short_range.onnx"), 1);
    try {
      final String name =
          options.refined() ? "face_landmark_with_attention.onnx" : "face_landmark.onnx";
      final OnnxModel landmarker = OnnxModel.open(store.verified("facemesh/" + name), 1);
      return new FaceMesh(options, detector, landmarker, canonicalFace);
    } catch (final ModelFileException | RuntimeException e) {
      detector.close();
      throw e;
    }
  }

  /** How faces are looked for. */
  public FaceMeshOptions options() {
    return options;
  }

  /**
   * The faces of a single picture, the surest first. Nothing is remembered from earlier pictures.
   *
   * @param rgb packed pixels R, G, B, row after row: {@code width * height * 3} bytes
   * @param width of the picture in pixels, at least 1
   * @param height of the picture in pixels, at least 1
   * @throws IllegalArgumentException if the array does not have the picture's size
   */
  public List<Face> detect(final byte[] rgb, final int width, final int height) {
    requirePicture(rgb, width, height);
    return withWorkspace(
        workspace -> {
          final List<Face> faces = new ArrayList<>();
          for (final Detection detection : workspace.detect(rgb, width, height)) {
            workspace.landmarks(rgb, width, height, detection.region()).ifPresent(faces::add);
          }
          return List.copyOf(faces);
        });
  }

  /** Follows the faces of one video; it starts without any. */
  public FaceTracker newTracker() {
    return new FaceTracker(this);
  }

  CanonicalFace canonicalFace() {
    return canonicalFace;
  }

  List<Detection> detections(final byte[] rgb, final int width, final int height) {
    return withWorkspace(workspace -> workspace.detect(rgb, width, height));
  }

  Optional<Face> landmarks(
      final byte[] rgb, final int width, final int height, final Region region) {
    return withWorkspace(workspace -> workspace.landmarks(rgb, width, height, region));
  }

  private <T> T withWorkspace(final Function<FaceWorkspace, T> work) {
    final FaceWorkspace kept = idle.poll();
    final FaceWorkspace workspace =
        kept == null ? new FaceWorkspace(detector, landmarker, options) : kept;
    try {
      return work.apply(workspace);
    } finally {
      idle.add(workspace);
    }
  }

  static void requirePicture(final byte[] rgb, final int width, final int height) {
    if (width < 1 || height < 1 || rgb.length != 3L * width * height) {
      throw new IllegalArgumentException(
          "a picture of "
              + width
              + " x "
              + height
              + " pixels needs "
              + 3L * width * height
              + " bytes of RGB (and at least one pixel); got "
              + rgb.length);
    }
  }

  /** Frees models and buffers. Not while another thread is inside a call. */
  @Override
  public void close() {
    for (FaceWorkspace workspace = idle.poll(); workspace != null; workspace = idle.poll()) {
      workspace.close();
    }
    landmarker.close();
    detector.close();
  }
}
