package io.valence.streams;

import io.valence.schemas.TopicCatalogue;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.apache.avro.specific.SpecificRecord;

/**
 * A service in one value: from which topics, through which step, to which topics.
 *
 * @param service name of the service in the topic catalogue; its dead letters go to {@code
 *     <service>.dead-letters}
 * @param inputTopics the topics read, all holding the same kind of record
 * @param inputType class of those records
 * @param step what is done with each
 * @param sequence number of a record within its stream, from 0 and without gaps, for a step that keeps
 *     something from one record to the next: it gets the records of a stream in this order
 * @param group what the step keeps is shared by the streams whose records have the same group: they
 *     reach the same task, by way of a topic of the service's own; empty if each stream is by itself
 * @param outputTopics every topic that a result may go to
 * @param outputType class of the results
 * @param outputTopic the topic of a result, one of {@code outputTopics}
 */
public record RecordFlow<I extends SpecificRecord, O extends SpecificRecord>(
    String service,
    List<String> inputTopics,
    Class<I> inputType,
    RememberingStep<I, O> step,
    Optional<ToLongFunction<I>> sequence,
    Optional<Function<I, String>> group,
    List<String> outputTopics,
    Class<O> outputType,
    Function<O, String> outputTopic) {

  public RecordFlow {
    TopicCatalogue.deadLetters(service);
    inputTopics = List.copyOf(inputTopics);
    outputTopics = List.copyOf(outputTopics);
    Objects.requireNonNull(inputType, "inputType");
    Objects.requireNonNull(step, "step");
    Objects.requireNonNull(sequence, "sequence");
    Objects.requireNonNull(group, "group");
    Objects.requireNonNull(outputType, "outputType");
    Objects.requireNonNull(outputTopic, "outputTopic");
    if (inputTopics.isEmpty() || outputTopics.isEmpty()) {
      throw new IllegalArgumentException("a flow needs topics to read and to write");
    }
    if (group.isPresent() && sequence.isEmpty()) {
      throw new IllegalArgumentException("streams that keep nothing share nothing");
    }
  }

  /** A flow whose step remembers nothing. */
  public RecordFlow(
      final String service,
      final List<String> inputTopics,
      final Class<I> inputType,
      final RecordStep<I, O> step,
      final List<String> outputTopics,
      final Class<O> outputType,
      final Function<O, String> outputTopic) {
    this(
        service,
        inputTopics,
        inputType,
        (input, memory) -> step.apply(input),
        Optional.empty(),
        Optional.empty(),
        outputTopics,
        outputType,
        outputTopic);
  }

  /**
   * A flow from one topic to one other whose step remembers something of each stream.
   *
   * @param sequence number of a record within its stream, from 0 and without gaps
   */
  public static <I extends SpecificRecord, O extends SpecificRecord> RecordFlow<I, O> remembering(
      final String service,
      final String inputTopic,
      final Class<I> inputType,
      final ToLongFunction<I> sequence,
      final RememberingStep<I, O> step,
      final String outputTopic,
      final Class<O> outputType) {
    return single(
        service, inputTopic, inputType, step, Optional.of(sequence), outputTopic, outputType);
  }

  /** The same flow with what the step keeps shared by the streams of a group. */
  public RecordFlow<I, O> grouped(final Function<I, String> by) {
    return new RecordFlow<>(
        service,
        inputTopics,
        inputType,
        step,
        sequence,
        Optional.of(by),
        outputTopics,
        outputType,
        outputTopic);
  }

  private static <I extends SpecificRecord, O extends SpecificRecord> RecordFlow<I, O> single(
      final String service,
      final String inputTopic,
      final Class<I> inputType,
      final RememberingStep<I, O> step,
      final Optional<ToLongFunction<I>> sequence,
      final String outputTopic,
      final Class<O> outputType) {
    return new RecordFlow<>(
        service,
        List.of(inputTopic),
        inputType,
        step,
        sequence,
        Optional.empty(),
        List.of(outputTopic),
        outputType,
        result -> outputTopic);
  }

  /** A flow from one topic to one other. */
  public static <I extends SpecificRecord, O extends SpecificRecord> RecordFlow<I, O> of(
      final String service,
      final String inputTopic,
      final Class<I> inputType,
      final RecordStep<I, O> step,
      final String outputTopic,
      final Class<O> outputType) {
    return single(
        service,
        inputTopic,
        inputType,
        (input, memory) -> step.apply(input),
        Optional.empty(),
        outputTopic,
        outputType);
  }
}
