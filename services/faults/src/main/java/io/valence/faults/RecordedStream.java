package io.valence.faults;

import io.valence.schemas.MediaChunk;
import io.valence.schemas.Modality;
import io.valence.schemas.StreamDescriptor;
import io.valence.schemas.StreamState;
import java.util.List;

/**
 * One stream of the recorded set, cut once: what is played is the same bytes each time but for the stream's id.
 *
 * @param name tells the stream from the others of the set
 * @param modalities what it declares
 * @param windowMicros length of its windows, microseconds
 * @param hopMicros from the start of a window to that of the next, microseconds
 * @param endMicros end of its event time, microseconds
 * @param chunks all its chunks, in order within each modality
 */
record RecordedStream(
    String name,
    List<Modality> modalities,
    long windowMicros,
    long hopMicros,
    long endMicros,
    List<MediaChunk> chunks) {

  /** Wall clock of all that was recorded: an event's capture time is then the same in every run. */
  static final long CAPTURED_AT_MILLIS = 1_700_000_000_000L;

  /** So long that no modality is given up because a fault holds it up: what is due is COMPLETE. */
  static final long GRACE_MICROS = 3_600_000_000L;

  RecordedStream {
    modalities = List.copyOf(modalities);
    chunks = List.copyOf(chunks);
  }

  /** A chunk under the id of one playing. */
  MediaChunk chunk(final int index, final String streamId) {
    return MediaChunk.newBuilder(chunks.get(index))
        .setStreamId(streamId)
        .setSessionId(sessionOf(streamId))
        .build();
  }

  /** Each playing of a stream is a session of its own. */
  static String sessionOf(final String streamId) {
    return "session-of-" + streamId;
  }

  StreamDescriptor descriptor(final String streamId, final StreamState state) {
    return StreamDescriptor.newBuilder()
        .setStreamId(streamId)
        .setSessionId(sessionOf(streamId))
        .setParticipantId("reader")
        .setModalities(modalities)
        .setWindowSizeMicros(windowMicros)
        .setHopMicros(hopMicros == windowMicros ? null : (Long) hopMicros)
        .setGraceMicros(GRACE_MICROS)
        .setStartMicros(0)
        .setEndMicros(state == StreamState.OPEN ? null : (Long) endMicros)
        .setState(state)
        .setSource(name)
        .setOpenedAtMillis(CAPTURED_AT_MILLIS)
        .build();
  }
}
