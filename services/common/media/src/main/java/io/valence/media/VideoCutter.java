package io.valence.media;

import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_AV1;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_H264;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_HEVC;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_MJPEG;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_MPEG1VIDEO;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_MPEG2VIDEO;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_MPEG4;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_VP8;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_VP9;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_clone;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.bytedeco.ffmpeg.avcodec.AVPacket;

/**
 * Cuts the video track into ranges that follow each other, each a Matroska file of its own that begins
 * with a key frame, by copying the encoded pictures; where that is not possible, by encoding the range
 * anew ({@link PictureEncoder}).
 *
 * <p>Example: key frames at 0 s and 5 s, ranges of 3 s. The piece for [3 s, 6 s) holds everything stored
 * from the key frame at 0 s to the last picture shown before 6 s; its decoder gives out what is shown
 * from 3 s on. The piece for [6 s, 9 s) begins with the key frame at 5 s.
 *
 * <p>A range is encoded anew if its packets do not say when they are shown, if the codec has no place
 * of its own in Matroska, if its pictures are larger than a service decodes ({@link DecodeLimits#CHUNK}), if it would begin before event time 0 (which Matroska cannot say; an edited
 * mp4 hides pictures there), if the copy would exceed the byte limit, or if its key frame lies more than
 * 12 s back: decoding that much again and again for each window costs more than encoding once.
 */
final class VideoCutter implements AutoCloseable {

  /** Largest piece: a record of 8 MiB less what surrounds the payload. */
  static final int MOST_BYTES = 7_864_320;

  private static final long LONGEST_PREROLL_MILLIS = 12_000;

  private static final Set<Integer> COPYABLE =
      Set.of(
          AV_CODEC_ID_H264,
          AV_CODEC_ID_HEVC,
          AV_CODEC_ID_VP8,
          AV_CODEC_ID_VP9,
          AV_CODEC_ID_AV1,
          AV_CODEC_ID_MPEG1VIDEO,
          AV_CODEC_ID_MPEG2VIDEO,
          AV_CODEC_ID_MPEG4,
          AV_CODEC_ID_MJPEG);

  private final Path recording;
  private final DecodeLimits limits;
  private final Demuxer demuxer;
  private final TrackSurvey survey;
  private final String codec;
  private final AVPacket packet = av_packet_alloc();
  private final long[] borders;
  private final int[] first;
  private final int[] last;
  private final boolean[] copy;
  private final Deque<MatroskaWriter.Picture> held = new ArrayDeque<>();
  private VideoTranscoder transcoder;
  private int heldFrom;
  private int read;
  private int range;
  private boolean copied;
  private long encodedRanges;

  /**
   * @param borders milliseconds of event time, rising: range i is {@code [borders[i], borders[i+1])}
   * @param mostBytes largest piece that is copied
   */
  VideoCutter(
      final Path recording,
      final TrackSurvey survey,
      final long[] borders,
      final int mostBytes,
      final DecodeLimits limits)
      throws MediaException {
    this.recording = recording;
    this.limits = limits;
    this.survey = survey;
    this.borders = borders;
    this.demuxer = Demuxer.open(recording, limits);
    this.codec = demuxer.codec(demuxer.video());
    demuxer.only(demuxer.video());
    final int ranges = borders.length - 1;
    this.first = new int[ranges];
    this.last = new int[ranges];
    this.copy = new boolean[ranges];
    final AVCodecParameters parameters = demuxer.stream(demuxer.video()).codecpar();
    final long pixels = (long) parameters.width() * parameters.height();
    plan(
        COPYABLE.contains(parameters.codec_id()) && pixels <= DecodeLimits.CHUNK.maxPixels(),
        mostBytes);
  }

  private void plan(final boolean codecFits, final int mostBytes) {
    final int ranges = first.length;
    final long[] earliest = new long[ranges];
    java.util.Arrays.fill(earliest, Long.MAX_VALUE);
    java.util.Arrays.fill(last, -1);
    final long[] sums = new long[survey.pictures() + 1];
    for (int i = 0; i < survey.pictures(); i++) {
      sums[i + 1] = sums[i] + survey.bytes(i) + 32;
      final int at = rangeOf(survey.millis(i));
      if (at >= 0) {
        earliest[at] = Math.min(earliest[at], survey.millis(i));
        last[at] = i;
      }
    }
    int afterNegative = 0;
    for (int i = 0; i < survey.pictures(); i++) {
      afterNegative = survey.millis(i) < 0 ? i + 1 : afterNegative;
    }
    int key = 0;
    int nextKey = survey.nextKey(1);
    for (int r = 0; r < ranges; r++) {
      while (last[r] >= 0 && nextKey >= 0 && survey.millis(nextKey) <= earliest[r]) {
        key = nextKey;
        nextKey = survey.nextKey(key + 1);
      }
      first[r] = key;
      copy[r] =
          survey.copyable()
              && codecFits
              && (last[r] < 0
                  || (key >= afterNegative
                      && sums[last[r] + 1] - sums[key] + MatroskaWriter.OVERHEAD_BYTES <= mostBytes
                      && borders[r] - survey.millis(key) <= LONGEST_PREROLL_MILLIS));
    }
    if (!survey.copyable()) {
      // Without times the packets cannot be told apart: decode from the start.
      java.util.Arrays.fill(first, 0);
    }
  }

  private int rangeOf(final long millis) {
    final int found = java.util.Arrays.binarySearch(borders, millis);
    final int at = found >= 0 ? found : -found - 2;
    return at < first.length ? at : -1;
  }

  /** The next range's piece; empty if no picture is shown in it. */
  byte[] next() throws MediaException {
    final int r = range++;
    copied = copy[r];
    if (!copy[r]) {
      encodedRanges++;
      if (transcoder == null) {
        transcoder = new VideoTranscoder(recording, limits);
      }
      final byte[] piece = transcoder.next(first[r], borders[r], borders[r + 1]);
      if (piece.length > MOST_BYTES) {
        throw new MediaException(
            demuxer.source().name()
                + ": the pictures of "
                + borders[r]
                + " to "
                + borders[r + 1]
                + " ms take "
                + piece.length
                + " bytes even when encoded anew; choose shorter windows");
      }
      return piece;
    }
    if (last[r] < 0) {
      return new byte[0];
    }
    readTo(last[r], r);
    final List<MatroskaWriter.Picture> pictures = new ArrayList<>();
    int number = heldFrom;
    for (final MatroskaWriter.Picture picture : held) {
      if (number >= first[r] && number <= last[r]) {
        pictures.add(picture);
      }
      number++;
    }
    final byte[] piece =
        pictures.isEmpty()
            ? new byte[0]
            : MatroskaWriter.write(
                demuxer.stream(demuxer.video()).codecpar(),
                demuxer.stream(demuxer.video()).sample_aspect_ratio(),
                pictures);
    release(firstNeededAfter(r));
    return piece;
  }

  private void readTo(final int picture, final int currentRange) throws MediaException {
    release(first[currentRange]);
    while (read <= picture && demuxer.read(packet)) {
      if (packet.stream_index() != demuxer.video()) {
        continue;
      }
      if (held.isEmpty()) {
        heldFrom = read;
      }
      if (read >= first[currentRange]) {
        held.addLast(new MatroskaWriter.Picture(av_packet_clone(packet), survey.millis(read)));
      }
      read++;
    }
  }

  private int firstNeededAfter(final int r) {
    for (int later = r + 1; later < first.length; later++) {
      if (copy[later] && last[later] >= 0) {
        return first[later];
      }
    }
    return Integer.MAX_VALUE;
  }

  private void release(final int before) {
    while (!held.isEmpty() && heldFrom < before) {
      av_packet_free(held.removeFirst().packet());
      heldFrom++;
    }
  }

  /** Codec of the latest piece. */
  String codec() {
    return copied ? codec : PictureEncoder.CODEC;
  }

  List<String> warnings() {
    final List<String> warnings = new ArrayList<>();
    if (transcoder != null && transcoder.damagedPackets() > 0) {
      warnings.add(
          demuxer.source().name()
              + ": "
              + transcoder.damagedPackets()
              + " damaged video packets were skipped");
    }
    return warnings;
  }

  /** How many ranges were encoded anew. */
  long encodedRanges() {
    return encodedRanges;
  }

  @Override
  public void close() throws MediaException {
    release(Integer.MAX_VALUE);
    av_packet_free(packet);
    if (transcoder != null) {
      transcoder.close();
    }
    demuxer.close();
  }
}
