package io.valence.features.audio;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;

/**
 * Prints how long the 29 features take on one thread, as medians of wall time and of the
 * thread's processor time (the two differ where other programs want the processor). The peer to beat is librosa 0.11.0
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
  private static final int RUNS = 51;

  private AudioFeaturesBenchmark() {}

  public static void main(final String[] arguments) {
    System.out.println("seconds  rate Hz  wall ms  processor ms  least processor ms");
    for (final double seconds : new double[] {3, 10}) {
      for (final int rate : new int[] {22_050, 16_000, 44_100, 48_000, 96_000}) {
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
    final ThreadMXBean thread = ManagementFactory.getThreadMXBean();
    final long[] wall = new long[RUNS];
    final long[] processor = new long[RUNS];
    for (int i = 0; i < RUNS; i++) {
      final long start = System.nanoTime();
      final long processorStart = thread.getCurrentThreadCpuTime();
      check += features.measure(samples, rate)[0];
      processor[i] = thread.getCurrentThreadCpuTime() - processorStart;
      wall[i] = System.nanoTime() - start;
    }
    if (Float.isNaN(check)) {
      throw new IllegalStateException("the features are not numbers");
    }
    Arrays.sort(wall);
    Arrays.sort(processor);
    System.out.printf(
        Locale.ROOT,
        "%7.1f %8d %8.2f %13.2f %19.2f%n",
        seconds,
        rate,
        wall[RUNS / 2] / 1e6,
        processor[RUNS / 2] / 1e6,
        processor[0] / 1e6);
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
