package io.valence.features.visual;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class WarpTest {

  /** Red grows by 4 with every column, green by 2 with every row, blue is 9. */
  private static Picture gradient(final int width, final int height) {
    final byte[] rgb = new byte[3 * width * height];
    for (int row = 0; row < height; row++) {
      for (int column = 0; column < width; column++) {
        final int at = 3 * (row * width + column);
        rgb[at] = (byte) (4 * column);
        rgb[at + 1] = (byte) (2 * row);
        rgb[at + 2] = 9;
      }
    }
    return new Picture(rgb, width, height);
  }

  private static float[] crop(
      final Picture picture, final Region region, final Warp.Border border, final int size) {
    final float[] crop = new float[3 * size * size];
    Warp.crop(picture.rgb(), picture.width(), picture.height(), region, border, size, 1, 0, crop);
    return crop;
  }

  @Test
  void theWholePictureAtItsOwnSizeIsThePicture() {
    final Picture picture = gradient(8, 8);
    final float[] crop = crop(picture, new Region(4, 4, 8, 0), Warp.Border.BLACK, 8);
    for (int i = 0; i < crop.length; i++) {
      assertThat(crop[i]).isEqualTo(picture.rgb()[i] & 0xff);
    }
  }

  @Test
  void aGradientIsSampledAtContinuousPositions() {
    // In the inside of a gradient, red is 4 (x - 0.5) and green 2 (y - 0.5) at any position.
    final Picture picture = gradient(60, 60);
    final double angle = 0.4;
    final Region region = new Region(30.3, 29.1, 20, angle);
    final float[] crop = crop(picture, region, Warp.Border.REPLICATE, 13);
    for (int j = 0; j < 13; j++) {
      for (int i = 0; i < 13; i++) {
        final double a = ((i + 0.5) / 13 - 0.5) * 20;
        final double b = ((j + 0.5) / 13 - 0.5) * 20;
        final double x = 30.3 + a * Math.cos(angle) - b * Math.sin(angle);
        final double y = 29.1 + a * Math.sin(angle) + b * Math.cos(angle);
        final int at = 3 * (13 * j + i);
        assertThat((double) crop[at]).isCloseTo(4 * (x - 0.5), within(1e-4));
        assertThat((double) crop[at + 1]).isCloseTo(2 * (y - 0.5), within(1e-4));
        assertThat(crop[at + 2]).isEqualTo(9);
      }
    }
  }

  @Test
  void beyondTheEdgeIsBlackOrTheEdgeItself() {
    final Picture picture = Picture.plain(2, 2, 200);
    // A crop of 4 x 4 pixels around a picture of 2 x 2.
    final Region region = new Region(1, 1, 4, 0);
    final float[] black = crop(picture, region, Warp.Border.BLACK, 4);
    final float[] edge = crop(picture, region, Warp.Border.REPLICATE, 4);
    for (int j = 0; j < 4; j++) {
      for (int i = 0; i < 4; i++) {
        final boolean inside = i >= 1 && i <= 2 && j >= 1 && j <= 2;
        assertThat(black[3 * (4 * j + i)]).isEqualTo(inside ? 200 : 0);
        assertThat(edge[3 * (4 * j + i)]).isEqualTo(200);
      }
    }
  }

  @Test
  void scaleAndOffsetComeLast() {
    final float[] crop = new float[3];
    Warp.crop(
        new byte[] {(byte) 255, 0, 51},
        1,
        1,
        new Region(0.5, 0.5, 1, 0),
        Warp.Border.BLACK,
        1,
        1 / 127.5,
        -1,
        crop);
    assertThat(crop).containsExactly(new float[] {1, -1, -0.6f}, within(1e-6f));
  }
}
