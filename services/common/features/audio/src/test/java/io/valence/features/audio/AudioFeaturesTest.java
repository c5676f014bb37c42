package io.valence.features.audio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.valence.features.Features;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AudioFeaturesTest {

  private final AudioFeatures features = new AudioFeatures();

  @Test
  void everyValueOfTheSpaceHasAName() {
    assertThat(AudioFeatures.SPACE.id()).isEqualTo("librosa-74");
    assertThat(AudioFeatures.SPACE.names())
        .hasSize(74)
        .startsWith("mfcc-mean-00")
        .contains("chroma-mean-c-sharp", "tempo-bpm")
        .endsWith("padding-44");
    assertThat(AudioFeatures.SPACE.names().get(AudioFeatures.MEASURED)).isEqualTo("padding-00");
  }

  @Test
  void digitalSilenceIsSilent() {
    assertThat(features.extract(new float[66_150], 22_050).present()).isFalse();
    assertThat(features.extract(new float[48_000], 48_000).present()).isFalse();
    assertThat(features.extract(new float[0], 22_050).present()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 512, 66_150})
  void theReferencesValuesOfSilenceCanBeHad(final int length) {
    final Features silence = features.extractEvenIfSilent(new float[length], 22_050);

    final float[] expected = new float[74];
    expected[0] = -1131.3708f; // -100 dB in each of 128 bands, orthonormal
    assertThat(silence.values()).containsExactly(expected, within(1e-3f));
    assertThat(silence.weight()).isEqualTo(length / 22_050.0);
    assertThat(silence.quality()).isZero();
    assertThat(features.extractEvenIfSilent(new float[0], 22_050).present()).isFalse();
  }

  @Test
  void weightIsSecondsAndQualityTheShareThatSounds() {
    final float[] noise = noise(44_100);
    final float[] half = noise.clone();
    // 87 frames, one at every 512 samples; those up to sample 22050 + 1024 reach into the noise.
    Arrays.fill(half, 22_050, half.length, 0);

    assertThat(features.extract(noise, 22_050).weight()).isEqualTo(2);
    assertThat(features.extract(noise, 22_050).quality()).isEqualTo(1);
    assertThat(features.extract(half, 22_050).weight()).isEqualTo(2);
    assertThat(features.extract(half, 22_050).quality()).isEqualTo(46 / 87.0);
  }

  @Test
  void damagedSoundIsRefusedInOneLine() {
    final float[] damaged = noise(1_000);
    damaged[500] = Float.NaN;
    assertThatThrownBy(() -> features.extract(damaged, 22_050))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("sample 500 of 1000 is NaN; the sound is damaged");
    damaged[500] = Float.NEGATIVE_INFINITY;
    assertThatThrownBy(() -> features.extract(damaged, 44_100)).hasMessageContaining("-Infinity");
    assertThatThrownBy(() -> features.extract(noise(10), 999)).hasMessageContaining("999 Hz");
    assertThatThrownBy(() -> features.extract(noise(10), 384_001)).hasMessageContaining("384001");
    // A refusal leaves nothing behind.
    assertThat(features.extract(noise(1_000), 22_050).present()).isTrue();
  }

  @Test
  void theSoundIsNotChangedAndTheResultDoesNotDependOnWhatCameBefore() {
    final float[] sound = noise(30_000);
    final float[] before = sound.clone();
    final double[] first = features.measure(sound, 16_000);
    features.measure(noise(200_000), 48_000);
    features.measure(new float[] {1, -1, 1}, 8_000);

    assertThat(features.measure(sound, 16_000)).containsExactly(first);
    assertThat(new AudioFeatures().measure(sound, 16_000)).containsExactly(first);
    assertThat(sound).containsExactly(before);
  }

  @ParameterizedTest
  @ValueSource(
      ints = {1_000, 7_999, 8_000, 11_025, 22_051, 44_100, 47_999, 48_000, 192_000, 384_000})
  void aToneKeepsItsPitchAtEveryRate(final int rate) {
    final double[] values = features.measure(tone(220, rate, 2 * rate), rate);

    // A above C is the strongest pitch class of 220 Hz.
    assertThat(values[22]).isGreaterThan(0.9);
    assertThat(values[27]).as("crossings").isCloseTo(2 * 220 / 22_050.0, within(5e-4));
  }

  @ParameterizedTest
  @ValueSource(ints = {1_000, 8_000, 48_000, 384_000, 383_999})
  void shortestSoundsOfEveryRateHaveFiniteValues(final int rate) {
    for (final int length : new int[] {1, 2, 3, 17, 100}) {
      assertThat(features.extractEvenIfSilent(noise(length), rate).values()).hasSize(74);
    }
  }

  @Test
  void spectraThatAreNotKeptGiveTheSameValues() {
    final float[] sound = noise(40_000);
    final SpectralFeatures keeping = new SpectralFeatures();
    final SpectralFeatures recomputing = new SpectralFeatures(3);

    keeping.measure(sound, sound.length);
    recomputing.measure(sound, sound.length);

    for (int pitchClass = 0; pitchClass < 12; pitchClass++) {
      assertThat(recomputing.chroma(pitchClass)).isEqualTo(keeping.chroma(pitchClass));
    }
    assertThat(recomputing.cepstralCoefficient(1)).isEqualTo(keeping.cepstralCoefficient(1));
  }

  static float[] noise(final int length) {
    final Random random = new Random(length);
    final float[] samples = new float[length];
    for (int i = 0; i < length; i++) {
      samples[i] = (float) (0.1 * random.nextGaussian());
    }
    return samples;
  }

  static float[] tone(final double hertz, final int rate, final int length) {
    final float[] samples = new float[length];
    for (int i = 0; i < length; i++) {
      samples[i] = (float) (0.5 * Math.sin(2 * Math.PI * hertz * i / rate));
    }
    return samples;
  }
}
