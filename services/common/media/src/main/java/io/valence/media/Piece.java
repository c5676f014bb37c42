package io.valence.media;

import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One modality of a recording over one stretch of event time. The pieces of a modality tile the event
 * time from 0 to the recording's end and never straddle a window.
 *
 * @param modality what the payload holds
 * @param sequence number of the piece within its modality, from 0, without gaps
 * @param startMicros event time that the piece speaks for, microseconds, inclusive; a video payload may
 *     begin earlier, with pictures that only help to decode
 * @param endMicros its end, exclusive; > startMicros
 * @param windowStartMicros start of the window that the piece lies in
 * @param windowEndMicros end of that window, exclusive; may lie after the recording's end
 * @param container {@code matroska}, {@code pcm_f32le} (mono) or {@code text/utf-8}
 * @param codec FFmpeg's name of the codec of a video payload
 * @param sampleRate samples a second of an audio payload
 * @param payload the media; empty where nothing is shown, heard or said. Not copied
 * @param endOfStream true on the last piece of its modality
 */
public record Piece(
    Modality modality,
    long sequence,
    long startMicros,
    long endMicros,
    long windowStartMicros,
    long windowEndMicros,
    String container,
    Optional<String> codec,
    OptionalInt sampleRate,
    ByteBuffer payload,
    boolean endOfStream) {

  /** Container of a video payload. */
  public static final String MATROSKA = "matroska";

  /** Container of an audio payload. */
  public static final String PCM = "pcm_f32le";

  /** Container of a text payload. */
  public static final String TEXT = "text/utf-8";

  public Piece {
    Objects.requireNonNull(modality, "modality");
    Objects.requireNonNull(container, "container");
    Objects.requireNonNull(codec, "codec");
    Objects.requireNonNull(sampleRate, "sampleRate");
    Objects.requireNonNull(payload, "payload");
    if (startMicros < windowStartMicros
        || endMicros > windowEndMicros
        || endMicros <= startMicros) {
      throw new IllegalArgumentException(
          "a piece of ["
              + startMicros
              + ", "
              + endMicros
              + ") does not lie in the window ["
              + windowStartMicros
              + ", "
              + windowEndMicros
              + ")");
    }
  }
}
