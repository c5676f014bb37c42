package io.valence.media;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a decoder in a process of its own may take. Keys, with their defaults:
 *
 * <ul>
 *   <li>{@code valence.decoder.time-limit} (5s): 5s, 500ms or PT5S.
 *   <li>{@code valence.decoder.memory-limit} (512M): bytes, or with K, M or G for powers of 1024.
 * </ul>
 *
 * @param timeLimit how long its parent waits for it over one piece, 100 ms to 1 hour; what the parent does
 *     meanwhile with the pictures does not count, and on a busy machine only the processor's time
 * @param memoryBytes its resident memory, 256 MiB to 64 GiB, the pictures that it shares with its parent
 *     included
 */
public record IsolationSettings(Duration timeLimit, long memoryBytes) {

  public static final String TIME_LIMIT = "valence.decoder.time-limit";
  public static final String MEMORY_LIMIT = "valence.decoder.memory-limit";

  private static final Pattern SIZE = Pattern.compile("(\\d{1,11})([kKmMgG]?)");
  private static final String UNITS = "KMG";
  private static final Duration SHORTEST = Duration.ofMillis(100);
  private static final Duration LONGEST = Duration.ofHours(1);
  private static final long LEAST_MEMORY = 256L << 20;
  private static final long MOST_MEMORY = 64L << 30;

  /** 5 s and 512 MiB. */
  public static final IsolationSettings STANDARD =
      new IsolationSettings(Duration.ofSeconds(5), 512L << 20);

  public IsolationSettings {
    Objects.requireNonNull(timeLimit, "timeLimit");
    if (timeLimit.compareTo(SHORTEST) < 0 || timeLimit.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          TIME_LIMIT + " must be 100 ms to 1 hour, not " + timeLimit);
    }
    if (memoryBytes < LEAST_MEMORY || memoryBytes > MOST_MEMORY) {
      throw new IllegalArgumentException(
          MEMORY_LIMIT
              + " must be "
              + LEAST_MEMORY
              + " (256 MiB) to "
              + MOST_MEMORY
              + " (64 GiB) bytes, not "
              + memoryBytes);
    }
  }

  /**
   * Reads the settings.
   *
   * @param configuration the value of a key, where it has one
   * @throws IllegalArgumentException naming the key that is wrong
   */
  public static IsolationSettings read(final Function<String, Optional<String>> configuration) {
    final Duration time =
        configuration
            .apply(TIME_LIMIT)
            .filter(value -> !value.isBlank())
            .map(IsolationSettings::time)
            .orElse(STANDARD.timeLimit());
    final long memory =
        configuration
            .apply(MEMORY_LIMIT)
            .filter(value -> !value.isBlank())
            .map(IsolationSettings::memory)
            .orElse(STANDARD.memoryBytes());
    return new IsolationSettings(time, memory);
  }

  private static Duration time(final String value) {
    final String text = value.trim().toLowerCase(Locale.ROOT);
    try {
      if (text.endsWith("ms")) {
        return Duration.ofMillis(Long.parseLong(text.substring(0, text.length() - 2)));
      }
      return Duration.parse(text.startsWith("p") ? text : "pt" + text);
    } catch (final DateTimeParseException | NumberFormatException e) {
      throw new IllegalArgumentException(
          TIME_LIMIT + " must be a time such as 5s, 500ms or PT5S, not " + value, e);
    }
  }

  private static long memory(final String value) {
    final Matcher size = SIZE.matcher(value.trim());
    if (!size.matches()) {
      throw new IllegalArgumentException(
          MEMORY_LIMIT + " must be a number of bytes such as 536870912 or 512M, not " + value);
    }
    final int power = UNITS.indexOf(size.group(2).toUpperCase(Locale.ROOT)) + 1;
    return Long.parseLong(size.group(1)) << (10 * (size.group(2).isEmpty() ? 0 : power));
  }

  /** The settings for people and logs, one key=value a line. */
  public String describe() {
    return TIME_LIMIT + "=" + timeLimit + "\n" + MEMORY_LIMIT + "=" + memoryBytes;
  }

  /** The same with another time limit. */
  IsolationSettings withTimeLimit(final Duration limit) {
    return new IsolationSettings(limit, memoryBytes);
  }
}
