package io.valence.features.audio;

/**
 * 128 triangular filters from 0 Hz to half the rate, equally spaced on the mel scale of Slaney's
 * Auditory Toolbox (1998) and of equal area, and the cosine transform from their levels to the 13
 * cepstral coefficients.
 */
final class MelFilters {

  static final int BANDS = 128;
  static final int COEFFICIENTS = 13;

  private static final double LINEAR_UP_TO_HZ = 1_000;
  private static final double MEL_AT_BREAK = 15;
  private static final double LOG_STEP = Math.log(6.4) / 27;

  private static final int[] FIRST_BIN = new int[BANDS];
  private static final float[][] WEIGHTS = new float[BANDS][];
  private static final double[][] COSINES = cosines();

  static {
    final double top = toMel(Frames.RATE / 2.0);
    final double[] edges = new double[BANDS + 2];
    for (int i = 0; i < edges.length; i++) {
      edges[i] = toHertz(top * i / (BANDS + 1));
    }
    for (int band = 0; band < BANDS; band++) {
      final double left = edges[band];
      final double middle = edges[band + 1];
      final double right = edges[band + 2];
      final int first = (int) Math.floor(left * Frames.SIZE / Frames.RATE) + 1;
      final int last =
          Math.min(Frames.BINS - 1, (int) Math.ceil(right * Frames.SIZE / Frames.RATE) - 1);
      FIRST_BIN[band] = first;
      WEIGHTS[band] = new float[last - first + 1];
      for (int bin = first; bin <= last; bin++) {
        final double frequency = Frames.frequency(bin);
        final double rising = (frequency - left) / (middle - left);
        final double falling = (right - frequency) / (right - middle);
        WEIGHTS[band][bin - first] =
            (float) (Math.max(0, Math.min(rising, falling)) * 2 / (right - left));
      }
    }
  }

  private MelFilters() {}

  /** Adds up the power of one frame in each band. */
  static void apply(final float[] power, final int offset, final float[] bands) {
    for (int band = 0; band < BANDS; band++) {
      final float[] weights = WEIGHTS[band];
      final int first = offset + FIRST_BIN[band];
      double even = 0;
      double odd = 0;
      int i = 0;
      for (; i + 1 < weights.length; i += 2) {
        even += weights[i] * (double) power[first + i];
        odd += weights[i + 1] * (double) power[first + i + 1];
      }
      if (i < weights.length) {
        even += weights[i] * (double) power[first + i];
      }
      bands[band] = (float) (even + odd);
    }
  }

  /** One of the 13 mel-frequency cepstral coefficients: an orthonormal cosine transform, type II. */
  static double coefficient(final int number, final double[] levels) {
    double sum = 0;
    for (int band = 0; band < BANDS; band++) {
      sum += COSINES[number][band] * levels[band];
    }
    return sum;
  }

  /** The weight of a bin in a band, for tests. */
  static double weight(final int band, final int bin) {
    final int i = bin - FIRST_BIN[band];
    return i >= 0 && i < WEIGHTS[band].length ? WEIGHTS[band][i] : 0;
  }

  private static double[][] cosines() {
    final double[][] cosines = new double[COEFFICIENTS][BANDS];
    for (int number = 0; number < COEFFICIENTS; number++) {
      final double scale = Math.sqrt((number == 0 ? 1.0 : 2.0) / BANDS);
      for (int band = 0; band < BANDS; band++) {
        cosines[number][band] = scale * Math.cos(Math.PI * number * (2 * band + 1) / (2.0 * BANDS));
      }
    }
    return cosines;
  }

  private static double toMel(final double hertz) {
    return hertz < LINEAR_UP_TO_HZ
        ? 3 * hertz / 200
        : MEL_AT_BREAK + Math.log(hertz / LINEAR_UP_TO_HZ) / LOG_STEP;
  }

  private static double toHertz(final double mel) {
    return mel < MEL_AT_BREAK
        ? 200 * mel / 3
        : LINEAR_UP_TO_HZ * Math.exp((mel - MEL_AT_BREAK) * LOG_STEP);
  }
}
