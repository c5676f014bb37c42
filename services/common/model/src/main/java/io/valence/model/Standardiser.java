package io.valence.model;

/**
 * Brings the values of a feature space to mean 0 and deviation 1, the same way in training and in
 * service: z = clamp((x - mean) / deviation, -clip, clip), computed in double precision.
 *
 * <p>Clamping keeps a single wild value, such as a landmark that jumped, from deciding a score.
 */
public final class Standardiser {

  private final double[] mean;
  private final double[] deviation;
  private final double clip;

  /**
   * Takes over its arguments, which must not be changed afterwards.
   *
   * @param mean one for each value, finite
   * @param deviation one for each value, finite, > 0
   * @param clip finite, > 0
   */
  Standardiser(final double[] mean, final double[] deviation, final double clip) {
    this.mean = mean;
    this.deviation = deviation;
    this.clip = clip;
  }

  /** How many values the space has. */
  public int size() {
    return mean.length;
  }

  /**
   * Standardises one vector.
   *
   * @param values as many as the space has, all finite
   * @param target receives the result from index {@code offset} on
   * @throws IllegalArgumentException if the length is wrong or a value is not finite
   */
  public void standardise(final float[] values, final float[] target, final int offset) {
    if (values.length != mean.length) {
      throw new IllegalArgumentException(
          values.length + " values where the space has " + mean.length);
    }
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        throw new IllegalArgumentException("value " + i + " is " + values[i]);
      }
      final double z = (values[i] - mean[i]) / deviation[i];
      target[offset + i] = (float) Math.max(-clip, Math.min(clip, z));
    }
  }

  /** One standardised vector in a new array, see {@link #standardise(float[], float[], int)}. */
  public float[] standardise(final float[] values) {
    final float[] standardised = new float[mean.length];
    standardise(values, standardised, 0);
    return standardised;
  }

  /**
   * The way back: x = mean + deviation * z, in a new array.
   *
   * @param standardised as many as the space has
   */
  public float[] restore(final float[] standardised) {
    if (standardised.length != mean.length) {
      throw new IllegalArgumentException(
          standardised.length + " values where the space has " + mean.length);
    }
    final float[] values = new float[standardised.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (mean[i] + deviation[i] * standardised[i]);
    }
    return values;
  }
}
