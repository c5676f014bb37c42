package io.valence.training;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Texts side by side, as the network takes them. */
final class TextBatches {

  private static final float ABSENT = -10_000f;
  // Padded pieces when nothing is learned: no memory is kept for a backward pass.
  private static final int PIECES_IN_A_RUN = 4_096;

  private TextBatches() {}

  static TextExpertNetwork.Batch batch(
      final NDManager batch,
      final List<TextSample> samples,
      final float[] hidden,
      final int length) {
    final int count = samples.size();
    final float[] absent = new float[count * length];
    final float[] shares = new float[count * length];
    for (int row = 0; row < count; row++) {
      final TextSample sample = samples.get(row);
      final int from = sample.pieces().textStart();
      Arrays.fill(absent, row * length + sample.length(), (row + 1) * length, ABSENT);
      Arrays.fill(
          shares,
          row * length + from,
          row * length + sample.length(),
          1f / (sample.length() - from));
    }
    return new TextExpertNetwork.Batch(
        batch.create(
            FloatBuffer.wrap(hidden),
            new Shape(count, length, hidden.length / ((long) count * length))),
        batch.create(FloatBuffer.wrap(absent), new Shape(count, 1, 1, length)),
        batch.create(FloatBuffer.wrap(shares), new Shape(count, 1, length)));
  }

  static int longest(final List<TextSample> samples) {
    return samples.stream().mapToInt(TextSample::length).max().orElseThrow();
  }

  static List<TextSample> pick(final List<TextSample> samples, final int[] texts) {
    return IntStream.of(texts).mapToObj(samples::get).toList();
  }

  /** Texts of the same length together, a bounded number of padded pieces at a time. */
  static List<int[]> plainBatches(final List<TextSample> samples) {
    final int[] order = sorted(samples.stream().mapToDouble(TextSample::length).toArray());
    final List<int[]> batches = new ArrayList<>();
    int from = 0;
    while (from < order.length) {
      int to = from + 1;
      while (to < order.length
          && (to + 1 - from) * samples.get(order[to]).length() <= PIECES_IN_A_RUN) {
        to++;
      }
      batches.add(Arrays.copyOfRange(order, from, to));
      from = to;
    }
    return batches;
  }

  static int[] sorted(final double[] key) {
    return IntStream.range(0, key.length)
        .boxed()
        .sorted(Comparator.comparingDouble(text -> key[text]))
        .mapToInt(Integer::intValue)
        .toArray();
  }
}
