package io.valence.features.visual;

/**
 * Cuts a turned square out of a picture and scales it to what a model wants.
 *
 * <p>Samples are bilinear at continuous positions with neither filter nor averaging, even when a
 * large picture shrinks a lot: the models' reference implementation samples so, and its aliasing is
 * part of the result. Nothing is rounded; rounding the crop to bytes alone would cost more than the
 * whole accuracy that is kept here.
 */
final class Warp {

  /** What lies beyond the picture's edge. */
  enum Border {
    /** Black. */
    BLACK,
    /** The nearest pixel of the picture. */
    REPLICATE
  }

  private Warp() {}

  /**
   * Fills {@code crop} with {@code size} x {@code size} pixels of R, G, B, each {@code value * scale +
   * offset}.
   *
   * @param rgb packed pixels of the picture, {@code width * height * 3} bytes
   * @param crop at least {@code size * size * 3} values, rows of pixels
   */
  static void crop(
      final byte[] rgb,
      final int width,
      final int height,
      final Region region,
      final Border border,
      final int size,
      final double scale,
      final double offset,
      final float[] crop) {
    final double cosine = Math.cos(region.rotation());
    final double sine = Math.sin(region.rotation());
    final double step = region.side() / size;
    final double first = (0.5 / size - 0.5) * region.side();
    final boolean blackOutside = border == Border.BLACK;
    final int lastColumn = width - 1;
    final int lastRow = height - 1;
    int out = 0;
    for (int j = 0; j < size; j++) {
      final double b = first + j * step;
      final double rowX = region.centreX() - b * sine;
      final double rowY = region.centreY() + b * cosine;
      for (int i = 0; i < size; i++) {
        final double a = first + i * step;
        final double x = rowX + a * cosine;
        final double y = rowY + a * sine;
        if (blackOutside && (x < 0 || y < 0 || x > width || y > height)) {
          crop[out] = (float) offset;
          crop[out + 1] = (float) offset;
          crop[out + 2] = (float) offset;
          out += 3;
          continue;
        }
        // The centre of pixel (0, 0) lies at (0.5, 0.5).
        final double sampleX = x - 0.5;
        final double sampleY = y - 0.5;
        final double floorX = Math.floor(sampleX);
        final double floorY = Math.floor(sampleY);
        final double rightShare = sampleX - floorX;
        final double lowerShare = sampleY - floorY;
        final int column = (int) floorX;
        final int row = (int) floorY;
        final int left = 3 * clamp(column, lastColumn);
        final int right = 3 * clamp(column + 1, lastColumn);
        final int upper = 3 * width * clamp(row, lastRow);
        final int lower = 3 * width * clamp(row + 1, lastRow);
        for (int channel = 0; channel < 3; channel++) {
          final double above =
              mix(rgb[upper + left + channel], rgb[upper + right + channel], rightShare);
          final double below =
              mix(rgb[lower + left + channel], rgb[lower + right + channel], rightShare);
          crop[out + channel] = (float) ((above + (below - above) * lowerShare) * scale + offset);
        }
        out += 3;
      }
    }
  }

  private static double mix(final byte from, final byte to, final double share) {
    final int start = from & 0xff;
    return start + ((to & 0xff) - start) * share;
  }

  private static int clamp(final int index, final int last) {
    return index < 0 ? 0 : Math.min(index, last);
  }
}
