package io.valence.features.audio;

import org.jtransforms.fft.DoubleFFT_1D;
import org.jtransforms.utils.CommonUtils;

/** Makes Fourier transforms that run in the caller's thread. */
final class Transforms {

  static {
    // The library would start threads of its own for long transforms. Several windows at a time are
    // the better use of several processors.
    CommonUtils.setThreadsBeginN_1D_FFT_2Threads(Integer.MAX_VALUE);
    CommonUtils.setThreadsBeginN_1D_FFT_4Threads(Integer.MAX_VALUE);
  }

  private Transforms() {}

  /** A transform of so many samples; any length, but one with small factors is fastest. */
  static DoubleFFT_1D ofLength(final int samples) {
    return new DoubleFFT_1D(samples);
  }
}
