package io.valence.corpora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.valence.features.FeatureSpace;
import io.valence.features.Features;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FeatureFileTest {

  private static final FeatureSpace SPACE = new FeatureSpace("space-2", List.of("a", "b"));

  @TempDir Path folder;

  @Test
  void vectorsSilenceAndFailuresAreReadBack() throws IOException {
    final Path file = folder.resolve("features.avro");
    try (FeatureFile.Writer writer = FeatureFile.append(file, List.of(SPACE))) {
      writer.add("s1", "v", new Features(SPACE, new float[] {1.5f, -2}, 12, 0.75));
      writer.add("s2", "v", Features.silent(SPACE));
      writer.addFailure("s3", "v", "space-2", "v.mp4 has no picture");
      writer.addFailure("s4", "v", "space-2", "out of disk");
      writer.add("s4", "v", new Features(SPACE, new float[] {3, 4}, 1, 1));
      assertThat(writer.failed()).isEqualTo(1);
    }
    final FeatureFile read = FeatureFile.read(file);
    assertThat(read.spaces()).containsEntry("space-2", SPACE);
    assertThat(read.entries()).hasSize(4);
    final FeatureTable table = read.table("space-2");
    assertThat(table.ids()).containsExactly("s1", "s4");
    assertThat(table.row("s1")).containsExactly(1.5f, -2f);
    assertThat(table.weight("s1")).isEqualTo(12);
    assertThat(table.quality("s1")).isEqualTo(0.75f);
    assertThat(read.failureLines(5)).containsExactly("s3 (space-2): v.mp4 has no picture");
    assertThatThrownBy(() -> read.table("other"))
        .isInstanceOf(CorpusException.class)
        .hasMessage("there are no features of space 'other'; the file has [space-2]");
  }

  @Test
  void anInterruptedExtractionGoesOnWhereverItWasCut() throws IOException {
    final Path whole = folder.resolve("whole.avro");
    try (FeatureFile.Writer writer = FeatureFile.append(whole, List.of(SPACE))) {
      for (int i = 0; i < 20; i++) {
        writer.add("s" + i, "v", new Features(SPACE, new float[] {i, i * i}, 1, 1));
      }
    }
    final long size = Files.size(whole);
    final long header = headerSize();
    for (long cut = header; cut < size; cut += 7) {
      final Path file = folder.resolve("cut.avro");
      Files.write(file, Files.readAllBytes(whole));
      try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
        access.setLength(cut);
      }
      try (FeatureFile.Writer writer = FeatureFile.append(file, List.of(SPACE))) {
        final int kept = writer.doneSegments("space-2").size();
        assertThat(kept).isLessThan(20);
        for (int i = 0; i < 20; i++) {
          assertThat(writer.done("s" + i, "space-2")).isEqualTo(i < kept);
          if (i >= kept) {
            writer.add("s" + i, "v", new Features(SPACE, new float[] {i, i * i}, 1, 1));
          }
        }
      }
      final FeatureTable table = FeatureFile.read(file).table("space-2");
      assertThat(table.ids())
          .containsExactlyElementsOf(IntStream.range(0, 20).mapToObj(i -> "s" + i).toList());
      assertThat(table.row("s19")).containsExactly(19f, 361f);
    }
  }

  private long headerSize() throws IOException {
    final Path empty = folder.resolve("empty.avro");
    FeatureFile.append(empty, List.of(SPACE)).close();
    return Files.size(empty);
  }

  @Test
  void anotherSpaceOrAnotherFileIsRefused() throws IOException {
    final Path file = folder.resolve("features.avro");
    FeatureFile.append(file, List.of(SPACE)).close();
    final FeatureSpace renamed = new FeatureSpace("space-2", List.of("a", "c"));
    assertThatThrownBy(() -> FeatureFile.append(file, List.of(renamed)))
        .isInstanceOf(CorpusException.class)
        .hasMessageContaining("was made for [space-2] with other columns");
    final Path text = Files.writeString(folder.resolve("x.avro"), "not Avro at all, only words");
    assertThatThrownBy(() -> FeatureFile.read(text))
        .isInstanceOf(CorpusException.class)
        .hasMessageContaining("is not a feature file");
  }
}
