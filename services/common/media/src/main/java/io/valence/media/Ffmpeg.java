package io.valence.media;

import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;
import static org.bytedeco.ffmpeg.global.avutil.AV_LOG_QUIET;
import static org.bytedeco.ffmpeg.global.avutil.AV_NOPTS_VALUE;
import static org.bytedeco.ffmpeg.global.avutil.av_log_set_level;
import static org.bytedeco.ffmpeg.global.avutil.av_strerror;

import java.nio.charset.StandardCharsets;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.ffmpeg.global.avutil;

/** What every use of FFmpeg's C interface shares: loading, return codes, times. */
final class Ffmpeg {

  static final int END = AVERROR_EOF();
  static final int AGAIN = org.bytedeco.ffmpeg.presets.avutil.AVERROR_EAGAIN();
  static final int NO_MEMORY = org.bytedeco.ffmpeg.presets.avutil.AVERROR_ENOMEM();
  static final long NO_TIME = AV_NOPTS_VALUE();

  private static final AVRational MICROS = new AVRational().num(1).den(1_000_000);

  static {
    // Every failure comes back as a return code and becomes one line; FFmpeg's own log would only
    // scatter more lines over standard error.
    av_log_set_level(AV_LOG_QUIET);
  }

  private Ffmpeg() {}

  static void load() {
    // Running the static part is enough.
  }

  /** FFmpeg's words for a return code. */
  static String words(final int code) {
    final byte[] text = new byte[256];
    av_strerror(code, text, text.length);
    int length = 0;
    while (length < text.length && text[length] != 0) {
      length++;
    }
    return new String(text, 0, length, StandardCharsets.UTF_8);
  }

  /** Throws with the operation's name and FFmpeg's words unless the code says success. */
  static int check(final int code, final String what) throws MediaException {
    if (code < 0) {
      throw new MediaException(what + ": " + words(code));
    }
    return code;
  }

  static void set(final AVDictionary options, final String key, final String value) {
    if (avutil.av_dict_set(options, key, value, 0) < 0) {
      throw new OutOfMemoryError("FFmpeg could not store the option " + key);
    }
  }

  /** A time stamp in microseconds, to the nearest; {@link #NO_TIME} stays what it is. */
  static long micros(final long timestamp, final AVRational timeBase) {
    return timestamp == NO_TIME ? NO_TIME : avutil.av_rescale_q(timestamp, timeBase, MICROS);
  }
}
