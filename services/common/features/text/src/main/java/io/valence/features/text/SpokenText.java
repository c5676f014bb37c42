package io.valence.features.text;

import java.util.List;
import java.util.Objects;

/**
 * A text and what was said before it.
 *
 * @param preceding what was said before, oldest first, one element a window or segment; blank ones do
 *     not count
 * @param text what the vector is of
 */
public record SpokenText(List<String> preceding, String text) {

  public SpokenText {
    preceding = List.copyOf(preceding);
    Objects.requireNonNull(text, "text");
  }

  /** A text of which nothing is known but itself. */
  public static SpokenText alone(final String text) {
    return new SpokenText(List.of(), text);
  }

  /** A text with those before it. */
  public static SpokenText after(final List<String> preceding, final String text) {
    return new SpokenText(preceding, text);
  }
}
