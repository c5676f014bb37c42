package io.valence.features.text;

import io.valence.inference.ModelFileException;
import io.valence.inference.onnx.Attribute;
import io.valence.inference.onnx.ElementType;
import io.valence.inference.onnx.OnnxGraph;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Builds the BERT encoder (Devlin et al., 2019; Vaswani et al., 2017) as an ONNX graph whose weights
 * stay in the data file they came in: kernels are stored as [in, out], just as MatMul takes them.
 *
 * <p>Inputs, int64 [batch, sequence]: {@value #IDS}, {@value #MASK} (1 for a token, 0 for padding),
 * {@value #TYPES}.
 */
final class BertGraph {

  static final String IDS = "input_ids";
  static final String MASK = "attention_mask";
  static final String TYPES = "token_type_ids";

  /** Input of the expert's graph, int64 [batch, sequence]: 1 for a token of the text itself. */
  static final String TEXT = "text_mask";

  /** Output [batch, sequence, hidden]: the vector of each token after the last layer. */
  static final String TOKENS = "last_hidden_state";

  /** Output [batch, hidden]: mean of the last layer over the tokens, [CLS] and [SEP] included. */
  static final String SENTENCE = "sentence_embedding";

  /**
   * Output of the expert's graph, [batch, sequence, 1]: what its head makes of each token. Its mean
   * over tokens is what the head makes of their mean.
   */
  static final String SCORES = "token_scores";

  /**
   * Output of the expert's graph, [batch, sequence, 2]: what a token says for the end of an utterance if
   * it ends a word, and if it follows one; from the vectors after half of the layers.
   */
  static final String BORDERS = "border_terms";

  /** Output [batch, 1 + layers, hidden]: the same mean of the embeddings and of each layer. */
  static final String LAYERS = "layer_means";

  private static final double EPSILON = 1e-12;
  private static final float MASKED = -10_000f;

  private final OnnxGraph graph;
  private final BertShape shape;
  private final TensorIndex index;
  private final Map<String, Long> merged;
  private final List<String> layerOutputs = new ArrayList<>();
  private final String mask;
  private final Map<String, String> counts = new HashMap<>();

  private BertGraph(
      final String name,
      final BertShape shape,
      final TensorIndex index,
      final Map<String, Long> merged)
      throws ModelFileException {
    this.graph = new OnnxGraph(name);
    this.shape = shape;
    this.index = index;
    this.merged = merged;
    graph.input(IDS, ElementType.INT64, "batch", "sequence");
    graph.input(MASK, ElementType.INT64, "batch", "sequence");
    graph.input(TYPES, ElementType.INT64, "batch", "sequence");
    integers("middle", 1);
    integers("last", -1);
    scalar("smallest_count", 1e-9f);
    mask = flags(MASK);
    encode();
  }

  /** Flags as numbers, [batch, 1, sequence]. */
  private String flags(final String input) {
    final String floats =
        graph.node("Cast", List.of(input), Attribute.ofInt("to", 1)); // 1 is float in ONNX
    return graph.node("Unsqueeze", List.of(floats, "middle"));
  }

  /** The graph that serves: {@value #TOKENS} and {@value #SENTENCE}. */
  static OnnxGraph ofLastLayer(final BertShape shape, final TensorIndex index)
      throws ModelFileException {
    final BertGraph bert = new BertGraph("bert", shape, index, Map.of());
    final int last = bert.layerOutputs.size() - 1;
    final String mean = bert.mean(bert.layerOutputs.get(last), bert.mask);
    bert.graph.node("Squeeze", List.of(mean, "middle"), List.of(SENTENCE));
    bert.graph.node("Identity", List.of(bert.layerOutputs.get(last)), List.of(TOKENS));
    final String hidden = Integer.toString(shape.hidden());
    bert.graph.output(SENTENCE, ElementType.FLOAT, "batch", hidden);
    bert.graph.output(TOKENS, ElementType.FLOAT, "batch", "sequence", hidden);
    return bert.graph;
  }

  /**
   * The graph that looks into the network: {@value #LAYERS}. It is one of its own because the
   * runtime computes every output of a graph, wanted or not.
   */
  static OnnxGraph ofAllLayers(final BertShape shape, final TensorIndex index)
      throws ModelFileException {
    final BertGraph bert = new BertGraph("bert-layers", shape, index, Map.of());
    final List<String> means = new ArrayList<>();
    for (final String layer : bert.layerOutputs) {
      means.add(bert.mean(layer, bert.mask));
    }
    bert.graph.node("Concat", means, List.of(LAYERS), Attribute.ofInt("axis", 1));
    bert.graph.output(
        LAYERS,
        ElementType.FLOAT,
        "batch",
        Integer.toString(means.size()),
        Integer.toString(shape.hidden()));
    return bert.graph;
  }

  /**
   * The graph of a text expert: {@value #SENTENCE} is the mean over the tokens that the further input
   * {@value #TEXT} marks. Further {@value #SCORES}, and {@value #BORDERS} if the expert has learned them.
   *
   * @param head weights of the head [hidden, 1] and its bias
   * @param borders weights of the borders [2, hidden], as the difference has them, if it does
   * @param merged kernels that lie in {@value TextExpertCache#MERGED} and not in BERT's own file, with
   *     where they begin there, bytes
   */
  static OnnxGraph ofExpert(
      final BertShape shape,
      final TensorIndex index,
      final Map<String, Long> merged,
      final float[] head,
      final float headBias,
      final Optional<float[]> borders)
      throws ModelFileException {
    final BertGraph bert = new BertGraph("bert-expert", shape, index, merged);
    bert.graph.input(TEXT, ElementType.INT64, "batch", "sequence");
    final String text = bert.flags(TEXT);
    final String mean = bert.mean(bert.layerOutputs.get(bert.layerOutputs.size() - 1), text);
    bert.graph.node("Squeeze", List.of(mean, "middle"), List.of(SENTENCE));
    bert.graph.output(SENTENCE, ElementType.FLOAT, "batch", Integer.toString(shape.hidden()));

    bert.graph.floats("head", new long[] {shape.hidden(), 1}, head);
    final String scores =
        bert.graph.node(
            "MatMul", List.of(bert.layerOutputs.get(bert.layerOutputs.size() - 1), "head"));
    bert.graph.node("Add", List.of(scores, bert.scalar("head_bias", headBias)), List.of(SCORES));
    bert.graph.output(SCORES, ElementType.FLOAT, "batch", "sequence", "1");
    if (borders.isPresent()) {
      bert.graph.floats("borders", new long[] {2, shape.hidden()}, borders.get());
      final String columns =
          bert.graph.node("Transpose", List.of("borders"), Attribute.ofInts("perm", 1, 0));
      bert.graph.node(
          "MatMul", List.of(bert.layerOutputs.get(shape.layers() / 2), columns), List.of(BORDERS));
      bert.graph.output(BORDERS, ElementType.FLOAT, "batch", "sequence", "2");
    }
    return bert.graph;
  }

  private void encode() throws ModelFileException {
    final int hidden = shape.hidden();
    final String width = "embeddings/";
    final String words =
        graph.node(
            "Gather", List.of(weights(width + "word_embeddings", shape.vocabulary(), hidden), IDS));
    final String types =
        graph.node("Gather", List.of(weights(width + "token_type_embeddings", 2, hidden), TYPES));
    final String length =
        graph.node("Shape", List.of(IDS), Attribute.ofInt("start", 1), Attribute.ofInt("end", 2));
    final String positions =
        graph.node(
            "Slice",
            List.of(
                weights(width + "position_embeddings", shape.positions(), hidden),
                integers("first", 0),
                length,
                "first"));
    final String sum = add(add(words, types), positions);
    layerOutputs.add(normalised(sum, width + "LayerNorm"));

    // Padding gets a score so low that its share of the attention is exactly 0 in float32.
    final String absent = graph.node("Sub", List.of(scalar("one", 1), mask));
    final String penalty = graph.node("Mul", List.of(absent, scalar("masked", MASKED)));
    final String bias = graph.node("Unsqueeze", List.of(penalty, "middle"));

    graph.integers("heads", new long[] {4}, 0, 0, shape.heads(), shape.headWidth());
    graph.integers("joined", new long[] {3}, 0, 0, hidden);
    scalar("score_scale", (float) (1 / Math.sqrt(shape.headWidth())));
    scalar("half", 0.5f);
    scalar("root_of_two", (float) Math.sqrt(2));
    for (int layer = 0; layer < shape.layers(); layer++) {
      layerOutputs.add(layer("encoder/layer_" + layer + "/", layerOutputs.get(layer), bias));
    }
  }

  private String layer(final String prefix, final String input, final String bias)
      throws ModelFileException {
    final int hidden = shape.hidden();
    final String self = prefix + "attention/self/";
    final String query = heads(dense(input, self + "query", hidden, hidden), 0, 2, 1, 3);
    final String key = heads(dense(input, self + "key", hidden, hidden), 0, 2, 3, 1);
    final String value = heads(dense(input, self + "value", hidden, hidden), 0, 2, 1, 3);
    final String scores =
        graph.node("Mul", List.of(graph.node("MatMul", List.of(query, key)), "score_scale"));
    final String shares =
        graph.node("Softmax", List.of(add(scores, bias)), Attribute.ofInt("axis", -1));
    final String context =
        graph.node(
            "Transpose",
            List.of(graph.node("MatMul", List.of(shares, value))),
            Attribute.ofInts("perm", 0, 2, 1, 3));
    final String joined = graph.node("Reshape", List.of(context, "joined"));
    final String attended = dense(joined, prefix + "attention/output/dense", hidden, hidden);
    final String middle = normalised(add(attended, input), prefix + "attention/output/LayerNorm");

    final String wide =
        gelu(dense(middle, prefix + "intermediate/dense", hidden, shape.intermediate()));
    final String narrow = dense(wide, prefix + "output/dense", shape.intermediate(), hidden);
    return normalised(add(narrow, middle), prefix + "output/LayerNorm");
  }

  /** From [batch, sequence, hidden] to one matrix for each head. */
  private String heads(final String value, final long... permutation) {
    final String split = graph.node("Reshape", List.of(value, "heads"));
    return graph.node("Transpose", List.of(split), Attribute.ofInts("perm", permutation));
  }

  private String dense(final String input, final String name, final int in, final int out)
      throws ModelFileException {
    final String product = graph.node("MatMul", List.of(input, weights(name + "/kernel", in, out)));
    return add(product, weights(name + "/bias", out));
  }

  /** The exact Gaussian error linear unit, 0.5 x (1 + erf(x / sqrt 2)), not the tanh form. */
  private String gelu(final String value) {
    final String error =
        graph.node("Erf", List.of(graph.node("Div", List.of(value, "root_of_two"))));
    final String product = graph.node("Mul", List.of(value, add(error, "one")));
    return graph.node("Mul", List.of(product, "half"));
  }

  private String normalised(final String value, final String name) throws ModelFileException {
    final int hidden = shape.hidden();
    return graph.node(
        "LayerNormalization",
        List.of(value, weights(name + "/gamma", hidden), weights(name + "/beta", hidden)),
        Attribute.ofInt("axis", -1),
        Attribute.ofFloat("epsilon", (float) EPSILON));
  }

  /** [batch, sequence, hidden] to [batch, 1, hidden]: the mean over the tokens that are marked. */
  private String mean(final String layer, final String marks) {
    final String sum = graph.node("MatMul", List.of(marks, layer));
    return graph.node("Div", List.of(sum, counts.computeIfAbsent(marks, this::count)));
  }

  private String count(final String marks) {
    final String sum =
        graph.node("ReduceSum", List.of(marks, "last"), Attribute.ofInt("keepdims", 1));
    return graph.node("Max", List.of(sum, "smallest_count"));
  }

  private String add(final String left, final String right) {
    return graph.node("Add", List.of(left, right));
  }

  private String weights(final String name, final long... dimensions) throws ModelFileException {
    final Long offset = merged.get(name);
    if (offset != null) {
      return graph.externalFloats(name, dimensions, TextExpertCache.MERGED, offset);
    }
    final TensorIndex.Tensor tensor = index.tensor("module/bert/" + name, dimensions);
    return graph.externalFloats(name, dimensions, BertSource.DATA, tensor.offset());
  }

  private String integers(final String name, final long... values) {
    return graph.integers(name, new long[] {values.length}, values);
  }

  private String scalar(final String name, final float value) {
    return graph.floats(name, new long[] {}, value);
  }
}
