package io.valence.features;

import java.util.Objects;

/**
 * What an extractor found in one stretch of media. Absent is not zero: where there was nothing to
 * measure the weight is 0 and there are no values.
 *
 * @param space what the values mean
 * @param values as many finite numbers as the space has, or none when the weight is 0; not copied,
 *     so the caller hands it over
 * @param weight frames with a face, seconds of sound, or word pieces behind the values; finite, >= 0
 * @param quality how far the values can be trusted, 0 to 1
 */
public record Features(FeatureSpace space, float[] values, double weight, double quality) {

  private static final float[] NONE = {};

  public Features {
    Objects.requireNonNull(space, "space");
    if (!(weight >= 0) || Double.isInfinite(weight)) {
      throw new IllegalArgumentException("weight must be finite and >= 0: " + weight);
    }
    if (!(quality >= 0 && quality <= 1)) {
      throw new IllegalArgumentException("quality must be from 0 to 1: " + quality);
    }
    final int expected = weight == 0 ? 0 : space.size();
    if (values.length != expected) {
      throw new IllegalArgumentException(
          space.id() + ": " + values.length + " values where " + expected + " belong");
    }
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        throw new IllegalArgumentException(
            space.id() + ": value " + space.names().get(i) + " is " + values[i]);
      }
    }
  }

  /** Nothing there to measure: no face, no words, no sound. */
  public static Features silent(FeatureSpace space) {
    return new Features(space, NONE, 0, 0);
  }

  /** Whether there are values. */
  public boolean present() {
    return weight > 0;
  }
}
