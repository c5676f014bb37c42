package io.valence.evaluation;

import java.util.List;
import java.util.Objects;

/**
 * What one bundle says of each segment of a set, as it would in service: the score of all its networks
 * together.
 *
 * @param name of the bundle in the report
 * @param bundle its id and version
 * @param networks how many networks the score is the mean of, at least 1
 * @param level share of labels that the bundle's intervals promise to hold, between 0 and 1
 * @param set the corpus and fold
 * @param segments at least one; ids are unique
 */
public record BundleScores(
    String name,
    String bundle,
    int networks,
    double level,
    String set,
    List<JudgedSegment> segments) {

  public BundleScores {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(bundle, "bundle");
    Objects.requireNonNull(set, "set");
    segments = List.copyOf(segments);
    if (networks < 1 || !(level > 0 && level < 1)) {
      throw new IllegalArgumentException(
          "at least one network and a level between 0 and 1: " + networks + ", " + level);
    }
    if (segments.isEmpty()) {
      throw new EvaluationException(name + ": there are no segments to judge");
    }
    if (segments.stream().map(JudgedSegment::id).distinct().count() != segments.size()) {
      throw new EvaluationException(name + ": a segment is judged more than once");
    }
  }

  /** How many segments have a text. */
  public int texts() {
    return (int) segments.stream().filter(segment -> segment.text().isPresent()).count();
  }
}
