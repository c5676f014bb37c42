package io.valence.streams;

import io.valence.schemas.TopicCatalogue;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/**
 * Makes the dead letters of one service: the record's key, value and headers as they came, and beside them, as UTF-8
 * text,
 *
 * <table>
 *   <caption>Headers of a dead letter</caption>
 *   <tr><td>{@code valence.origin.topic}, {@code .partition}, {@code .offset}</td><td>where the record lay; absent if
 *       it did not come from a topic</td></tr>
 *   <tr><td>{@code valence.reason}</td><td>what is wrong with it, one line</td></tr>
 *   <tr><td>{@code valence.stack}</td><td>class of the exception and the first line of its stack</td></tr>
 *   <tr><td>{@code valence.service}</td><td>the service that could not process it</td></tr>
 *   <tr><td>{@code valence.failed-at}</td><td>when, ISO-8601 in UTC</td></tr>
 * </table>
 *
 * <p>Its timestamp is the moment of failure: that of the record may be so old that the topic's retention would
 * delete the letter at once.
 */
public final class DeadLetters {

  public static final String ORIGIN_TOPIC = "valence.origin.topic";
  public static final String ORIGIN_PARTITION = "valence.origin.partition";
  public static final String ORIGIN_OFFSET = "valence.origin.offset";
  public static final String REASON = "valence.reason";
  public static final String STACK = "valence.stack";
  public static final String SERVICE = "valence.service";
  public static final String FAILED_AT = "valence.failed-at";

  /**
   * On a record that was written back to its topic: the address of the letter that it was, as {@code
   * service:partition@offset}. It stays on the letter of a record that fails again.
   */
  public static final String REDRIVEN_FROM = "valence.redriven-from";

  /** The headers that a letter has beyond those of the record. */
  public static final List<String> HEADERS =
      List.of(ORIGIN_TOPIC, ORIGIN_PARTITION, ORIGIN_OFFSET, REASON, STACK, SERVICE, FAILED_AT);

  // Both in characters, of which one takes up to three bytes: a letter must fit where the record
  // did.
  private static final int MAX_REASON_LENGTH = 1_000;
  private static final int MAX_STACK_LENGTH = 1_000;

  private final String service;
  private final Clock clock;

  /**
   * @param service name of the service in the topic catalogue
   */
  public DeadLetters(final String service) {
    this(service, Clock.systemUTC());
  }

  DeadLetters(final String service, final Clock clock) {
    this.service = Objects.requireNonNull(service, "service");
    this.clock = Objects.requireNonNull(clock, "clock");
    TopicCatalogue.deadLetters(service);
  }

  /** Name of the topic that the letters belong on. */
  public String topic() {
    return TopicCatalogue.deadLetters(service).name();
  }

  /**
   * The letter for a record that could not be processed.
   *
   * @param failed the record as it came
   * @param origin where it lay, as the processor's context says
   * @param reason why it could not be processed
   */
  public Record<byte[], byte[]> letter(
      final Record<byte[], byte[]> failed,
      final Optional<RecordMetadata> origin,
      final Throwable reason) {
    final Headers headers = new RecordHeaders(failed.headers().toArray());
    origin.ifPresent(
        place -> {
          put(headers, ORIGIN_TOPIC, place.topic());
          put(headers, ORIGIN_PARTITION, Integer.toString(place.partition()));
          put(headers, ORIGIN_OFFSET, Long.toString(place.offset()));
        });
    put(headers, REASON, reasonOf(reason));
    put(headers, STACK, stackOf(reason));
    put(headers, SERVICE, service);
    put(headers, FAILED_AT, clock.instant().toString());
    return new Record<>(failed.key(), failed.value(), clock.millis(), headers);
  }

  /** What went wrong in one line: the message, or the class where there is none. */
  public static String reasonOf(final Throwable reason) {
    final String message = reason.getMessage();
    final String line =
        message == null || message.isBlank()
            ? reason.getClass().getSimpleName()
            : message.strip().replaceAll("\\s*\\R\\s*", " ");
    return shortened(line, MAX_REASON_LENGTH);
  }

  private static String shortened(final String line, final int length) {
    return line.length() > length ? line.substring(0, length) : line;
  }

  private static String stackOf(final Throwable reason) {
    final StackTraceElement[] stack = reason.getStackTrace();
    return shortened(
        reason.getClass().getName() + (stack.length == 0 ? "" : " at " + stack[0]),
        MAX_STACK_LENGTH);
  }

  private static void put(final Headers headers, final String name, final String value) {
    headers.remove(name);
    headers.add(name, value.getBytes(StandardCharsets.UTF_8));
  }
}
