package io.valence.media;

import java.util.Objects;

/**
 * One picture.
 *
 * @param width pixels in a row, >= 1
 * @param height rows, >= 1
 * @param timestampMicros when it is shown, microseconds of event time; 0 for a still picture
 * @param rgb {@code width * height * 3} bytes, row by row from the top, red, green, blue; not copied.
 *     A {@link VideoDecoder} fills the same array again for its next frame
 */
public record RgbFrame(int width, int height, long timestampMicros, byte[] rgb) {

  public RgbFrame {
    Objects.requireNonNull(rgb, "rgb");
    if (width < 1
        || height < 1
        || rgb.length != Math.multiplyExact(Math.multiplyExact(width, height), 3)) {
      throw new IllegalArgumentException(
          "a picture of " + width + " x " + height + " does not have " + rgb.length + " bytes");
    }
  }
}
