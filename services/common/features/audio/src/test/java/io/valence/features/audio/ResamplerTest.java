package io.valence.features.audio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Both implementations against the sum over the kernel that they stand for. */
class ResamplerTest {

  @ParameterizedTest
  @ValueSource(ints = {1_000, 8_000, 11_025, 16_000, 32_000, 44_100, 48_000, 96_000, 384_000})
  void spectraGiveTheSumOverTheKernel(final int rate) {
    assertThat(SpectralResampler.suits(rate)).isTrue();
    assertMatchesTheSum(rate, new SpectralResampler(rate));
  }

  @ParameterizedTest
  @ValueSource(ints = {7_919, 22_051, 44_101, 47_951, 383_999})
  void interpolationGivesTheSumOverTheKernel(final int rate) {
    assertThat(SpectralResampler.suits(rate)).isFalse();
    assertMatchesTheSum(rate, new InterpolatingResampler(rate));
  }

  @ParameterizedTest
  @CsvSource({"1,48000,1", "3,48000,2", "48000,48000,22050", "1,8000,3", "44101,44100,22051"})
  void theLengthIsRoundedUp(final int length, final int rate, final long expected) {
    assertThat(Resampler.outputLength(length, rate)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(ints = {8_000, 44_100, 48_000})
  void silenceBesideSoundStaysDigitalSilence(final int rate) {
    final float[] samples = AudioFeaturesTest.noise(3 * rate);
    Arrays.fill(samples, rate, 2 * rate, 0);
    final float[] output = new float[66_150];

    Resampler.from(rate).resample(samples, output, output.length);

    // The filter rings for 96 samples of the lower rate, at most 265 of the output.
    assertThat(Arrays.copyOfRange(output, 22_050 + 300, 44_100 - 300)).containsOnly(0f);
    assertThat(output[22_050 - 300]).isNotZero();
    assertThat(output[44_100 + 300]).isNotZero();
    assertThat(output[22_050 + 10]).isNotZero();
  }

  @Test
  void whatIsAboveTheLowerHalfRateIsGone() {
    final float[] samples = AudioFeaturesTest.tone(15_000, 48_000, 48_000);
    final float[] output = new float[22_050];

    Resampler.from(48_000).resample(samples, output, output.length);

    for (int i = 1_000; i < 21_000; i++) {
      assertThat(output[i]).isCloseTo(0, within(1e-5f));
    }
  }

  private static void assertMatchesTheSum(final int rate, final Resampler resampler) {
    final float[] samples = AudioFeaturesTest.noise(rate / 2 + 7);
    final int length = (int) Resampler.outputLength(samples.length, rate);
    final float[] output = new float[length];
    resampler.resample(samples, output, length);

    final SincKernel kernel = SincKernel.from(rate);
    for (int i = 0; i < length; i += i < 500 || i > length - 500 ? 3 : 501) {
      final double place = (double) i * rate / Frames.RATE;
      double sum = 0;
      final int from = Math.max(0, (int) place - kernel.reach());
      final int to = Math.min(samples.length - 1, (int) place + kernel.reach() + 1);
      for (int j = from; j <= to; j++) {
        sum += samples[j] * kernel.weight(place - j);
      }
      // The kernel lets through a millionth of what is beyond its band; noise of deviation 0.1.
      assertThat(output[i]).as("sample %d at %d Hz", i, rate).isCloseTo((float) sum, within(2e-6f));
    }
  }
}
