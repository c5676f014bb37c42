package io.valence.features.audio;

import io.valence.features.FeatureSpace;
import io.valence.features.Features;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The features of a stretch of sound, as librosa 0.11.0 computes them with its default settings
 * (McFee et al., "librosa: Audio and Music Signal Analysis in Python", 2015): 29 values, each but the
 * tempo a mean over frames of 2048 samples at 22,050 Hz.
 *
 * <ul>
 *   <li>{@code mfcc-mean-00} to {@code -12}: mel-frequency cepstral coefficients of the level in dB
 *   <li>{@code chroma-mean-c} to {@code -b}: share of each pitch class, 0 to 1, the strongest of a
 *       frame being 1 ({@code chroma_stft}, tuning estimated)
 *   <li>{@code spectral-centroid-mean-hz}, {@code spectral-rolloff-mean-hz} (85 %)
 *   <li>{@code zero-crossing-rate-mean}: crossings per sample, 0 to 1
 *   <li>{@code tempo-bpm}: beats per minute, 0 where there are no onsets
 * </ul>
 *
 * The space {@code librosa-74} continues with 45 values {@code padding-00} to {@code -44} that are
 * always 0: they are part of its definition, for they bring the vector to the 74 values of the audio
 * space that models of spoken sentiment are commonly made for.
 *
 * <p>Keeps its working memory from call to call: use one instance for each thread.
 */
public final class AudioFeatures {

  /** How many values are measured; the rest of the space is padding. */
  public static final int MEASURED = 29;

  /** {@code librosa-74}. */
  public static final FeatureSpace SPACE = new FeatureSpace("librosa-74", names());

  /** The lowest sample rate, in Hz, that is accepted. */
  public static final int LOWEST_RATE = 1_000;

  /** The highest sample rate, in Hz, that is accepted. */
  public static final int HIGHEST_RATE = 384_000;

  private static final int SIZE = 74;

  /** Rates that one instance is ready for at a time; more than ever occur together. */
  private static final int KEPT_RESAMPLERS = 4;

  private static final int FIRST_CHROMA = MelFilters.COEFFICIENTS;
  private static final int CENTROID = FIRST_CHROMA + ChromaFilters.CLASSES;

  private final Map<Integer, Resampler> resamplers =
      new LinkedHashMap<>(8, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(final Map.Entry<Integer, Resampler> eldest) {
          return size() > KEPT_RESAMPLERS;
        }
      };
  private final SampleStatistics statistics = new SampleStatistics();
  private final SpectralFeatures spectral = new SpectralFeatures();
  private float[] resampled = {};

  /**
   * The features of a window's sound.
   *
   * @param samples one channel, full scale -1 to 1; not changed
   * @param rate in Hz, {@value #LOWEST_RATE} to {@value #HIGHEST_RATE}
   * @return weight: seconds of sound; quality: the share of frames that are not digital silence.
   *     Silent if there are no samples, or all frames are digital silence
   * @throws IllegalArgumentException if a sample is not finite or the rate is out of range
   */
  public Features extract(final float[] samples, final int rate) {
    final Features features = extractEvenIfSilent(samples, rate);
    return features.quality() > 0 ? features : Features.silent(SPACE);
  }

  /**
   * As {@link #extract}, but digital silence gets the values that the reference gives to it, with its
   * seconds as weight and quality 0. For comparison with other implementations; a window of digital
   * silence is silent. Without samples there is nothing to measure here either.
   */
  public Features extractEvenIfSilent(final float[] samples, final int rate) {
    if (samples.length == 0) {
      return Features.silent(SPACE);
    }
    final double[] measured = measure(samples, rate);
    // The padding stays 0: it is part of the space.
    final float[] values = new float[SIZE];
    for (int i = 0; i < MEASURED; i++) {
      values[i] = (float) measured[i];
    }
    final double seconds = (double) samples.length / rate;
    return new Features(SPACE, values, seconds, statistics.soundingShare());
  }

  /**
   * The 29 values alone, of digital silence too, before they are rounded to floats.
   *
   * @throws IllegalArgumentException if there are no samples, one is not finite, or the rate is out
   *     of range
   */
  public double[] measure(final float[] samples, final int rate) {
    check(samples, rate);
    final float[] sound;
    final int length;
    if (rate == Frames.RATE) {
      sound = samples;
      length = samples.length;
    } else {
      length = Math.toIntExact(Resampler.outputLength(samples.length, rate));
      if (resampled.length < length) {
        resampled = new float[length];
      }
      resamplers.computeIfAbsent(rate, Resampler::from).resample(samples, resampled, length);
      sound = resampled;
    }
    statistics.measure(sound, length);
    spectral.measure(sound, length);
    final double[] values = new double[MEASURED];
    for (int i = 0; i < MelFilters.COEFFICIENTS; i++) {
      values[i] = spectral.cepstralCoefficient(i);
    }
    for (int i = 0; i < ChromaFilters.CLASSES; i++) {
      values[FIRST_CHROMA + i] = spectral.chroma(i);
    }
    values[CENTROID] = spectral.centroid();
    values[CENTROID + 1] = spectral.rolloff();
    values[CENTROID + 2] = statistics.crossingRate();
    values[CENTROID + 3] = spectral.tempo();
    return values;
  }

  private static void check(final float[] samples, final int rate) {
    if (rate < LOWEST_RATE || rate > HIGHEST_RATE) {
      throw new IllegalArgumentException(
          "the sample rate is %d Hz; it must be from %d to %d Hz"
              .formatted(rate, LOWEST_RATE, HIGHEST_RATE));
    }
    if (samples.length == 0) {
      throw new IllegalArgumentException("there are no samples");
    }
    for (int i = 0; i < samples.length; i++) {
      if (!Float.isFinite(samples[i])) {
        throw new IllegalArgumentException(
            "sample %d of %d is %s; the sound is damaged".formatted(i, samples.length, samples[i]));
      }
    }
  }

  private static List<String> names() {
    final List<String> names = new ArrayList<>(SIZE);
    for (int i = 0; i < MelFilters.COEFFICIENTS; i++) {
      names.add("mfcc-mean-%02d".formatted(i));
    }
    for (final String pitch :
        List.of(
            "c", "c-sharp", "d", "d-sharp", "e", "f", "f-sharp", "g", "g-sharp", "a", "a-sharp",
            "b")) {
      names.add("chroma-mean-" + pitch);
    }
    names.add("spectral-centroid-mean-hz");
    names.add("spectral-rolloff-mean-hz");
    names.add("zero-crossing-rate-mean");
    names.add("tempo-bpm");
    for (int i = 0; i < SIZE - MEASURED; i++) {
      names.add("padding-%02d".formatted(i));
    }
    return names;
  }
}
