package io.valence.features.audio;

/**
 * Brings sound of one rate to {@link Frames#RATE}. The sound is silent beyond its ends; nothing is
 * delayed and loudness stays as it is. Implementations keep working memory and are not thread-safe.
 */
interface Resampler {

  /**
   * Resamples a whole sound.
   *
   * @param samples the sound at the input rate
   * @param output receives {@code length} samples
   * @param length {@link #outputLength} of the sound
   */
  void resample(float[] samples, float[] output, int length);

  /** How many samples a sound has at the rate of the features: ceil(length * 22050 / rate). */
  static long outputLength(final int length, final int rate) {
    return ((long) length * Frames.RATE + rate - 1) / rate;
  }

  /** A resampler from a rate in Hz: by spectra, unless the rates have too little in common. */
  static Resampler from(final int rate) {
    return SpectralResampler.suits(rate)
        ? new SpectralResampler(rate)
        : new InterpolatingResampler(rate);
  }

  /** The largest number that divides both. */
  static int commonDivisor(final int a, final int b) {
    return b == 0 ? a : commonDivisor(b, a % b);
  }
}
