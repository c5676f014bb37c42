package io.valence.streams;

import java.util.Optional;

/**
 * What a service remembers of a stream from one record to the next. It is committed together with the
 * results and the offset of the record, so after a crash it is as it was before the record that comes
 * again.
 */
public interface StreamMemory {

  /** What was kept of a stream last, if anything. */
  Optional<byte[]> recall(String streamId);

  /** Keeps something of a stream in place of what was kept before; a few kilobytes at most. */
  void keep(String streamId, byte[] value);

  /** Forgets a stream. One of which nothing has come for an hour is forgotten anyway. */
  void forget(String streamId);
}
