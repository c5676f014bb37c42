package io.valence.windows;

import io.valence.schemas.FeatureVector;
import io.valence.schemas.StreamState;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What a {@link WindowJoin} decided. Everything put in is accounted for: an accepted vector becomes
 * part of an event, the others are named here with the reason.
 *
 * @param outcome what became of the record; ACCEPTED where there was none
 * @param reason one line that says why the record was not accepted; null if it was
 * @param latePiece one line that says why a piece of an accepted record is late: the record is to be
 *     kept aside as well; null if none is
 * @param closed windows that closed, in order of event time: each is to be scored, once
 * @param refused vectors held earlier that turned out not to belong, see {@link Outcome#REFUSED}
 * @param endedStreams streams that have no more windows to come: all that they had closed before or
 *     are among {@code closed}. Each stream is named once in its life.
 */
public record JoinResult(
    Outcome outcome,
    String reason,
    String latePiece,
    List<ClosedWindow> closed,
    List<Refused> refused,
    List<EndedStream> endedStreams) {

  /** What became of a record. */
  public enum Outcome {
    /** It takes part. */
    ACCEPTED,
    /** It was there already and changes nothing; to be counted. */
    DUPLICATE,
    /** Its window is closed; to be kept aside with the reason, never scored. */
    LATE,
    /** It cannot be processed: a dead letter. */
    REFUSED
  }

  /**
   * A vector that was held and is a dead letter after all.
   *
   * @param vector the vector; where its source's clock is corrected, a piece of it
   * @param origin where it lay, if it came from somewhere; with the record itself if it was refused
   *     before it took part in anything
   * @param reason one line
   */
  public record Refused(FeatureVector vector, Optional<Origin> origin, String reason) {

    public Refused {
      Objects.requireNonNull(vector, "vector");
      Objects.requireNonNull(origin, "origin");
      Objects.requireNonNull(reason, "reason");
    }
  }

  /**
   * A stream that is over.
   *
   * @param streamId the stream
   * @param sessionId the conversation that it belongs to; null if it stands alone
   * @param state what its source said last: OPEN if only its modalities said that they ended
   * @param reason the source's own note on its end; null if it gave none
   */
  public record EndedStream(String streamId, String sessionId, StreamState state, String reason) {

    public EndedStream {
      Objects.requireNonNull(streamId, "streamId");
      Objects.requireNonNull(state, "state");
    }
  }

  public JoinResult {
    Objects.requireNonNull(outcome, "outcome");
    closed = List.copyOf(closed);
    refused = List.copyOf(refused);
    endedStreams = List.copyOf(endedStreams);
    if ((outcome == Outcome.ACCEPTED) != (reason == null)) {
      throw new IllegalArgumentException(outcome + " with the reason " + reason);
    }
    if (outcome != Outcome.ACCEPTED && latePiece != null) {
      throw new IllegalArgumentException(outcome + " with a late piece");
    }
  }

  static JoinResult refused(final String reason) {
    return new JoinResult(Outcome.REFUSED, reason, null, List.of(), List.of(), List.of());
  }
}
