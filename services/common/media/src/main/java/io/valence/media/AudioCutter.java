package io.valence.media;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Cuts the sound track into ranges that follow each other. Sample i of the track is heard at
 * {@code offset + i / rate} and belongs to the range that holds this time.
 *
 * <p>Example: 44,100 Hz, offset 0, range [3 s, 6 s): samples 132,300 to 264,599. With an offset of
 * 23 us (one sample is 22.7 us): sample 132,299 is heard at 3.0000003 s and is the first.
 *
 * <p>Where the time stamps leave a gap of more than 0.1 s (packets lost, a recorder that writes
 * nothing in silence), the gap becomes silence of that length, so that what follows keeps its place.
 */
final class AudioCutter implements AutoCloseable {

  private static final long SMALLEST_GAP_MICROS = 100_000;

  private final AudioDecoder decoder;
  private final String name;
  private final int rate;
  private long offsetMicros = Long.MIN_VALUE;
  private long index;
  private long gap;
  private long gaps;
  private long gapSamples;
  private long lateSamples;
  private float[] buffer = {};

  AudioCutter(final Path recording) throws MediaException {
    this.decoder = AudioDecoder.openSurveyed(recording);
    this.rate = decoder.sampleRate();
    this.name = String.valueOf(recording.getFileName());
  }

  int sampleRate() {
    return rate;
  }

  /** Samples of the latest range, from index 0. */
  float[] samples() {
    return buffer;
  }

  /** Reads the samples of the next range and says how many there are; fewer where the track ends. */
  int next(final long startMicros, final long endMicros) throws MediaException {
    if (offsetMicros == Long.MIN_VALUE) {
      final long first = decoder.nextMicros();
      offsetMicros = first == Long.MIN_VALUE ? 0 : Math.max(0, first);
    }
    final long start = indexAt(startMicros);
    final long end = indexAt(endMicros);
    while (index < start && read((int) Math.min(start - index, 1 << 16), 0) >= 0) {
      // Nothing: samples before the first range are left out.
    }
    final int wanted = Math.toIntExact(Math.max(0, end - index));
    if (buffer.length < wanted) {
      buffer = new float[wanted];
    }
    int length = 0;
    while (length < wanted) {
      final int count = read(wanted - length, length);
      if (count < 0) {
        break;
      }
      length += count;
    }
    return length;
  }

  /** Counts up to a second of what follows the last range. */
  void finish() throws MediaException {
    final float[] rest = new float[4096];
    while (lateSamples < rate) {
      final int count = decoder.read(rest, 0, rest.length);
      if (count < 0) {
        break;
      }
      lateSamples += count;
    }
  }

  private long indexAt(final long micros) {
    final long ticks = (micros - offsetMicros) * rate;
    return Math.max(0, -Math.floorDiv(-ticks, 1_000_000L));
  }

  private int read(final int wanted, final int offset) throws MediaException {
    if (buffer.length < offset + wanted) {
      buffer = Arrays.copyOf(buffer, offset + wanted);
    }
    if (gap == 0) {
      final long stamp = decoder.nextMicros();
      final long expected = offsetMicros + index * 1_000_000L / rate;
      if (stamp != Long.MIN_VALUE && stamp - expected > SMALLEST_GAP_MICROS) {
        gap = (stamp - expected) * rate / 1_000_000L;
        gaps++;
        gapSamples += gap;
      }
    }
    final int count;
    if (gap > 0) {
      count = (int) Math.min(gap, wanted);
      Arrays.fill(buffer, offset, offset + count, 0f);
      gap -= count;
    } else {
      count = decoder.read(buffer, offset, wanted);
    }
    if (count > 0) {
      index += count;
    }
    return count;
  }

  List<String> warnings() {
    final List<String> warnings = new ArrayList<>(decoder.warnings());
    if (gaps > 0) {
      warnings.add(
          String.format(
              Locale.ROOT,
              "%s: its sound has %d gap%s of %.1f s in all; taken as silence",
              name,
              gaps,
              gaps == 1 ? "" : "s",
              (double) gapSamples / rate));
    }
    if (lateSamples > rate / 10) {
      warnings.add(
          String.format(
              Locale.ROOT,
              "%s: its sound goes on for %s%.1f s after the time that its packets state; left out",
              name,
              lateSamples >= rate ? "more than " : "",
              (double) lateSamples / rate));
    }
    return warnings;
  }

  @Override
  public void close() throws MediaException {
    decoder.close();
  }
}
