package io.valence.training;

/**
 * What one epoch of training came to.
 *
 * @param epoch from 1
 * @param learningRate it was run with
 * @param loss mean over the training batches
 * @param validationLoss on the validation fold
 * @param validationCorrelation Pearson's r there; 0 if the output is constant
 * @param outputDeviation standard deviation of the output there: near 0 means that the model has
 *     collapsed to a constant
 * @param seconds of training, evaluation not counted
 */
public record EpochReport(
    int epoch,
    double learningRate,
    double loss,
    double validationLoss,
    double validationCorrelation,
    double outputDeviation,
    double seconds) {}
