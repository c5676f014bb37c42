package io.valence.training;

/**
 * How an adapter is built and trained. {@link #defaults(int, int)} are the methodology's values.
 *
 * @param hidden width of the two hidden layers
 * @param dropout after each of them, 0 to below 1
 * @param learningRate above 0
 * @param weightDecay decoupled, at least 0
 * @param batchSize at least 2
 * @param setBatchSize batch for objectives that compare whole sets, at least 2
 * @param epochs at least 1
 * @param labelWeight how much the label counts as one more coordinate of both sets when sets are
 *     compared (Courty et al., 2017); 0 compares the features alone
 * @param randomTargets how many targets {@code random-pairs} draws from
 * @param clusters how many centres {@code nearest} has
 * @param seed of weights, order, draws and dropout
 */
public record AdapterOptions(
    int hidden,
    double dropout,
    double learningRate,
    double weightDecay,
    int batchSize,
    int setBatchSize,
    int epochs,
    double labelWeight,
    int randomTargets,
    int clusters,
    long seed) {

  /** Spaces that are this much wider than their source get a wider network. */
  private static final int EXPANSION = 8;

  public AdapterOptions {
    if (hidden < 1 || epochs < 1 || randomTargets < 1 || clusters < 1) {
      throw new IllegalArgumentException("sizes of an adapter must be at least 1");
    }
    if (!(dropout >= 0 && dropout < 1) || !(weightDecay >= 0) || !(labelWeight >= 0)) {
      throw new IllegalArgumentException(
          "dropout must be from 0 to below 1, weight decay and label weight at least 0");
    }
    if (!(learningRate > 0) || batchSize < 2 || setBatchSize < 2) {
      throw new IllegalArgumentException(
          "the learning rate must be above 0 and a batch at least 2: batches are normalised");
    }
  }

  /** The methodology's values: 256 wide, 512 where the target is much wider than the source. */
  public static AdapterOptions defaults(final int inputs, final int outputs) {
    return new AdapterOptions(
        outputs > EXPANSION * inputs ? 512 : 256, 0.3, 0.001, 0, 16, 128, 30, 3, 1000, 32, 1);
  }

  /** The same with another length and seed. */
  public AdapterOptions with(final int otherEpochs, final long otherSeed) {
    return new AdapterOptions(
        hidden,
        dropout,
        learningRate,
        weightDecay,
        batchSize,
        setBatchSize,
        otherEpochs,
        labelWeight,
        randomTargets,
        clusters,
        otherSeed);
  }

  /** The same with another width, dropout and batches. */
  public AdapterOptions withSize(
      final int width, final double otherDropout, final int batch, final int setBatch) {
    return new AdapterOptions(
        width,
        otherDropout,
        learningRate,
        weightDecay,
        batch,
        setBatch,
        epochs,
        labelWeight,
        randomTargets,
        clusters,
        seed);
  }
}
