package io.valence.media;

import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_FLAG_BITEXACT;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_FLAG_GLOBAL_HEADER;
import static org.bytedeco.ffmpeg.global.avcodec.AV_PKT_DATA_DISPLAYMATRIX;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_clone;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_side_data_add;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_unref;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_encoder_by_name;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_free;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_from_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_packet;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_frame;
import static org.bytedeco.ffmpeg.global.avutil.AV_PICTURE_TYPE_NONE;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;
import static org.bytedeco.ffmpeg.global.avutil.av_display_rotation_set;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_buffer;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_make_writable;
import static org.bytedeco.ffmpeg.global.avutil.av_malloc;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avcodec.AVPacketSideData;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.javacpp.IntPointer;

/**
 * Encodes pictures anew where a range cannot be cut by copying: MPEG-4 part 2, at most 640 pixels wide,
 * key frame first, no reordering.
 */
final class PictureEncoder implements AutoCloseable {

  static final String CODEC = "mpeg4";

  private static final int MOST_WIDTH = 640;
  private static final long BITS_PER_SECOND = 4_000_000;
  private static final int MATRIX_BYTES = 36;

  private final AVCodecContext context;
  private final AVRational aspect;
  private final int quarterTurns;
  private final AVFrame scaled = av_frame_alloc();
  private final AVPacket packet = av_packet_alloc();
  private final PixelConverter converter;
  private final List<MatroskaWriter.Picture> pictures = new ArrayList<>();

  /** For pictures like {@code sample}; the converter stays the caller's. */
  PictureEncoder(
      final AVFrame sample,
      final AVRational aspect,
      final int quarterTurns,
      final PixelConverter converter)
      throws MediaException {
    this.aspect = aspect;
    this.quarterTurns = quarterTurns;
    this.converter = converter;
    final AVCodec codec = avcodec_find_encoder_by_name(CODEC);
    this.context = avcodec_alloc_context3(codec);
    final int width = Math.min(MOST_WIDTH, sample.width());
    final long height = Math.round((double) sample.height() * width / sample.width());
    context.width(even(width));
    context.height(even(height));
    context.pix_fmt(AV_PIX_FMT_YUV420P);
    context.time_base(new AVRational().num(1).den(1000));
    context.bit_rate(BITS_PER_SECOND);
    context.qmin(2);
    context.gop_size(10_000);
    context.max_b_frames(0);
    context.thread_count(1);
    context.flags(context.flags() | AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_BITEXACT);
    Ffmpeg.check(
        avcodec_open2(context, codec, (AVDictionary) null), "pictures cannot be encoded anew");
    scaled.width(context.width());
    scaled.height(context.height());
    scaled.format(context.pix_fmt());
    Ffmpeg.check(av_frame_get_buffer(scaled, 0), "pictures cannot be encoded anew");
  }

  private static int even(final long size) {
    return (int) Math.max(2, size / 2 * 2);
  }

  /** Adds a picture; {@code millis} must rise. */
  void add(final AVFrame frame, final long millis) throws MediaException {
    Ffmpeg.check(av_frame_make_writable(scaled), "a picture cannot be encoded anew");
    converter.convert(frame, scaled);
    scaled.pts(millis);
    scaled.pict_type(AV_PICTURE_TYPE_NONE);
    Ffmpeg.check(avcodec_send_frame(context, scaled), "a picture cannot be encoded anew");
    receive();
  }

  private void receive() throws MediaException {
    while (true) {
      final int code = avcodec_receive_packet(context, packet);
      if (code == Ffmpeg.AGAIN || code == Ffmpeg.END) {
        return;
      }
      Ffmpeg.check(code, "a picture cannot be encoded anew");
      pictures.add(new MatroskaWriter.Picture(av_packet_clone(packet), packet.pts()));
      av_packet_unref(packet);
    }
  }

  /** Ends the encoding and wraps the pictures. */
  byte[] finish() throws MediaException {
    Ffmpeg.check(avcodec_send_frame(context, null), "pictures cannot be encoded anew");
    receive();
    final AVCodecParameters parameters = avcodec_parameters_alloc();
    try {
      Ffmpeg.check(
          avcodec_parameters_from_context(parameters, context), "pictures cannot be encoded anew");
      keepUpright(parameters);
      return MatroskaWriter.write(parameters, aspect, pictures);
    } finally {
      avcodec_parameters_free(parameters);
    }
  }

  /** The pictures are encoded as they are stored, so their turn must go along. */
  private void keepUpright(final AVCodecParameters parameters) {
    if (quarterTurns == 0) {
      return;
    }
    final IntPointer matrix = new IntPointer(av_malloc(MATRIX_BYTES));
    av_display_rotation_set(matrix, 90.0 * quarterTurns);
    final AVPacketSideData data = new AVPacketSideData(null);
    final int[] count = {0};
    av_packet_side_data_add(data, count, AV_PKT_DATA_DISPLAYMATRIX, matrix, MATRIX_BYTES, 0);
    parameters.coded_side_data(data);
    parameters.nb_coded_side_data(count[0]);
  }

  @Override
  public void close() {
    for (final MatroskaWriter.Picture picture : pictures) {
      av_packet_free(picture.packet());
    }
    pictures.clear();
    av_packet_free(packet);
    av_frame_free(scaled);
    avcodec_free_context(context);
  }
}
