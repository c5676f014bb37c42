package io.valence.pipeline;

import io.valence.media.Piece;
import io.valence.schemas.MediaChunk;
import io.valence.schemas.Modality;
import io.valence.windows.WindowGrid;

/** Turns the pieces of a recording into the records that ingest sends. */
public final class MediaChunks {

  private MediaChunks() {}

  /**
   * The chunk of a piece; the payload is shared, not copied.
   *
   * @param sessionId the conversation, or null
   * @param participantId who speaks, or null
   * @param grid the stream's windows
   * @param capturedAtMillis wall clock when the piece was read
   */
  public static MediaChunk of(
      final Piece piece,
      final String streamId,
      final String sessionId,
      final String participantId,
      final WindowGrid grid,
      final long capturedAtMillis) {
    return MediaChunk.newBuilder()
        .setStreamId(streamId)
        .setSessionId(sessionId)
        .setParticipantId(participantId)
        .setModality(modality(piece.modality()))
        .setSequence(piece.sequence())
        .setStartMicros(piece.startMicros())
        .setEndMicros(piece.endMicros())
        .setWindowStartMicros(piece.windowStartMicros())
        .setWindowEndMicros(piece.windowEndMicros())
        .setWindowSizeMicros(grid.hopMicros())
        .setOverlappingWindowMicros(grid.overlaps() ? (Long) grid.sizeMicros() : null)
        .setContainer(piece.container())
        .setCodec(piece.codec().orElse(null))
        .setSampleRate(piece.sampleRate().isPresent() ? piece.sampleRate().getAsInt() : null)
        .setPayload(piece.payload())
        .setEndOfStream(piece.endOfStream())
        .setCapturedAtMillis(capturedAtMillis)
        .build();
  }

  /** The records' name for a modality of a recording. */
  public static Modality modality(final io.valence.media.Modality modality) {
    return switch (modality) {
      case VISUAL -> Modality.VISUAL;
      case AUDIO -> Modality.AUDIO;
      case TEXT -> Modality.TEXT;
    };
  }
}
