package io.valence.features.audio;

import java.util.Arrays;
import org.jtransforms.fft.DoubleFFT_1D;

/**
 * The tempo of a sound from its onset strengths: the lag at which they repeat themselves most,
 * weighed by how usual the tempo is (Ellis, 2007, as in librosa's {@code beat_track}). It is one of
 * 335 values, since a lag is a whole number of frames.
 */
final class Tempo {

  /** Frames in the stretch whose repetition is looked at: about 8 s. */
  private static final int WINDOW = 344;

  private static final int PADDING = WINDOW / 2;

  /** At least 2 * WINDOW - 1, so that the correlation does not wrap around. */
  private static final int TRANSFORM = 1_024;

  private static final double FRAMES_PER_MINUTE = 60.0 * Frames.RATE / Frames.HOP;
  private static final double FASTEST_BPM = 320;
  private static final double USUAL_BPM = 120;
  private static final double CONTRAST = 1e6;

  private static final double[] HANN = Frames.periodicHann(WINDOW);

  private final DoubleFFT_1D transform = Transforms.ofLength(TRANSFORM);
  private final double[] pair = new double[2 * TRANSFORM];
  private final double[] power = new double[2 * TRANSFORM];
  private double[] extended = new double[1_024];

  /**
   * Estimates the tempo.
   *
   * @param onsets onset strength of each frame, from index 0
   * @param frames how many there are
   * @return beats per minute; 0 if there are no onsets
   */
  double estimate(final double[] onsets, final int frames) {
    if (!anyAbove0(onsets, frames)) {
      return 0;
    }
    extend(onsets, frames);
    Arrays.fill(power, 0);
    for (int frame = 0; frame < frames; frame += 2) {
      // Only the sum of the power spectra is wanted, so two stretches share one transform as its
      // real and imaginary parts. Each is scaled so that its correlation at lag 0 is 1.
      load(frame, 0);
      if (frame + 1 < frames) {
        load(frame + 1, 1);
      } else {
        for (int i = 0; i < WINDOW; i++) {
          pair[2 * i + 1] = 0;
        }
      }
      Arrays.fill(pair, 2 * WINDOW, 2 * TRANSFORM, 0);
      transform.complexForward(pair);
      for (int i = 0; i < 2 * TRANSFORM; i++) {
        power[i] += pair[i] * pair[i];
      }
    }
    for (int i = 0; i < TRANSFORM; i++) {
      power[2 * i] += power[2 * i + 1];
      power[2 * i + 1] = 0;
    }
    transform.complexInverse(power, true);
    int best = 0;
    double bestScore = Double.NEGATIVE_INFINITY;
    for (int lag = 1; lag < WINDOW; lag++) {
      final double bpm = FRAMES_PER_MINUTE / lag;
      if (bpm < FASTEST_BPM) {
        final double octaves = Math.log(bpm / USUAL_BPM) / Math.log(2);
        final double repetition = power[2 * lag] / frames;
        final double score = Math.log1p(CONTRAST * repetition) - 0.5 * octaves * octaves;
        if (score > bestScore) {
          bestScore = score;
          best = lag;
        }
      }
    }
    return FRAMES_PER_MINUTE / best;
  }

  private static boolean anyAbove0(final double[] onsets, final int frames) {
    for (int frame = 0; frame < frames; frame++) {
      if (onsets[frame] > 0) {
        return true;
      }
    }
    return false;
  }

  /** Adds half a window on both sides, falling in a straight line to 0. */
  private void extend(final double[] onsets, final int frames) {
    final int length = frames + 2 * PADDING;
    if (extended.length < length) {
      extended = new double[length];
    }
    System.arraycopy(onsets, 0, extended, PADDING, frames);
    for (int i = 0; i < PADDING; i++) {
      extended[i] = onsets[0] * i / PADDING;
      extended[length - 1 - i] = onsets[frames - 1] * i / PADDING;
    }
  }

  private void load(final int frame, final int part) {
    double energy = 0;
    for (int i = 0; i < WINDOW; i++) {
      final double value = extended[frame + i] * HANN[i];
      pair[2 * i + part] = value;
      energy += value * value;
    }
    final double scale = energy < Double.MIN_NORMAL ? 1 : 1 / Math.sqrt(energy);
    for (int i = 0; i < WINDOW; i++) {
      pair[2 * i + part] *= scale;
    }
  }
}
