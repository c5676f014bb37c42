package io.valence.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.norm.Dropout;
import ai.djl.nn.norm.LayerNorm;
import io.valence.features.text.BertWeights;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * BERT (Devlin et al., 2019) with low-rank differences on its six dense matrices a layer (Hu et al.,
 * 2022) and a linear head on the mean over the text's own tokens, in PyTorch. Frozen weights are
 * [in, out]; a difference is {@code down} [in, rank] times {@code up} [rank, out].
 */
final class TextExpertNetwork {

  /** The matrices of a layer that get a difference, by their names in BERT. */
  static final List<String> SITES =
      List.of(
          "attention/self/query",
          "attention/self/key",
          "attention/self/value",
          "attention/output/dense",
          "intermediate/dense",
          "output/dense");

  static final String HEAD = "head";

  private static final float EPSILON = 1e-12f;

  private final BertWeights bert;
  private final TextExpertOptions options;
  private final float[] wordEmbeddings;
  private final float[] positionEmbeddings;
  private final float[] typeEmbeddings;

  /**
   * Some texts side by side.
   *
   * @param hidden [batch, length, width] after the layers below the first with a difference
   * @param absent [batch, 1, 1, length], a large negative number where there is no token
   * @param shares [batch, 1, length], what each token counts in the text's mean; rows add up to 1
   */
  record Batch(NDArray hidden, NDArray absent, NDArray shares) {}

  TextExpertNetwork(final BertWeights bert, final TextExpertOptions options) throws IOException {
    if (options.firstLayer() >= bert.layers()) {
      throw new TrainingInputException(
          "first layer must be below " + bert.layers() + ", not " + options.firstLayer());
    }
    this.bert = bert;
    this.options = options;
    final int width = bert.hidden();
    this.wordEmbeddings = bert.values("embeddings/word_embeddings", bert.vocabulary(), width);
    this.positionEmbeddings =
        bert.values("embeddings/position_embeddings", bert.positions(), width);
    this.typeEmbeddings = bert.values("embeddings/token_type_embeddings", 2, width);
  }

  int width() {
    return bert.hidden();
  }

  int layers() {
    return bert.layers();
  }

  private int inputs(final String site) {
    return site.equals("output/dense") ? bert.intermediate() : bert.hidden();
  }

  private int outputs(final String site) {
    return site.equals("intermediate/dense") ? bert.intermediate() : bert.hidden();
  }

  static String name(final int layer, final String site) {
    return "encoder/layer_" + layer + "/" + site;
  }

  /** Differences that change nothing yet (up is zero), and a head. */
  Weights newWeights(final Random random) {
    final Weights weights = new Weights();
    for (int layer = options.firstLayer(); layer < bert.layers(); layer++) {
      for (final String site : SITES) {
        final int inputs = inputs(site);
        final float[] down = new float[inputs * options.rank()];
        final double deviation = 1 / Math.sqrt(inputs);
        for (int i = 0; i < down.length; i++) {
          down[i] = (float) (deviation * random.nextGaussian());
        }
        final String name = name(layer, site);
        weights.put(name + ".down", down, true, inputs, options.rank());
        weights.put(
            name + ".up",
            new float[options.rank() * outputs(site)],
            true,
            options.rank(),
            outputs(site));
      }
    }
    weights.linear(HEAD, bert.hidden(), 1, random);
    return weights;
  }

  /** The frozen weights of some layers in the engine, and of the embeddings' norm. */
  Map<String, NDArray> upload(final NDManager manager, final int from, final int to)
      throws IOException {
    final Map<String, NDArray> frozen = new HashMap<>();
    final int width = bert.hidden();
    put(manager, frozen, "embeddings/LayerNorm/gamma", width);
    put(manager, frozen, "embeddings/LayerNorm/beta", width);
    for (int layer = from; layer < to; layer++) {
      for (final String site : SITES) {
        put(manager, frozen, name(layer, site) + "/kernel", inputs(site), outputs(site));
        put(manager, frozen, name(layer, site) + "/bias", outputs(site));
      }
      for (final String norm : List.of("attention/output/LayerNorm", "output/LayerNorm")) {
        put(manager, frozen, name(layer, norm) + "/gamma", width);
        put(manager, frozen, name(layer, norm) + "/beta", width);
      }
    }
    return frozen;
  }

  private void put(
      final NDManager manager,
      final Map<String, NDArray> frozen,
      final String name,
      final long... dimensions)
      throws IOException {
    frozen.put(
        name,
        manager.create(FloatBuffer.wrap(bert.values(name, dimensions)), new Shape(dimensions)));
  }

  /** The sum of the three embeddings of a text's pieces, row by row, before the norm. */
  float[] embeddings(final TextSample sample) {
    final int width = bert.hidden();
    final long[] ids = sample.pieces().ids();
    final float[] sum = new float[ids.length * width];
    for (int token = 0; token < ids.length; token++) {
      final int word = Math.toIntExact(ids[token]) * width;
      final int type =
          (token >= sample.pieces().textStart() ? sample.pieces().textType() : 0) * width;
      for (int i = 0; i < width; i++) {
        sum[token * width + i] =
            wordEmbeddings[word + i]
                + positionEmbeddings[token * width + i]
                + typeEmbeddings[type + i];
      }
    }
    return sum;
  }

  NDArray normalisedEmbeddings(final NDArray sum, final Map<String, NDArray> frozen) {
    return layerNorm(sum, "embeddings/LayerNorm", frozen);
  }

  /**
   * Runs some layers.
   *
   * @param learned the differences; layers without one are BERT's own
   * @param learning whether dropout is at work
   */
  NDArray layers(
      final NDManager manager,
      final Batch batch,
      final int from,
      final int to,
      final Map<String, NDArray> frozen,
      final Map<String, NDArray> learned,
      final boolean learning) {
    final Run run = new Run(manager, frozen, learned, learning, batch.absent());
    NDArray x = batch.hidden();
    for (int layer = from; layer < to; layer++) {
      x = run.layer(x, layer);
    }
    return x;
  }

  /** The mean over the text's own tokens: [batch, width]. */
  static NDArray pooled(final NDArray tokens, final Batch batch) {
    return batch.shares().matMul(tokens).squeeze(1);
  }

  /** One score a text, from its mean: [batch]. */
  NDArray score(final NDArray pooled, final Map<String, NDArray> learned, final boolean learning) {
    final NDArray kept = learning ? drop(pooled, options.headDropout()) : pooled;
    return kept.matMul(learned.get(HEAD + ".weight").transpose())
        .add(learned.get(HEAD + ".bias"))
        .reshape(-1);
  }

  private static NDArray layerNorm(
      final NDArray x, final String name, final Map<String, NDArray> frozen) {
    final NDArray gamma = frozen.get(name + "/gamma");
    return LayerNorm.layerNorm(x, gamma.getShape(), gamma, frozen.get(name + "/beta"), EPSILON)
        .singletonOrThrow();
  }

  private static NDArray drop(final NDArray x, final double rate) {
    return rate == 0 ? x : Dropout.dropout(x, (float) rate, true).singletonOrThrow();
  }

  /** One pass over some texts. */
  private final class Run {

    private final Map<String, NDArray> frozen;
    private final Map<String, NDArray> learned;
    private final boolean learning;
    private final NDArray absent;
    private final NDArray differenceScale;
    private final NDArray attentionScale;

    Run(
        final NDManager manager,
        final Map<String, NDArray> frozen,
        final Map<String, NDArray> learned,
        final boolean learning,
        final NDArray absent) {
      this.frozen = frozen;
      this.learned = learned;
      this.learning = learning;
      this.absent = absent;
      this.differenceScale = manager.create((float) options.scale());
      this.attentionScale =
          manager.create((float) (1 / Math.sqrt((double) bert.hidden() / bert.heads())));
    }

    NDArray layer(final NDArray x, final int layer) {
      final NDArray query = heads(dense(x, name(layer, "attention/self/query")));
      final NDArray key = heads(dense(x, name(layer, "attention/self/key")));
      final NDArray value = heads(dense(x, name(layer, "attention/self/value")));
      final NDArray scores =
          query.mul(attentionScale).matMul(key.transpose(0, 1, 3, 2)).add(absent);
      final NDArray context = dropped(scores.softmax(-1)).matMul(value).transpose(0, 2, 1, 3);
      final NDArray joined = context.reshape(x.getShape());
      final NDArray attended = dropped(dense(joined, name(layer, "attention/output/dense")));
      final NDArray middle =
          layerNorm(attended.add(x), name(layer, "attention/output/LayerNorm"), frozen);
      final NDArray wide = Activation.gelu(dense(middle, name(layer, "intermediate/dense")));
      final NDArray narrow = dropped(dense(wide, name(layer, "output/dense")));
      return layerNorm(narrow.add(middle), name(layer, "output/LayerNorm"), frozen);
    }

    private NDArray heads(final NDArray x) {
      final Shape shape = x.getShape();
      return x.reshape(
              shape.get(0), shape.get(1), bert.heads(), (long) bert.hidden() / bert.heads())
          .transpose(0, 2, 1, 3);
    }

    private NDArray dense(final NDArray x, final String name) {
      final NDArray own = x.matMul(frozen.get(name + "/kernel")).add(frozen.get(name + "/bias"));
      final NDArray down = learned.get(name + ".down");
      if (down == null) {
        return own;
      }
      return own.add(x.matMul(down).mul(differenceScale).matMul(learned.get(name + ".up")));
    }

    private NDArray dropped(final NDArray x) {
      return learning ? drop(x, options.dropout()) : x;
    }
  }
}
