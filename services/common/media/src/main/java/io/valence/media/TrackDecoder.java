package io.valence.media;

import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_H264;
import static org.bytedeco.ffmpeg.global.avcodec.FF_COMPLIANCE_STRICT;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_decoder;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_flush_buffers;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_to_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_frame;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_packet;

import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVRational;

/** Decodes one track of a container from its first packet to its last. */
final class TrackDecoder implements AutoCloseable {

  /** A decoder that fails this often in a row will not recover. */
  private static final int MOST_FAILURES_IN_A_ROW = 10_000;

  private final Demuxer demuxer;
  private final AVStream stream;
  private final AVCodecContext context;
  private final AVPacket packet = av_packet_alloc();
  private boolean draining;
  private boolean ended;
  private long damagedPackets;
  private long packets;
  private long latestMicros = Ffmpeg.NO_TIME;

  private TrackDecoder(final Demuxer demuxer, final AVStream stream, final AVCodecContext context) {
    this.demuxer = demuxer;
    this.stream = stream;
    this.context = context;
  }

  static TrackDecoder open(final Demuxer demuxer, final int track) throws MediaException {
    final AVStream stream = demuxer.stream(track);
    final AVCodec codec = avcodec_find_decoder(stream.codecpar().codec_id());
    if (codec == null) {
      throw new MediaException(
          demuxer.source().name() + ": no decoder for " + demuxer.codec(track) + " is built in");
    }
    final AVCodecContext context = avcodec_alloc_context3(codec);
    TrackDecoder opened = null;
    try {
      Ffmpeg.check(
          avcodec_parameters_to_context(context, stream.codecpar()),
          demuxer.source().name() + ": the " + demuxer.codec(track) + " track is damaged");
      context.pkt_timebase(stream.time_base());
      // One thread: many pieces are decoded side by side, and every frame comes out at once.
      context.thread_count(1);
      context.max_pixels(demuxer.limits().maxPixels());
      if (codec.id() == AV_CODEC_ID_H264) {
        // Without this the decoder guesses how far pictures are reordered, and drops those that
        // arrive after a wrong guess: another number of frames in a piece than in the whole.
        context.strict_std_compliance(FF_COMPLIANCE_STRICT);
      }
      Ffmpeg.check(
          avcodec_open2(context, codec, (AVDictionary) null),
          demuxer.source().name()
              + ": the decoder for "
              + demuxer.codec(track)
              + " does not start");
      demuxer.only(track);
      opened = new TrackDecoder(demuxer, stream, context);
      return opened;
    } finally {
      if (opened == null) {
        avcodec_free_context(context);
      }
    }
  }

  AVStream stream() {
    return stream;
  }

  /** Packets that the decoder refused; they are skipped. */
  long damagedPackets() {
    return damagedPackets;
  }

  /** Packets read so far. */
  long packets() {
    return packets;
  }

  /** Fills {@code frame} with the next decoded frame; false at the end. */
  boolean next(final AVFrame frame) throws MediaException {
    int failures = 0;
    while (!ended) {
      final int received = avcodec_receive_frame(context, frame);
      if (received >= 0) {
        return true;
      }
      if (received == Ffmpeg.END) {
        ended = true;
      } else if (received != Ffmpeg.AGAIN) {
        checkMemory(received);
        damagedPackets++;
        failures++;
        if (failures > MOST_FAILURES_IN_A_ROW) {
          ended = true;
        }
      } else if (draining) {
        ended = true;
      } else {
        send();
      }
    }
    return false;
  }

  /** Leaves out the packets before the one of that number and decodes from there on. */
  void skipTo(final long packetNumber) throws MediaException {
    while (packets < packetNumber && demuxer.read(packet)) {
      if (packet.stream_index() == stream.index()) {
        packets++;
      }
    }
    avcodec_flush_buffers(context);
  }

  private void send() throws MediaException {
    if (!demuxer.read(packet)) {
      draining = true;
      avcodec_send_packet(context, (AVPacket) null);
      return;
    }
    if (packet.stream_index() != stream.index()) {
      return;
    }
    packets++;
    final int sent = avcodec_send_packet(context, packet);
    if (sent < 0 && sent != Ffmpeg.END) {
      checkMemory(sent);
      damagedPackets++;
    }
  }

  /** Too little memory is not damage: what follows would be missing too. */
  private void checkMemory(final int code) throws MediaException {
    if (code == Ffmpeg.NO_MEMORY) {
      throw new MediaException(
          demuxer.source().name() + ": decoding it needs more memory than the decoder may take");
    }
  }

  /**
   * When the latest frame is shown on the container's own clock, microseconds. Containers without such
   * times (AVI with reordered pictures) give guesses that may stand still at the end: then each frame
   * follows the one before by its duration.
   */
  long micros(final AVFrame frame) {
    if (frame.pts() != Ffmpeg.NO_TIME) {
      latestMicros = Ffmpeg.micros(frame.pts(), stream.time_base());
      return latestMicros;
    }
    final long guess = Ffmpeg.micros(frame.best_effort_timestamp(), stream.time_base());
    if (latestMicros == Ffmpeg.NO_TIME) {
      latestMicros = guess == Ffmpeg.NO_TIME ? startMicros() : guess;
    } else if (guess == Ffmpeg.NO_TIME || guess <= latestMicros) {
      latestMicros += durationMicros(frame);
    } else {
      latestMicros = guess;
    }
    return latestMicros;
  }

  private long startMicros() {
    final long start = Ffmpeg.micros(stream.start_time(), stream.time_base());
    return start == Ffmpeg.NO_TIME ? 0 : start;
  }

  private long durationMicros(final AVFrame frame) {
    if (frame.duration() > 0) {
      return Ffmpeg.micros(frame.duration(), stream.time_base());
    }
    final AVRational rate = stream.avg_frame_rate();
    return rate.num() > 0 && rate.den() > 0 ? 1_000_000L * rate.den() / rate.num() : 1000;
  }

  @Override
  public void close() {
    avcodec_free_context(context);
    av_packet_free(packet);
  }
}
