package io.valence.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** Against values of torch.optim.Adam and AdamW (PyTorch 1.13), three steps on sum((w - t)^2). */
class AdamTest {

  private static final float[] TARGET = {0.1f, -0.2f, 3f};

  private static float[] threeSteps(
      final boolean decoupled, final double decay, final double clip) {
    final Weights weights = new Weights();
    weights.put("w", new float[] {1, -2, 0.5f}, true, 3);
    final Engine engine = TorchEngine.seeded(1);
    try (NDManager manager = engine.newBaseManager()) {
      final Map<String, NDArray> arrays = weights.upload(manager, true);
      final Adam adam = new Adam(weights, arrays, decay, decoupled, clip);
      for (int step = 0; step < 3; step++) {
        try (NDManager batch = manager.newSubManager();
            GradientCollector collector = engine.newGradientCollector()) {
          collector.backward(arrays.get("w").sub(batch.create(TARGET)).square().sum());
        }
        adam.step(0.1);
      }
      // The engine's copy is what the next step would start from.
      assertThat(arrays.get("w").toFloatArray()).isEqualTo(weights.get("w").values());
    }
    return weights.get("w").values();
  }

  private static void assertValues(final float[] actual, final double... expected) {
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) actual[i]).isCloseTo(expected[i], Offset.offset(2e-6));
    }
  }

  @Test
  void withoutDecay() {
    assertValues(threeSteps(true, 0, 0), 0.7018543, -1.7007122, 0.7995261);
  }

  @Test
  void decoupledDecayIsThatOfAdamW() {
    assertValues(threeSteps(true, 0.5, 0), 0.5755197, -1.4312820, 0.7136118);
  }

  @Test
  void coupledDecayIsThatOfAdam() {
    assertValues(threeSteps(false, 0.5, 0), 0.7017942, -1.7006925, 0.7993350);
  }

  @Test
  void clipsTheNormOfTheGradient() {
    assertValues(threeSteps(true, 0, 0.01), 0.7009063, -1.7000592, 0.8000990);
  }

  @Test
  void gradientsThatAreNoNumbersStopTheTraining() {
    final Weights weights = new Weights();
    weights.put("w", new float[] {Float.NaN}, true, 1);
    final Engine engine = TorchEngine.seeded(1);
    try (NDManager manager = engine.newBaseManager()) {
      final Map<String, NDArray> arrays = weights.upload(manager, true);
      final Adam adam = new Adam(weights, arrays, 0, true, 0);
      try (GradientCollector collector = engine.newGradientCollector()) {
        collector.backward(arrays.get("w").square().sum());
      }
      assertThatThrownBy(() -> adam.step(0.1))
          .isInstanceOf(TrainingException.class)
          .hasMessageContaining("no longer numbers");
    }
  }
}
