package io.valence.media;

import static org.bytedeco.ffmpeg.global.avcodec.AV_PKT_FLAG_CORRUPT;
import static org.bytedeco.ffmpeg.global.avcodec.AV_PKT_FLAG_DISCARD;
import static org.bytedeco.ffmpeg.global.avcodec.AV_PKT_FLAG_KEY;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Locale;
import java.util.Optional;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avutil.AVRational;

/**
 * One pass over all packets of a recording, without decoding: where the tracks really end (headers lie
 * when a file was cut off), where the key frames are, and whether the pictures can be cut by copying.
 * It holds 13 bytes for each picture.
 */
final class TrackSurvey {

  private long[] millis = new long[1024];
  private int[] bytes = new int[1024];
  private final BitSet keys = new BitSet();
  private int pictures;
  private boolean timesComplete = true;
  private boolean discarded;
  private long videoEnd;
  private long audioEnd;
  private long otherEnd;
  private long latestMillis = Long.MIN_VALUE;
  private long soundPackets;
  private boolean brokenOff;

  private TrackSurvey() {}

  /** Reads the demuxer to its end. */
  static TrackSurvey of(final Demuxer demuxer) throws MediaException {
    final TrackSurvey survey = new TrackSurvey();
    final long start = demuxer.startMicros();
    final AVPacket packet = av_packet_alloc();
    try {
      while (demuxer.read(packet)) {
        if (packet.stream_index() == demuxer.video()) {
          survey.addPicture(packet, demuxer.stream(demuxer.video()).time_base(), start);
          survey.videoEnd =
              Math.max(survey.videoEnd, end(demuxer, demuxer.video(), packet, survey.videoEnd));
        } else if (packet.stream_index() == demuxer.audio()) {
          survey.soundPackets++;
          survey.audioEnd =
              Math.max(survey.audioEnd, end(demuxer, demuxer.audio(), packet, survey.audioEnd));
        } else {
          survey.otherEnd =
              Math.max(
                  survey.otherEnd, end(demuxer, packet.stream_index(), packet, survey.otherEnd));
        }
      }
    } finally {
      av_packet_free(packet);
    }
    if (!survey.timesComplete) {
      // Decoding times only: a picture is shown up to the reordering's length after them.
      final int delay = Math.max(1, demuxer.stream(demuxer.video()).codecpar().video_delay());
      survey.videoEnd += delay * frameMicros(demuxer.stream(demuxer.video()).avg_frame_rate());
    }
    survey.brokenOff = demuxer.brokenOff();
    return survey;
  }

  /**
   * What to say of a recording of which one track was read to its end: nothing where this end agrees
   * with what the header promises. Otherwise the other tracks are looked at too, in a pass of its own:
   * the promise may be kept by them.
   *
   * @param endMicros where that track ends, microseconds of event time
   */
  static Optional<String> shortfall(final Demuxer demuxer, final long endMicros)
      throws MediaException {
    final boolean kept = demuxer.promisedMicros() - endMicros <= demuxer.promiseToleranceMicros();
    if (kept && !demuxer.brokenOff()) {
      return Optional.empty();
    }
    try (Demuxer again = demuxer.again()) {
      return of(again).shortfall(again);
    }
  }

  /** One line if the recording ends before the time that its header states, or breaks off. */
  Optional<String> shortfall(final Demuxer demuxer) throws MediaException {
    final long promised = demuxer.promisedMicros();
    final long end = Math.max(endMicros(), otherEnd);
    if (promised - end > demuxer.promiseToleranceMicros()) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "%s: ends after %.2f s although its header says %.2f s (cut off?); what is there is used",
              demuxer.source().name(),
              end / 1e6,
              promised / 1e6));
    }
    return brokenOff
        ? Optional.of(
            String.format(
                Locale.ROOT,
                "%s: breaks off after %.2f s; what is there is used",
                demuxer.source().name(),
                end / 1e6))
        : Optional.empty();
  }

  private static long end(
      final Demuxer demuxer, final int track, final AVPacket packet, final long endSoFar) {
    final AVRational timeBase = demuxer.stream(track).time_base();
    final AVRational rate = demuxer.stream(track).avg_frame_rate();
    final long stamp = packet.pts() == Ffmpeg.NO_TIME ? packet.dts() : packet.pts();
    final long start =
        stamp == Ffmpeg.NO_TIME ? endSoFar : Ffmpeg.micros(stamp, timeBase) - demuxer.startMicros();
    long duration = packet.duration() > 0 ? Ffmpeg.micros(packet.duration(), timeBase) : 0;
    if (duration == 0) {
      duration = frameMicros(rate);
    }
    return start + duration;
  }

  private static long frameMicros(final AVRational rate) {
    return rate.num() > 0 && rate.den() > 0 ? 1_000_000L * rate.den() / rate.num() : 0;
  }

  private void addPicture(
      final AVPacket packet, final AVRational timeBase, final long startMicros) {
    if (pictures == millis.length) {
      millis = Arrays.copyOf(millis, pictures * 2);
      bytes = Arrays.copyOf(bytes, pictures * 2);
    }
    final long time;
    if (packet.pts() == Ffmpeg.NO_TIME) {
      timesComplete = false;
      time = Math.max(0, latestMillis);
    } else {
      time = EventTime.millis(Ffmpeg.micros(packet.pts(), timeBase) - startMicros);
    }
    if ((packet.flags() & AV_PKT_FLAG_DISCARD) != 0 && time >= 0) {
      discarded = true;
    }
    final boolean key =
        (packet.flags() & AV_PKT_FLAG_KEY) != 0 && (packet.flags() & AV_PKT_FLAG_CORRUPT) == 0;
    // A key frame starts a piece only if every picture stored before it is also shown before it:
    // then everything shown from it on is stored from it on.
    if (key && time > latestMillis) {
      keys.set(pictures);
    }
    latestMillis = Math.max(latestMillis, time);
    millis[pictures] = time;
    bytes[pictures] = packet.size();
    pictures++;
  }

  /** Pictures' packets in the file. */
  int pictures() {
    return pictures;
  }

  /** When the picture is shown, milliseconds of event time; pictures in stored order. */
  long millis(final int picture) {
    return millis[picture];
  }

  int bytes(final int picture) {
    return bytes[picture];
  }

  /** Whether decoding can start at this picture and give everything that is shown from it on. */
  boolean key(final int picture) {
    return keys.get(picture);
  }

  /** The first such picture from the given one on, or -1. */
  int nextKey(final int picture) {
    return keys.nextSetBit(picture);
  }

  /** Latest time at which a picture begins to be shown; {@link Long#MIN_VALUE} without pictures. */
  long latestMillis() {
    return latestMillis;
  }

  /** Whether each packet says when its picture is shown, and each picture is meant to be shown. */
  boolean copyable() {
    return timesComplete && !discarded;
  }

  long videoEndMicros() {
    return videoEnd;
  }

  long audioEndMicros() {
    return audioEnd;
  }

  long soundPackets() {
    return soundPackets;
  }

  /** When the last track ends, microseconds of event time. */
  long endMicros() {
    return Math.max(videoEnd, audioEnd);
  }

  /** Whether reading stopped at damaged data. */
  boolean brokenOff() {
    return brokenOff;
  }
}
