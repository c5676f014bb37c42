package io.valence.features.visual;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class DetectorOutputTest {

  private static Detection box(final double score, final double left, final double eyeX) {
    return new Detection(score, left, 0, left + 1, 1, eyeX, 0.2, eyeX + 0.4, 0.2);
  }

  @Test
  void boxesOfOneFaceBecomeTheirWeightedMean() {
    // The first two share 0.8 of 1.2 (IoU 0.67); the third is elsewhere.
    final List<Detection> faces =
        DetectorOutput.suppress(List.of(box(0.9, 0, 0.3), box(0.6, 0.2, 0.5), box(0.55, 5, 5.3)));
    assertThat(faces).hasSize(2);
    assertThat(faces.get(0).score()).isEqualTo(0.9);
    assertThat(faces.get(0).left()).isCloseTo(0.2 * 0.6 / 1.5, within(1e-12));
    assertThat(faces.get(0).rightEyeX()).isCloseTo((0.9 * 0.3 + 0.6 * 0.5) / 1.5, within(1e-12));
    assertThat(faces.get(1)).isEqualTo(box(0.55, 5, 5.3));
  }

  @Test
  void boxesThatShareLittleStayApart() {
    // Shared 0.4 of 1.6: IoU 0.25.
    assertThat(DetectorOutput.suppress(List.of(box(0.9, 0, 0.3), box(0.8, 0.6, 0.9)))).hasSize(2);
  }

  @Test
  void aBoxWithoutAreaIsStillOneFace() {
    final Detection point = new Detection(0.9, 1, 1, 1, 1, 1, 1, 1, 1);
    assertThat(DetectorOutput.suppress(List.of(point, point))).hasSize(1);
  }

  @Test
  void anchorsLieOnTwoGrids() {
    final float[] regressors = new float[896 * 16];
    final float[] logits = new float[896];
    Arrays.fill(logits, -144);
    // The second anchor of the second cell of the 16 x 16 grid, and the last of the 8 x 8 grid.
    logits[3] = 2;
    logits[895] = 1;
    regressors[16 * 3] = 12.8f;
    regressors[16 * 3 + 2] = 25.6f;
    regressors[16 * 3 + 3] = 12.8f;
    final List<Detection> faces = DetectorOutput.decode(regressors, logits, 0.5);
    assertThat(faces).hasSize(2);
    final Detection first = faces.get(0);
    assertThat(first.score()).isCloseTo(1 / (1 + Math.exp(-2)), within(1e-12));
    assertThat(first.left()).isCloseTo(1.5 / 16 + 0.1 - 0.1, within(1e-6));
    assertThat(first.right()).isCloseTo(1.5 / 16 + 0.1 + 0.1, within(1e-6));
    assertThat(first.bottom()).isCloseTo(0.5 / 16 + 0.05, within(1e-6));
    assertThat(faces.get(1).left()).isCloseTo(7.5 / 8, within(1e-6));
    assertThat(faces.get(1).top()).isCloseTo(7.5 / 8, within(1e-6));
  }

  @Test
  void aLetterboxedBoxReturnsToThePicture() {
    // A wide picture: its 200 x 100 pixels lie in the middle half of a 200 x 200 square.
    final Detection pixels =
        new Detection(1, 0.25, 0.5, 0.75, 0.6, 0.4, 0.5, 0.6, 0.5).inPixels(200, 100);
    assertThat(pixels.left()).isEqualTo(50);
    assertThat(pixels.top()).isEqualTo(50);
    assertThat(pixels.right()).isEqualTo(150);
    assertThat(pixels.bottom()).isCloseTo(70, within(1e-9));
    final Region region = pixels.region();
    assertThat(region.side()).isEqualTo(150);
    assertThat(region.rotation()).isZero();
  }

  @Test
  void extremeLogitsAreNoAccident() {
    assertThat(DetectorOutput.sigmoid(-1e30)).isBetween(0.0, 1e-40);
    assertThat(DetectorOutput.sigmoid(1e30)).isEqualTo(1);
  }
}
