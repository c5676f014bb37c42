package io.valence.features.visual;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
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
    return of(ImageIO.read(stream));
  }

  /** A picture of one colour. */
  static Picture plain(final int width, final int height, final int grey) {
    final byte[] rgb = new byte[3 * width * height];
    Arrays.fill(rgb, (byte) grey);
    return new Picture(rgb, width, height);
  }

  /** NASA's portrait of Eileen Collins; see the note beside the file. */
  static Picture astronaut() {
    return resource("astronaut.png");
  }

  /** Head and shoulders of the same portrait: 256 x 256 pixels, the face 92 wide in the middle. */
  static Picture astronautFace() {
    final Picture whole = astronaut();
    final byte[] rgb = new byte[3 * 256 * 256];
    for (int row = 0; row < 256; row++) {
      System.arraycopy(whole.rgb, 3 * (row * whole.width + 97), rgb, 3 * row * 256, 3 * 256);
    }
    return new Picture(rgb, 256, 256);
  }

  static Picture resource(final String name) {
    try (InputStream stream = Picture.class.getResourceAsStream(name)) {
      return read(stream);
    } catch (final IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * This picture on a grey canvas, scaled and turned about its centre, that centre moved to (x, y).
   * Interpolation is bicubic.
   */
  Picture placed(
      final int canvasWidth,
      final int canvasHeight,
      final double x,
      final double y,
      final double scaleX,
      final double scaleY,
      final double angle) {
    final BufferedImage source = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    final int[] packed = new int[width * height];
    for (int i = 0; i < packed.length; i++) {
      packed[i] =
          ((rgb[3 * i] & 0xff) << 16) | ((rgb[3 * i + 1] & 0xff) << 8) | (rgb[3 * i + 2] & 0xff);
    }
    source.setRGB(0, 0, width, height, packed, 0, width);
    final BufferedImage canvas =
        new BufferedImage(canvasWidth, canvasHeight, BufferedImage.TYPE_INT_RGB);
    final Graphics2D graphics = canvas.createGraphics();
    graphics.setColor(Color.GRAY);
    graphics.fillRect(0, 0, canvasWidth, canvasHeight);
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
    graphics.translate(x, y);
    graphics.rotate(angle);
    graphics.scale(scaleX, scaleY);
    graphics.translate(-width / 2.0, -height / 2.0);
    graphics.drawImage(source, 0, 0, null);
    graphics.dispose();
    return of(canvas);
  }

  private static Picture of(final BufferedImage image) {
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
}
