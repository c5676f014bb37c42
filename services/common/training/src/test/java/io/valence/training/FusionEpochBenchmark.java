package io.valence.training;

import java.util.Locale;

/**
 * Times epochs of the base model at full size: 16,000 segments of 713, 74 and 300 values. Its peer is
 * {@code benchmark/fusion_epoch.py}, the same network in PyTorch; {@code
 * benchmark/compare-with-pytorch} runs both.
 */
final class FusionEpochBenchmark {

  private static final int SEGMENTS = 16_000;
  private static final int EPOCHS = 4;

  private FusionEpochBenchmark() {}

  public static void main(final String[] arguments) throws TrainingInputException {
    final PlantedSentiment planted = new PlantedSentiment(1, 713, 74, 300);
    final FusionData training = planted.samples(SEGMENTS, 2);
    final FusionData validation = planted.samples(200, 3);
    FusionTrainer.train(
        training,
        validation,
        FusionOptions.defaults().withSchedule(32, EPOCHS, 0.7, 7, 25),
        epoch ->
            System.out.printf(
                Locale.ROOT, "djl epoch %d: %.2f s%n", epoch.epoch(), epoch.seconds()));
  }
}
