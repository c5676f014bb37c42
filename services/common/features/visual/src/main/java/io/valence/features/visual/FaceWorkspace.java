package io.valence.features.visual;

import io.valence.inference.ModelCall;
import io.valence.inference.OnnxModel;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Optional;

/** The buffers of one run of the detector and the landmark model, used by one thread at a time. */
final class FaceWorkspace implements AutoCloseable {

  private static final int LANDMARK_INPUT_SIZE = 192;

  private final FaceMeshOptions options;
  private final ModelCall detector;
  private final ModelCall landmarker;
  private final FloatBuffer detectorInput;
  private final FloatBuffer landmarkerInput;
  private final float[] detectorCrop =
      new float[DetectorOutput.INPUT_SIZE * DetectorOutput.INPUT_SIZE * 3];
  private final float[] landmarkerCrop = new float[LANDMARK_INPUT_SIZE * LANDMARK_INPUT_SIZE * 3];
  private final float[] regressors =
      new float[DetectorOutput.ANCHORS * DetectorOutput.VALUES_PER_ANCHOR];
  private final float[] logits = new float[DetectorOutput.ANCHORS];
  private final float[] presenceLogit = new float[1];

  FaceWorkspace(
      final OnnxModel detectorModel, final OnnxModel landmarkModel, final FaceMeshOptions options) {
    this.options = options;
    this.detector = detectorModel.newCall();
    this.landmarker = landmarkModel.newCall();
    this.detectorInput =
        detector.floats("input", 1, DetectorOutput.INPUT_SIZE, DetectorOutput.INPUT_SIZE, 3);
    this.landmarkerInput =
        landmarker.floats("input", 1, LANDMARK_INPUT_SIZE, LANDMARK_INPUT_SIZE, 3);
  }

  /** The faces of a picture, best first, at most as many as the options allow; in pixels. */
  List<Detection> detect(final byte[] rgb, final int width, final int height) {
    final Region whole = new Region(width / 2.0, height / 2.0, Math.max(width, height), 0);
    Warp.crop(
        rgb,
        width,
        height,
        whole,
        Warp.Border.BLACK,
        DetectorOutput.INPUT_SIZE,
        1 / 127.5,
        -1,
        detectorCrop);
    detectorInput.put(0, detectorCrop);
    detector.run("regressors", "classificators");
    detector.output("regressors", regressors);
    detector.output("classificators", logits);
    return DetectorOutput.decode(regressors, logits, options.minDetectionConfidence()).stream()
        .limit(options.maxNumFaces())
        .map(detection -> detection.inPixels(width, height))
        .toList();
  }

  /** The landmarks in a region; empty where the model sees no face there. */
  Optional<Face> landmarks(
      final byte[] rgb, final int width, final int height, final Region region) {
    Warp.crop(
        rgb,
        width,
        height,
        region,
        Warp.Border.REPLICATE,
        LANDMARK_INPUT_SIZE,
        1 / 255.0,
        0,
        landmarkerCrop);
    landmarkerInput.put(0, landmarkerCrop);
    landmarker.run("landmarks", "face_flag");
    landmarker.output("face_flag", presenceLogit);
    final double presence = DetectorOutput.sigmoid(presenceLogit[0]);
    if (presence < options.minPresence()) {
      return Optional.empty();
    }
    final float[] points = landmarker.output("landmarks");
    toPicture(points, region);
    return Optional.of(new Face(points, width, height, presence));
  }

  /** From pixels of the crop to pixels of the picture, in place. */
  private static void toPicture(final float[] points, final Region region) {
    final double cosine = Math.cos(region.rotation());
    final double sine = Math.sin(region.rotation());
    final double scale = region.side() / LANDMARK_INPUT_SIZE;
    for (int i = 0; i < points.length; i += 3) {
      final double a = (points[i] - LANDMARK_INPUT_SIZE / 2.0) * scale;
      final double b = (points[i + 1] - LANDMARK_INPUT_SIZE / 2.0) * scale;
      points[i] = (float) (region.centreX() + a * cosine - b * sine);
      points[i + 1] = (float) (region.centreY() + a * sine + b * cosine);
      points[i + 2] = (float) (points[i + 2] * scale);
    }
  }

  @Override
  public void close() {
    detector.close();
    landmarker.close();
  }
}
