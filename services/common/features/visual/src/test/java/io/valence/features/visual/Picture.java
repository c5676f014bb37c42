package io.valence.features.visual;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** A test picture as packed RGB. */
@SuppressWarnings("ArrayRecordComponent") // Compared nowhere.
record Picture(byte[] rgb, int width, int height) {

  static Picture read(final Path file) throws IOException {
    try (InputStream stream = Files.newInputStream(file)) {
      return read(stream);
    }
  }

  static Picture read(final InputStream stream) throws IOException {
    final BufferedImage image = ImageIO.read(stream);
    final int width = image.getWidth();
    final int height = image.getHeight();
    final int[] packed = image.getRGB(0, 0, width, height, null, 0, width);
    final byte[] rgb = new byte[3 * width * height];
    for (int i = 0; i < packed.length; i++) {
      rgb[3 * i] = (byte) (packed[i] >> 16);
      rgb[3 * i + 1] = (byte) (packed[i] >> 8);
      rgb[3 * i + 2] = (byte) packed[i];
    }
    return new Picture(rgb, width, height);
  }

  /** A picture of one colour. */
  static Picture plain(final int width, final int height, final int grey) {
    final byte[] rgb = new byte[3 * width * height];
    java.util.Arrays.fill(rgb, (byte) grey);
    return new Picture(rgb, width, height);
  }
}
