package io.valence.ingest;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.valence.schemas.StreamState;
import java.util.List;

/**
 * How far a stream is, as the REST interface tells it.
 *
 * @param streamId key of the stream's records
 * @param source the recording's file name
 * @param state OPEN while it is being sent
 * @param reason why it failed; left out unless it did
 * @param progress share of the recording's time that was handed to Kafka, 0 to 1
 * @param chunksSent chunks that Kafka has acknowledged, over all modalities
 * @param bytesSent payload bytes of these
 * @param modalities what the stream declares
 * @param windows how many windows the recording has
 * @param windowSeconds length of a window
 * @param hopSeconds from the start of a window to that of the next; left out unless they overlap
 * @param durationSeconds length of the recording
 * @param openedAtMillis wall clock, milliseconds since 1970-01-01 UTC
 * @param warnings what is wrong with the recording although it is sent, a line each
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record StreamStatus(
    String streamId,
    String source,
    StreamState state,
    String reason,
    double progress,
    long chunksSent,
    long bytesSent,
    List<String> modalities,
    long windows,
    double windowSeconds,
    Double hopSeconds,
    double durationSeconds,
    long openedAtMillis,
    List<String> warnings) {

  public StreamStatus {
    modalities = List.copyOf(modalities);
    warnings = List.copyOf(warnings);
  }
}
