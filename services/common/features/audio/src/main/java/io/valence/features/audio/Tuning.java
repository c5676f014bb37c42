package io.valence.features.audio;

import java.util.Arrays;

/**
 * How far the sound is tuned away from A = 440 Hz, in semitones from -0.5 to 0.5: the peaks of all
 * spectra, refined by a parabola, vote with their distance from the nearest semitone (Ellis, 2007,
 * as in librosa's {@code estimate_tuning}).
 */
final class Tuning {

  /** Resolution: a hundredth of a semitone. */
  static final int STEPS = 100;

  /** The bins from 150 Hz to below 4 kHz, in which peaks are looked for. */
  private static final int FIRST_BIN = 14;

  private static final int LAST_BIN = 371;
  private static final double PEAK_SHARE = 0.1;
  private static final double LOWEST_A = 27.5;
  private static final double OCTAVES = 1 / Math.log(2);

  private double[] bins = new double[4_096];
  private double[] strengths = new double[4_096];
  private double[] sorted = new double[4_096];
  private final int[] votes = new int[STEPS];
  private int peaks;

  void clear() {
    peaks = 0;
    if (bins.length > 1 << 20) {
      bins = new double[4_096];
      strengths = new double[4_096];
      sorted = new double[4_096];
    }
  }

  /** Collects the peaks of one frame's power spectrum. */
  void add(final float[] power, final int offset) {
    float largest = 0;
    for (int bin = 0; bin < Frames.BINS; bin++) {
      largest = Math.max(largest, power[offset + bin]);
    }
    final double threshold = PEAK_SHARE * largest;
    reserve(peaks + LAST_BIN - FIRST_BIN + 1);
    for (int bin = FIRST_BIN; bin <= LAST_BIN; bin++) {
      final double here = power[offset + bin];
      // A neighbour below the threshold counts as zero, which is below this one anyway.
      if (here > threshold && here > power[offset + bin - 1] && here >= power[offset + bin + 1]) {
        final double before = power[offset + bin - 1];
        final double after = power[offset + bin + 1];
        final double bend = after + before - 2 * here;
        final double slope = (after - before) / 2;
        final double shift = Math.abs(slope) >= Math.abs(bend) ? 0 : -slope / bend;
        bins[peaks] = bin + shift;
        strengths[peaks] = here + 0.5 * slope * shift;
        peaks++;
      }
    }
  }

  /**
   * Where most of the stronger half of the peaks lie.
   *
   * @return from 0 to 99: the tuning is {@link #semitones} of it; 50 (none) without peaks
   */
  int estimate() {
    if (peaks == 0) {
      return STEPS / 2;
    }
    final double least = median();
    Arrays.fill(votes, 0);
    for (int i = 0; i < peaks; i++) {
      if (strengths[i] >= least) {
        votes[step(bins[i])]++;
      }
    }
    int best = 0;
    for (int step = 1; step < STEPS; step++) {
      if (votes[step] > votes[best]) {
        best = step;
      }
    }
    return best;
  }

  /** The tuning that a step stands for: its left edge. */
  static double semitones(final int step) {
    return step == STEPS / 2 ? 0 : -0.5 + step / (double) STEPS;
  }

  private static int step(final double bin) {
    final double semitone = 12 * Math.log(Frames.frequency(bin) / LOWEST_A) * OCTAVES;
    final double share = semitone - Math.floor(semitone);
    final double residual = share >= 0.5 ? share - 1 : share;
    int step = Math.min(STEPS - 1, (int) ((residual + 0.5) * STEPS));
    // The product may be rounded across an edge.
    if (step > 0 && residual < semitones(step)) {
      step--;
    } else if (step < STEPS - 1 && residual >= semitones(step + 1)) {
      step++;
    }
    return step;
  }

  private double median() {
    System.arraycopy(strengths, 0, sorted, 0, peaks);
    Arrays.sort(sorted, 0, peaks);
    return peaks % 2 == 1 ? sorted[peaks / 2] : (sorted[peaks / 2 - 1] + sorted[peaks / 2]) / 2;
  }

  private void reserve(final int needed) {
    if (needed > bins.length) {
      final int capacity = Math.max(needed, bins.length * 2);
      bins = Arrays.copyOf(bins, capacity);
      strengths = Arrays.copyOf(strengths, capacity);
      sorted = new double[capacity];
    }
  }
}
