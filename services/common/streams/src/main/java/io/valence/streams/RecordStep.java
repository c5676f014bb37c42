package io.valence.streams;

import java.util.List;

/**
 * What a service does with one record. It keeps nothing from one record to the next: after a failure the same
 * record may come again. Called by one stream thread at a time; a service with several stream threads needs a step
 * that is safe for them.
 *
 * @param <I> the record that comes in
 * @param <O> the records that go out
 */
@FunctionalInterface
public interface RecordStep<I, O> {

  /**
   * The results for one record, possibly none.
   *
   * @throws Exception if this record cannot be processed: it becomes a dead letter whose reason is the exception's
   *     message, so that should be one line that says what is wrong
   */
  List<O> apply(I input) throws Exception;
}
