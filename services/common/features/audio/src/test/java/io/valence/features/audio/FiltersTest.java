package io.valence.features.audio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** Against sums and single weights of the reference's own filter banks. */
class FiltersTest {

  @Test
  void melFilters() {
    double sum = 0;
    int count = 0;
    double largestOfFirst = 0;
    for (int band = 0; band < MelFilters.BANDS; band++) {
      for (int bin = 0; bin < Frames.BINS; bin++) {
        final double weight = MelFilters.weight(band, bin);
        sum += weight;
        count += weight > 0 ? 1 : 0;
        largestOfFirst = band == 0 ? Math.max(largestOfFirst, weight) : largestOfFirst;
      }
    }

    assertThat(count).isEqualTo(2_018);
    assertThat(sum).isCloseTo(11.886681, within(1e-6));
    assertThat(largestOfFirst).isCloseTo(0.0323657, within(1e-7));
    assertThat(MelFilters.weight(0, 1)).isPositive();
    assertThat(MelFilters.weight(0, 5)).isZero();
    assertThat(MelFilters.weight(127, 971)).isPositive();
    assertThat(MelFilters.weight(127, 1_023)).isPositive();
  }

  @Test
  void chromaFilters() {
    final ChromaFilters untuned = ChromaFilters.of(Tuning.STEPS / 2);
    double sum = 0;
    for (int pitchClass = 0; pitchClass < ChromaFilters.CLASSES; pitchClass++) {
      for (int bin = 0; bin < Frames.BINS; bin++) {
        sum += untuned.weight(pitchClass, bin);
      }
    }

    assertThat(sum).isCloseTo(666.2912, within(1e-4));
    assertThat(untuned.weight(0, 0)).isCloseTo(0.00013768, within(1e-8));
    assertThat(untuned.weight(0, 1)).isCloseTo(0.0015697, within(1e-7));
    assertThat(untuned.weight(0, 2)).isCloseTo(0.00447342, within(1e-8));
    assertThat(untuned.weight(9, 41)).isCloseTo(0.86620563, within(1e-8));
  }

  @Test
  void aDetunedToneIsFoundOut() {
    // 31 hundredths of a semitone above A.
    final float[] sound = AudioFeaturesTest.tone(440 * Math.pow(2, 0.31 / 12), 22_050, 66_150);
    final ShortTimeTransform transform = new ShortTimeTransform();
    final Tuning tuning = new Tuning();
    final float[] spectrum = new float[Frames.BINS];
    for (int frame = 10; frame < 100; frame++) {
      transform.magnitude(sound, sound.length, frame, spectrum);
      for (int bin = 0; bin < Frames.BINS; bin++) {
        spectrum[bin] *= spectrum[bin];
      }
      tuning.add(spectrum, 0);
    }

    // The parabola through powers leans towards the middle between bins: the reference says 0.35
    // too.
    assertThat(Tuning.semitones(tuning.estimate())).isEqualTo(0.35);
    tuning.clear();
    assertThat(Tuning.semitones(tuning.estimate())).isZero();
  }

  @Test
  void clicksHaveTheirTempo() {
    final double[] onsets = new double[260];
    // Every 22 frames: 2583.98 / 22 = 117.45 beats a minute.
    for (int frame = 5; frame < onsets.length; frame += 22) {
      onsets[frame] = 1;
    }
    assertThat(new Tempo().estimate(onsets, onsets.length)).isCloseTo(117.453835, within(1e-6));
    assertThat(new Tempo().estimate(new double[100], 100)).isZero();
  }
}
