package io.valence.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class SinkhornTest {

  @Test
  void movesEveryPointToItsOwnWhereThatIsCheapest() {
    final float[] cost = {0, 4, 4, 4, 0, 4, 4, 4, 0};

    final float[] plan = Sinkhorn.plan(cost, 3, 3, 0.1);

    for (int i = 0; i < 9; i++) {
      assertThat(plan[i]).isCloseTo(i % 4 == 0 ? 1 / 3f : 0, Offset.offset(1e-4f));
    }
  }

  @Test
  void givesEveryPointItsShareOnBothSides() {
    final Random random = new Random(1);
    final float[] cost = new float[5 * 7];
    for (int i = 0; i < cost.length; i++) {
      cost[i] = 10 * random.nextFloat();
    }

    final float[] plan = Sinkhorn.plan(cost, 5, 7, Sinkhorn.blur(cost, 0.2));

    for (final double sum : Sinkhorn.rowSums(plan, 5, 7)) {
      assertThat(sum).isCloseTo(1 / 5.0, Offset.offset(1e-3));
    }
    for (int column = 0; column < 7; column++) {
      double sum = 0;
      for (int row = 0; row < 5; row++) {
        sum += plan[row * 7 + column];
      }
      assertThat(sum).isCloseTo(1 / 7.0, Offset.offset(1e-6));
    }
  }

  @Test
  void survivesCostsThatWouldOverflow() {
    final float[] plan = Sinkhorn.plan(new float[] {1e6f, 0, 0, 1e6f}, 2, 2, 0.5);

    assertThat(plan[1]).isCloseTo(0.5f, Offset.offset(1e-5f));
    assertThat(plan[0]).isCloseTo(0f, Offset.offset(1e-5f));
  }
}
