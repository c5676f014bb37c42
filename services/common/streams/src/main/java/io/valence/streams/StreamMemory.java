package io.valence.streams;

import java.util.Optional;

/**
 * What a service remembers of a stream from one record to the next. It is committed together with the
 * results and the offset of the record, so after a crash it is as it was before the record that comes
 * again. It holds what the records left that came in their turn, see {@link SequenceOrder}: of a
 * record that became a dead letter, or came behind its turn, nothing is kept.
 */
public interface StreamMemory {

  /** What was kept of a stream last, if anything. */
  Optional<byte[]> recall(String streamId);

  /**
   * Keeps something of a stream in place of what was kept before; a few kilobytes at most. A stream of
   * which nothing has come for an hour is forgotten.
   */
  void keep(String streamId, byte[] value);
}
