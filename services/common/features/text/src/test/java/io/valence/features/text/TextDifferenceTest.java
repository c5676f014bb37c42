package io.valence.features.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.valence.inference.ModelFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The file of what a text expert has learned. */
class TextDifferenceTest {

  @TempDir Path folder;

  private static TextDifference small() {
    final Map<String, List<Long>> shapes = new LinkedHashMap<>();
    shapes.put("head.weight", List.of(1L, 3L));
    shapes.put("head.bias", List.of(1L));
    return new TextDifference(
        new TextDifference.Description(
            1,
            "bert-small-3",
            8,
            2,
            ContextLimits.DEFAULT,
            shapes,
            new TextDifference.Golden(List.of("before"), "text", List.of(0.5f), 1.25f),
            List.of("some.csv")),
        Map.of("head.weight", new float[] {0.1f, -2, 3e-6f}, "head.bias", new float[] {0.25f}));
  }

  @Test
  void whatIsReadIsWhatWasWritten() throws IOException {
    final Path file = folder.resolve("small.vtd");
    small().write(file);

    final TextDifference read = TextDifference.read(file);

    assertThat(read.description()).isEqualTo(small().description());
    assertThat(read.tensors().get("head.weight"))
        .containsExactly(small().tensors().get("head.weight"));
    assertThat(read.tensors().get("head.bias")).containsExactly(0.25f);
  }

  @Test
  void bordersAreAddedAndReplacedAndNothingElse() throws IOException {
    final TextDifference.Borders first =
        new TextDifference.Borders(new float[] {1, 2, 3, 4, 5, 6}, new float[] {1, 2, 3, 4});
    final TextDifference.Borders second =
        new TextDifference.Borders(new float[6], new float[] {0, 0, 0, 0.5f});
    final Path file = folder.resolve("borders.vtd");

    small().withBorders(first).withBorders(second).write(file);

    final TextDifference read = TextDifference.read(file);
    assertThat(small().borders(3)).isEmpty();
    assertThat(read.borders(3).orElseThrow().weight()).containsExactly(new float[6]);
    assertThat(read.borders(3).orElseThrow().bias()).containsExactly(0, 0, 0, 0.5f);
    assertThat(read.description().shapes())
        .hasSize(4)
        .containsAllEntriesOf(small().description().shapes())
        .containsEntry("borders.weight", List.of(2L, 3L))
        .containsEntry("borders.bias", List.of(4L));
    assertThat(read.description().golden()).isEqualTo(small().description().golden());
    assertThat(read.tensors().get("head.weight"))
        .containsExactly(small().tensors().get("head.weight"));
    assertThatThrownBy(() -> read.borders(4))
        .isInstanceOf(ModelFileException.class)
        .hasMessageContaining("borders of shapes [2, 3] and [4], not [2, 4] and [4]");
  }

  @Test
  void everyHalfReadsBackAsItself() {
    for (int bits = 0; bits < 0x7c00; bits++) {
      final float value = HalfFloats.toFloat((short) bits);
      assertThat(HalfFloats.of(value)).isEqualTo((short) bits);
      assertThat(HalfFloats.of(-value)).isEqualTo((short) (bits | 0x8000));
    }
  }

  @Test
  void valuesGoToTheNearestHalf() {
    assertThat(HalfFloats.toFloat(HalfFloats.of(0.1f))).isEqualTo(0.099975586f);
    // Half-way between 2048 and 2050, and between 2050 and 2052: to the even one.
    assertThat(HalfFloats.toFloat(HalfFloats.of(2049))).isEqualTo(2048);
    assertThat(HalfFloats.toFloat(HalfFloats.of(2051))).isEqualTo(2052);
    assertThat(HalfFloats.toFloat(HalfFloats.of(1e-9f))).isZero();
    assertThatThrownBy(() -> HalfFloats.of(70_000)).hasMessageContaining("does not fit");
    assertThatThrownBy(() -> HalfFloats.of(Float.NaN)).hasMessageContaining("does not fit");
  }

  @Test
  void damagedFilesAreRefusedInOneLine() throws IOException {
    final Path file = folder.resolve("small.vtd");
    small().write(file);
    final byte[] bytes = Files.readAllBytes(file);

    assertRefused(Arrays.copyOf(bytes, bytes.length - 1), "is cut short");
    assertRefused(Arrays.copyOf(bytes, 40), "is cut short");
    assertRefused(Arrays.copyOf(bytes, bytes.length + 2), "goes on after its last tensor");
    assertRefused(new byte[] {1, 2, 3, 4, 5, 6, 7, 8}, "is no text difference");
    final byte[] header = bytes.clone();
    header[8] = 'x';
    assertRefused(header, "is damaged");
    assertThatThrownBy(() -> TextDifference.read(folder.resolve("none.vtd")))
        .isInstanceOf(ModelFileException.class)
        .hasMessageContaining("is missing");
  }

  private void assertRefused(final byte[] content, final String reason) throws IOException {
    final Path file = Files.write(folder.resolve("damaged.vtd"), content);
    assertThatThrownBy(() -> TextDifference.read(file))
        .isInstanceOf(ModelFileException.class)
        .hasMessageContaining(reason);
  }
}
