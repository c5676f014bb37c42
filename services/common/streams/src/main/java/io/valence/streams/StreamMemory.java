package io.valence.streams;

import java.util.Optional;

/**
 * What a service remembers of a stream, or of a group of streams that share it, from one record to the
 * next. It is committed together with the
 * results and the offset of the record, so after a crash it is as it was before the record that comes
 * again. It holds what the records left that came in their turn, see {@link SequenceOrder}: of a
 * record that became a dead letter, or came behind its turn, nothing is kept.
 */
public interface StreamMemory {

  /**
   * What was kept last, if anything.
   *
   * @param id of the stream, or of the group
   */
  Optional<byte[]> recall(String id);

  /**
   * Keeps something in place of what was kept before; a few kilobytes at most. A stream, or a group, of
   * which nothing has come for an hour is forgotten.
   *
   * @param id of the stream, or of the group
   */
  void keep(String id, byte[] value);
}
