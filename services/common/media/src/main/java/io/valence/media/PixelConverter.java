package io.valence.media;

import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_JPEG;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_BT2020_CL;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_BT2020_NCL;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_BT709;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_FCC;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_SMPTE240M;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGB24;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUVJ420P;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUVJ422P;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUVJ440P;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUVJ444P;
import static org.bytedeco.ffmpeg.global.swscale.SWS_ACCURATE_RND;
import static org.bytedeco.ffmpeg.global.swscale.SWS_BILINEAR;
import static org.bytedeco.ffmpeg.global.swscale.SWS_BITEXACT;
import static org.bytedeco.ffmpeg.global.swscale.SWS_CS_BT2020;
import static org.bytedeco.ffmpeg.global.swscale.SWS_CS_DEFAULT;
import static org.bytedeco.ffmpeg.global.swscale.SWS_CS_FCC;
import static org.bytedeco.ffmpeg.global.swscale.SWS_CS_ITU709;
import static org.bytedeco.ffmpeg.global.swscale.SWS_CS_SMPTE240M;
import static org.bytedeco.ffmpeg.global.swscale.SWS_FULL_CHR_H_INT;
import static org.bytedeco.ffmpeg.global.swscale.sws_freeContext;
import static org.bytedeco.ffmpeg.global.swscale.sws_getCoefficients;
import static org.bytedeco.ffmpeg.global.swscale.sws_getContext;
import static org.bytedeco.ffmpeg.global.swscale.sws_scale;
import static org.bytedeco.ffmpeg.global.swscale.sws_setColorspaceDetails;

import java.nio.ByteBuffer;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.swscale.SwsContext;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.PointerPointer;

/**
 * Turns decoded pictures into another layout by FFmpeg's swscale, with its exact (not its fast)
 * arithmetic: chroma interpolated linearly in both directions, rounding correct, the same bits on
 * every machine. The colour matrix is the one that the stream names, else BT.601 as FFmpeg takes it.
 */
final class PixelConverter implements AutoCloseable {

  private static final int FLAGS =
      SWS_BILINEAR | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_BITEXACT;
  private static final int ONE = 1 << 16;
  private static final int ROW_ALIGNMENT = 64;

  private SwsContext context;
  private int sourceWidth;
  private int sourceHeight;
  private int sourceFormat = -1;
  private int sourceSpace = -1;
  private int sourceRange = -1;
  private int targetWidth;
  private int targetHeight;
  private int targetFormat = -1;

  private BytePointer plane;
  private PointerPointer<BytePointer> planes;
  private IntPointer strides;
  private byte[] row = {};

  /** Bytes from one row of packed RGB to the next. */
  static int rowBytes(final int width) {
    return (width * 3 + ROW_ALIGNMENT - 1) / ROW_ALIGNMENT * ROW_ALIGNMENT;
  }

  /** Bytes that a picture's rows take; the last one may be written past its end. */
  static long bytes(final int rowBytes, final int height) {
    return (long) rowBytes * height + ROW_ALIGNMENT;
  }

  /**
   * Packed RGB of the frame straight into memory.
   *
   * @param target a direct buffer, written from its position on, {@link #bytes} of them
   * @param rowBytes {@link #rowBytes} of the frame's width
   */
  void toRgb(final AVFrame frame, final ByteBuffer target, final int rowBytes)
      throws MediaException {
    prepare(frame, frame.width(), frame.height(), AV_PIX_FMT_RGB24);
    try (BytePointer pixels = new BytePointer(target.slice());
        PointerPointer<BytePointer> rows = new PointerPointer<BytePointer>(4);
        IntPointer steps = new IntPointer(4)) {
      rows.put(0, pixels).put(1, null).put(2, null).put(3, null);
      steps.put(0, rowBytes).put(1, 0).put(2, 0).put(3, 0);
      scale(frame, rows, steps);
    }
  }

  /** Packed RGB of the frame into {@code target}, turned by quarter turns to the right. */
  void toRgb(final AVFrame frame, final int quarterTurns, final byte[] target)
      throws MediaException {
    final int width = frame.width();
    final int height = frame.height();
    final int stride = rowBytes(width);
    final long bytes = bytes(stride, height);
    if (plane == null || plane.capacity() < bytes) {
      freePlane();
      plane = new BytePointer(bytes);
      planes = new PointerPointer<BytePointer>(4).put(0, plane);
      planes.put(1, null).put(2, null).put(3, null);
      strides = new IntPointer(4).put(0, 0).put(1, 0).put(2, 0).put(3, 0);
    }
    strides.put(0, stride);
    prepare(frame, width, height, AV_PIX_FMT_RGB24);
    scale(frame, planes, strides);
    if (quarterTurns == 0) {
      for (int y = 0; y < height; y++) {
        plane.position((long) y * stride).get(target, y * width * 3, width * 3);
      }
      plane.position(0);
    } else {
      turn(width, height, stride, quarterTurns, target);
    }
  }

  /** Fills {@code target}, whose size and format are set and whose buffers are allocated. */
  void convert(final AVFrame frame, final AVFrame target) throws MediaException {
    prepare(frame, target.width(), target.height(), target.format());
    scale(frame, target.data(), target.linesize());
  }

  private void scale(
      final AVFrame frame, final PointerPointer<?> target, final IntPointer targetStrides)
      throws MediaException {
    Ffmpeg.check(
        sws_scale(
            context, frame.data(), frame.linesize(), 0, frame.height(), target, targetStrides),
        "a picture could not be converted");
  }

  private void turn(
      final int width,
      final int height,
      final int stride,
      final int quarterTurns,
      final byte[] target) {
    if (row.length < width * 3) {
      row = new byte[width * 3];
    }
    final int targetRow = quarterTurns == 2 ? width : height;
    for (int y = 0; y < height; y++) {
      plane.position((long) y * stride).get(row, 0, width * 3);
      for (int x = 0; x < width; x++) {
        final int toX =
            switch (quarterTurns) {
              case 1 -> height - 1 - y;
              case 2 -> width - 1 - x;
              default -> y;
            };
        final int toY =
            switch (quarterTurns) {
              case 1 -> x;
              case 2 -> height - 1 - y;
              default -> width - 1 - x;
            };
        System.arraycopy(row, x * 3, target, (toY * targetRow + toX) * 3, 3);
      }
    }
    plane.position(0);
  }

  private void prepare(final AVFrame frame, final int width, final int height, final int format)
      throws MediaException {
    final int range = fullRange(frame) ? 1 : 0;
    if (context != null
        && frame.width() == sourceWidth
        && frame.height() == sourceHeight
        && frame.format() == sourceFormat
        && frame.colorspace() == sourceSpace
        && range == sourceRange
        && width == targetWidth
        && height == targetHeight
        && format == targetFormat) {
      return;
    }
    freeContext();
    context =
        sws_getContext(
            frame.width(),
            frame.height(),
            frame.format(),
            width,
            height,
            format,
            FLAGS,
            null,
            null,
            (DoublePointer) null);
    if (context == null) {
      throw new MediaException(
          "pictures of "
              + frame.width()
              + " x "
              + frame.height()
              + " in pixel format "
              + frame.format()
              + " cannot be converted");
    }
    // The result is ignored on purpose: formats without a colour matrix have nothing to set.
    final IntPointer from = sws_getCoefficients(matrix(frame.colorspace()));
    final IntPointer to = sws_getCoefficients(SWS_CS_DEFAULT);
    sws_setColorspaceDetails(
        context, from, range, to, format == AV_PIX_FMT_RGB24 ? 1 : 0, 0, ONE, ONE);
    sourceWidth = frame.width();
    sourceHeight = frame.height();
    sourceFormat = frame.format();
    sourceSpace = frame.colorspace();
    sourceRange = range;
    targetWidth = width;
    targetHeight = height;
    targetFormat = format;
  }

  private static boolean fullRange(final AVFrame frame) {
    final int format = frame.format();
    return frame.color_range() == AVCOL_RANGE_JPEG
        || format == AV_PIX_FMT_YUVJ420P
        || format == AV_PIX_FMT_YUVJ422P
        || format == AV_PIX_FMT_YUVJ440P
        || format == AV_PIX_FMT_YUVJ444P;
  }

  private static int matrix(final int space) {
    if (space == AVCOL_SPC_BT709) {
      return SWS_CS_ITU709;
    }
    if (space == AVCOL_SPC_FCC) {
      return SWS_CS_FCC;
    }
    if (space == AVCOL_SPC_SMPTE240M) {
      return SWS_CS_SMPTE240M;
    }
    if (space == AVCOL_SPC_BT2020_NCL || space == AVCOL_SPC_BT2020_CL) {
      return SWS_CS_BT2020;
    }
    return SWS_CS_DEFAULT;
  }

  private void freeContext() {
    if (context != null) {
      sws_freeContext(context);
      context = null;
    }
  }

  private void freePlane() {
    if (plane != null) {
      plane.close();
      planes.close();
      strides.close();
      plane = null;
    }
  }

  @Override
  public void close() {
    freeContext();
    freePlane();
  }
}
