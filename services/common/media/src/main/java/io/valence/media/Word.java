package io.valence.media;

import java.util.Objects;

/**
 * A spoken word with its time.
 *
 * @param text the word as written, without blanks around it, not empty
 * @param startMicros microseconds of event time, >= 0
 * @param endMicros >= startMicros
 */
public record Word(String text, long startMicros, long endMicros) {

  public Word {
    Objects.requireNonNull(text, "text");
    if (text.isBlank() || startMicros < 0 || endMicros < startMicros) {
      throw new IllegalArgumentException(
          "no word: '" + text + "' from " + startMicros + " to " + endMicros);
    }
  }

  /** The time that decides which window the word belongs to. */
  public long middleMicros() {
    return startMicros + (endMicros - startMicros) / 2;
  }
}
