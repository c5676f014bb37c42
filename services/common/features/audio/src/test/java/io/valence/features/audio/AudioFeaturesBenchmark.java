package io.valence.features.audio;

import java.util.Arrays;
import java.util.Locale;
import java.util.Random;

/**
 * Prints how long the 29 features take on one thread, as medians. The peer to beat is librosa 0.11.0
 * with one shared short-time Fourier transform: 11.5 ms for 3 s and 34.5 ms for 10 s of sound at
 * 22,050 Hz (NumPy 1.24, one thread, warm). Nothing is asserted: the figures depend on the machine
 * and on what else it does.
 *
 * <p>Run {@code mvn -q -pl services/common/features/audio test-compile
 * dependency:build-classpath -Dmdep.outputFile=target/test.classpath}, then {@code java -cp
 * "target/test-classes:target/classes:$(cat target/test.classpath)"} with this class's name in the
 * module's folder.
 */
final class AudioFeaturesBenchmark {

  private static final int WARM_UP = 300;
  private static final int RUNS = 101;

  private AudioFeaturesBenchmark() {}

  public static void main(final String[] arguments) {
    System.out.println("seconds  rate Hz  median ms  least ms");
    for (final double seconds : new double[] {3, 10}) {
      for (final int rate : new int[] {22_050, 16_000, 44_100, 48_000, 96_000, 47_999}) {
        measure(seconds, rate);
      }
    }
  }

  private static void measure(final double seconds, final int rate) {
    final float[] samples = sound((int) (seconds * rate), rate);
    final AudioFeatures features = new AudioFeatures();
    float check = 0;
    final int warmUp = (int) Math.max(30, WARM_UP / seconds);
    for (int i = 0; i < warmUp; i++) {
      check += features.measure(samples, rate)[0];
    }
    final long[] nanos = new long[RUNS];
    for (int i = 0; i < RUNS; i++) {
      final long start = System.nanoTime();
      check += features.measure(samples, rate)[0];
      nanos[i] = System.nanoTime() - start;
    }
    if (Float.isNaN(check)) {
      throw new IllegalStateException("the features are not numbers");
    }
    Arrays.sort(nanos);
    System.out.printf(
        Locale.ROOT,
        "%7.1f %8d %10.2f %9.2f%n",
        seconds,
        rate,
        nanos[RUNS / 2] / 1e6,
        nanos[0] / 1e6);
  }

  /** Harmonics of a gliding voice that starts four times a second, and noise. */
  private static float[] sound(final int length, final int rate) {
    final Random random = new Random(5);
    final float[] samples = new float[length];
    double phase = 0;
    for (int i = 0; i < length; i++) {
      final double time = (double) i / rate;
      phase += 2 * Math.PI * (150 + 40 * Math.sin(2 * time)) / rate;
      double voice = 0;
      for (int harmonic = 1; harmonic <= 12; harmonic++) {
        voice += Math.sin(phase * harmonic) / harmonic;
      }
      final double syllable = Math.exp(-6 * (time * 4 % 1));
      samples[i] = (float) (0.2 * voice * syllable + 0.01 * random.nextGaussian());
    }
    return samples;
  }
}
