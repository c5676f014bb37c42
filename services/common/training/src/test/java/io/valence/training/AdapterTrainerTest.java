package io.valence.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.valence.inference.ModelCall;
import io.valence.inference.OnnxModel;
import io.valence.model.Modality;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Two views of the same planted sentiment: the adapter sees one, the base model was trained on the
 * other. Source and target of an unpaired objective come from different samples.
 */
class AdapterTrainerTest {

  private static final int SOURCE = 14;
  private static final int TARGET = 10;

  private static final Map<AdapterObjective, AdapterResult> RESULTS =
      new EnumMap<>(AdapterObjective.class);
  private static AdapterData training;
  private static AdapterData validation;
  private static FusionModel base;
  private static AdapterOptions options;

  @BeforeAll
  static void train() throws Exception {
    training = views(1200, 1);
    validation = views(300, 2);
    base =
        FusionTrainer.train(
            new int[] {2, 2, TARGET},
            textOnly(training.target(), training.targetLabels()),
            textOnly(validation.paired(), validation.sourceLabels()),
            FusionOptions.defaults()
                .withSize(16, 4)
                .withDropout(0.1, 0, 0)
                .withSchedule(32, 6, 0.7, 3, 6)
                .withOptimiser(0.003, 0.04, true, 0.5),
            epoch -> {});
    options = AdapterOptions.defaults(SOURCE, TARGET).withSize(48, 0.1, 32, 128).with(25, 1);
    final AdapterTrainer trainer =
        new AdapterTrainer(Modality.TEXT, training, validation, base, options);
    for (final AdapterObjective objective :
        EnumSet.complementOf(EnumSet.of(AdapterObjective.NEAREST))) {
      RESULTS.put(objective, trainer.train(objective));
    }
  }

  private static FusionData textOnly(final float[][] rows, final float[] labels) {
    return new FusionData(
        new float[][][] {new float[rows.length][], new float[rows.length][], rows}, labels);
  }

  /** Three hidden values; the label is one of them. Both views mix all three. */
  private static AdapterData views(final int count, final long seed) {
    final Random mixing = new Random(99);
    final float[][] toSource = matrix(mixing, 3, SOURCE);
    final float[][] toTarget = matrix(mixing, 3, TARGET);
    final Random random = new Random(seed);
    final float[][] source = new float[count][];
    final float[][] paired = new float[count][];
    final float[][] target = new float[count][];
    final float[] sourceLabels = new float[count];
    final float[] targetLabels = new float[count];
    for (int i = 0; i < count; i++) {
      final float[] hidden = hidden(random);
      source[i] = view(hidden, toSource, random);
      paired[i] = view(hidden, toTarget, random);
      sourceLabels[i] = label(hidden);
      final float[] other = hidden(random);
      target[i] = view(other, toTarget, random);
      targetLabels[i] = label(other);
    }
    return new AdapterData(source, sourceLabels, paired, target, targetLabels);
  }

  private static float label(final float[] hidden) {
    return Math.max(-3, Math.min(3, hidden[0]));
  }

  private static float[] hidden(final Random random) {
    return new float[] {
      (float) random.nextGaussian(), (float) random.nextGaussian(), (float) random.nextGaussian()
    };
  }

  private static float[][] matrix(final Random random, final int rows, final int columns) {
    final float[][] matrix = new float[rows][columns];
    for (final float[] row : matrix) {
      for (int i = 0; i < columns; i++) {
        row[i] = (float) (random.nextGaussian() / Math.sqrt(rows));
      }
    }
    return matrix;
  }

  private static float[] view(final float[] hidden, final float[][] mixing, final Random random) {
    final float[] view = new float[mixing[0].length];
    for (int i = 0; i < view.length; i++) {
      view[i] = (float) (0.2 * random.nextGaussian());
      for (int j = 0; j < hidden.length; j++) {
        view[i] += hidden[j] * mixing[j][i];
      }
    }
    return view;
  }

  @Test
  void randomPairsCollapse() {
    final AdapterResult result = RESULTS.get(AdapterObjective.RANDOM_PAIRS);

    // Whatever is left is chance fits to the draws; a faithful adapter keeps nearly all.
    assertThat(result.varianceKept()).isLessThan(0.15);
  }

  @ParameterizedTest
  @EnumSource(names = {"PAIRED", "MOMENTS", "TRANSPORT"})
  void theOthersKeepTheVariance(final AdapterObjective objective) {
    assertThat(RESULTS.get(objective).varianceKept()).isBetween(0.5, 1.5);
  }

  @ParameterizedTest
  @EnumSource(names = {"PAIRED", "MOMENTS", "TRANSPORT", "PREDICTION"})
  void theOthersServeTheBaseModelBetter(final AdapterObjective objective) {
    final double random = RESULTS.get(AdapterObjective.RANDOM_PAIRS).correlation();

    assertThat(RESULTS.get(objective).correlation()).isGreaterThan(Math.abs(random) + 0.05);
  }

  @Test
  void truePairsComeNearTheTrueFeatures() {
    final float[] native0 = base.scores(textOnly(validation.paired(), validation.sourceLabels()));
    final double own = Statistics.correlation(native0, validation.sourceLabels());

    assertThat(RESULTS.get(AdapterObjective.PAIRED).targetError()).isLessThan(0.3);
    assertThat(RESULTS.get(AdapterObjective.PAIRED).correlation()).isGreaterThan(0.9 * own);
  }

  @Test
  void nearestRefusesSpacesThatDoNotMatch() {
    final AdapterTrainer trainer =
        new AdapterTrainer(Modality.TEXT, training, validation, base, options);

    assertThatThrownBy(() -> trainer.train(AdapterObjective.NEAREST))
        .isInstanceOf(TrainingInputException.class)
        .hasMessageContaining("same columns");
  }

  @Test
  void nearestTakesMatchedSpaces() throws Exception {
    final AdapterData same =
        new AdapterData(
            training.target(),
            training.targetLabels(),
            training.target(),
            training.paired(),
            training.sourceLabels());

    final AdapterResult result =
        new AdapterTrainer(Modality.TEXT, same, same, base, options.with(5, 1))
            .train(AdapterObjective.NEAREST);

    assertThat(result.varianceKept()).isGreaterThan(0.3);
  }

  @Test
  void aMissingPairIsSaid() {
    final AdapterData unpaired =
        new AdapterData(
            training.source(),
            training.sourceLabels(),
            new float[training.source().length][],
            training.target(),
            training.targetLabels());

    assertThatThrownBy(
            () ->
                new AdapterTrainer(Modality.TEXT, unpaired, validation, base, options)
                    .train(AdapterObjective.PAIRED))
        .isInstanceOf(TrainingInputException.class)
        .hasMessageContaining("both kinds of features");
  }

  @Test
  void theExportedGraphGivesTheSameFeatures(@TempDir final Path folder) throws Exception {
    final AdapterModel model = RESULTS.get(AdapterObjective.PAIRED).model();
    final Path file = folder.resolve("adapter.onnx");
    model.export(file);
    final float[][] expected = model.adapt(validation.source());

    try (OnnxModel onnx = OnnxModel.open(file, 1);
        ModelCall call = onnx.newCall()) {
      final float[] rows = new float[expected.length * SOURCE];
      for (int i = 0; i < expected.length; i++) {
        System.arraycopy(validation.source()[i], 0, rows, i * SOURCE, SOURCE);
      }
      call.input("features", rows, expected.length, SOURCE).run("adapted");
      final float[] actual = call.output("adapted");
      for (int i = 0; i < actual.length; i++) {
        assertThat(actual[i]).isCloseTo(expected[i / TARGET][i % TARGET], Offset.offset(1e-5f));
      }
    }
  }

  @Test
  void theSameSeedGivesTheSameWeights() throws Exception {
    final AdapterTrainer trainer =
        new AdapterTrainer(Modality.TEXT, training, validation, base, options.with(1, 7));

    final Weights first = trainer.train(AdapterObjective.TRANSPORT).model().weights();
    final Weights second = trainer.train(AdapterObjective.TRANSPORT).model().weights();

    first
        .tensors()
        .forEach(
            (name, tensor) -> assertThat(tensor.values()).isEqualTo(second.get(name).values()));
  }

  @Test
  void whatLeavesTheSpaceIsCutWhereTheBaseModelWouldCutIt(@TempDir final Path folder)
      throws Exception {
    final Weights weights = RESULTS.get(AdapterObjective.PAIRED).model().weights().copy();
    final float[] output = weights.get("output.weight").values();
    for (int i = 0; i < output.length; i++) {
      output[i] *= 20;
    }
    final AdapterModel wild =
        new AdapterModel(new AdapterNetwork(SOURCE, options.hidden(), TARGET), weights);
    final float[] adapted = wild.adapt(validation.source())[0];
    final Path file = folder.resolve("wild.onnx");
    wild.export(file);

    assertThat(Math.max(max(adapted), -min(adapted))).isEqualTo(6f);
    for (final float value : adapted) {
      assertThat(value).isBetween(-6f, 6f);
    }
    try (OnnxModel onnx = OnnxModel.open(file, 1);
        ModelCall call = onnx.newCall()) {
      call.input("features", validation.source()[0], 1, SOURCE).run("adapted");
      assertThat(call.output("adapted")).containsExactly(adapted, Offset.offset(1e-5f));
    }
  }

  private static float max(final float[] values) {
    float max = values[0];
    for (final float value : values) {
      max = Math.max(max, value);
    }
    return max;
  }

  private static float min(final float[] values) {
    final float[] negative = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      negative[i] = -values[i];
    }
    return -max(negative);
  }

  @Test
  void theAdapterThatKnowsNothingGivesTheMean() {
    final float[][] adapted = AdapterModel.mean(SOURCE, TARGET).adapt(validation.source());

    assertThat(adapted[0]).containsOnly(0f);
    assertThat(adapted[1]).containsOnly(0f);
  }
}
