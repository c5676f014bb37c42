package io.valence.media;

import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_ref;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_unref;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_copy;
import static org.bytedeco.ffmpeg.global.avformat.av_write_frame;
import static org.bytedeco.ffmpeg.global.avformat.av_write_trailer;
import static org.bytedeco.ffmpeg.global.avformat.avformat_alloc_output_context2;
import static org.bytedeco.ffmpeg.global.avformat.avformat_free_context;
import static org.bytedeco.ffmpeg.global.avformat.avformat_new_stream;
import static org.bytedeco.ffmpeg.global.avformat.avformat_write_header;
import static org.bytedeco.ffmpeg.global.avformat.avio_close_dyn_buf;
import static org.bytedeco.ffmpeg.global.avformat.avio_open_dyn_buf;
import static org.bytedeco.ffmpeg.global.avutil.av_free;

import java.util.Collection;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/** Wraps encoded pictures into a self-contained Matroska file in memory, the same bytes every time. */
final class MatroskaWriter {

  /** Bytes that the container needs at most, beside 32 for each packet. */
  static final int OVERHEAD_BYTES = 16 * 1024;

  private MatroskaWriter() {}

  /**
   * An encoded picture with its time.
   *
   * @param packet the data; owned by whoever made this
   * @param millis when it is shown, milliseconds of event time
   */
  record Picture(AVPacket packet, long millis) {}

  /**
   * Writes the pictures, which are given in decoding order.
   *
   * @param aspect shape of a pixel
   */
  static byte[] write(
      final AVCodecParameters parameters,
      final AVRational aspect,
      final Collection<Picture> pictures)
      throws MediaException {
    final AVFormatContext context = new AVFormatContext(null);
    Ffmpeg.check(
        avformat_alloc_output_context2(context, null, "matroska", null), "a Matroska piece");
    final AVIOContext buffer = new AVIOContext(null);
    boolean bufferOpen = false;
    try {
      Ffmpeg.check(avio_open_dyn_buf(buffer), "a Matroska piece");
      bufferOpen = true;
      context.pb(buffer);
      // Bit-exact: no random ids, no library version, so the same cut gives the same bytes. And
      // times
      // stay absolute: nothing is shifted to make the decoding times positive.
      context.flags(context.flags() | AVFormatContext.AVFMT_FLAG_BITEXACT);
      context.avoid_negative_ts(0);
      final AVStream stream = avformat_new_stream(context, null);
      Ffmpeg.check(avcodec_parameters_copy(stream.codecpar(), parameters), "a Matroska piece");
      stream.codecpar().codec_tag(0);
      stream.sample_aspect_ratio(aspect);
      stream.time_base(new AVRational().num(1).den(1000));
      Ffmpeg.check(
          avformat_write_header(context, (AVDictionary) null),
          "a Matroska piece cannot be written");
      writeAll(context, pictures);
      Ffmpeg.check(av_write_trailer(context), "a Matroska piece cannot be finished");
      bufferOpen = false;
      return take(buffer);
    } finally {
      if (bufferOpen) {
        take(buffer);
      }
      avformat_free_context(context);
    }
  }

  private static void writeAll(final AVFormatContext context, final Collection<Picture> pictures)
      throws MediaException {
    long earliest = Long.MAX_VALUE;
    for (final Picture picture : pictures) {
      earliest = Math.min(earliest, picture.millis());
    }
    final AVPacket packet = av_packet_alloc();
    try {
      for (final Picture picture : pictures) {
        Ffmpeg.check(av_packet_ref(packet, picture.packet()), "a Matroska piece");
        packet.stream_index(0);
        packet.pts(picture.millis());
        // Matroska stores no decoding times, and the muxer only asks that they do not fall and are
        // not
        // after the picture is shown: one early time for all says so whatever the source knew.
        packet.dts(earliest);
        packet.duration(0);
        packet.pos(-1);
        Ffmpeg.check(av_write_frame(context, packet), "a picture does not fit into Matroska");
        av_packet_unref(packet);
      }
    } finally {
      av_packet_free(packet);
    }
  }

  private static byte[] take(final AVIOContext buffer) {
    final BytePointer data = new BytePointer((Pointer) null);
    final int size = avio_close_dyn_buf(buffer, data);
    final byte[] bytes = new byte[Math.max(0, size)];
    if (!data.isNull()) {
      data.get(bytes, 0, bytes.length);
      av_free(data);
    }
    return bytes;
  }
}
