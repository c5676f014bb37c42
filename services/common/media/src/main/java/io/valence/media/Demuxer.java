package io.valence.media;

import static org.bytedeco.ffmpeg.global.avcodec.AV_PKT_DATA_DISPLAYMATRIX;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_side_data_get;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_unref;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_decoder;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_get_name;
import static org.bytedeco.ffmpeg.global.avformat.AVFMT_DURATION_FROM_STREAM;
import static org.bytedeco.ffmpeg.global.avformat.AV_DISPOSITION_ATTACHED_PIC;
import static org.bytedeco.ffmpeg.global.avformat.av_read_frame;
import static org.bytedeco.ffmpeg.global.avformat.avformat_alloc_context;
import static org.bytedeco.ffmpeg.global.avformat.avformat_close_input;
import static org.bytedeco.ffmpeg.global.avformat.avformat_find_stream_info;
import static org.bytedeco.ffmpeg.global.avformat.avformat_open_input;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_INVALIDDATA;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_AUDIO;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_VIDEO;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_free;
import static org.bytedeco.ffmpeg.global.avutil.av_display_rotation_get;
import static org.bytedeco.ffmpeg.global.avutil.av_rescale;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avcodec.AVPacketSideData;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.PointerPointer;

/**
 * One opened container: its tracks, and its packets in stored order.
 *
 * <p>FFmpeg opens no address, whatever a file says:
 *
 * <ul>
 *   <li>Protocols: none are allowed. FFmpeg reads through the callbacks of {@link MediaSource}, never by a
 *       name, and {@code protocol_whitelist} names no protocol that exists, so that nothing nested is opened.
 *   <li>Formats: {@link #RECORDINGS}, {@link #PIECES} or {@link #PICTURES}, each a container that holds its
 *       media itself. Playlists (hls, dash, concat), sessions (sdp, rtsp, rtp) and rows of pictures (image2)
 *       are refused by {@code format_whitelist} before they are read.
 *   <li>References of QuickTime files to media in other files stay closed: that is FFmpeg's default
 *       ({@code enable_drefs}), and the callbacks cannot open another file.
 * </ul>
 */
final class Demuxer implements AutoCloseable {

  /** The containers of recordings. Playlists and lists of files are not among them. */
  static final String RECORDINGS =
      "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpeg,mpegts,mpegvideo,wav,w64,mp3,flac,ogg,aac";

  /** What {@link MatroskaWriter} makes. */
  static final String PIECES = "matroska";

  /** Still pictures. */
  static final String PICTURES =
      "png_pipe,jpeg_pipe,webp_pipe,tiff_pipe,bmp_pipe,gif,ppm_pipe,pgm_pipe";

  private static final String READ_HERE =
      "mp4, mkv, webm, avi, mpg, ts, wav, mp3, flac, ogg and aac are read";

  private final MediaSource source;
  private final AVFormatContext context;
  private final String formats;
  private final DecodeLimits limits;
  private final int video;
  private final int audio;
  private boolean brokenOff;

  private Demuxer(
      final MediaSource source,
      final AVFormatContext context,
      final String formats,
      final DecodeLimits limits) {
    this.source = source;
    this.context = context;
    this.formats = formats;
    this.limits = limits;
    this.video = firstTrack(AVMEDIA_TYPE_VIDEO);
    this.audio = firstTrack(AVMEDIA_TYPE_AUDIO);
  }

  /** Opens a recording and reads as far as is needed to know its tracks. */
  static Demuxer open(final Path file, final DecodeLimits limits) throws MediaException {
    return open(MediaSource.open(file), RECORDINGS, true, limits);
  }

  /** Opens a piece that this package wrote: its header says all there is to know. */
  static Demuxer open(final ByteBuffer piece, final String name, final DecodeLimits limits)
      throws MediaException {
    return open(MediaSource.of(piece, name), PIECES, false, limits);
  }

  static Demuxer open(
      final MediaSource source,
      final String formats,
      final boolean analyse,
      final DecodeLimits limits)
      throws MediaException {
    final AVFormatContext context = avformat_alloc_context();
    context.pb(source.context());
    context.flags(context.flags() | AVFormatContext.AVFMT_FLAG_CUSTOM_IO);
    final AVDictionary options = new AVDictionary(null);
    Demuxer opened = null;
    try {
      Ffmpeg.set(options, "format_whitelist", formats);
      Ffmpeg.set(options, "protocol_whitelist", "none");
      Ffmpeg.set(options, "max_streams", "64");
      final int code = avformat_open_input(context, source.name(), null, options);
      source.checkReadable();
      if (code < 0) {
        throw formats.equals(PICTURES)
            ? new MediaException(source.name() + ": is no picture, or its start is damaged")
            : notRead(source, code);
      }
      checkPictures(source, context, limits);
      if (analyse) {
        analyse(source, context, limits);
        checkPictures(source, context, limits);
      }
      final Demuxer demuxer = new Demuxer(source, context, formats, limits);
      if (analyse) {
        demuxer.checkPictureSizeKnown();
      }
      opened = demuxer;
      return opened;
    } finally {
      av_dict_free(options);
      if (opened == null) {
        if (!context.isNull()) {
          avformat_close_input(context);
        }
        source.close();
      }
    }
  }

  /** The same recording once more, from its start and with all its tracks. */
  Demuxer again() throws MediaException {
    return open(source.again(), formats, true, limits);
  }

  private static MediaException notRead(final MediaSource source, final int code) {
    final String reason;
    if (code == AVERROR_INVALIDDATA()) {
      reason =
          "is not media, or its start is damaged or its index is missing (a file that was cut off"
              + " before it was complete); "
              + READ_HERE;
    } else if (code == org.bytedeco.ffmpeg.presets.avutil.AVERROR_EINVAL()) {
      reason = "is no recording of a kind that is read here; " + READ_HERE;
    } else {
      reason = "cannot be opened as media (" + Ffmpeg.words(code) + "); " + READ_HERE;
    }
    return new MediaException(source.name() + ": " + reason);
  }

  private static void checkPictures(
      final MediaSource source, final AVFormatContext context, final DecodeLimits limits)
      throws MediaException {
    for (int i = 0; i < context.nb_streams(); i++) {
      final AVCodecParameters parameters = context.streams(i).codecpar();
      if (parameters.codec_type() == AVMEDIA_TYPE_VIDEO && parameters.width() > 0) {
        limits.checkPicture(source.name(), parameters.width(), parameters.height());
      }
    }
  }

  /** Looks into the first packets for what the header leaves open; the limits hold there too. */
  private static void analyse(
      final MediaSource source, final AVFormatContext context, final DecodeLimits limits)
      throws MediaException {
    final int count = context.nb_streams();
    try (PointerPointer<AVDictionary> options = new PointerPointer<>(Math.max(1, count))) {
      for (int i = 0; i < count; i++) {
        final AVDictionary option = new AVDictionary(null);
        Ffmpeg.set(option, "max_pixels", Long.toString(limits.maxPixels()));
        Ffmpeg.set(option, "threads", "1");
        options.put(i, option);
      }
      final int code;
      try {
        code =
            count == 0
                ? avformat_find_stream_info(context, (PointerPointer<?>) null)
                : avformat_find_stream_info(context, options);
      } finally {
        for (int i = 0; i < count; i++) {
          final AVDictionary option = options.get(AVDictionary.class, i);
          if (option != null) {
            av_dict_free(option);
          }
        }
      }
      source.checkReadable();
      Ffmpeg.check(code, source.name() + ": its tracks cannot be read");
    }
  }

  /** Where the header leaves the size open, the first pictures tell it, unless the limit forbids. */
  private void checkPictureSizeKnown() throws MediaException {
    if (video >= 0 && stream(video).codecpar().width() < 1 && decodable(video)) {
      throw new MediaException(
          source.name()
              + ": the size of its pictures cannot be found: they are damaged, or larger than "
              + limits.maxPixels()
              + " pixels");
    }
  }

  private int firstTrack(final int type) {
    for (int i = 0; i < context.nb_streams(); i++) {
      final AVStream stream = context.streams(i);
      final boolean cover = (stream.disposition() & AV_DISPOSITION_ATTACHED_PIC) != 0;
      if (stream.codecpar().codec_type() == type && !cover) {
        return i;
      }
    }
    return -1;
  }

  MediaSource source() {
    return source;
  }

  DecodeLimits limits() {
    return limits;
  }

  AVFormatContext context() {
    return context;
  }

  /** Number of the first video track that is no cover picture, or -1. */
  int video() {
    return video;
  }

  /** Number of the first sound track, or -1. */
  int audio() {
    return audio;
  }

  AVStream stream(final int track) {
    return context.streams(track);
  }

  String codec(final int track) {
    return avcodec_get_name(stream(track).codecpar().codec_id()).getString();
  }

  boolean decodable(final int track) {
    return avcodec_find_decoder(stream(track).codecpar().codec_id()) != null;
  }

  /** How long the header says that the recording is, microseconds; 0 where it does not say. */
  long promisedMicros() throws MediaException {
    long promised =
        context.duration_estimation_method() == AVFMT_DURATION_FROM_STREAM
            ? Math.max(0, context.duration())
            : 0;
    if (isWave()) {
      promised = Math.max(promised, WaveHeader.promisedMicros(source));
    }
    return context.iformat().name().getString().equals("avi") ? promisedByAvi() : promised;
  }

  /**
   * FFmpeg shortens the duration of a cut-off AVI, but keeps its number of pictures or samples. The
   * number of compressed sound packets is no measure: writers count them in different ways.
   */
  private long promisedByAvi() {
    if (video >= 0) {
      final AVRational rate = stream(video).avg_frame_rate();
      return rate.num() > 0 && rate.den() > 0
          ? av_rescale(stream(video).nb_frames(), 1_000_000L * rate.den(), rate.num())
          : 0;
    }
    if (audio >= 0 && codec(audio).startsWith("pcm_")) {
      final AVRational sample = stream(audio).time_base();
      return av_rescale(stream(audio).nb_frames(), 1_000_000L * sample.num(), sample.den());
    }
    return 0;
  }

  /** By how much a recording may fall short of its promise before that is worth a word. */
  long promiseToleranceMicros() {
    // Other containers round the length up to whole frames, or count a track's padding.
    return isWave() ? 10_000 : 500_000;
  }

  private boolean isWave() {
    return context.iformat().name().getString().equals("wav");
  }

  /** Where the container's clock starts, microseconds; 0 if it does not say. */
  long startMicros() {
    return context.start_time() == Ffmpeg.NO_TIME ? 0 : context.start_time();
  }

  /** Quarter turns to the right that show the track upright, 0 to 3. */
  int quarterTurns(final int track) {
    final AVCodecParameters parameters = stream(track).codecpar();
    final int count = parameters.nb_coded_side_data();
    if (count == 0) {
      return 0;
    }
    final AVPacketSideData matrix =
        av_packet_side_data_get(parameters.coded_side_data(), count, AV_PKT_DATA_DISPLAYMATRIX);
    if (matrix == null || matrix.size() < 36) {
      return 0;
    }
    final double degreesLeft = av_display_rotation_get(new IntPointer(matrix.data()));
    return Double.isNaN(degreesLeft) ? 0 : Math.floorMod(Math.round(-degreesLeft / 90.0), 4);
  }

  /** Leaves out the packets of every other track. */
  void only(final int track) {
    for (int i = 0; i < context.nb_streams(); i++) {
      context.streams(i).discard(i == track ? avcodec.AVDISCARD_DEFAULT : avcodec.AVDISCARD_ALL);
    }
  }

  /**
   * Reads the next packet.
   *
   * @return false at the end, also where the file breaks off before its end: see {@link #brokenOff()}
   */
  boolean read(final AVPacket packet) throws MediaException {
    av_packet_unref(packet);
    final int code = av_read_frame(context, packet);
    source.checkReadable();
    if (code < 0 && code != Ffmpeg.END) {
      brokenOff = true;
    }
    return code >= 0;
  }

  /** Whether reading stopped at damaged data and not at a proper end. */
  boolean brokenOff() {
    return brokenOff;
  }

  @Override
  public void close() throws MediaException {
    avformat_close_input(context);
    source.close();
  }
}
