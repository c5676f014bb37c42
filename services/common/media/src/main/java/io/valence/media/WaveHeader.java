package io.valence.media;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * How much sound the header of a wave file promises. FFmpeg shortens the duration to what the file
 * holds, so that a file which was cut off looks whole.
 *
 * <p>Layout: Microsoft and IBM, Multimedia Programming Interface and Data Specifications 1.0 (RIFF);
 * EBU Tech 3306 (RF64: sizes of 64 bits in a chunk ds64).
 */
final class WaveHeader {

  private static final int MOST_CHUNKS = 1000;
  private static final int PCM = 1;
  private static final int FLOAT = 3;
  private static final int EXTENSIBLE = 0xFFFE;

  private WaveHeader() {}

  /** Length of the data chunk, microseconds; 0 where all of it is there or its size is left open. */
  static long promisedMicros(final MediaSource source) throws MediaException {
    final ByteBuffer start = ByteBuffer.allocate(12);
    if (!source.peek(0, start)) {
      return 0;
    }
    final String kind = name(start, 0);
    final ByteOrder order = kind.equals("RIFX") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    final boolean wide = kind.equals("RF64") || kind.equals("BW64");
    long wideSize = -1;
    long bytesPerSecond = 0;
    long at = 12;
    for (int i = 0; i < MOST_CHUNKS; i++) {
      final ByteBuffer head = ByteBuffer.allocate(8).order(order);
      if (!source.peek(at, head)) {
        return 0;
      }
      final String chunk = name(head, 0);
      final long size = Integer.toUnsignedLong(head.getInt(4));
      if (chunk.equals("data")) {
        final long promised = wide && size == 0xFFFF_FFFFL ? wideSize : size;
        final boolean open = promised <= 0 || (!wide && isOpen(promised));
        final boolean cut = promised > source.size() - (at + 8);
        return !open && cut && bytesPerSecond > 0 ? Math.round(promised * 1e6 / bytesPerSecond) : 0;
      }
      if (chunk.equals("fmt ")) {
        bytesPerSecond = bytesPerSecond(source, at + 8, order);
      } else if (chunk.equals("ds64")) {
        final ByteBuffer sizes = ByteBuffer.allocate(16).order(order);
        if (source.peek(at + 8, sizes)) {
          wideSize = sizes.getLong(8);
        }
      }
      at += 8 + size + size % 2;
    }
    return 0;
  }

  /** Sizes that programs write when they cannot go back to the header, because they write to a pipe. */
  private static boolean isOpen(final long size) {
    return size >= 0xFFFF_F000L || (size >= 0x7FFF_F000L && size <= 0x8000_0000L);
  }

  private static long bytesPerSecond(final MediaSource source, final long at, final ByteOrder order)
      throws MediaException {
    final ByteBuffer format = ByteBuffer.allocate(16).order(order);
    if (!source.peek(at, format)) {
      return 0;
    }
    final int code = Short.toUnsignedInt(format.getShort(0));
    final long sampleRate = Integer.toUnsignedLong(format.getInt(4));
    final int frameBytes = Short.toUnsignedInt(format.getShort(12));
    // Some programs write a wrong number of bytes a second for plain samples, where it is not
    // needed.
    return code == PCM || code == FLOAT || code == EXTENSIBLE
        ? sampleRate * frameBytes
        : Integer.toUnsignedLong(format.getInt(8));
  }

  private static String name(final ByteBuffer from, final int at) {
    return new String(from.array(), at, 4, StandardCharsets.ISO_8859_1);
  }
}
