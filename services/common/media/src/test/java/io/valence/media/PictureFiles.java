package io.valence.media;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** PNG files written by hand, also such as no encoder would write. */
final class PictureFiles {

  private PictureFiles() {}

  /** Red is x, green is y, blue is x + y, each modulo 256. */
  static byte[] png(final int width, final int height) {
    final byte[] rows = new byte[height * (1 + width * 3)];
    int at = 0;
    for (int y = 0; y < height; y++) {
      rows[at++] = 0;
      for (int x = 0; x < width; x++) {
        rows[at++] = (byte) x;
        rows[at++] = (byte) y;
        rows[at++] = (byte) (x + y);
      }
    }
    return png(width, height, 8, 2, rows);
  }

  static byte[] png(
      final int width, final int height, final int bits, final int colourType, final byte[] rows) {
    final Deflater deflater = new Deflater();
    deflater.setInput(rows);
    deflater.finish();
    final byte[] buffer = new byte[rows.length + 1000];
    final int length = deflater.deflate(buffer);
    deflater.end();
    final ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10});
    chunk(
        out,
        "IHDR",
        ByteBuffer.allocate(13)
            .putInt(width)
            .putInt(height)
            .put((byte) bits)
            .put((byte) colourType)
            .array());
    chunk(out, "IDAT", java.util.Arrays.copyOf(buffer, length));
    chunk(out, "IEND", new byte[0]);
    return out.toByteArray();
  }

  private static void chunk(final ByteArrayOutputStream out, final String type, final byte[] data) {
    final byte[] body = new byte[4 + data.length];
    System.arraycopy(type.getBytes(StandardCharsets.US_ASCII), 0, body, 0, 4);
    System.arraycopy(data, 0, body, 4, data.length);
    final CRC32 crc = new CRC32();
    crc.update(body);
    out.writeBytes(ByteBuffer.allocate(4).putInt(data.length).array());
    out.writeBytes(body);
    out.writeBytes(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
  }
}
