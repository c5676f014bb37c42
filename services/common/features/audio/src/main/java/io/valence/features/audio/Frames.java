package io.valence.features.audio;

/**
 * How the sound is cut into frames: 2048 samples every 512, the first centred on sample 0, so that
 * a frame may reach beyond either end of the sound.
 */
final class Frames {

  /** The rate, in Hz, at which everything is measured. */
  static final int RATE = 22_050;

  static final int SIZE = 2_048;
  static final int HOP = 512;

  /** Frequencies from 0 to half the rate, both included. */
  static final int BINS = SIZE / 2 + 1;

  private Frames() {}

  /** How many frames a sound of so many samples has. */
  static int count(final int samples) {
    return 1 + samples / HOP;
  }

  /** The sample at which a frame begins; negative where it begins before the sound does. */
  static int start(final int frame) {
    return frame * HOP - SIZE / 2;
  }

  /** The frequency of a bin in Hz. */
  static double frequency(final double bin) {
    return bin * RATE / SIZE;
  }

  /** A Hann window that continues its own repetition: the last value is not the first. */
  static double[] periodicHann(final int size) {
    final double[] window = new double[size];
    for (int i = 0; i < size; i++) {
      window[i] = 0.5 - 0.5 * Math.cos(2 * Math.PI * i / size);
    }
    return window;
  }
}
