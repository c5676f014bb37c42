package io.valence.media;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacv.FFmpegFrameRecorder;
import org.bytedeco.javacv.Frame;

/** Recordings of any size: in Matroska, moving shapes on noise, a key frame a second. */
final class SizedMedia {

  private SizedMedia() {}

  /** H.264 by openh264. */
  static Path make(
      final Path file, final int width, final int height, final double rate, final int frames)
      throws Exception {
    return make(file, "libopenh264", width, height, rate, frames);
  }

  static Path make(
      final Path file,
      final String codec,
      final int width,
      final int height,
      final double rate,
      final int frames)
      throws Exception {
    Ffmpeg.load();
    try (FFmpegFrameRecorder recorder = new FFmpegFrameRecorder(file.toString(), width, height, 0);
        Frame frame = new Frame(width, height, Frame.DEPTH_UBYTE, 3)) {
      recorder.setFormat("matroska");
      recorder.setVideoCodec(avcodec.avcodec_find_encoder_by_name(codec).id());
      recorder.setVideoCodecName(codec);
      recorder.setFrameRate(rate);
      recorder.setGopSize((int) Math.round(rate));
      // What cameras and conferences send: some 0.1 bits a pixel.
      recorder.setVideoBitrate((int) (0.1 * width * height * rate));
      recorder.setPixelFormat(
          codec.equals("mjpeg") ? avutil.AV_PIX_FMT_YUVJ420P : avutil.AV_PIX_FMT_YUV420P);
      recorder.setVideoOption("threads", "1");
      recorder.start();
      final int[] wave = new int[1024];
      final byte[] noise = new byte[1 << 16];
      final Random random = new Random(3);
      for (int i = 0; i < noise.length; i++) {
        noise[i] = (byte) (random.nextInt(9) - 4);
        wave[i % wave.length] = (int) (90 * Math.sin(i * 2 * Math.PI / wave.length));
      }
      final byte[] row = new byte[width * 3];
      final ByteBuffer pixels = (ByteBuffer) frame.image[0];
      for (int number = 0; number < frames; number++) {
        for (int y = 0; y < height; y++) {
          for (int x = 0; x < row.length; x++) {
            final int shape = wave[(x + 12 * number) & 1023] * wave[(y * 3) & 1023] / 90;
            row[x] = (byte) (128 + shape + noise[(x * 7 + y * 131 + number * 977) & 0xffff]);
          }
          pixels.put(y * frame.imageStride, row);
        }
        recorder.record(frame, avutil.AV_PIX_FMT_BGR24);
      }
      recorder.stop();
    }
    return file;
  }
}
