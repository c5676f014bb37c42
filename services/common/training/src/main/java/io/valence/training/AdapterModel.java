package io.valence.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.valence.inference.onnx.Attribute;
import io.valence.inference.onnx.ElementType;
import io.valence.inference.onnx.OnnxGraph;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A trained adapter. Immutable. */
public final class AdapterModel {

  private static final int BATCH = 512;

  /** The base model's standardiser cuts here too, so what is served stays what was trained. */
  private static final float LIMIT = (float) Normalisations.CLIP;

  private final AdapterNetwork network;
  private final Weights weights;

  AdapterModel(final AdapterNetwork network, final Weights weights) {
    this.network = network;
    this.weights = weights;
  }

  /**
   * The adapter that knows nothing and says so: whatever comes in, the mean of the target space comes
   * out. For a modality without anything to learn from.
   */
  static AdapterModel mean(final int inputs, final int outputs) {
    final AdapterNetwork network = new AdapterNetwork(inputs, 1, outputs);
    final Weights zeros = network.newWeights(new Random(0));
    zeros
        .tensors()
        .forEach(
            (name, tensor) -> {
              if (tensor.learned()) {
                Arrays.fill(tensor.values(), 0f);
              }
            });
    return new AdapterModel(network, zeros);
  }

  Weights weights() {
    return weights;
  }

  /**
   * Leads rows into the target space.
   *
   * @param rows standardised features of the source space; null where absent
   * @return standardised features of the target space; null where absent
   */
  public float[][] adapt(final float[][] rows) {
    final float[][] adapted = new float[rows.length][];
    final int[] there =
        java.util.stream.IntStream.range(0, rows.length).filter(i -> rows[i] != null).toArray();
    try (NDManager manager = TorchEngine.get().newBaseManager()) {
      final Map<String, NDArray> arrays = weights.upload(manager, false);
      for (int from = 0; from < there.length; from += BATCH) {
        final int to = Math.min(there.length, from + BATCH);
        try (NDManager batch = manager.newSubManager()) {
          final NDArray features =
              upload(batch, rows, java.util.Arrays.copyOfRange(there, from, to));
          final float[] values =
              network.adapt(new TorchArithmetic(batch, arrays, false), features, 0).toFloatArray();
          for (int i = 0; i < values.length; i++) {
            values[i] = Math.max(-LIMIT, Math.min(LIMIT, values[i]));
          }
          for (int i = from; i < to; i++) {
            adapted[there[i]] =
                java.util.Arrays.copyOfRange(
                    values, (i - from) * network.outputs(), (i - from + 1) * network.outputs());
          }
        }
      }
    }
    return adapted;
  }

  /** Some rows as a matrix in the engine. */
  static NDArray upload(final NDManager manager, final float[][] rows, final int[] chosen) {
    final int width = rows[chosen[0]].length;
    final float[] values = new float[chosen.length * width];
    for (int i = 0; i < chosen.length; i++) {
      System.arraycopy(rows[chosen[i]], 0, values, i * width, width);
    }
    return manager.create(FloatBuffer.wrap(values), new Shape(chosen.length, width));
  }

  /**
   * Writes the adapter as ONNX (operator set 17): input {@code features} [batch, inputs], output
   * {@code adapted} [batch, outputs], both standardised, the latter limited to ±6.
   *
   * @throws IOException if the file cannot be written
   */
  public void export(final Path file) throws IOException {
    final OnnxGraph graph = new OnnxGraph("adapter");
    final String features =
        graph.input("features", ElementType.FLOAT, "batch", Integer.toString(network.inputs()));
    final String adapted =
        network.adapt(new OnnxArithmetic(graph, AdapterNetwork.folded(weights)), features, 0);
    graph.floats("lowest", new long[] {}, -LIMIT);
    graph.floats("highest", new long[] {}, LIMIT);
    graph.node("Clip", List.of(adapted, "lowest", "highest"), List.of("adapted"), new Attribute[0]);
    graph.output("adapted", ElementType.FLOAT, "batch", Integer.toString(network.outputs()));
    graph.write(file);
  }
}
