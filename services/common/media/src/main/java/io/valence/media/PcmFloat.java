package io.valence.media;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Mono samples as bytes and back: little-endian 32-bit floats, container {@code pcm_f32le}. */
public final class PcmFloat {

  private PcmFloat() {}

  /** Bytes of the first {@code count} samples. */
  public static ByteBuffer encode(final float[] samples, final int count) {
    final ByteBuffer bytes =
        ByteBuffer.allocate(count * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(samples, 0, count);
    return bytes;
  }

  /**
   * The samples of the remaining bytes; the buffer's position stays.
   *
   * @throws MediaException if the bytes are not whole samples, or a sample is not a finite number
   */
  public static float[] decode(final ByteBuffer bytes) throws MediaException {
    if (bytes.remaining() % Float.BYTES != 0) {
      throw new MediaException(
          "sound piece: " + bytes.remaining() + " bytes are not a whole number of 32-bit samples");
    }
    final float[] samples = new float[bytes.remaining() / Float.BYTES];
    bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(samples);
    for (int i = 0; i < samples.length; i++) {
      if (!Float.isFinite(samples[i])) {
        throw new MediaException("sound piece: sample " + i + " is " + samples[i]);
      }
    }
    return samples;
  }
}
