package io.valence.streams.deadletters;

import io.valence.schemas.Topic;
import io.valence.schemas.TopicCatalogue;
import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.TopicPartition;

/**
 * Where a dead letter lies, written {@code service:partition@offset}: {@code fusion:3@17} is offset 17 of partition 3 of
 * {@code fusion.dead-letters}.
 *
 * @param service name of the service in the topic catalogue
 * @param partition of the service's dead-letter topic, >= 0
 * @param offset of the letter in that partition, >= 0
 */
public record LetterAddress(String service, int partition, long offset)
    implements Comparable<LetterAddress> {

  private static final Pattern FORM = Pattern.compile("([^:@\\s]+):(\\d{1,9})@(\\d{1,18})");

  private static final Comparator<LetterAddress> ORDER =
      Comparator.comparing(LetterAddress::service)
          .thenComparingInt(LetterAddress::partition)
          .thenComparingLong(LetterAddress::offset);

  public LetterAddress {
    TopicCatalogue.deadLetters(service);
    if (partition < 0 || offset < 0) {
      throw new IllegalArgumentException(
          "partition and offset of a dead letter must not be negative, not "
              + partition
              + " and "
              + offset);
    }
  }

  /**
   * Reads an address.
   *
   * @throws IllegalArgumentException if it is none, or no such service has dead letters
   */
  public static LetterAddress parse(final String text) {
    final Matcher parts = FORM.matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException(
          "\""
              + text
              + "\" is no address of a dead letter: write service:partition@offset, such as"
              + " fusion:3@17");
    }
    return new LetterAddress(
        parts.group(1), Integer.parseInt(parts.group(2)), Long.parseLong(parts.group(3)));
  }

  Topic topic() {
    return TopicCatalogue.deadLetters(service);
  }

  TopicPartition topicPartition() {
    return new TopicPartition(topic().name(), partition);
  }

  @Override
  public int compareTo(final LetterAddress other) {
    return ORDER.compare(this, other);
  }

  /** The written form, that {@link #parse} reads. */
  @Override
  public String toString() {
    return service + ":" + partition + "@" + offset;
  }
}
