package io.valence.features.visual;

import io.valence.features.FeatureSpace;
import java.util.Objects;

/**
 * How frames become features.
 *
 * @param space {@link VisualFeatureSpaces#FACEMESH_65} or {@link
 *     VisualFeatureSpaces#FACEMESH_65_PAPER}
 * @param separatePictures true for pictures that have nothing to do with each other, false for the
 *     frames of a video, where faces are followed from one to the next
 * @param maxFramesPerSecond at most so many frames of each second of event time are analysed, the
 *     others are passed over; above 0, {@link Double#POSITIVE_INFINITY} for all
 */
public record VisualFeatureOptions(
    FeatureSpace space, boolean separatePictures, double maxFramesPerSecond) {

  public VisualFeatureOptions {
    Objects.requireNonNull(space, "space");
    if (!(maxFramesPerSecond > 0)) {
      throw new IllegalArgumentException(
          "maxFramesPerSecond must be above 0: " + maxFramesPerSecond);
    }
  }

  /** Every frame of a video, in the default space. */
  public static VisualFeatureOptions defaults() {
    return new VisualFeatureOptions(
        VisualFeatureSpaces.FACEMESH_65, false, Double.POSITIVE_INFINITY);
  }

  /**
   * What the services look at: all frames of a video with up to 60 of them a second, also where their times are
   * a little uneven (at most 70). Faces show no more at a higher rate, and a hostile chunk may have thousands.
   */
  public static VisualFeatureOptions ofStreams() {
    return defaults().withMaxFramesPerSecond(70);
  }

  /** The same options for another feature space. */
  public VisualFeatureOptions withSpace(final FeatureSpace other) {
    return new VisualFeatureOptions(other, separatePictures, maxFramesPerSecond);
  }

  /** The same options for separate pictures (true) or a video (false). */
  public VisualFeatureOptions withSeparatePictures(final boolean separate) {
    return new VisualFeatureOptions(space, separate, maxFramesPerSecond);
  }

  /** The same options for at most so many frames a second. */
  public VisualFeatureOptions withMaxFramesPerSecond(final double frames) {
    return new VisualFeatureOptions(space, separatePictures, frames);
  }
}
