package io.valence.corpora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.valence.features.FeatureSpace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CorpusTest {

  @TempDir Path folder;

  private static List<Long> sizes(final String split, final int videos) {
    final Collection<Fold> folds =
        Split.parse(split)
            .assign(IntStream.range(0, videos).mapToObj(Integer::toString).toList(), 7)
            .values();
    return Stream.of(Fold.TRAIN, Fold.VALIDATION, Fold.TEST)
        .map(fold -> folds.stream().filter(fold::equals).count())
        .toList();
  }

  @Test
  void noShareIsRoundedToNothingWhereThereAreEnoughVideos() {
    assertThat(sizes("90/10/0", 5)).containsExactly(4L, 1L, 0L);
    assertThat(sizes("90/10/0", 2)).containsExactly(1L, 1L, 0L);
    assertThat(sizes("90/10/0", 1)).containsExactly(1L, 0L, 0L);
    assertThat(sizes("70/15/15", 3)).containsExactly(1L, 1L, 1L);
    assertThat(sizes("70/15/15", 2)).containsExactly(1L, 1L, 0L);
    assertThat(sizes("10/10/80", 3)).containsExactly(1L, 1L, 1L);
    assertThat(sizes("30/0/70", 1)).containsExactly(1L, 0L, 0L);
    assertThat(sizes("70/15/15", 20)).containsExactly(14L, 3L, 3L);
  }

  @Test
  void theFoldOfSentencesIsTheEndingOfTheirFile() throws IOException {
    final Map<String, Fold> folds =
        Map.of(
            "stsa.fine.train", Fold.TRAIN,
            "stsa.fine.dev", Fold.VALIDATION,
            "stsa.fine.test", Fold.TEST,
            "latest.txt", Fold.NONE,
            "training.txt", Fold.NONE,
            "my.train.txt", Fold.NONE);
    for (final Map.Entry<String, Fold> each : folds.entrySet()) {
      final Path file = Files.writeString(folder.resolve(each.getKey()), "\uFEFF4 good\n0 bad\n");
      assertThat(TextSentiment.read(file).segments())
          .extracting(Segment::fold)
          .as(each.getKey())
          .containsOnly(each.getValue());
    }
  }

  @Test
  void aSplitDividesVideosRepeatably() {
    final List<String> videos = IntStream.range(0, 100).mapToObj(i -> "v" + i).toList();
    final Map<String, Fold> folds = Split.parse("70/15/15").assign(videos, 7);
    assertThat(Collections.frequency(folds.values(), Fold.TRAIN)).isEqualTo(70);
    assertThat(Collections.frequency(folds.values(), Fold.VALIDATION)).isEqualTo(15);
    assertThat(Collections.frequency(folds.values(), Fold.TEST)).isEqualTo(15);
    final List<String> reversed = new ArrayList<>(videos);
    Collections.reverse(reversed);
    assertThat(Split.parse("70/15/15").assign(reversed, 7)).isEqualTo(folds);
    assertThat(Split.parse("70/15/15").assign(videos, 8)).isNotEqualTo(folds);
    assertThat(Split.parse("85/15/0").assign(videos, 7)).doesNotContainValue(Fold.TEST);
    for (final String wrong : List.of("70/15", "70/20/20", "0/50/50", "a/b/c")) {
      assertThatThrownBy(() -> Split.parse(wrong)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void publishedFoldListsAreRead() throws IOException {
    final Path python =
        Files.writeString(
            folder.resolve("cmu_mosi_std_folds.py"),
            """
            standard_train_fold=['a', "b",
               'c']
            standard_valid_fold=['d']
            standard_test_fold=[u'e']
            """);
    assertThat(Folds.read(python))
        .containsEntry("c", Fold.TRAIN)
        .containsEntry("d", Fold.VALIDATION)
        .containsEntry("e", Fold.TEST)
        .hasSize(5);
    final Path both =
        Files.writeString(folder.resolve("folds.csv"), "video_id,fold\na,train\na,test\n");
    assertThatThrownBy(() -> Folds.read(both))
        .isInstanceOf(CorpusException.class)
        .hasMessageContaining("video a is in fold train and in fold test");
  }

  @Test
  void brokenCsvNamesTheLineAndTheColumn() throws IOException {
    segments("segment_id,video_id,start_s,end_s,label\ns,v,0,1\n");
    refused("line 2", "4 cells where the header names 5");
    segments("segment_id,video_id,start_s,end_s\ns,v,0,1\n");
    refused("column 'label' is missing");
    segments("segment_id,video_id,start_s,end_s,label\ns,v,0,x,1\n");
    refused("line 2, column end_s: 'x' is not a number");
    segments("segment_id,video_id,start_s,end_s,label\ns,v,2,1,1\n");
    refused("segment s runs from 2.0 s to 1.0 s");
    segments("segment_id,video_id,start_s,end_s,label\ns,v,0,1,-3.01\n");
    refused("label -3.01, outside -3 to +3");
    segments("segment_id,video_id,start_s,end_s,label\n");
    refused("holds no segments");
    segments("segment_id,video_id,start_s,end_s,label,fold\ns,v,0,1,1,training\n");
    refused("'training' is not a fold");
    segments("segment_id,video_id,start_s,end_s,label,fold\ns,v,0,1,1,train\n");
    Files.writeString(folder.resolve("folds.csv"), "video_id,fold\nv,test\n");
    refused("puts video v into fold test, segments.csv into fold train");
    Files.write(folder.resolve("segments.csv"), new byte[] {'a', (byte) 0xff, '\n'});
    refused("cannot be read as CSV: it is not UTF-8 text");
    assertThatThrownBy(() -> Corpora.open(folder.resolve("nowhere")))
        .isInstanceOf(CorpusException.class)
        .hasMessageContaining("does not exist");
    final Path empty = Files.createDirectory(folder.resolve("empty"));
    assertThatThrownBy(() -> Corpora.open(empty))
        .isInstanceOf(CorpusException.class)
        .hasMessageContaining("is no corpus: neither segments.csv, nor .csd files");
  }

  private void segments(String content) throws IOException {
    Files.writeString(folder.resolve("segments.csv"), content, StandardCharsets.UTF_8);
  }

  private void refused(String... parts) {
    assertThatThrownBy(() -> Corpora.open(folder))
        .isInstanceOf(CorpusException.class)
        .message()
        .contains(parts)
        .doesNotContain("\n");
  }

  @Test
  void columnsWithoutAnyFiniteValueAreNamed() {
    final FeatureTable table =
        FeatureTable.builder(new FeatureSpace("x-2", List.of("a", "b")))
            .add("s1", new float[] {1, Float.NaN}, 1, 1)
            .add("s2", new float[] {3, Float.POSITIVE_INFINITY}, 1, 1)
            .build();
    assertThatThrownBy(table::requireFiniteColumns)
        .isInstanceOf(CorpusException.class)
        .hasMessage("x-2: no finite value in column b; leave the column out or extract it again");
    assertThatThrownBy(() -> ColumnStatistics.fit(table, List.of("s1", "s2")))
        .isInstanceOf(CorpusException.class)
        .hasMessageContaining("column b has no finite value in the training fold");
    assertThatThrownBy(() -> ColumnStatistics.fit(table, List.of("other")))
        .isInstanceOf(CorpusException.class)
        .hasMessageContaining("no row for any of the 1 training samples");
  }

  @Test
  void standardisingLeavesMissingValuesAtTheMean() throws IOException {
    final FeatureTable table =
        FeatureTable.builder(new FeatureSpace("x-3", List.of("a", "b", "c")))
            .add("s1", new float[] {1, 5, 2}, 1, 1)
            .add("s2", new float[] {3, 5, Float.NaN}, 1, 1)
            .add("s3", new float[] {Float.NaN, 5, 4}, 1, 1)
            .build();
    final ColumnStatistics statistics = ColumnStatistics.fit(table, List.of("s1", "s2", "s3"));
    // Column a has values 1 and 3: mean 2, deviation 1; b is constant: deviation 1 by agreement.
    assertThat(statistics.mean()).containsExactly(2, 5, 3);
    assertThat(statistics.deviation()).containsExactly(1, 1, 1);
    assertThat(statistics.standardise(new float[] {4, 6, Float.NEGATIVE_INFINITY}, 6))
        .containsExactly(2, 1, 0);
    assertThat(statistics.standardise(new float[] {1000, 5, 3}, 6)).containsExactly(6, 0, 0);
  }

  @Test
  void wholeVideosAreMeansOfWhatIsThere() {
    final Corpus corpus =
        new Corpus(
            "c",
            FoldScheme.STANDARD,
            List.of(
                segment("v_1", 2, "later", 2.0),
                segment("v_0", 0, "first", 1.0),
                segment("v_2", 4, "last", Double.NaN)),
            Media.NONE);
    final Segment video = corpus.byVideo().segments().get(0);
    assertThat(video.label()).hasValue(1.5);
    assertThat(video.text()).contains("first later last");
    final FeatureTable table =
        FeatureTable.builder(new FeatureSpace("x-1", List.of("a")))
            .add("v_0", new float[] {1}, 1, 1)
            .add("v_1", new float[] {4}, 2, 0.5f)
            .build();
    final FeatureTable whole = table.byVideo(corpus);
    assertThat(whole.row("v")).containsExactly(3);
    assertThat(whole.weight("v")).isEqualTo(3);
    assertThat(whole.quality("v")).isCloseTo(2f / 3, within(1e-6f));
  }

  private static Segment segment(String id, double start, String text, double label) {
    return new Segment(
        id,
        "v",
        start,
        start + 1,
        Optional.of(text),
        Double.isNaN(label) ? OptionalDouble.empty() : OptionalDouble.of(label),
        Fold.TRAIN,
        Map.of());
  }

  @Test
  void wordTablesWithDamageNameTheLine() throws IOException {
    final Path file = folder.resolve("glove.txt");
    Files.writeString(file, "good 1 2 3\nbad 1 x 3\n");
    assertThatThrownBy(() -> GloveTable.read(file))
        .isInstanceOf(CorpusException.class)
        .hasMessageContaining("line 2: 'x' is not a number");
    Files.writeString(file, "good 1 2 3\nbad 1 2\n");
    assertThatThrownBy(() -> GloveTable.read(file))
        .isInstanceOf(CorpusException.class)
        .hasMessageContaining("line 2: fewer than 3 numbers");
    Files.writeString(file, "Good 1 2 3\n. . 4 5 6\n");
    final GloveTable table = GloveTable.read(file);
    assertThat(table.vector(". .").orElseThrow()).containsExactly(4, 5, 6);
    assertThat(table.vector("GOOD").orElseThrow()).containsExactly(1, 2, 3);
    assertThat(table.average("nothing known here")).isEmpty();
    assertThat(table.average("good or bad").orElseThrow().found()).isEqualTo(1);
  }

  @Test
  void sentencesOfAnotherFormNameTheLine() throws IOException {
    final Path file = Files.writeString(folder.resolve("x.train"), "1 fine\n7 not a label\n");
    assertThatThrownBy(() -> TextSentiment.read(file))
        .isInstanceOf(CorpusException.class)
        .hasMessageContaining("line 2: not of the form 'label sentence'");
  }
}
