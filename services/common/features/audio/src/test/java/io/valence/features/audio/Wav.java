package io.valence.features.audio;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Reads the 16-bit WAV files of the tests: mean of the channels, full scale 1. */
final class Wav {

  private static final int RIFF_HEADER = 12;
  private static final int FORMAT = 0x20746d66; // "fmt "
  private static final int DATA = 0x61746164; // "data"

  private final float[] samples;
  private final int rate;

  private Wav(final float[] samples, final int rate) {
    this.samples = samples;
    this.rate = rate;
  }

  static Wav read(final InputStream stream) throws IOException {
    final ByteBuffer file = ByteBuffer.wrap(stream.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
    int channels = 0;
    int rate = 0;
    file.position(RIFF_HEADER);
    while (true) {
      final int kind = file.getInt();
      final int bytes = file.getInt();
      if (kind == DATA) {
        return new Wav(mono(file, bytes, channels), rate);
      }
      if (kind == FORMAT) {
        channels = file.getShort(file.position() + 2);
        rate = file.getInt(file.position() + 4);
        if (file.getShort(file.position()) != 1 || file.getShort(file.position() + 14) != 16) {
          throw new IOException("not 16-bit PCM");
        }
      }
      file.position(file.position() + bytes + bytes % 2);
    }
  }

  private static float[] mono(final ByteBuffer file, final int bytes, final int channels) {
    final float[] samples = new float[bytes / Short.BYTES / channels];
    for (int i = 0; i < samples.length; i++) {
      float sum = 0;
      for (int channel = 0; channel < channels; channel++) {
        sum += file.getShort() / 32_768f;
      }
      samples[i] = sum / channels;
    }
    return samples;
  }

  float[] samples() {
    return samples;
  }

  /** What a reader gets who is told to read so many seconds. */
  float[] first(final double seconds) {
    return Arrays.copyOf(samples, (int) Math.min(samples.length, Math.floor(seconds * rate)));
  }

  int rate() {
    return rate;
  }
}
