package io.valence.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.valence.inference.ModelCall;
import io.valence.inference.OnnxModel;
import io.valence.model.Modality;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Learning from planted sentiment, where the best possible result is known. */
class FusionTrainerTest {

  private static final PlantedSentiment PLANTED = new PlantedSentiment(1, 24, 10, 16);
  private static final FusionData TRAINING = PLANTED.samples(1200, 2);
  private static final FusionData VALIDATION = PLANTED.samples(300, 3);
  private static final FusionData TEST = PLANTED.samples(800, 4);

  private static final FusionOptions OPTIONS =
      FusionOptions.defaults()
          .withSize(32, 4)
          .withDropout(0.2, 0, 0.2)
          .withSchedule(32, 12, 0.7, 3, 6)
          .withOptimiser(0.003, 0.04, true, 0.5);

  private static final List<EpochReport> EPOCHS = new ArrayList<>();
  private static FusionModel model;

  @BeforeAll
  static void train() throws Exception {
    model = FusionTrainer.train(TRAINING, VALIDATION, OPTIONS, EPOCHS::add);
  }

  @Test
  void findsThePlantedSentiment() {
    final float[] scores = model.scores(TEST);

    // 0.03 is the distance from the ceiling that the full-size corpus is held to as well.
    assertThat(Statistics.correlation(scores, TEST.labels()))
        .isGreaterThan(PlantedSentiment.ceiling() - 0.03);
    assertThat(Statistics.deviation(scores) / Statistics.deviation(TEST.labels()))
        .isBetween(0.7, 1.3);
  }

  @Test
  void reportsTheDeviationOfTheOutputEveryEpoch() {
    assertThat(EPOCHS).hasSizeBetween(6, 12);
    assertThat(EPOCHS).allSatisfy(epoch -> assertThat(epoch.outputDeviation()).isPositive());
    assertThat(EPOCHS.get(0).learningRate()).isEqualTo(0.003);
  }

  @ParameterizedTest
  @EnumSource(Modality.class)
  void everyModalityCounts(final Modality missing) {
    final Set<Modality> others = EnumSet.complementOf(EnumSet.of(missing));

    final double all = Statistics.correlation(model.scores(TEST), TEST.labels());
    final double without = Statistics.correlation(model.scores(TEST.only(others)), TEST.labels());

    assertThat(all - without).isGreaterThan(0.05);
  }

  @Test
  void oneModalityAloneStillPredicts() {
    final FusionData textOnly = TEST.only(EnumSet.of(Modality.TEXT));

    assertThat(Statistics.correlation(model.scores(textOnly), TEST.labels()))
        .isGreaterThan(PlantedSentiment.ceiling() / Math.sqrt(3) - 0.05);
  }

  @Test
  void anAbsentModalityCannotBeSeen() {
    final FusionData some = TEST.select(0, 1, 2).only(EnumSet.of(Modality.TEXT));
    final float[][][] values = some.values().clone();
    values[Modality.VISUAL.ordinal()] = new float[3][];
    final float[] withoutVisual = model.scores(new FusionData(values, some.labels()));

    assertThat(model.scores(some)).isEqualTo(withoutVisual);
  }

  @Test
  void theSameSeedGivesTheSameWeights() throws Exception {
    final FusionOptions brief = OPTIONS.withSchedule(32, 2, 0.7, 3, 6);
    final FusionData few = TRAINING.select(java.util.stream.IntStream.range(0, 200).toArray());

    final FusionModel first = FusionTrainer.train(few, VALIDATION, brief, epoch -> {});
    final FusionModel second = FusionTrainer.train(few, VALIDATION, brief, epoch -> {});
    final FusionModel other = FusionTrainer.train(few, VALIDATION, brief.withSeed(2), epoch -> {});

    assertThat(weights(first)).isEqualTo(weights(second));
    assertThat(weights(first)).isNotEqualTo(weights(other));
  }

  private static List<List<Float>> weights(final FusionModel trained) {
    final List<List<Float>> all = new ArrayList<>();
    trained
        .members()
        .get(0)
        .tensors()
        .values()
        .forEach(
            tensor -> {
              final List<Float> values = new ArrayList<>();
              for (final float value : tensor.values()) {
                values.add(value);
              }
              all.add(values);
            });
    return all;
  }

  @Test
  void theExportedGraphGivesTheSameScores(@TempDir final Path folder) throws Exception {
    // Of another seed: networks that share weights could be mixed up unseen.
    final FusionModel other =
        FusionTrainer.train(
            TRAINING, VALIDATION, OPTIONS.withSchedule(32, 2, 0.7, 3, 6).withSeed(2), epoch -> {});
    final FusionModel pair = FusionModel.ensemble(List.of(model, other));
    final Path file = folder.resolve("fusion.onnx");
    pair.export(file);

    try (OnnxModel onnx = OnnxModel.open(file, 1);
        ModelCall call = onnx.newCall()) {
      for (final Set<Modality> present :
          List.of(EnumSet.allOf(Modality.class), EnumSet.of(Modality.TEXT))) {
        final FusionData data = TEST.only(present);
        final float[] expected = pair.scores(data);
        // An output that varies little would agree with anything.
        assertThat(Statistics.deviation(expected)).isGreaterThan(0.2);
        final float[] mask = new float[data.size() * 3];
        for (final Modality modality : Modality.values()) {
          final int width = pair.network().widths()[modality.ordinal()];
          final float[] rows = new float[data.size() * width];
          for (int i = 0; i < data.size(); i++) {
            if (data.present(modality, i)) {
              System.arraycopy(data.values()[modality.ordinal()][i], 0, rows, i * width, width);
              mask[i * 3 + modality.ordinal()] = 1;
            }
          }
          call.input(modality.label(), rows, data.size(), width);
        }
        call.input("mask", mask, data.size(), 3).run("score", FusionModel.MEMBERS);
        final float[] actual = call.output("score");
        final float[] members = call.output(FusionModel.MEMBERS);
        final float[] second = other.scores(data);
        for (int i = 0; i < expected.length; i++) {
          assertThat(actual[i]).isCloseTo(expected[i], org.assertj.core.data.Offset.offset(1e-5f));
          assertThat(members[2 * i + 1])
              .isCloseTo(second[i], org.assertj.core.data.Offset.offset(1e-5f));
        }
      }
    }
  }

  @Test
  void labelsThatDoNotVaryAreRefused() {
    final FusionData flat = new FusionData(TRAINING.select(1, 2).values(), new float[] {1, 1});

    assertThatThrownBy(() -> FusionTrainer.train(flat, VALIDATION, OPTIONS, epoch -> {}))
        .isInstanceOf(TrainingInputException.class)
        .hasMessageContaining("training fold");
  }

  @Test
  void aModalityWithoutSamplesNeedsAGivenSize() {
    final FusionData textOnly = TRAINING.only(EnumSet.of(Modality.TEXT));
    final FusionData alsoTextOnly = VALIDATION.only(EnumSet.of(Modality.TEXT));

    assertThatThrownBy(() -> FusionTrainer.train(textOnly, alsoTextOnly, OPTIONS, epoch -> {}))
        .isInstanceOf(TrainingInputException.class)
        .hasMessageContaining("visual");
  }
}
