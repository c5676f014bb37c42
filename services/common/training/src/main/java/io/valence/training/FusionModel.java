package io.valence.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.valence.inference.onnx.Attribute;
import io.valence.inference.onnx.ElementType;
import io.valence.inference.onnx.OnnxGraph;
import io.valence.model.Modality;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A trained fusion model: one network, or several from different seeds whose scores are averaged.
 * Immutable; safe for use by several threads as far as the engine is.
 */
public final class FusionModel {

  private static final int BATCH = 256;
  private static final float LIMIT = 3;

  /** Output of the exported graph with one score a network. */
  static final String MEMBERS = "members";

  private final FusionNetwork network;
  private final List<Weights> members;

  FusionModel(final FusionNetwork network, final List<Weights> members) {
    this.network = network;
    this.members = List.copyOf(members);
  }

  /**
   * The mean of several models, as one.
   *
   * @throws IllegalArgumentException if they differ in their inputs or sizes, or there are none
   */
  public static FusionModel ensemble(final List<FusionModel> models) {
    final List<Weights> all = new ArrayList<>();
    for (final FusionModel model : models) {
      if (!model.network.sameAs(models.get(0).network)) {
        throw new IllegalArgumentException("an ensemble needs networks of the same sizes");
      }
      all.addAll(model.members);
    }
    if (all.isEmpty()) {
      throw new IllegalArgumentException("an ensemble needs at least one model");
    }
    return new FusionModel(models.get(0).network, all);
  }

  FusionNetwork network() {
    return network;
  }

  List<Weights> members() {
    return members;
  }

  /** How many networks are averaged. */
  public int memberCount() {
    return members.size();
  }

  /** The scores of the samples, -3 to 3, computed by the trainer's own engine. */
  public float[] scores(final FusionData data) {
    final float[] scores = new float[data.size()];
    try (NDManager manager = TorchEngine.get().newBaseManager()) {
      for (final Weights member : members) {
        final Map<String, NDArray> arrays = member.upload(manager, false);
        for (int from = 0; from < scores.length; from += BATCH) {
          final int to = Math.min(scores.length, from + BATCH);
          try (NDManager batch = manager.newSubManager()) {
            final float[] part = forward(batch, arrays, data, from, to, null).toFloatArray();
            for (int i = 0; i < part.length; i++) {
              scores[from + i] += part[i] / members.size();
            }
          }
        }
      }
    }
    for (int i = 0; i < scores.length; i++) {
      scores[i] = Math.max(-LIMIT, Math.min(LIMIT, scores[i]));
    }
    return scores;
  }

  private NDArray forward(
      final NDManager batch,
      final Map<String, NDArray> arrays,
      final FusionData data,
      final int from,
      final int to,
      final boolean[][] dropped) {
    final int[] samples = new int[to - from];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = from + i;
    }
    final TorchArithmetic math = new TorchArithmetic(batch, arrays, false);
    return network.score(
        math,
        inputs(batch, network, data, samples, dropped),
        mask(batch, data, samples, dropped),
        0,
        0);
  }

  /** The features of some samples in the engine, zeros where absent or dropped. */
  static List<NDArray> inputs(
      final NDManager manager,
      final FusionNetwork network,
      final FusionData data,
      final int[] samples,
      final boolean[][] dropped) {
    final List<NDArray> inputs = new ArrayList<>();
    for (final Modality modality : Modality.values()) {
      final int width = network.widths()[modality.ordinal()];
      final float[] rows = new float[samples.length * width];
      for (int i = 0; i < samples.length; i++) {
        if (takesPart(data, samples[i], modality, dropped, i)) {
          final float[] row = data.values()[modality.ordinal()][samples[i]];
          if (row.length != width) {
            throw new IllegalArgumentException(
                modality.label() + ": " + row.length + " values where the model takes " + width);
          }
          System.arraycopy(row, 0, rows, i * width, width);
        }
      }
      inputs.add(manager.create(FloatBuffer.wrap(rows), new Shape(samples.length, width)));
    }
    return inputs;
  }

  static NDArray mask(
      final NDManager manager,
      final FusionData data,
      final int[] samples,
      final boolean[][] dropped) {
    final Modality[] modalities = Modality.values();
    final float[] mask = new float[samples.length * modalities.length];
    for (int i = 0; i < samples.length; i++) {
      for (final Modality modality : modalities) {
        mask[i * modalities.length + modality.ordinal()] =
            takesPart(data, samples[i], modality, dropped, i) ? 1 : 0;
      }
    }
    return manager.create(FloatBuffer.wrap(mask), new Shape(samples.length, modalities.length));
  }

  private static boolean takesPart(
      final FusionData data,
      final int sample,
      final Modality modality,
      final boolean[][] dropped,
      final int row) {
    return data.present(modality, sample) && (dropped == null || !dropped[row][modality.ordinal()]);
  }

  /**
   * The same model with its score s replaced by slope · s + offset (before the limits of ±3).
   */
  public FusionModel rescaled(final double slope, final double offset) {
    final List<Weights> scaled = new ArrayList<>();
    for (final Weights member : members) {
      final Weights copy = member.copy();
      final float[] weight = copy.get("score.weight").values();
      for (int i = 0; i < weight.length; i++) {
        weight[i] = (float) (weight[i] * slope);
      }
      final float[] bias = copy.get("score.bias").values();
      bias[0] = (float) (bias[0] * slope + offset);
      scaled.add(copy);
    }
    return new FusionModel(network, scaled);
  }

  /**
   * The same model with nothing in the encoders of these modalities: for modalities that it was never
   * shown, whose encoders hold only the random numbers that training began with.
   */
  public FusionModel withoutEncoders(final Set<Modality> modalities) {
    final List<Weights> cleared = new ArrayList<>();
    for (final Weights member : members) {
      final Weights copy = member.copy();
      for (final Modality modality : modalities) {
        java.util.Arrays.fill(copy.get(FusionNetwork.encoder(modality) + ".weight").values(), 0f);
        java.util.Arrays.fill(copy.get(FusionNetwork.encoder(modality) + ".bias").values(), 0f);
      }
      cleared.add(copy);
    }
    return new FusionModel(network, cleared);
  }

  /**
   * Writes the model as ONNX (operator set 17): inputs {@code visual}, {@code audio}, {@code text}
   * [batch, width] and {@code mask} [batch, 3]; outputs {@code score} [batch] and {@code members}
   * [batch, networks], the scores that it is the mean of; all limited to -3..3.
   *
   * @throws IOException if the file cannot be written
   */
  public void export(final Path file) throws IOException {
    final OnnxGraph graph = new OnnxGraph("fusion");
    final List<EnsembleArithmetic.Value> inputs = new ArrayList<>();
    for (final Modality modality : Modality.values()) {
      inputs.add(
          EnsembleArithmetic.input(
              graph.input(
                  modality.label(),
                  ElementType.FLOAT,
                  "batch",
                  Integer.toString(network.widths()[modality.ordinal()]))));
    }
    final String mask =
        graph.input("mask", ElementType.FLOAT, "batch", Integer.toString(Modality.values().length));
    final String scores =
        network
            .score(
                new EnsembleArithmetic(graph, members),
                inputs,
                EnsembleArithmetic.input(mask),
                0,
                0)
            .name();
    graph.floats("lowest", new long[] {}, -LIMIT);
    graph.floats("highest", new long[] {}, LIMIT);
    final String byWindow =
        graph.node("Transpose", List.of(scores), Attribute.ofInts("perm", 1, 0));
    graph.node("Clip", List.of(byWindow, "lowest", "highest"), List.of(MEMBERS), new Attribute[0]);
    final String mean =
        graph.node(
            "ReduceMean",
            List.of(scores),
            Attribute.ofInts("axes", 0),
            Attribute.ofInt("keepdims", 0));
    graph.node("Clip", List.of(mean, "lowest", "highest"), List.of("score"), new Attribute[0]);
    graph.output("score", ElementType.FLOAT, "batch");
    graph.output(MEMBERS, ElementType.FLOAT, "batch", Integer.toString(members.size()));
    graph.write(file);
  }
}
