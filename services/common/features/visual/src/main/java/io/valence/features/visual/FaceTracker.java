package io.valence.features.visual;

import java.util.ArrayList;
import java.util.List;

/**
 * Follows faces through the frames of one video. Where a face was found, the next frame is looked at
 * in the same place; the detector runs only when there are fewer faces than wanted. That is faster
 * than looking at every frame anew, and steadier.
 *
 * <p>As in MediaPipe, the frame in which a face gets lost has no landmarks for it; it is looked for
 * again in the next. Faces already followed come first and keep their order. Not safe for use by
 * several threads at once.
 */
public final class FaceTracker {

  private final FaceMesh mesh;
  private List<Region> regions = List.of();
  private int lastWidth;
  private int lastHeight;

  FaceTracker(final FaceMesh mesh) {
    this.mesh = mesh;
  }

  /**
   * The faces of the next frame.
   *
   * @param rgb packed pixels R, G, B, row after row: {@code width * height * 3} bytes
   * @param width of the frame in pixels, at least 1. If the size differs from the last frame's, faces
   *     are looked for anew.
   * @param height of the frame in pixels, at least 1
   * @throws IllegalArgumentException if the array does not have the frame's size
   */
  public List<Face> next(final byte[] rgb, final int width, final int height) {
    FaceMesh.requirePicture(rgb, width, height);
    if (width != lastWidth || height != lastHeight) {
      reset();
      lastWidth = width;
      lastHeight = height;
    }
    final List<Face> faces = new ArrayList<>();
    final List<Region> nextRegions = new ArrayList<>();
    for (final Region region : regionsFor(rgb, width, height)) {
      mesh.landmarks(rgb, width, height, region)
          .ifPresent(
              face -> {
                faces.add(face);
                nextRegions.add(Region.ofLandmarks(face.landmarks()));
              });
    }
    regions = nextRegions;
    return List.copyOf(faces);
  }

  /** Forgets where the faces were, for instance at a cut. */
  public void reset() {
    regions = List.of();
  }

  private List<Region> regionsFor(final byte[] rgb, final int width, final int height) {
    final int wanted = mesh.options().maxNumFaces();
    if (regions.size() >= wanted) {
      return regions;
    }
    final List<Region> merged = new ArrayList<>(regions);
    for (final Detection detection : mesh.detections(rgb, width, height)) {
      final Region found = detection.region();
      if (merged.size() < wanted && regions.stream().noneMatch(found::showsSameFaceAs)) {
        merged.add(found);
      }
    }
    return merged;
  }
}
