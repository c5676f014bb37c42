package io.valence.evaluation;

import java.util.Optional;

/**
 * A measured value with its 95 per cent interval, or why there is none. One of the two is there.
 *
 * @param interval finite, its lower end not above its upper end
 * @param absence for people, for instance "too few: 3"
 */
public record Estimate(Optional<Interval> interval, Optional<String> absence) {

  public Estimate {
    if (interval.isPresent() == absence.isPresent()) {
      throw new IllegalArgumentException(
          "either a value or a reason: " + interval + ", " + absence);
    }
    interval.ifPresent(
        given -> {
          if (!Double.isFinite(given.value()) || !(given.high() - given.low() >= 0)) {
            throw new IllegalArgumentException("no number: " + given);
          }
        });
  }

  static Estimate of(Interval interval) {
    return new Estimate(Optional.of(interval), Optional.empty());
  }

  static Estimate absent(String reason) {
    return new Estimate(Optional.empty(), Optional.of(reason));
  }
}
