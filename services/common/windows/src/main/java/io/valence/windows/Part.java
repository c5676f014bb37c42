package io.valence.windows;

import io.valence.schemas.FeatureVector;
import io.valence.schemas.RecordChecks;
import io.valence.schemas.WordScore;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What a vector has to say in one pane. Where its source's clock needs no correction that is the
 * vector itself. Else its times are moved by the clock offset, and where it then lies across panes it
 * is cut: each piece has the same values, and a share of the weight as large as its share of the
 * time.
 *
 * <p>Example: offset +0.5 s, panes of 3 s. The vector [0,3) with weight 6 becomes [0.5,3) with weight
 * 5 in the pane [0,3) and [3,3.5) with weight 1 in [3,6). With -0.5 s it becomes [0,2.5) with weight
 * 5; the rest, before 0, is cut off.
 *
 * <p>The words that were read move with it, and are not shared out: each piece has those that begin
 * before its pane ends, for what was said before the pane may have been read anew. What would be over
 * by 0 is cut off. In the first example, words at [0.2,0.6) and [2.6,2.8) become [0.7,1.1) and
 * [3.1,3.3): the piece in [0,3) has the first, that in [3,6) both.
 *
 * @param vector the piece: window, cover and weight are those of the piece
 * @param sourceMicros start of the window that the vector itself named: with the sequence number it
 *     says which vector the piece is of
 * @param wholeEndMicros end of cover of the whole vector, moved by the offset
 * @param origin where the vector lay, if it came from somewhere
 */
public record Part(
    FeatureVector vector, long sourceMicros, long wholeEndMicros, Optional<Origin> origin) {

  public Part {
    Objects.requireNonNull(vector, "vector");
    Objects.requireNonNull(origin, "origin");
  }

  /** The vector as it came. */
  static Part of(final FeatureVector vector, final Optional<Origin> origin) {
    return new Part(vector, vector.getWindowStartMicros(), vector.getCoversEndMicros(), origin);
  }

  /**
   * The pieces of a vector of fixed windows, in order of time; none if all of it lies before 0.
   *
   * @param offsetMicros added to its event time
   */
  static List<Part> split(
      final FeatureVector vector,
      final Optional<Origin> origin,
      final WindowGrid grid,
      final long offsetMicros) {
    if (offsetMicros == 0) {
      return List.of(of(vector, origin));
    }
    final long duration = vector.getCoversEndMicros() - vector.getCoversStartMicros();
    final long end = vector.getCoversEndMicros() + offsetMicros;
    final List<WordScore> words = moved(vector.getWords(), offsetMicros);
    final List<Part> parts = new ArrayList<>();
    long start = Math.max(0, vector.getCoversStartMicros() + offsetMicros);
    while (start < end) {
      final Window pane = grid.pane(grid.paneStart(start));
      final long until = Math.min(end, pane.endMicros());
      parts.add(
          new Part(
              FeatureVector.newBuilder(vector)
                  .setWindowStartMicros(pane.startMicros())
                  .setWindowEndMicros(pane.endMicros())
                  .setCoversStartMicros(start)
                  .setCoversEndMicros(until)
                  .setReadFromMicros(
                      vector.getReadFromMicros() == null
                          ? null
                          : (Long) Math.max(0, vector.getReadFromMicros() + offsetMicros))
                  .setWeight(vector.getWeight() * (until - start) / duration)
                  .setWords(
                      words.stream()
                          .filter(word -> word.getStartMicros() < pane.endMicros())
                          .toList())
                  .build(),
              vector.getWindowStartMicros(),
              end,
              origin));
      start = until;
    }
    return parts;
  }

  /** Words at their times by the stream's clock; those that are over by 0 are gone. */
  private static List<WordScore> moved(final List<WordScore> words, final long offsetMicros) {
    final List<WordScore> moved = new ArrayList<>(words.size());
    for (final WordScore word : words) {
      // A word may be said to last for as long as time goes; it must still be a time when it is
      // moved.
      final long end =
          Math.min(RecordChecks.MAX_EVENT_TIME_MICROS, word.getEndMicros() + offsetMicros);
      if (end > 0) {
        moved.add(
            WordScore.newBuilder(word)
                .setStartMicros(Math.max(0, word.getStartMicros() + offsetMicros))
                .setEndMicros(end)
                .build());
      }
    }
    return moved;
  }

  /** Whether this is of the same vector as another piece in the same pane. */
  boolean isSameAs(final Part other) {
    return vector.getSequence() == other.vector.getSequence()
        && sourceMicros == other.sourceMicros
        && vector.getModality() == other.vector.getModality();
  }

  Part withoutRecord() {
    return origin.isPresent() && origin.get().record().isPresent()
        ? new Part(vector, sourceMicros, wholeEndMicros, origin.map(Origin::withoutRecord))
        : this;
  }
}
