package io.valence.model;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * What a model makes of one window.
 *
 * @param score sentiment, -3 to 3
 * @param intervalLow lower end of the interval, -3 to {@code score}
 * @param intervalHigh upper end of the interval, {@code score} to 3
 * @param baseline the score when nothing is known, -3 to 3
 * @param modalities one entry for each modality
 */
public record SentimentScore(
    double score,
    double intervalLow,
    double intervalHigh,
    double baseline,
    Map<Modality, Part> modalities) {

  public SentimentScore {
    modalities = Collections.unmodifiableMap(new EnumMap<>(modalities));
    if (!(intervalLow >= -3 && intervalLow <= score)
        || !(intervalHigh >= score && intervalHigh <= 3)) {
      throw new IllegalArgumentException(
          "score " + score + " outside its interval [" + intervalLow + ", " + intervalHigh + "]");
    }
    if (modalities.size() != Modality.values().length) {
      throw new IllegalArgumentException("a score needs a part for every modality");
    }
  }

  /**
   * What one modality had to do with it.
   *
   * @param informative whether the bundle lets the modality take part at all
   * @param contribution Shapley value in points of the score; over the modalities they add up to
   *     {@code score - baseline}; 0 if the modality is absent or not informative
   * @param scoreAlone the score on this modality alone; empty if it is absent. A modality that is
   *     not informative alone leaves the baseline.
   */
  public record Part(boolean informative, double contribution, OptionalDouble scoreAlone) {}
}
