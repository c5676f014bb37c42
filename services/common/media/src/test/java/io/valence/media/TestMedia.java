package io.valence.media;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacv.FFmpegFrameRecorder;
import org.bytedeco.javacv.Frame;

/**
 * Makes small recordings with the bundled encoders. Each picture carries its number as a row of black
 * and white squares, so that a test sees which picture came out, not only how many.
 */
final class TestMedia {

  static final int WIDTH = 192;
  static final int HEIGHT = 112;

  private static final int SQUARE = 16;
  private static final int BITS = 10;
  private static final int SAMPLE_RATE = 48_000;

  private TestMedia() {}

  /**
   * What to encode.
   *
   * @param audioCodec FFmpeg's name, or null for no sound
   * @param videoCodec FFmpeg's name, or null for no pictures
   */
  record Spec(
      String format,
      String videoCodec,
      int gop,
      int reordered,
      double framesPerSecond,
      int frames,
      String audioCodec,
      double audioSeconds) {

    static Spec video(
        final String format,
        final String codec,
        final int gop,
        final int reordered,
        final double rate,
        final int frames) {
      return new Spec(format, codec, gop, reordered, rate, frames, null, 0);
    }

    static Spec audio(final String format, final String codec, final double seconds) {
      return new Spec(format, null, 0, 0, 25, 0, codec, seconds);
    }

    Spec withSound(final String codec, final double seconds) {
      return new Spec(format, videoCodec, gop, reordered, framesPerSecond, frames, codec, seconds);
    }

    @Override
    public String toString() {
      return format + " " + videoCodec + " gop " + gop + " b " + reordered + " " + audioCodec;
    }
  }

  static Path make(final Path file, final Spec spec) throws Exception {
    Ffmpeg.load();
    final boolean pictures = spec.videoCodec() != null;
    final boolean sound = spec.audioCodec() != null;
    try (FFmpegFrameRecorder recorder =
        new FFmpegFrameRecorder(
            file.toString(), pictures ? WIDTH : 0, pictures ? HEIGHT : 0, sound ? 2 : 0)) {
      recorder.setFormat(spec.format());
      if (pictures) {
        recorder.setVideoCodec(avcodec.avcodec_find_encoder_by_name(spec.videoCodec()).id());
        recorder.setVideoCodecName(spec.videoCodec());
        recorder.setFrameRate(spec.framesPerSecond());
        recorder.setGopSize(spec.gop());
        recorder.setMaxBFrames(spec.reordered());
        recorder.setVideoBitrate(1_500_000);
        recorder.setPixelFormat(
            spec.videoCodec().equals("mjpeg")
                ? avutil.AV_PIX_FMT_YUVJ420P
                : avutil.AV_PIX_FMT_YUV420P);
        if (spec.videoCodec().startsWith("libvpx")) {
          recorder.setVideoOption("deadline", "realtime");
          recorder.setVideoOption("cpu-used", "8");
        }
        recorder.setVideoOption("threads", "1");
      }
      if (sound) {
        recorder.setAudioCodec(avcodec.avcodec_find_encoder_by_name(spec.audioCodec()).id());
        recorder.setAudioCodecName(spec.audioCodec());
        recorder.setSampleRate(SAMPLE_RATE);
        recorder.setAudioBitrate(96_000);
      }
      recorder.start();
      final Random random = new Random(7);
      final int samples = (int) Math.round(spec.audioSeconds() * SAMPLE_RATE);
      int sample = 0;
      try (Frame frame = new Frame(WIDTH, HEIGHT, Frame.DEPTH_UBYTE, 3)) {
        for (int number = 0; number < spec.frames(); number++) {
          draw(frame, number, random);
          recorder.record(frame, avutil.AV_PIX_FMT_BGR24);
          final int until =
              (int) Math.min(samples, (number + 1) * SAMPLE_RATE / spec.framesPerSecond());
          if (sound && until > sample) {
            recorder.recordSamples(SAMPLE_RATE, 2, tone(sample, until));
            sample = until;
          }
        }
      }
      while (sound && sample < samples) {
        final int until = Math.min(samples, sample + 4800);
        recorder.recordSamples(SAMPLE_RATE, 2, tone(sample, until));
        sample = until;
      }
      recorder.stop();
    }
    return file;
  }

  private static FloatBuffer tone(final int from, final int to) {
    final FloatBuffer samples = FloatBuffer.allocate((to - from) * 2);
    for (int i = from; i < to; i++) {
      final float value = (float) (0.25 * Math.sin(2 * Math.PI * 330 * i / SAMPLE_RATE));
      samples.put(value).put(value);
    }
    return samples.flip();
  }

  private static void draw(final Frame frame, final int number, final Random random) {
    final ByteBuffer pixels = (ByteBuffer) frame.image[0];
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        final int bit = x / SQUARE - 1;
        final int value;
        if (y >= 16 && y < 48 && bit >= 0 && bit < BITS) {
          value = (number >> bit & 1) == 1 ? 235 : 16;
        } else if (y >= 64) {
          value = 96 + random.nextInt(32);
        } else {
          value = 16;
        }
        for (int c = 0; c < 3; c++) {
          pixels.put(y * frame.imageStride + x * 3 + c, (byte) value);
        }
      }
    }
  }

  /** The number that a picture carries; the picture may have been scaled. */
  static int number(final RgbFrame frame) {
    int number = 0;
    for (int bit = 0; bit < BITS; bit++) {
      final int x = ((bit + 1) * SQUARE + SQUARE / 2) * frame.width() / WIDTH;
      final int y = 32 * frame.height() / HEIGHT;
      if ((frame.rgb()[(y * frame.width() + x) * 3 + 1] & 0xff) > 125) {
        number |= 1 << bit;
      }
    }
    return number;
  }

  /**
   * A wave file.
   *
   * @param format 1 for whole numbers, 3 for floats
   * @param data the samples as bytes
   */
  static byte[] wave(
      final int format,
      final int channels,
      final int sampleRate,
      final int bits,
      final byte[] data) {
    final int frameBytes = channels * bits / 8;
    return ByteBuffer.allocate(44 + data.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put("RIFF".getBytes(StandardCharsets.US_ASCII))
        .putInt(36 + data.length)
        .put("WAVEfmt ".getBytes(StandardCharsets.US_ASCII))
        .putInt(16)
        .putShort((short) format)
        .putShort((short) channels)
        .putInt(sampleRate)
        .putInt(sampleRate * frameBytes)
        .putShort((short) frameBytes)
        .putShort((short) bits)
        .put("data".getBytes(StandardCharsets.US_ASCII))
        .putInt(data.length)
        .put(data)
        .array();
  }
}
