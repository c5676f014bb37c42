package io.valence.features.audio;

import java.util.Arrays;

/**
 * What is measured on the spectra: cepstral coefficients, chroma, centroid, rolloff and tempo, all
 * from one short-time Fourier transform. Some of it needs to know the whole sound first (the loudest
 * band, the tuning), so the frames are gone through twice; the spectra of a long sound are worked out
 * anew the second time rather than kept. Keeps its memory from call to call; not thread-safe.
 */
final class SpectralFeatures {

  /** Frames whose power spectra are kept: about 47 s, 8 MB. */
  private static final int KEPT_FRAMES = 2_048;

  /** Working memory of longer sounds (about 12 minutes) is given back. */
  private static final int LONG_SOUND_FRAMES = 1 << 15;

  private static final double FAINTEST_POWER = 1e-10;
  private static final float DYNAMIC_RANGE_DB = 80;
  private static final float ROLLOFF_SHARE = 0.85f;

  /** A spectrum that adds up to less has no shape; it counts as zeros. */
  private static final double TINY = Float.MIN_NORMAL;

  /** Frames from one spectrum's change to where it is noted: 1 for the step, 2 to centre it. */
  private static final int ONSET_DELAY = 3;

  private final ShortTimeTransform transform = new ShortTimeTransform();
  private final Tuning tuning = new Tuning();
  private final Tempo tempo = new Tempo();
  private final float[] magnitude = new float[Frames.BINS];
  private final float[] cumulative = new float[Frames.BINS];
  private final float[] bands = new float[MelFilters.BANDS];
  private final float[] rises = new float[MelFilters.BANDS];
  private final double[] bandMeans = new double[MelFilters.BANDS];
  private final double[] frameChroma = new double[ChromaFilters.CLASSES];
  private final double[] chroma = new double[ChromaFilters.CLASSES];
  private final int keptFrames;
  private float[] power = {};
  private float[] levels = {};
  private double[] onsets = {};
  private double centroid;
  private double rolloff;
  private double beatsPerMinute;

  SpectralFeatures() {
    this(KEPT_FRAMES);
  }

  /**
   * @param keptFrames how many power spectra to keep, at least 1
   */
  SpectralFeatures(final int keptFrames) {
    this.keptFrames = keptFrames;
  }

  /** Measures a sound of at least one sample at {@link Frames#RATE}. */
  void measure(final float[] samples, final int length) {
    final int frames = Frames.count(length);
    reserve(frames);
    firstPass(samples, length, frames);
    finishLevels(frames);
    beatsPerMinute = tempo.estimate(onsets, frames);
    finishChroma(samples, length, frames);
    if (frames > LONG_SOUND_FRAMES) {
      levels = new float[0];
      onsets = new double[0];
    }
  }

  double cepstralCoefficient(final int number) {
    return MelFilters.coefficient(number, bandMeans);
  }

  double chroma(final int pitchClass) {
    return chroma[pitchClass];
  }

  double centroid() {
    return centroid;
  }

  double rolloff() {
    return rolloff;
  }

  double tempo() {
    return beatsPerMinute;
  }

  private void reserve(final int frames) {
    final int kept = Math.min(frames, keptFrames) * Frames.BINS;
    if (power.length < kept) {
      power = new float[kept];
    }
    final int cells = Math.multiplyExact(frames, MelFilters.BANDS);
    if (levels.length < cells) {
      levels = new float[cells];
    }
    if (onsets.length < frames) {
      onsets = new double[frames];
    }
  }

  /** Where the power spectrum of a frame is kept; those past the limit share the last place. */
  private int place(final int frame) {
    return Math.min(frame, keptFrames - 1) * Frames.BINS;
  }

  private void transform(final float[] samples, final int length, final int frame) {
    transform.magnitude(samples, length, frame, magnitude);
    final int place = place(frame);
    for (int bin = 0; bin < Frames.BINS; bin++) {
      power[place + bin] = magnitude[bin] * magnitude[bin];
    }
  }

  private void firstPass(final float[] samples, final int length, final int frames) {
    tuning.clear();
    double centroids = 0;
    double rolloffs = 0;
    for (int frame = 0; frame < frames; frame++) {
      transform(samples, length, frame);
      tuning.add(power, place(frame));
      MelFilters.apply(power, place(frame), bands);
      final int row = frame * MelFilters.BANDS;
      for (int band = 0; band < MelFilters.BANDS; band++) {
        levels[row + band] = (float) (10 * Math.log10(Math.max(FAINTEST_POWER, bands[band])));
      }
      centroids += frameCentroid();
      rolloffs += frameRolloff();
    }
    centroid = centroids / frames;
    rolloff = rolloffs / frames;
  }

  private double frameCentroid() {
    double sum = 0;
    double moment = 0;
    for (int bin = 0; bin < Frames.BINS; bin++) {
      sum += magnitude[bin];
      moment += (double) bin * magnitude[bin];
    }
    return sum < TINY ? 0 : Frames.frequency(moment / sum);
  }

  /** The reference adds up in single precision, and that decides between two bins now and then. */
  private double frameRolloff() {
    float sum = 0;
    for (int bin = 0; bin < Frames.BINS; bin++) {
      sum += magnitude[bin];
      cumulative[bin] = sum;
    }
    final float threshold = ROLLOFF_SHARE * sum;
    int bin = 0;
    while (cumulative[bin] < threshold) {
      bin++;
    }
    return Frames.frequency(bin);
  }

  /** Lifts the levels to 80 dB below the loudest, then takes their means and their rises. */
  private void finishLevels(final int frames) {
    final int cells = frames * MelFilters.BANDS;
    float loudest = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < cells; i++) {
      loudest = Math.max(loudest, levels[i]);
    }
    final float floor = loudest - DYNAMIC_RANGE_DB;
    Arrays.fill(bandMeans, 0);
    Arrays.fill(onsets, 0, Math.min(frames, ONSET_DELAY), 0);
    for (int frame = 0; frame < frames; frame++) {
      final int row = frame * MelFilters.BANDS;
      for (int band = 0; band < MelFilters.BANDS; band++) {
        final float level = Math.max(floor, levels[row + band]);
        levels[row + band] = level;
        bandMeans[band] += level;
      }
      final int noted = frame + ONSET_DELAY - 1;
      if (frame > 0 && noted < frames) {
        onsets[noted] = onset(row);
      }
    }
    for (int band = 0; band < MelFilters.BANDS; band++) {
      bandMeans[band] /= frames;
    }
  }

  /** The median over the bands of how much louder a frame is than the one before. */
  private double onset(final int row) {
    for (int band = 0; band < MelFilters.BANDS; band++) {
      rises[band] = Math.max(0, levels[row + band] - levels[row - MelFilters.BANDS + band]);
    }
    Arrays.sort(rises);
    final int middle = MelFilters.BANDS / 2;
    return ((double) rises[middle - 1] + rises[middle]) / 2;
  }

  private void finishChroma(final float[] samples, final int length, final int frames) {
    final ChromaFilters filters = ChromaFilters.of(tuning.estimate());
    Arrays.fill(chroma, 0);
    for (int frame = 0; frame < frames; frame++) {
      if (frames > keptFrames && frame >= keptFrames - 1) {
        transform(samples, length, frame);
      }
      filters.apply(power, place(frame), frameChroma);
      double strongest = 0;
      for (final double value : frameChroma) {
        strongest = Math.max(strongest, value);
      }
      final double scale = strongest < TINY ? 1 : 1 / strongest;
      for (int i = 0; i < ChromaFilters.CLASSES; i++) {
        chroma[i] += frameChroma[i] * scale;
      }
    }
    for (int i = 0; i < ChromaFilters.CLASSES; i++) {
      chroma[i] /= frames;
    }
  }
}
