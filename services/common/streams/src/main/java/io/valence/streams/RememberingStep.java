package io.valence.streams;

import java.util.List;

/**
 * As {@link RecordStep}, for a service to which the records before this one of the same stream make a
 * difference.
 *
 * @param <I> the record that comes in
 * @param <O> the records that go out
 */
@FunctionalInterface
public interface RememberingStep<I, O> {

  /**
   * The results for one record, possibly none.
   *
   * @param memory of what came before; what is kept there stays if there are results and not a dead
   *     letter. The same record may be tried more than once.
   * @throws Exception if this record cannot be processed: it becomes a dead letter whose reason is the
   *     exception's message
   */
  List<O> apply(I input, StreamMemory memory) throws Exception;
}
