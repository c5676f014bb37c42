package io.valence.features.audio;

import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Weights that gather a power spectrum into the 12 pitch classes, C first: Gaussian bumps around
 * every semitone, weaker far from the fifth octave (Ellis, 2007, as in librosa's {@code
 * filters.chroma}). There is one set for each of the {@link Tuning#STEPS} tunings, made when first
 * needed and then shared by all threads.
 */
final class ChromaFilters {

  static final int CLASSES = 12;

  private static final double CENTRE_OCTAVE = 5;
  private static final double OCTAVE_WIDTH = 2;
  private static final int A_ABOVE_C = 9;
  private static final double LOWEST_A = 27.5;

  private static final AtomicReferenceArray<ChromaFilters> BY_STEP =
      new AtomicReferenceArray<>(Tuning.STEPS);

  /** Bin after bin, 12 weights each. */
  private final float[] weights;

  private ChromaFilters(final double tuning) {
    weights = weights(tuning);
  }

  /** The filters for a step of {@link Tuning#estimate}. */
  static ChromaFilters of(final int tuningStep) {
    final ChromaFilters known = BY_STEP.get(tuningStep);
    if (known != null) {
      return known;
    }
    final ChromaFilters made = new ChromaFilters(Tuning.semitones(tuningStep));
    BY_STEP.set(tuningStep, made);
    return made;
  }

  /**
   * Gathers one frame.
   *
   * @param power spectrum, from {@code offset} on
   * @param classes where to write the 12 sums
   */
  void apply(final float[] power, final int offset, final double[] classes) {
    double c0 = 0;
    double c1 = 0;
    double c2 = 0;
    double c3 = 0;
    double c4 = 0;
    double c5 = 0;
    double c6 = 0;
    double c7 = 0;
    double c8 = 0;
    double c9 = 0;
    double c10 = 0;
    double c11 = 0;
    // Twelve sums side by side keep the processor busy where one sum would wait for itself.
    for (int bin = 0, i = 0; bin < Frames.BINS; bin++, i += CLASSES) {
      final double p = power[offset + bin];
      c0 += weights[i] * p;
      c1 += weights[i + 1] * p;
      c2 += weights[i + 2] * p;
      c3 += weights[i + 3] * p;
      c4 += weights[i + 4] * p;
      c5 += weights[i + 5] * p;
      c6 += weights[i + 6] * p;
      c7 += weights[i + 7] * p;
      c8 += weights[i + 8] * p;
      c9 += weights[i + 9] * p;
      c10 += weights[i + 10] * p;
      c11 += weights[i + 11] * p;
    }
    classes[0] = c0;
    classes[1] = c1;
    classes[2] = c2;
    classes[3] = c3;
    classes[4] = c4;
    classes[5] = c5;
    classes[6] = c6;
    classes[7] = c7;
    classes[8] = c8;
    classes[9] = c9;
    classes[10] = c10;
    classes[11] = c11;
  }

  /** The weight of a bin in a pitch class, for tests. */
  double weight(final int pitchClass, final int bin) {
    return weights[bin * CLASSES + pitchClass];
  }

  private static float[] weights(final double tuning) {
    final double reference = LOWEST_A * Math.pow(2, tuning / CLASSES);
    final double[] semitone = new double[Frames.BINS + 1];
    for (int bin = 1; bin < semitone.length; bin++) {
      semitone[bin] = CLASSES * Math.log(Frames.frequency(bin) / reference) / Math.log(2);
    }
    // 0 Hz has no pitch; it is put one and a half octaves below the next bin.
    semitone[0] = semitone[1] - 1.5 * CLASSES;
    final float[] weights = new float[Frames.BINS * CLASSES];
    final double[] column = new double[CLASSES];
    for (int bin = 0; bin < Frames.BINS; bin++) {
      final double width = Math.max(semitone[bin + 1] - semitone[bin], 1);
      double squares = 0;
      for (int fromA = 0; fromA < CLASSES; fromA++) {
        final double half = CLASSES / 2.0;
        final double turns = (semitone[bin] - fromA + half) / CLASSES;
        final double distance = (turns - Math.floor(turns)) * CLASSES - half;
        column[fromA] = Math.exp(-0.5 * Math.pow(2 * distance / width, 2));
        squares += column[fromA] * column[fromA];
      }
      final double octaves = (semitone[bin] / CLASSES - CENTRE_OCTAVE) / OCTAVE_WIDTH;
      final double scale = Math.exp(-0.5 * octaves * octaves) / Math.sqrt(squares);
      for (int fromA = 0; fromA < CLASSES; fromA++) {
        final int pitchClass = (fromA + A_ABOVE_C) % CLASSES;
        weights[bin * CLASSES + pitchClass] = (float) (column[fromA] * scale);
      }
    }
    return weights;
  }
}
