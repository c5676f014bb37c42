package io.valence.training;

/**
 * How a fusion model is built and trained. {@link #defaults()} are the methodology's own values,
 * except that weight decay is decoupled: coupled, at 0.04, it draws the output to a constant.
 *
 * @param hidden width of the encoded modalities, a multiple of {@code heads}
 * @param heads of the cross-modal attention
 * @param dropout after every hidden layer, 0 to below 1
 * @param inputDropout on the standardised features, 0 to below 1
 * @param modalityDropout probability with which a modality of a training sample is left out, 0 to
 *     below 1; at least one stays
 * @param squaredError weight of the mean squared error in the loss
 * @param correlation weight of (1 - r)²
 * @param absoluteError weight of the mean absolute error
 * @param learningRate above 0
 * @param weightDecay at least 0
 * @param decoupledDecay AdamW instead of Adam
 * @param clipNorm largest norm of the gradient; 0 means no limit
 * @param batchSize at least 2: a correlation needs two samples
 * @param epochs at most
 * @param plateauFactor by which the learning rate falls, above 0, at most 1
 * @param plateauPatience epochs without a better validation r before it falls
 * @param earlyStopping epochs without a better validation r before training ends
 * @param seed of the initial weights, the order of the samples and every dropout
 */
public record FusionOptions(
    int hidden,
    int heads,
    double dropout,
    double inputDropout,
    double modalityDropout,
    double squaredError,
    double correlation,
    double absoluteError,
    double learningRate,
    double weightDecay,
    boolean decoupledDecay,
    double clipNorm,
    int batchSize,
    int epochs,
    double plateauFactor,
    int plateauPatience,
    int earlyStopping,
    long seed) {

  public FusionOptions {
    require(
        heads >= 1 && hidden >= heads && hidden % heads == 0, "hidden must be a multiple of heads");
    require(share(dropout) && share(inputDropout), "dropouts must be from 0 to below 1");
    require(share(modalityDropout), "modality dropout must be from 0 to below 1");
    require(
        squaredError >= 0
            && correlation >= 0
            && absoluteError >= 0
            && squaredError + correlation + absoluteError > 0,
        "the weights of the loss must be at least 0, and one above");
    require(learningRate > 0 && Double.isFinite(learningRate), "learning rate must be above 0");
    require(weightDecay >= 0 && clipNorm >= 0, "weight decay and clipping must be at least 0");
    require(batchSize >= 2, "batch size must be at least 2: the loss holds a correlation");
    require(epochs >= 1 && earlyStopping >= 1 && plateauPatience >= 1, "epochs must be at least 1");
    require(plateauFactor > 0 && plateauFactor <= 1, "plateau factor must be above 0, at most 1");
  }

  private static boolean share(final double value) {
    return value >= 0 && value < 1;
  }

  private static void require(final boolean holds, final String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }

  /** The methodology's values, with decoupled weight decay and seed 1. */
  public static FusionOptions defaults() {
    return new FusionOptions(
        96, 4, 0.7, 0, 0.2, 0.3, 0.7, 0, 0.0008, 0.04, true, 0.5, 32, 100, 0.7, 7, 25, 1);
  }

  /** The same with other regularisation. */
  public FusionOptions withDropout(
      final double hiddenDropout, final double ofInputs, final double ofModalities) {
    return new FusionOptions(
        hidden,
        heads,
        hiddenDropout,
        ofInputs,
        ofModalities,
        squaredError,
        correlation,
        absoluteError,
        learningRate,
        weightDecay,
        decoupledDecay,
        clipNorm,
        batchSize,
        epochs,
        plateauFactor,
        plateauPatience,
        earlyStopping,
        seed);
  }

  /** The same with another loss. */
  public FusionOptions withLoss(
      final double squared, final double correlated, final double absolute) {
    return new FusionOptions(
        hidden,
        heads,
        dropout,
        inputDropout,
        modalityDropout,
        squared,
        correlated,
        absolute,
        learningRate,
        weightDecay,
        decoupledDecay,
        clipNorm,
        batchSize,
        epochs,
        plateauFactor,
        plateauPatience,
        earlyStopping,
        seed);
  }

  /** The same with another optimiser. */
  public FusionOptions withOptimiser(
      final double rate, final double decay, final boolean decoupled, final double clip) {
    return new FusionOptions(
        hidden,
        heads,
        dropout,
        inputDropout,
        modalityDropout,
        squaredError,
        correlation,
        absoluteError,
        rate,
        decay,
        decoupled,
        clip,
        batchSize,
        epochs,
        plateauFactor,
        plateauPatience,
        earlyStopping,
        seed);
  }

  /** The same with another schedule. */
  public FusionOptions withSchedule(
      final int batch,
      final int atMost,
      final double factor,
      final int patience,
      final int stopping) {
    return new FusionOptions(
        hidden,
        heads,
        dropout,
        inputDropout,
        modalityDropout,
        squaredError,
        correlation,
        absoluteError,
        learningRate,
        weightDecay,
        decoupledDecay,
        clipNorm,
        batch,
        atMost,
        factor,
        patience,
        stopping,
        seed);
  }

  /** The same with another size. */
  public FusionOptions withSize(final int width, final int attentionHeads) {
    return new FusionOptions(
        width,
        attentionHeads,
        dropout,
        inputDropout,
        modalityDropout,
        squaredError,
        correlation,
        absoluteError,
        learningRate,
        weightDecay,
        decoupledDecay,
        clipNorm,
        batchSize,
        epochs,
        plateauFactor,
        plateauPatience,
        earlyStopping,
        seed);
  }

  /** The same from another seed. */
  public FusionOptions withSeed(final long other) {
    return new FusionOptions(
        hidden,
        heads,
        dropout,
        inputDropout,
        modalityDropout,
        squaredError,
        correlation,
        absoluteError,
        learningRate,
        weightDecay,
        decoupledDecay,
        clipNorm,
        batchSize,
        epochs,
        plateauFactor,
        plateauPatience,
        earlyStopping,
        other);
  }
}
