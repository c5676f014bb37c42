package io.valence.media;

import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;

import java.nio.file.Path;
import org.bytedeco.ffmpeg.avutil.AVFrame;

/** Decodes a recording once from front to back and encodes the ranges that are asked for. */
final class VideoTranscoder implements AutoCloseable {

  private final Demuxer demuxer;
  private final TrackDecoder decoder;
  private final PixelConverter converter = new PixelConverter();
  private final AVFrame frame = av_frame_alloc();
  private long frameMillis = Long.MIN_VALUE;
  private boolean framePending;

  VideoTranscoder(final Path recording, final DecodeLimits limits) throws MediaException {
    this.demuxer = Demuxer.open(recording, limits);
    TrackDecoder opened = null;
    try {
      opened = TrackDecoder.open(demuxer, demuxer.video());
    } finally {
      if (opened == null) {
        demuxer.close();
      }
    }
    this.decoder = opened;
  }

  /**
   * Encodes the pictures shown within a range; ranges are asked for in rising order.
   *
   * @param firstPacket where decoding may start for this range, if it has not come so far yet
   * @return an empty array if no picture is shown in the range
   */
  byte[] next(final long firstPacket, final long startMillis, final long endMillis)
      throws MediaException {
    if (decoder.packets() < firstPacket) {
      decoder.skipTo(firstPacket);
      framePending = false;
    }
    PictureEncoder encoder = null;
    try {
      while (framePending || decode()) {
        framePending = frameMillis >= endMillis;
        if (framePending) {
          break;
        }
        if (frameMillis >= startMillis) {
          if (encoder == null) {
            encoder =
                new PictureEncoder(
                    frame,
                    decoder.stream().sample_aspect_ratio(),
                    demuxer.quarterTurns(demuxer.video()),
                    converter);
          }
          encoder.add(frame, frameMillis);
        }
      }
      return encoder == null ? new byte[0] : encoder.finish();
    } finally {
      if (encoder != null) {
        encoder.close();
      }
    }
  }

  private boolean decode() throws MediaException {
    if (!decoder.next(frame)) {
      return false;
    }
    demuxer.limits().checkPicture(demuxer.source().name(), frame.width(), frame.height());
    final long millis = EventTime.millis(decoder.micros(frame) - demuxer.startMicros());
    // Times must rise for the encoder; a file that repeats one gets the next millisecond.
    frameMillis = frameMillis == Long.MIN_VALUE ? millis : Math.max(millis, frameMillis + 1);
    return true;
  }

  long damagedPackets() {
    return decoder.damagedPackets();
  }

  @Override
  public void close() throws MediaException {
    av_frame_free(frame);
    converter.close();
    decoder.close();
    demuxer.close();
  }
}
