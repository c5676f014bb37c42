package io.valence.media;

/**
 * How much a decoder takes on before it refuses, so that a small file cannot ask for all memory or run
 * for ever.
 *
 * @param maxPixels largest picture, width times height
 * @param maxFramesPerSecond most frames in one second of event time
 * @param maxFrames most frames in all
 */
public record DecodeLimits(long maxPixels, double maxFramesPerSecond, long maxFrames) {

  /** Pictures to 8192 x 8192, 1000 frames a second, a week at 60 frames a second. */
  public static final DecodeLimits STANDARD =
      new DecodeLimits(8192L * 8192L, 1000.0, 7L * 24 * 3600 * 60);

  /**
   * A video piece that a service was sent: pictures to 4096 x 2304 (a copy of 28 MB each), 1000 frames a
   * second, 6000 frames in all. {@link RecordingCutter} encodes larger pictures anew, smaller.
   */
  public static final DecodeLimits CHUNK = new DecodeLimits(4096L * 2304L, 1000.0, 6000);

  public DecodeLimits {
    if (maxPixels < 1 || !(maxFramesPerSecond > 0) || maxFrames < 1) {
      throw new IllegalArgumentException("every limit must be positive");
    }
  }

  void checkPicture(final String name, final long width, final long height) throws MediaException {
    if (width < 1 || height < 1) {
      throw new MediaException(
          name + ": a picture of " + width + " x " + height + " holds nothing");
    }
    if (width * height > maxPixels || width > 65_500 || height > 65_500) {
      throw new MediaException(
          name
              + ": a picture of "
              + width
              + " x "
              + height
              + " is too large; at most "
              + maxPixels
              + " pixels are read, scale it down first");
    }
  }
}
