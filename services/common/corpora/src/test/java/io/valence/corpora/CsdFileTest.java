package io.valence.corpora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CsdFileTest {

  @TempDir Path folder;

  @Test
  void moseiLabelsEqualTheCsvInEveryNumber() throws IOException {
    final List<Segment> csv = CsvCorpus.read(SharedData.path("mosei")).corpus().segments();
    final Map<String, Segment> byTime = new HashMap<>();
    for (final Segment segment : csv) {
      byTime.put(key(segment.video(), segment.start(), segment.end()), segment);
    }
    assertThat(byTime).hasSize(23259);
    int rows = 0;
    try (CsdFile labels = CsdFile.open(SharedData.path("csd/CMU_MOSEI_Labels.csd"))) {
      assertThat(labels.root()).isEqualTo("All Labels");
      assertThat(labels.videos()).hasSize(3293);
      assertThat(labels.columns())
          .containsExactly("sentiment", "happy", "sad", "anger", "surprise", "disgust", "fear");
      assertThat(labels.metadata()).containsEntry("root name", "\"All Labels\"");
      for (final String video : labels.videos()) {
        rows += compareLabels(labels, video, byTime);
      }
    }
    assertThat(rows).isEqualTo(23259);
  }

  private static int compareLabels(CsdFile labels, String video, Map<String, Segment> byTime)
      throws IOException {
    final int[] rows = {0};
    labels.read(
        video,
        block -> {
          for (int i = 0; i < block.size(); i++) {
            final double[] interval = block.intervals()[i];
            final Segment same = byTime.get(key(video, interval[0], interval[1]));
            assertThat(same).as("%s at %s", video, interval[0]).isNotNull();
            assertThat(block.features()[i][0]).isEqualTo((float) same.label().orElseThrow());
            for (int emotion = 1; emotion < 7; emotion++) {
              assertThat(block.features()[i][emotion])
                  .isEqualTo(
                      Float.parseFloat(same.attributes().get(labels.columns().get(emotion))));
            }
            rows[0]++;
          }
        });
    return rows[0];
  }

  private static String labelKey(Segment segment) {
    return key(segment.video(), segment.start(), segment.end())
        + " "
        + (float) segment.label().orElseThrow();
  }

  private static String key(String video, double start, double end) {
    return video + " " + start + " " + end;
  }

  @Test
  void mosiSequencesEqualTheCsvInEveryNumber() throws IOException {
    final CsvCorpus csv = CsvCorpus.read(SharedData.path("mosi"));
    final FeatureTable expected = csv.features("audio_covarep73");
    // Two segments of one video have the same times, so the label is part of the key.
    final Set<String> expectedLabels = new HashSet<>();
    csv.corpus().segments().forEach(s -> expectedLabels.add(labelKey(s)));
    assertThat(expectedLabels).hasSize(2199);
    final CsdCorpus labels =
        CsdCorpus.read(
            Files.copy(
                    SharedData.path("csd/CMU_MOSI_Opinion_Labels.csd"),
                    folder.resolve("CMU_MOSI_Opinion_Labels.csd"))
                .getParent(),
            Map.of(CsdCorpus.Part.LABELS, "Opinion Segment Labels"));
    assertThat(labels.corpus().videos()).isEqualTo(csv.corpus().videos());
    assertThat(labels.corpus().segments().stream().map(CsdFileTest::labelKey))
        .containsExactlyInAnyOrderElementsOf(expectedLabels);
    try (CsdFile covarep =
        CsdFile.open(SharedData.path("csd/CMU_MOSI_COVAREP_segment_means.csd"))) {
      assertThat(covarep.columns()).isEqualTo(expected.columns());
      // One "frame" a segment, over the segment's own interval: the average is the row itself.
      final SegmentAverages averages =
          SegmentAverages.of(
              csv.corpus(), covarep, "covarep-73", SegmentAverages.MissingVideos.REFUSE);
      assertThat(averages.emptySegments()).isEmpty();
      assertThat(averages.table().size()).isEqualTo(2199);
      int compared = 0;
      for (final Segment segment : csv.corpus().segments()) {
        // Segments that overlap in time share frames; the others must be equal to the bit.
        if (averages.table().weight(segment.id()) == 1) {
          assertThat(averages.table().row(segment.id())).isEqualTo(expected.row(segment.id()));
          compared++;
        }
      }
      assertThat(compared).isGreaterThan(2150);
    }
  }

  @Test
  void openFaceFramesEqualTheCsvAndFacelessOnesAreLeftOut() throws IOException {
    final CsvCorpus mosei = CsvCorpus.read(SharedData.path("mosei"));
    try (FrameSource csv = mosei.frames("openface_au35");
        CsdFile csd = CsdFile.open(SharedData.path("csd/CMU_MOSEI_OpenFace_AU_6videos.csd"))) {
      assertThat(csd.videos()).isEqualTo(csv.videos());
      assertThat(csd.columns()).isEqualTo(csv.columns());
      for (final String video : csd.videos()) {
        assertThat(features(csd, video)).isDeepEqualTo(features(csv, video));
      }
      final SegmentAverages averages =
          SegmentAverages.of(
              mosei.corpus().where(segment -> csd.videos().contains(segment.video())),
              csd,
              "openface-au",
              SegmentAverages.MissingVideos.REFUSE);
      assertThat(averages.framesLeftOut()).isPositive().isLessThan(averages.frames());
      final int success = csd.columns().indexOf("success");
      for (final String id : averages.table().ids()) {
        assertThat(averages.table().row(id)[success]).isEqualTo(1f);
      }
    }
  }

  private static float[][] features(FrameSource source, String video) throws IOException {
    final List<float[]> rows = new ArrayList<>();
    source.read(video, block -> rows.addAll(List.of(block.features())));
    return rows.toArray(float[][]::new);
  }

  @Test
  void whatTheWriterWritesIsReadBack() throws IOException {
    final Path file = folder.resolve("CMU_MOSEI_COVAREP.csd");
    final Random random = new Random(1);
    final Map<String, float[][]> expected = new HashMap<>();
    // More videos than one B-tree node (32 leaves of 8 names) can hold, so that there is a second
    // level.
    try (CsdWriter writer = CsdWriter.create(file, "COVAREP", List.of("a", "b", "c"))) {
      for (int i = 0; i < 600; i++) {
        final float[][] rows = new float[random.nextInt(6)][3];
        final double[][] times = new double[rows.length][2];
        for (int j = 0; j < rows.length; j++) {
          rows[j] = new float[] {random.nextFloat(), -random.nextFloat(), Float.NaN};
          times[j] = new double[] {j * 0.01, j * 0.01 + 0.01};
        }
        final String video =
            "v" + Integer.toString(random.nextInt(Integer.MAX_VALUE), 36) + "_" + i;
        writer.add(video, times, rows);
        expected.put(video, rows);
      }
    }
    try (CsdFile read = CsdFile.open(file, "COVAREP")) {
      assertThat(read.videos()).isEqualTo(expected.keySet());
      assertThat(read.columns()).containsExactly("a", "b", "c");
      for (final String video : read.videos()) {
        // Bit for bit, NaN included.
        assertThat(Arrays.deepEquals(features(read, video), expected.get(video)))
            .as(video)
            .isTrue();
      }
    }
  }

  @Test
  void framesBelongToSegmentsByTheirMiddle() throws IOException {
    // Frames [0,1) [1,2) [2,3) [3,4); segments:
    //   a [0.4, 2.0)  middles 0.5 and 1.5 lie inside            -> frames 0, 1
    //   b [2.6, 2.8)  no middle inside, its own middle in frame 2 -> frame 2
    //   c [3.0, 9.0)  middle 3.5 inside; frame 3 sees nothing    -> no row
    //   d [1.5, 1.5]  no length; its middle lies in frame 1      -> frame 1
    final Path file = folder.resolve("COVAREP.csd");
    try (CsdWriter writer = CsdWriter.create(file, "COVAREP", List.of("x", "y"))) {
      writer.add(
          "v",
          new double[][] {{0, 1}, {1, 2}, {2, 3}, {3, 4}},
          new float[][] {{1, 10}, {2, Float.NEGATIVE_INFINITY}, {4, 40}, {0, 0}});
    }
    final Corpus corpus =
        corpus(
            segment("a", "v", 0.4, 2.0),
            segment("b", "v", 2.6, 2.8),
            segment("c", "v", 3.0, 9.0),
            segment("d", "v", 1.5, 1.5));
    try (CsdFile source = CsdFile.open(file)) {
      final SegmentAverages averages =
          SegmentAverages.of(corpus, source, "s", SegmentAverages.MissingVideos.REFUSE);
      final FeatureTable table = averages.table();
      assertThat(table.row("a")).containsExactly(1.5f, 10f);
      assertThat(table.weight("a")).isEqualTo(2);
      assertThat(table.row("b")).containsExactly(4f, 40f);
      assertThat(table.contains("c")).isFalse();
      assertThat(table.row("d")).containsExactly(2f, Float.NaN);
      assertThat(averages.emptySegments()).containsExactly("c");
      assertThat(averages.frames()).isEqualTo(4);
      assertThat(averages.framesLeftOut()).isEqualTo(1);
      // One infinite value among the frames, and d's cell that has nothing else to average.
      assertThat(table.summaries().get(1).infinite()).isEqualTo(1);
      assertThat(table.summaries().get(1).notNumbers()).isEqualTo(1);

      final SegmentAverages whole =
          SegmentAverages.of(corpus.byVideo(), source, "s", SegmentAverages.MissingVideos.REFUSE);
      assertThat(whole.table().row("v")[0]).isCloseTo(7f / 3, within(1e-6f));
      assertThat(whole.table().row("v")[1]).isEqualTo(25f);
      assertThat(whole.table().quality("v")).isEqualTo(0.75f);
    }
  }

  @Test
  void aWrongRootIsNamedBesideTheOnesFound() throws IOException {
    final Path file = tiny("COVAREP");
    assertThatThrownBy(() -> CsdFile.open(file, "OpenFace_2"))
        .isInstanceOf(CorpusException.class)
        .hasMessage(file + " has no root group 'OpenFace_2'; it has 'COVAREP'");
  }

  @Test
  void aMissingVideoIsNamed() throws IOException {
    final Path file = tiny("COVAREP");
    try (CsdFile source = CsdFile.open(file)) {
      assertThatThrownBy(() -> source.read("nobody", block -> {}))
          .isInstanceOf(CorpusException.class)
          .hasMessage(file + " has no video nobody (root 'COVAREP' has 2)");
      final Corpus corpus = corpus(segment("v1_0", "v1", 0, 1), segment("v9_0", "v9", 0, 1));
      assertThatThrownBy(
              () -> SegmentAverages.of(corpus, source, "s", SegmentAverages.MissingVideos.REFUSE))
          .isInstanceOf(CorpusException.class)
          .hasMessageContaining("lacks 1 of the 2 videos of test, the first v9");
      final SegmentAverages listed =
          SegmentAverages.of(corpus, source, "s", SegmentAverages.MissingVideos.LIST);
      assertThat(listed.missingVideos()).containsExactly("v9");
      assertThat(listed.table().ids()).containsExactly("v1_0");
    }
  }

  @Test
  void featuresAndIntervalsOfDifferentLengthAreRefused() throws IOException {
    final Path file = folder.resolve("x.csd");
    try (CsdWriter writer = CsdWriter.create(file, "COVAREP", List.of("a"))) {
      writer.addUnchecked("v", new double[][] {{0, 1}}, new float[][] {{1}, {2}});
    }
    try (CsdFile source = CsdFile.open(file)) {
      assertThatThrownBy(() -> source.read("v", block -> {}))
          .isInstanceOf(CorpusException.class)
          .hasMessageContaining("video v has 2 frames of features but intervals of shape 1 x 2");
    }
  }

  @Test
  void damageOfAnyKindIsOneClearMessage() throws IOException {
    final Path text = folder.resolve("text.csd");
    Files.writeString(text, "this is not HDF5".repeat(20));
    assertThatThrownBy(() -> CsdFile.open(text))
        .isInstanceOf(CorpusException.class)
        .hasMessage(text + " is not an HDF5 file, so no .csd; get it again");

    final Path cut = tiny("COVAREP");
    try (RandomAccessFile file = new RandomAccessFile(cut.toFile(), "rw")) {
      file.setLength(file.length() - 200);
    }
    assertThatThrownBy(() -> CsdFile.open(cut))
        .isInstanceOf(CorpusException.class)
        .hasMessageContaining(" is cut off: ");

    assertThatThrownBy(() -> CsdFile.open(folder.resolve("none.csd")))
        .isInstanceOf(CorpusException.class)
        .hasMessageContaining("does not exist");
  }

  @Test
  void overwrittenBytesNeverEscapeAsAnythingButACorpusException() throws IOException {
    // Structure lies at the end of the file (contents) and around each video's data.
    final byte[] sound = Files.readAllBytes(tiny("COVAREP"));
    final Random random = new Random(5);
    int refused = 0;
    for (int trial = 0; trial < 400; trial++) {
      final byte[] bytes = sound.clone();
      final int start = 8 + random.nextInt(bytes.length - 8);
      for (int i = start; i < Math.min(bytes.length, start + 1 + random.nextInt(24)); i++) {
        bytes[i] = (byte) random.nextInt(256);
      }
      final Path file = folder.resolve("damaged.csd");
      Files.write(file, bytes);
      try (CsdFile source = CsdFile.open(file)) {
        for (final String video : source.videos()) {
          source.read(video, block -> {});
        }
      } catch (CorpusException refusal) {
        assertThat(refusal.getMessage()).contains("damaged.csd").doesNotContain("\n");
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(100);
  }

  private Path tiny(String root) throws IOException {
    final Path file = folder.resolve("tiny.csd");
    try (CsdWriter writer = CsdWriter.create(file, root, List.of("a", "b"))) {
      for (int i = 1; i <= 2; i++) {
        writer.add("v" + i, new double[][] {{0, 1}, {1, 2}}, new float[][] {{i, 2}, {3, 4}});
      }
    }
    return file;
  }

  static Corpus corpus(Segment... segments) {
    return new Corpus("test", FoldScheme.NONE, List.of(segments), Media.NONE);
  }

  static Segment segment(String id, String video, double start, double end) {
    return new Segment(
        id, video, start, end, Optional.empty(), OptionalDouble.of(1), Fold.NONE, Map.of());
  }

  @Test
  void aFileManyTimesTheHeapIsReadInASmallJvm() throws Exception {
    // 96 videos x 1,000 frames x 713 columns = 274 MB; the reader gets 48 MB.
    final Path file = folder.resolve("CMU_MOSEI_VisualOpenFace2.csd");
    final int frames = 1000;
    final float[][] rows = new float[frames][713];
    final double[][] times = new double[frames][2];
    for (int i = 0; i < frames; i++) {
      times[i] = new double[] {i / 30.0, (i + 1) / 30.0};
    }
    try (CsdWriter writer =
        CsdWriter.create(
            file, "OpenFace_2", IntStream.range(0, 713).mapToObj(i -> "c" + i).toList())) {
      for (int video = 0; video < 96; video++) {
        for (int i = 0; i < frames; i++) {
          Arrays.fill(rows[i], video + 1);
        }
        writer.add("v" + video, times, rows);
      }
    }
    assertThat(Files.size(file)).isGreaterThan(270_000_000L);
    final Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx48m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                SmallHeapReader.class.getName(),
                file.toString())
            .redirectErrorStream(true)
            .start();
    final String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    // Every column of video k is k + 1: the means of 96 videos sum to 96 * 97 / 2.
    assertThat(output).contains("videos 96 sum 4656.0");
    Files.delete(file);
  }

  /** What the small JVM runs: the average of every video. */
  static final class SmallHeapReader {
    private SmallHeapReader() {}

    public static void main(String[] arguments) throws IOException {
      double sum = 0;
      try (CsdFile source = CsdFile.open(Path.of(arguments[0]))) {
        final List<Segment> whole = new ArrayList<>();
        for (final String video : source.videos()) {
          whole.add(segment(video, video, 0, Double.POSITIVE_INFINITY));
        }
        final FeatureTable table =
            SegmentAverages.of(
                    corpus(whole.toArray(Segment[]::new)),
                    source,
                    "openface2-713",
                    SegmentAverages.MissingVideos.REFUSE)
                .table();
        for (final String id : table.ids()) {
          sum += table.row(id)[712];
        }
        System.out.println("videos " + table.size() + " sum " + sum);
      }
    }
  }
}
