package io.valence.corpora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MosiFolderTest {

  @TempDir Path folder;

  @BeforeEach
  void layOut() throws IOException {
    write("videos/abc.mp4", "x");
    write("videos/xyz_1.mp4", "x");
    write("wav/abc.wav", "x");
    write("wav/xyz.wav", "x");
    write("transcripts/abc.annotprocessed", "1_DELIM_IT WAS GOOD\n2_DELIM_I LIKED IT\n");
    write("transcripts/xyz.textonly", "NOT FOR ME\n");
    write("labels/labels.csv", "1.5,3.25,abc,1,2.4\n3.25,4,abc,2,1\n0.5,2,xyz,1,-1.8\n");
  }

  private void write(String file, String content) throws IOException {
    final Path path = folder.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, content);
  }

  @Test
  void labelsTranscriptsAndRecordingsComeTogether() throws IOException {
    write("folds.csv", "video_id,fold\nabc,train\nxyz,test\n");
    final Corpus corpus = Corpora.open(folder).corpus();
    assertThat(corpus.segments().stream().map(Segment::id))
        .containsExactly("abc_1", "abc_2", "xyz_1");
    final Segment second = corpus.segments().get(1);
    assertThat(second.text()).contains("I LIKED IT");
    assertThat(second.label()).hasValue(1.0);
    assertThat(corpus.fold(Fold.TEST)).hasSize(1);
    assertThat(corpus.segments().get(2).text()).contains("NOT FOR ME");
    // A whole recording is cut by the times; one that was cut already is taken from its start.
    assertThat(corpus.media().video(second).orElseThrow())
        .isEqualTo(new MediaCut(folder.resolve("videos/abc.mp4"), 3.25, 4));
    assertThat(corpus.media().video(corpus.segments().get(2)).orElseThrow().start()).isZero();
    assertThatThrownBy(() -> corpus.fold(Fold.VALIDATION))
        .isInstanceOf(CorpusException.class)
        .hasMessageContaining("fold valid is empty");
  }

  @Test
  void labelsMayBeJson() throws IOException {
    Files.delete(folder.resolve("labels/labels.csv"));
    write(
        "labels/labels.json",
        """
        [{"video": "abc", "segment": 1, "start": 1.5, "end": 3.25, "label": 2.4},
         {"segment_id": "xyz_1", "video_id": "xyz", "start_s": 0, "end_s": 2, "label": null}]
        """);
    final Corpus corpus = MosiFolder.read(folder).corpus();
    assertThat(corpus.segments().get(0).label()).hasValue(2.4);
    assertThat(corpus.segments().get(1).label()).isEmpty();
    // A missing label is no zero: the segment is in no fold's samples.
    assertThat(corpus.fold(Fold.NONE)).hasSize(1);
  }

  @Test
  void labelsOfWholeVideosTakeAllTheirWords() throws IOException {
    Files.delete(folder.resolve("labels/labels.csv"));
    write("labels/labels.json", "{\"abc\": 1.5, \"xyz\": -2}");
    write("videos/xyz.mp4", "x");
    final Corpus corpus = MosiFolder.read(folder).corpus();
    assertThat(corpus.segments().get(0).text()).contains("IT WAS GOOD I LIKED IT");
    assertThat(corpus.segments().get(0).end()).isInfinite();
  }

  @Test
  void labelsMayBeASequence() throws IOException {
    Files.delete(folder.resolve("labels/labels.csv"));
    try (CsdWriter writer =
        CsdWriter.create(
            folder.resolve("labels/CMU_MOSI_Opinion_Labels.csd"),
            "Opinion Segment Labels",
            List.of("sentiment"))) {
      writer.add("abc", new double[][] {{1.5, 3.25}, {3.25, 4}}, new float[][] {{2.5f}, {1}});
      writer.add("xyz", new double[][] {{0.5, 2}}, new float[][] {{-2}});
    }
    final Corpus corpus = MosiFolder.read(folder).corpus();
    assertThat(corpus.segments().stream().map(Segment::id))
        .containsExactly("abc_1", "abc_2", "xyz_1");
    assertThat(corpus.segments().get(1).text()).contains("I LIKED IT");
    assertThat(corpus.segments().get(0).label()).hasValue(2.5);
  }

  @Test
  void eachMissingPartIsNamed() throws IOException {
    final Path elsewhere = Files.createDirectory(folder.resolveSibling(folder.getFileName() + "x"));
    for (final String part : List.of("videos", "wav", "transcripts", "labels")) {
      final Path moved = elsewhere.resolve(part);
      Files.move(folder.resolve(part), moved);
      assertThatThrownBy(() -> MosiFolder.read(folder))
          .isInstanceOf(CorpusException.class)
          .hasMessageContaining(" lacks " + part + ": ");
      assertThatThrownBy(() -> Corpora.open(folder)).isInstanceOf(CorpusException.class);
      Files.move(moved, folder.resolve(part));
    }
    Files.delete(elsewhere);
  }

  @Test
  void aVideoWithoutItsRecordingOrWordsIsNamed() throws IOException {
    Files.delete(folder.resolve("videos/abc.mp4"));
    assertThatThrownBy(() -> MosiFolder.read(folder))
        .isInstanceOf(CorpusException.class)
        .hasMessageContaining(
            "segment abc_1 of video abc has a label but no recording in 'videos'");
    assertThat(MosiFolder.read(folder, EnumSet.of(MosiFolder.Part.TRANSCRIPTS)).corpus().segments())
        .hasSize(3);
    write("transcripts/abc.annotprocessed", "1_DELIM_IT WAS GOOD\n");
    assertThatThrownBy(() -> MosiFolder.read(folder, EnumSet.of(MosiFolder.Part.TRANSCRIPTS)))
        .isInstanceOf(CorpusException.class)
        .hasMessageContaining("segment abc_2 of video abc has a label but no words");
    write("transcripts/xyz.textonly", "TWO\nLINES\n");
    write("labels/labels.csv", "0.5,2,xyz,1,-1.8\n2,3,xyz,2,0\n3,4,xyz,3,0\n");
    assertThatThrownBy(() -> MosiFolder.read(folder, EnumSet.of(MosiFolder.Part.TRANSCRIPTS)))
        .isInstanceOf(CorpusException.class)
        .hasMessageContaining("has 2 lines for the 3 labelled segments");
  }

  @Test
  void wrongLabelsNameTheirLine() throws IOException {
    write("labels/labels.csv", "1.5,3.25,abc,1,3.5\n");
    assertThatThrownBy(() -> MosiFolder.read(folder))
        .isInstanceOf(CorpusException.class)
        .hasMessageContaining("labels.csv, line 1")
        .hasMessageContaining("segment abc_1 has label 3.5, outside -3 to +3");
    write("labels/labels.csv", "1.5,3.25,abc,1,good\n");
    assertThatThrownBy(() -> MosiFolder.read(folder))
        .isInstanceOf(CorpusException.class)
        .hasMessageContaining("'good' is not a number");
    write("labels/labels.csv", "1.5,3.25,abc,1,1\n1.5,3.25,abc,1,1\n");
    assertThatThrownBy(() -> MosiFolder.read(folder))
        .isInstanceOf(CorpusException.class)
        .hasMessageContaining("abc_1 occurs more than once");
    write("labels/other.json", "[]");
    assertThatThrownBy(() -> MosiFolder.read(folder))
        .isInstanceOf(CorpusException.class)
        .hasMessageContaining("more than one file of labels");
  }
}
