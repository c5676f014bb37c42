package io.valence.features.audio;

import java.util.Arrays;

/** What is counted on the samples themselves: zero crossings and digital silence, frame by frame. */
final class SampleStatistics {

  /** Samples above this count as positive, and so does zero. */
  private static final float NEGATIVE_BELOW = -1e-10f;

  /** Half the smallest step of 24-bit sound: no recording holds anything fainter. */
  private static final float SILENT_UP_TO = 0x1p-24f;

  private int[] crossings = new int[256];
  private boolean[] loud = new boolean[256];
  private double crossingRate;
  private double soundingShare;

  /** Counts; the sound beyond its ends is taken to stay at its first and last sample. */
  void measure(final float[] samples, final int length) {
    final int frames = Frames.count(length);
    countInBlocks(samples, length, frames);
    long crossed = 0;
    int sounding = 0;
    for (int frame = 0; frame < frames; frame++) {
      final int firstBlock = Math.max(0, frame - 2);
      final int lastBlock = Math.min(frames - 1, frame + 1);
      boolean sounds = false;
      for (int block = firstBlock; block <= lastBlock; block++) {
        crossed += crossings[block];
        sounds |= loud[block];
      }
      // A crossing into the first sample of a frame happened before the frame.
      final int start = Frames.start(frame);
      if (start > 0 && negative(samples[start]) != negative(samples[start - 1])) {
        crossed--;
      }
      sounding += sounds ? 1 : 0;
    }
    crossingRate = crossed / ((double) frames * Frames.SIZE);
    soundingShare = (double) sounding / frames;
  }

  /** Mean over the frames of the share of samples that have another sign than the one before. */
  double crossingRate() {
    return crossingRate;
  }

  /** The share of frames that hold anything but digital silence. */
  double soundingShare() {
    return soundingShare;
  }

  /** A block is one hop: a frame is four of them. */
  private void countInBlocks(final float[] samples, final int length, final int blocks) {
    if (crossings.length < blocks) {
      crossings = new int[blocks];
      loud = new boolean[blocks];
    }
    Arrays.fill(crossings, 0, blocks, 0);
    Arrays.fill(loud, 0, blocks, false);
    boolean before = negative(samples[0]);
    for (int block = 0; block < blocks; block++) {
      final int end = Math.min(length, (block + 1) * Frames.HOP);
      int count = 0;
      float loudest = 0;
      for (int i = block * Frames.HOP; i < end; i++) {
        final boolean now = negative(samples[i]);
        count += now == before ? 0 : 1;
        before = now;
        loudest = Math.max(loudest, Math.abs(samples[i]));
      }
      crossings[block] = count;
      loud[block] = loudest > SILENT_UP_TO;
    }
  }

  private static boolean negative(final float sample) {
    return sample < NEGATIVE_BELOW;
  }
}
