package io.valence.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** What the lower layers of BERT make of the pieces of texts, when nothing is learned. */
final class LowerLayers {

  /** Takes the states of a text's pieces. */
  @FunctionalInterface
  interface Sink {

    /**
     * @param values holds them row by row from {@code from} on, {@code count} values; not to be kept
     */
    void take(int text, float[] values, int from, int count) throws IOException;
  }

  private static final long REPORT_NANOS = 15_000_000_000L;

  private final TextExpertNetwork network;
  private final NDManager manager;
  private final Map<String, NDArray> frozen;
  private final Map<String, NDArray> learned;
  private final Consumer<String> log;

  /**
   * @param frozen BERT's own weights, at least those of the layers that are read
   * @param learned the differences, applied where a layer has one
   */
  LowerLayers(
      final TextExpertNetwork network,
      final NDManager manager,
      final Map<String, NDArray> frozen,
      final Map<String, NDArray> learned,
      final Consumer<String> log) {
    this.network = network;
    this.manager = manager;
    this.frozen = frozen;
    this.learned = learned;
    this.log = log;
  }

  /** Width of a state. */
  int width() {
    return network.width();
  }

  /** Half of BERT's layers. */
  int half() {
    return network.layers() / 2;
  }

  /**
   * Reads texts, those of the same length together.
   *
   * @param layers how many, from the first on
   * @param name for the log
   * @param sink is given each text once, in no order to rely on
   */
  void read(final List<TextSample> samples, final int layers, final String name, final Sink sink)
      throws IOException {
    final int width = network.width();
    long reported = System.nanoTime();
    int done = 0;
    for (final int[] texts : TextBatches.plainBatches(samples)) {
      final List<TextSample> some = TextBatches.pick(samples, texts);
      final int length = TextBatches.longest(some);
      final float[] sums = new float[some.size() * length * width];
      for (int row = 0; row < some.size(); row++) {
        final float[] sum = network.embeddings(some.get(row));
        System.arraycopy(sum, 0, sums, row * length * width, sum.length);
      }
      try (NDManager batch = manager.newSubManager()) {
        final TextExpertNetwork.Batch raw = TextBatches.batch(batch, some, sums, length);
        final TextExpertNetwork.Batch input =
            new TextExpertNetwork.Batch(
                network.normalisedEmbeddings(raw.hidden(), frozen), raw.absent(), raw.shares());
        final float[] values =
            network.layers(batch, input, 0, layers, frozen, learned, false).toFloatArray();
        for (int row = 0; row < texts.length; row++) {
          sink.take(texts[row], values, row * length * width, some.get(row).length() * width);
        }
      }
      done += texts.length;
      if (System.nanoTime() - reported > REPORT_NANOS) {
        reported = System.nanoTime();
        log.accept(
            "%s: the lower layers have read %d of %d texts".formatted(name, done, samples.size()));
      }
    }
  }
}
