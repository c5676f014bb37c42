package io.valence.media;

import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.stream.FileImageInputStream;
import javax.imageio.stream.ImageInputStream;

/**
 * Reads a still picture: png, jpg, gif and bmp by the JDK, webp, tiff and others by FFmpeg.
 *
 * <p>The stored values are given out as they are: no colour profile or gamma is applied, transparency is
 * left out, 16-bit values keep their upper 8 bits, grey is repeated three times.
 */
public final class ImageReader {

  private ImageReader() {}

  /**
   * Reads a picture within {@link DecodeLimits#STANDARD}; its size is checked before it is decoded.
   *
   * @throws MediaException if it is missing, empty, no picture, damaged or too large
   */
  public static RgbFrame read(final Path file) throws MediaException {
    return read(file, DecodeLimits.STANDARD);
  }

  /** Reads a picture within the given limits. */
  public static RgbFrame read(final Path file, final DecodeLimits limits) throws MediaException {
    final String name = String.valueOf(file.getFileName());
    // The same refusals as for recordings: missing, no file, unreadable, empty.
    MediaSource.open(file).close();
    try (ImageInputStream in = new FileImageInputStream(file.toFile())) {
      final Iterator<javax.imageio.ImageReader> readers = ImageIO.getImageReaders(in);
      if (readers.hasNext()) {
        final javax.imageio.ImageReader reader = readers.next();
        try {
          reader.setInput(in, true, true);
          final List<String> complaints = new ArrayList<>();
          reader.addIIOReadWarningListener((from, complaint) -> complaints.add(complaint));
          limits.checkPicture(name, reader.getWidth(0), reader.getHeight(0));
          final BufferedImage image = reader.read(0);
          checkWhole(name, complaints);
          return rgb(image);
        } finally {
          reader.dispose();
        }
      }
    } catch (final IOException | RuntimeException e) {
      // The JDK's readers report damage by many kinds of exception, and cannot read every kind of
      // JPEG; FFmpeg has the last word.
      return byFfmpeg(file, limits, e);
    }
    return byFfmpeg(file, limits, null);
  }

  /** The JDK's JPEG reader fills in what is missing with grey and only warns. */
  private static void checkWhole(final String name, final List<String> complaints)
      throws MediaException {
    for (final String complaint : complaints) {
      final String lowerCase = complaint.toLowerCase(Locale.ROOT);
      // Bytes too many between two segments hurt no picture, and some cameras write them.
      final boolean harmless = lowerCase.contains("extraneous bytes");
      if (!harmless
          && (lowerCase.contains("truncated")
              || lowerCase.contains("premature")
              || lowerCase.contains("corrupt"))) {
        throw new MediaException(name + ": is damaged or cut short: " + complaint);
      }
    }
  }

  private static RgbFrame byFfmpeg(
      final Path file, final DecodeLimits limits, final Exception before) throws MediaException {
    try (VideoDecoder decoder = VideoDecoder.openPicture(file, limits)) {
      final RgbFrame picture = decoder.next();
      if (picture == null) {
        throw new MediaException(file.getFileName() + ": holds no picture");
      }
      return new RgbFrame(picture.width(), picture.height(), 0, picture.rgb());
    } catch (final MediaException e) {
      if (before != null) {
        e.addSuppressed(before);
      }
      throw e;
    }
  }

  private static RgbFrame rgb(final BufferedImage image) {
    final int width = image.getWidth();
    final int height = image.getHeight();
    final Raster raster = image.getRaster();
    final ColorModel colours = image.getColorModel();
    final int bands = raster.getNumBands();
    final boolean grey = bands < 3;
    final int shift = Math.max(0, raster.getSampleModel().getSampleSize(0) - 8);
    final byte[] rgb = new byte[Math.multiplyExact(Math.multiplyExact(width, height), 3)];
    int[] row = null;
    int to = 0;
    for (int y = 0; y < height; y++) {
      row = raster.getPixels(0, y, width, 1, row);
      for (int x = 0; x < width; x++) {
        if (colours instanceof IndexColorModel) {
          final int colour = colours.getRGB(row[x]);
          rgb[to++] = (byte) (colour >> 16);
          rgb[to++] = (byte) (colour >> 8);
          rgb[to++] = (byte) colour;
        } else {
          final int at = x * bands;
          rgb[to++] = (byte) (row[at] >> shift);
          rgb[to++] = (byte) (row[grey ? at : at + 1] >> shift);
          rgb[to++] = (byte) (row[grey ? at : at + 2] >> shift);
        }
      }
    }
    return new RgbFrame(width, height, 0, rgb);
  }
}
