package io.valence.evaluation;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * One labelled segment with the score that a bundle gave it.
 *
 * @param id unique in its corpus
 * @param fold the part of the corpus, for instance {@code test}
 * @param text the words as transcribed, where the corpus has them; not blank
 * @param label sentiment, -3 to 3
 * @param score what the bundle says, -3 to 3
 * @param halfWidth half the width of the interval around the score, before it is cut off at -3 and 3;
 *     in units of the label, at least 0
 * @param modalities those that took part in the score; none where it is the prior score
 */
public record JudgedSegment(
    String id,
    String fold,
    Optional<String> text,
    double label,
    double score,
    double halfWidth,
    List<String> modalities) {

  private static final double LIMIT = 3;
  private static final Pattern BLANKS = Pattern.compile("\\s+");

  public JudgedSegment {
    Objects.requireNonNull(fold, "fold");
    modalities = List.copyOf(modalities);
    if (id.isBlank()) {
      throw new IllegalArgumentException("a judged segment needs an id");
    }
    if (text.isPresent() && text.get().isBlank()) {
      throw new IllegalArgumentException(id + ": a blank text is no text");
    }
    if (!(Math.abs(label) <= LIMIT) || !(Math.abs(score) <= LIMIT)) {
      throw new EvaluationException(
          id + ": label " + label + " and score " + score + " must be from -3 to 3");
    }
    if (!(halfWidth >= 0) || Double.isInfinite(halfWidth)) {
      throw new EvaluationException(id + " has an interval of half width " + halfWidth);
    }
  }

  /** Score minus label: positive where the sentiment is overestimated. */
  public double error() {
    return score - label;
  }

  /** Lower end of the interval, at least -3. */
  public double low() {
    return Math.max(-LIMIT, score - halfWidth);
  }

  /** Upper end of the interval, at most 3. */
  public double high() {
    return Math.min(LIMIT, score + halfWidth);
  }

  /** Whether the label lies inside the interval; at its end counts as inside. */
  public boolean covered() {
    return Math.abs(error()) <= halfWidth;
  }

  /** How many words the text has: stretches between blanks with at least one letter or digit. */
  public OptionalInt words() {
    return text.isEmpty()
        ? OptionalInt.empty()
        : OptionalInt.of(
            (int)
                BLANKS
                    .splitAsStream(text.get())
                    .filter(word -> word.codePoints().anyMatch(Character::isLetterOrDigit))
                    .count());
  }

  /** Whether the text holds a {@link Negation}. */
  public Optional<Boolean> negated() {
    return text.map(Negation::in);
  }

  /** The class of the label: -3 to 3, rounded, halves to even. */
  public int labelClass() {
    return Metric.classOf(label, (int) LIMIT);
  }

  /** The class of the score: -3 to 3, rounded, halves to even. */
  public int scoreClass() {
    return Metric.classOf(score, (int) LIMIT);
  }
}
