package io.valence.media;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVRational;

/**
 * What a media file says of itself.
 *
 * @param name the file's name without its folder
 * @param format FFmpeg's name of the container
 * @param durationMicros length, microseconds: the container's, or where it does not say, from the last
 *     packet; >= 0
 * @param startMicros what the container's own clock shows at event time 0, microseconds
 * @param video the first video track that is no cover picture
 * @param audio the first sound track
 */
public record Recording(
    String name,
    String format,
    long durationMicros,
    long startMicros,
    Optional<VideoTrack> video,
    Optional<AudioTrack> audio) {

  public Recording {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(format, "format");
    Objects.requireNonNull(video, "video");
    Objects.requireNonNull(audio, "audio");
    if (durationMicros < 0) {
      throw new IllegalArgumentException("duration must be >= 0: " + durationMicros);
    }
  }

  /**
   * Pictures.
   *
   * @param width as shown: after the quarter turns that the file asks for (phones film sideways)
   * @param height likewise; pixels that are not square stay as they are stored
   * @param framesPerSecond the mean rate as the container says; 0 if it does not say
   * @param codec FFmpeg's name
   * @param decodable whether a decoder is built in
   */
  public record VideoTrack(
      int width, int height, double framesPerSecond, String codec, boolean decodable) {}

  /**
   * Sound.
   *
   * @param sampleRate samples a second
   * @param channels how many there are in the file
   * @param codec FFmpeg's name
   * @param decodable whether a decoder is built in
   */
  public record AudioTrack(int sampleRate, int channels, String codec, boolean decodable) {}

  /** Reads the header of a file, and the whole file only where the header names no duration. */
  public static Recording probe(final Path file) throws MediaException {
    final long fromHeader;
    try (Demuxer demuxer = Demuxer.open(file, DecodeLimits.STANDARD)) {
      fromHeader = demuxer.context().duration();
      if (fromHeader != Ffmpeg.NO_TIME && fromHeader > 0) {
        return of(demuxer, fromHeader);
      }
    }
    try (Demuxer demuxer = Demuxer.open(file, DecodeLimits.STANDARD)) {
      return of(demuxer, TrackSurvey.of(demuxer).endMicros());
    }
  }

  static Recording of(final Demuxer demuxer, final long durationMicros) {
    final Optional<VideoTrack> video =
        demuxer.video() < 0 ? Optional.empty() : Optional.of(video(demuxer, demuxer.video()));
    final Optional<AudioTrack> audio =
        demuxer.audio() < 0 ? Optional.empty() : Optional.of(audio(demuxer, demuxer.audio()));
    return new Recording(
        demuxer.source().name(),
        demuxer.context().iformat().name().getString(),
        durationMicros,
        demuxer.startMicros(),
        video,
        audio);
  }

  private static VideoTrack video(final Demuxer demuxer, final int track) {
    final AVStream stream = demuxer.stream(track);
    final AVCodecParameters parameters = stream.codecpar();
    final AVRational rate = stream.avg_frame_rate();
    final boolean sideways = demuxer.quarterTurns(track) % 2 == 1;
    return new VideoTrack(
        sideways ? parameters.height() : parameters.width(),
        sideways ? parameters.width() : parameters.height(),
        rate.den() == 0 ? 0 : (double) rate.num() / rate.den(),
        demuxer.codec(track),
        demuxer.decodable(track));
  }

  private static AudioTrack audio(final Demuxer demuxer, final int track) {
    final AVCodecParameters parameters = demuxer.stream(track).codecpar();
    return new AudioTrack(
        parameters.sample_rate(),
        parameters.ch_layout().nb_channels(),
        demuxer.codec(track),
        demuxer.decodable(track));
  }
}
