package io.valence.ingest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacv.FFmpegFrameRecorder;
import org.bytedeco.javacv.Frame;

/** Small recordings, made on the spot. */
final class TestRecordings {

  private TestRecordings() {}

  /** Silence at 8 kHz, one channel. */
  static Path wave(final Path file, final double seconds) {
    final int bytes = 2 * (int) Math.round(8000 * seconds);
    final ByteBuffer wave =
        ByteBuffer.allocate(44 + bytes)
            .order(ByteOrder.LITTLE_ENDIAN)
            .put("RIFF".getBytes(StandardCharsets.US_ASCII))
            .putInt(36 + bytes)
            .put("WAVEfmt ".getBytes(StandardCharsets.US_ASCII))
            .putInt(16)
            .putShort((short) 1)
            .putShort((short) 1)
            .putInt(8000)
            .putInt(16_000)
            .putShort((short) 2)
            .putShort((short) 16)
            .put("data".getBytes(StandardCharsets.US_ASCII))
            .putInt(bytes);
    try {
      return Files.write(file, wave.array());
    } catch (final IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Grey pictures of 64 x 48, 10 a second, in MPEG-4. */
  static Path video(final Path file, final String format, final int frames) throws Exception {
    avutil.av_log_set_level(avutil.AV_LOG_QUIET);
    try (FFmpegFrameRecorder recorder = new FFmpegFrameRecorder(file.toString(), 64, 48, 0);
        Frame frame = new Frame(64, 48, Frame.DEPTH_UBYTE, 3)) {
      recorder.setFormat(format);
      recorder.setVideoCodec(avcodec.AV_CODEC_ID_MPEG4);
      recorder.setFrameRate(10);
      recorder.setGopSize(10);
      recorder.start();
      final ByteBuffer pixels = (ByteBuffer) frame.image[0];
      for (int i = 0; i < frames; i++) {
        for (int at = 0; at < pixels.capacity(); at++) {
          pixels.put(at, (byte) (at + 3 * i));
        }
        recorder.record(frame, avutil.AV_PIX_FMT_BGR24);
      }
      recorder.stop();
    }
    return file;
  }
}
