package io.valence.corpora;

import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * One labelled stretch of a recording (or one sentence of a text corpus): the sample of every
 * experiment.
 *
 * @param id unique in its corpus, for instance {@code 03bSnISJMiM_1}
 * @param video the recording it was cut from; folds never divide a video. For text corpora the
 *     dialogue or the sentence itself, for acted speech the actor
 * @param start seconds from the start of the recording, finite; a few published annotations begin
 *     half a second before it
 * @param end seconds, at least {@code start}; positive infinity means to the end of the recording
 * @param text the words, where they are known
 * @param label sentiment from -3 to +3, where there is one; a missing label is never 0
 * @param fold the part of the corpus it belongs to
 * @param attributes further facts by name, for instance {@code emotion}
 */
public record Segment(
    String id,
    String video,
    double start,
    double end,
    Optional<String> text,
    OptionalDouble label,
    Fold fold,
    Map<String, String> attributes) {

  /** The largest magnitude a sentiment label may have. */
  public static final double LABEL_LIMIT = 3.0;

  public Segment {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(video, "video");
    Objects.requireNonNull(text, "text");
    Objects.requireNonNull(label, "label");
    Objects.requireNonNull(fold, "fold");
    attributes = Map.copyOf(attributes);
    if (id.isBlank() || video.isBlank()) {
      throw new IllegalArgumentException("a segment needs an id and a video");
    }
    if (!Double.isFinite(start) || !(end >= start)) {
      throw new IllegalArgumentException(
          "segment " + id + " runs from " + start + " s to " + end + " s");
    }
    if (label.isPresent() && !(Math.abs(label.getAsDouble()) <= LABEL_LIMIT)) {
      throw new IllegalArgumentException(
          "segment " + id + " has label " + label.getAsDouble() + ", outside -3 to +3");
    }
  }

  /**
   * As the constructor, for values that were read from a file.
   *
   * @param place the file and line, for the message
   * @param label NaN for none
   * @throws CorpusException naming the place, if a value is outside its range
   */
  static Segment read(
      String place,
      String id,
      String video,
      double start,
      double end,
      String text,
      double label,
      Fold fold,
      Map<String, String> attributes)
      throws CorpusException {
    try {
      return new Segment(
          id,
          video,
          start,
          end,
          text == null || text.isBlank() ? Optional.empty() : Optional.of(text),
          Double.isNaN(label) ? OptionalDouble.empty() : OptionalDouble.of(label),
          fold,
          attributes);
    } catch (IllegalArgumentException impossible) {
      throw new CorpusException(
          place + ": " + impossible.getMessage() + "; correct or remove this row", impossible);
    }
  }

  /** The same segment in another fold. */
  public Segment in(Fold other) {
    return new Segment(id, video, start, end, text, label, other, attributes);
  }

  /** The same segment with another text. */
  public Segment withText(Optional<String> other) {
    return new Segment(id, video, start, end, other, label, fold, attributes);
  }
}
