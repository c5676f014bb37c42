package io.valence.training;

/**
 * How the text expert learns: low-rank differences on BERT's dense layers (Hu et al., 2022), W' = W +
 * scale · A · B, everything else but the head frozen.
 *
 * @param rank of the differences, 1 to 64
 * @param scale factor of the differences, > 0
 * @param firstLayer layers below this one (from 0) get no difference: what they make of the texts is
 *     then computed once for all epochs
 * @param learningRate the highest, > 0
 * @param weightDecay decoupled, >= 0
 * @param warmUp share of a stage's steps in which the rate rises from 0, 0 to 1
 * @param lastRate share of the rate that is left at a stage's end, to which it falls evenly, 0 to 1
 * @param clipNorm largest norm of all gradients together, 0 for no limit
 * @param dropout inside BERT while learning, 0 to below 1
 * @param headDropout before the head, 0 to below 1
 * @param seed the same data, options, threads and seed give the same weights, bit for bit
 */
public record TextExpertOptions(
    int rank,
    double scale,
    int firstLayer,
    double learningRate,
    double weightDecay,
    double warmUp,
    double lastRate,
    double clipNorm,
    double dropout,
    double headDropout,
    long seed) {

  public TextExpertOptions {
    require(rank >= 1 && rank <= 64, "rank", rank, "1 to 64");
    require(scale > 0 && scale <= 64, "scale", scale, "above 0, at most 64");
    require(firstLayer >= 0, "first layer", firstLayer, "0 or more");
    require(learningRate > 0 && learningRate < 1, "learning rate", learningRate, "0 to 1");
    require(weightDecay >= 0 && weightDecay < 1, "weight decay", weightDecay, "0 to below 1");
    require(warmUp >= 0 && warmUp < 1, "warm-up", warmUp, "0 to below 1");
    require(lastRate >= 0 && lastRate <= 1, "last rate", lastRate, "0 to 1");
    require(clipNorm >= 0, "clip norm", clipNorm, "0 or more");
    require(dropout >= 0 && dropout < 1, "dropout", dropout, "0 to below 1");
    require(headDropout >= 0 && headDropout < 1, "head dropout", headDropout, "0 to below 1");
  }

  /** The values that the shipped expert was trained with. */
  public static TextExpertOptions defaults() {
    return new TextExpertOptions(8, 2, 6, 3e-4, 0.01, 0.1, 0.02, 1, 0.1, 0.2, 1);
  }

  /** The same with another seed. */
  public TextExpertOptions withSeed(final long other) {
    return new TextExpertOptions(
        rank,
        scale,
        firstLayer,
        learningRate,
        weightDecay,
        warmUp,
        lastRate,
        clipNorm,
        dropout,
        headDropout,
        other);
  }

  private static void require(
      final boolean holds, final String name, final Object value, final String range) {
    if (!holds) {
      throw new IllegalArgumentException(name + " must be " + range + ", not " + value);
    }
  }
}
