package io.valence.training;

import java.util.List;

/**
 * One part of the text expert's training.
 *
 * @param name for people
 * @param training at least two samples of different labels
 * @param validation chooses the epoch by its r; empty: the last epoch is kept
 * @param epochs >= 1
 * @param batchSize texts in a step, >= 2
 * @param loss what is made small
 */
record TextStage(
    String name,
    List<TextSample> training,
    List<TextSample> validation,
    int epochs,
    int batchSize,
    SentimentLoss loss) {

  TextStage {
    training = List.copyOf(training);
    validation = List.copyOf(validation);
    if (epochs < 1 || batchSize < 2) {
      throw new IllegalArgumentException(
          "a stage needs at least 1 epoch and 2 texts in a batch, not "
              + epochs
              + " and "
              + batchSize);
    }
  }

  /**
   * Looks at the labels.
   *
   * @throws TrainingInputException if there is nothing to learn from them
   */
  void requireVaried() throws TrainingInputException {
    requireVaried("training", training, true);
    requireVaried("validation", validation, false);
  }

  private void requireVaried(
      final String part, final List<TextSample> samples, final boolean needed)
      throws TrainingInputException {
    final long labels = samples.stream().map(TextSample::label).distinct().count();
    if (labels < 2 && (needed || !samples.isEmpty())) {
      throw new TrainingInputException(
          name
              + ": "
              + samples.size()
              + " "
              + part
              + " texts with "
              + labels
              + " different labels; a correlation needs at least two");
    }
  }

  long trainingPieces() {
    return training.stream().mapToLong(TextSample::length).sum();
  }

  long validationPieces() {
    return validation.stream().mapToLong(TextSample::length).sum();
  }
}
