package io.valence.pipeline;

import io.valence.media.MediaException;
import io.valence.media.Piece;
import io.valence.media.RecordingCutter;
import io.valence.schemas.MediaChunk;
import io.valence.windows.WindowGrid;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacv.FFmpegFrameRecorder;
import org.bytedeco.javacv.Frame;

/**
 * Good video chunks of every codec that the bundled FFmpeg can encode and ingest copies, and decompression
 * bombs: few bytes that unfold into the largest pictures that are taken, or larger ones.
 */
final class HostileSeeds {

  private static final List<String> CODECS =
      List.of(
          "libopenh264",
          "libvpx-vp9",
          "libvpx",
          "mjpeg",
          "mpeg4",
          "mpeg1video",
          "mpeg2video",
          "libaom-av1");

  private HostileSeeds() {}

  /** Chunks of 1.2 s, by codec. */
  static Map<String, MediaChunk> good(final Path folder) throws Exception {
    avutil.av_log_set_level(avutil.AV_LOG_QUIET);
    final Map<String, MediaChunk> seeds = new LinkedHashMap<>();
    for (final String codec : CODECS) {
      if (avcodec.avcodec_find_encoder_by_name(codec) != null) {
        final Path file = folder.resolve(codec + ".mkv");
        encode(file, codec, 160, 96, 25, 30, false);
        seeds.put(codec, first(file));
      }
    }
    return seeds;
  }

  /** Large flat pictures: the most that is taken, and more than that. */
  static List<MediaChunk> bombs(final Path folder) throws Exception {
    avutil.av_log_set_level(avutil.AV_LOG_QUIET);
    final List<MediaChunk> bombs = new ArrayList<>();
    for (final String codec : List.of("libopenh264", "mjpeg", "mpeg4")) {
      final Path file = folder.resolve("bomb-" + codec + ".mkv");
      encode(file, codec, 4096, 2304, 25, 12, true);
      bombs.add(first(file));
      if (!codec.equals("libopenh264")) {
        final Path large = folder.resolve("large-" + codec + ".mkv");
        encode(large, codec, 8000, 2320, 25, 2, true);
        // As it is, not as ingest would cut it: pictures of that size are encoded anew there.
        bombs.add(chunk(ByteBuffer.wrap(Files.readAllBytes(large)), 1_200_000));
      }
    }
    return bombs;
  }

  static MediaChunk chunk(final ByteBuffer payload, final long endMicros) {
    return Chunks.chunk(io.valence.schemas.Modality.VISUAL, 0, endMicros)
        .setPayload(payload)
        .build();
  }

  private static MediaChunk first(final Path file) throws MediaException {
    try (RecordingCutter cutter = RecordingCutter.open(file, Optional.empty(), 3_000_000)) {
      final Piece piece = cutter.next();
      return MediaChunks.of(
          piece, "stream", null, null, new WindowGrid(3_000_000, 3_000_000, 0), 1_000);
    }
  }

  private static void encode(
      final Path file,
      final String codecName,
      final int width,
      final int height,
      final double rate,
      final int frames,
      final boolean flat)
      throws Exception {
    final AVCodec codec = avcodec.avcodec_find_encoder_by_name(codecName);
    try (FFmpegFrameRecorder recorder = new FFmpegFrameRecorder(file.toString(), width, height, 0);
        Frame frame = new Frame(width, height, Frame.DEPTH_UBYTE, 3)) {
      recorder.setFormat("matroska");
      recorder.setVideoCodec(codec.id());
      recorder.setVideoCodecName(codecName);
      recorder.setFrameRate(rate);
      recorder.setGopSize(10);
      recorder.setVideoBitrate(400_000);
      recorder.setPixelFormat(
          codecName.equals("mjpeg") ? avutil.AV_PIX_FMT_YUVJ420P : avutil.AV_PIX_FMT_YUV420P);
      if (codecName.startsWith("libvpx")) {
        recorder.setVideoOption("deadline", "realtime");
        recorder.setVideoOption("cpu-used", "8");
      }
      if (codecName.startsWith("libaom")) {
        recorder.setVideoOption("usage", "realtime");
        recorder.setVideoOption("cpu-used", "8");
      }
      recorder.setVideoOption("threads", "1");
      recorder.start();
      final Random random = new Random(5);
      final ByteBuffer pixels = (ByteBuffer) frame.image[0];
      for (int number = 0; number < frames; number++) {
        for (int i = 0; !flat && i < pixels.capacity(); i++) {
          pixels.put(i, (byte) (100 + (i + 5 * number) % 97 + random.nextInt(16)));
        }
        recorder.record(frame, avutil.AV_PIX_FMT_BGR24);
      }
      recorder.stop();
    }
  }
}
