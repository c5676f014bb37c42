package io.valence.corpora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The readers against the counts and statistics that the corpora's own documentation states. */
class PublicCorporaTest {

  @Test
  void mosiHasItsPublishedSegmentsFoldsAndLabels() throws IOException {
    final CsvCorpus read = CsvCorpus.read(SharedData.path("mosi"));
    final Corpus mosi = read.corpus();

    assertThat(mosi.segments()).hasSize(2199);
    assertThat(mosi.videos()).hasSize(93);
    assertThat(mosi.scheme()).isEqualTo(FoldScheme.STANDARD);
    assertFold(mosi, Fold.TRAIN, 1284, 52, 0.235, 1.510);
    assertFold(mosi, Fold.VALIDATION, 229, 10, 0.310, 1.649);
    assertFold(mosi, Fold.TEST, 686, 31, -0.317, 1.588);
    final Segment first = mosi.segments().get(0);
    assertThat(first.id()).isEqualTo("03bSnISJMiM_1");
    assertThat(first.start()).isEqualTo(52.732653);
    assertThat(first.end()).isEqualTo(56.045125);
    assertThat(first.text()).contains("ANYHOW IT WAS REALLY GOOD");
    assertThat(first.label()).hasValue(2.4);
    assertThat(mosi.segments()).allMatch(segment -> segment.text().isPresent());
    assertThat(read.features()).containsKeys("audio_covarep73", "text_cnn100", "video_cnn100");

    final Segment clip = byId(mosi, "Oz06ZWiO20M_6");
    assertThat(mosi.media().video(clip).orElseThrow().start()).isZero();
    assertThat(mosi.media().sound(byId(mosi, "03bSnISJMiM_1")).orElseThrow().file().toString())
        .endsWith("03bSnISJMiM_1.wav");
    assertThat(mosi.media().video(byId(mosi, "03bSnISJMiM_2"))).isEmpty();
  }

  @Test
  void moseiHasItsPublishedSegmentsFoldsAndNoText() throws IOException {
    final CsvCorpus read = CsvCorpus.read(SharedData.path("mosei"));
    final Corpus mosei = read.corpus();

    assertThat(mosei.segments()).hasSize(23259);
    assertThat(mosei.videos()).hasSize(3293);
    assertFold(mosei, Fold.TRAIN, 16327, -1, 0.146, 1.125);
    assertFold(mosei, Fold.VALIDATION, 1871, -1, 0.189, 1.038);
    assertFold(mosei, Fold.TEST, 4662, -1, 0.143, 1.109);
    assertThat(mosei.fold(Fold.NONE)).hasSize(399);
    assertThat(mosei.segments()).allMatch(segment -> segment.text().isEmpty());
    assertThat(mosei.segments().get(0).attributes()).containsEntry("happy", "0.6666667");
    // Some annotations begin before the recording; the times stay as published.
    assertThat(mosei.segments().stream().filter(segment -> segment.start() < 0)).hasSize(239);

    final Segment whole =
        mosei.segments().stream()
            .filter(segment -> segment.video().equals("-6rXp3zJ3kc"))
            .findFirst()
            .orElseThrow();
    final MediaCut cut = mosei.media().video(whole).orElseThrow();
    assertThat(cut.start()).isEqualTo(whole.start());
    assertThat(cut.end()).isEqualTo(whole.end());
  }

  @Test
  void covarepTableOfMosiIsCompleteAndFinite() throws IOException {
    final CsvCorpus mosi = CsvCorpus.read(SharedData.path("mosi"));
    final FeatureTable covarep = mosi.features("audio_covarep73").requireFiniteColumns();

    assertThat(covarep.size()).isEqualTo(2199);
    assertThat(covarep.width()).isEqualTo(73);
    assertThat(covarep.columns()).startsWith("F0", "VUV").endsWith("HMPDD_11");
    assertThat(covarep.row("03bSnISJMiM_1")[0]).isEqualTo(211.09f);
    assertThat(covarep.trainedWithLabels()).isFalse();
    assertThatThrownBy(() -> mosi.features("video_openface"))
        .isInstanceOf(CorpusException.class)
        .hasMessage(
            "mosi has no features named 'video_openface'; it has [audio_covarep73, text_cnn100,"
                + " video_cnn100]");
  }

  @Test
  void infiniteColumnsAreCountedAndStandardisedAsMissing() throws IOException {
    final CsvCorpus mosei = CsvCorpus.read(SharedData.path("mosei"));
    final FeatureTable covarep = mosei.features("video_level_covarep40");

    assertThat(covarep.size()).isEqualTo(922);
    final Map<String, ColumnSummary> columns =
        covarep.summaries().stream().collect(Collectors.toMap(ColumnSummary::name, s -> s));
    assertThat(columns.get("peakSlope").infinite()).isEqualTo(653);
    assertThat(columns.get("peakSlope").finite()).isEqualTo(269);
    assertThat(columns.get("F0").infinite()).isZero();

    final List<String> train =
        mosei.corpus().byVideo().fold(Fold.TRAIN).stream().map(Segment::id).toList();
    final ColumnStatistics statistics = ColumnStatistics.fit(covarep, train);
    final int peakSlope = covarep.columns().indexOf("peakSlope");
    final float[] row = covarep.row("--qXJuDtHPw");
    assertThat(row[peakSlope]).isEqualTo(Float.NEGATIVE_INFINITY);
    assertThat(statistics.standardise(row, 6)[peakSlope]).isZero();
  }

  @Test
  void openFaceBookkeepingIsDroppedBeforeDistances() throws IOException {
    final FeatureTable openFace =
        CsvCorpus.read(SharedData.path("mosei")).features("video_level_openface2_35");

    assertThat(openFace.columns()).startsWith("face_id", "timestamp", "confidence", "success");
    final FeatureTable faces = openFace.withoutBookkeeping();
    assertThat(faces.width()).isEqualTo(31);
    assertThat(faces.columns()).startsWith("gaze_0_x");
    assertThat(faces.row("--qXJuDtHPw")[0]).isEqualTo(0.157152f);
    assertThat(faces.space()).isNotEqualTo(openFace.space());
  }

  @Test
  void videoLabelsAreTheMeansOfTheirSegments() throws IOException {
    // The feature file's own column label_mean_sentiment was computed by others from the .csd
    // labels.
    final CsvCorpus mosei = CsvCorpus.read(SharedData.path("mosei"));
    final Map<String, Segment> videos =
        mosei.corpus().byVideo().segments().stream()
            .collect(Collectors.toMap(Segment::id, segment -> segment));
    int compared = 0;
    try (CsvFile csv = CsvFile.open(SharedData.path("mosei/features/video_level_covarep40.csv"))) {
      final int[] counted = {0};
      csv.forEach(
          row -> {
            final Segment video = videos.get(row.text("video_id"));
            assertThat(video.label().orElseThrow())
                .isCloseTo(row.number("label_mean_sentiment"), within(1e-5));
            assertThat(video.attributes().get("segments")).isEqualTo(row.text("n_segments"));
            counted[0]++;
          });
      compared = counted[0];
    }
    assertThat(compared).isEqualTo(922);
  }

  @Test
  void featuresTrainedWithLabelsAreRefusedOnStandardFolds() throws IOException {
    final CsvCorpus mosi = CsvCorpus.read(SharedData.path("mosi"));
    final FeatureTable leaking = mosi.features("video_cnn100");

    assertThatThrownBy(() -> Samples.join(mosi.corpus(), Fold.TEST, Map.of("visual", leaking)))
        .isInstanceOf(CorpusException.class)
        .hasMessageContaining("video_cnn100 was trained with labels of the standard test fold");
    final Corpus moved = mosi.underSourceSplit(leaking);
    assertThat(Samples.join(moved, Fold.TEST, Map.of("visual", leaking)).size()).isEqualTo(752);
    assertThat(Samples.join(moved, Fold.TRAIN, Map.of("visual", leaking)).size()).isEqualTo(1447);
  }

  @Test
  void frameLevelActionUnitsCarryTheirTimes() throws IOException {
    final CsvCorpus mosei = CsvCorpus.read(SharedData.path("mosei"));
    try (FrameSource openFace = mosei.frames("openface_au35");
        FrameSource facet = mosei.frames("facet42_au20")) {
      assertThat(openFace.videos()).hasSize(6);
      assertThat(openFace.columns()).hasSize(40).startsWith("frame", "face_id", "timestamp");
      assertThat(facet.videos()).hasSize(14);
      assertThat(facet.columns()).hasSize(20).startsWith("AU1").endsWith("AU43");
      facet.read(
          "-3nNcZdcdvU",
          block -> {
            assertThat(block.intervals()[0]).containsExactly(0.0, 0.033333);
            assertThat(block.size()).isGreaterThan(1000);
          });
      openFace.read(
          "-3nNcZdcdvU",
          block -> {
            assertThat(block.size()).isEqualTo(664);
            assertThat(block.intervals()[0][1]).isEqualTo(block.intervals()[1][0]);
            assertThat(block.intervals()[663][1]).isGreaterThan(block.intervals()[663][0]);
          });
      assertThatThrownBy(() -> facet.read("nobody", block -> {}))
          .isInstanceOf(CorpusException.class)
          .hasMessage("facet42_au20 has no video nobody (it has 14)");
    }
  }

  @Test
  void sentencesAreReadWithTheirClassesAndFolds() throws IOException {
    final Corpus sst = TextSentiment.read(SharedData.path("text_sentiment/stsa.fine.train"));
    assertThat(sst.fold(Fold.TRAIN)).hasSize(8544);
    assertThat(sst.segments().get(0).label()).hasValue(3.0);
    assertThat(sst.segments().get(0).text().orElseThrow()).startsWith("a stirring , funny");
    assertThat(sst.segments().stream().map(s -> s.label().getAsDouble()).distinct().sorted())
        .containsExactly(-3.0, -1.5, 0.0, 1.5, 3.0);
    assertThat(
            TextSentiment.read(SharedData.path("text_sentiment/stsa.fine.dev"))
                .fold(Fold.VALIDATION))
        .hasSize(1101);
    assertThat(
            TextSentiment.read(SharedData.path("text_sentiment/stsa.binary.test")).fold(Fold.TEST))
        .hasSize(1821);

    // ISO 8859-1, with next-line characters inside sentences: only line feeds end a line.
    final Corpus reviews = TextSentiment.read(SharedData.path("text_sentiment/rt-polarity.all"), 2);
    assertThat(reviews.segments()).hasSize(10662);
    assertThat(reviews.scheme()).isEqualTo(FoldScheme.NONE);
    assertThat(reviews.segments().stream().filter(s -> s.label().getAsDouble() == 2)).hasSize(5331);
    assertThat(reviews.segments().stream().filter(s -> s.text().get().indexOf('\u0085') >= 0))
        .isNotEmpty();
    final Corpus customers = TextSentiment.read(SharedData.path("text_sentiment/custrev.all"));
    assertThat(customers.segments()).hasSize(3775);
    assertThat(customers.segments().stream().filter(s -> s.label().getAsDouble() > 0))
        .hasSize(2407);
    final Corpus phrases = TextSentiment.read(SharedData.path("text_sentiment/mpqa.all"));
    assertThat(phrases.segments()).hasSize(10606);
    assertThat(phrases.segments().stream().filter(s -> s.label().getAsDouble() > 0)).hasSize(3312);
  }

  @Test
  void movieReviewsThatSstRepeatsCanBeLeftOut() throws IOException {
    final Corpus test = TextSentiment.read(SharedData.path("text_sentiment/stsa.fine.test"));
    final Corpus reviews = TextSentiment.read(SharedData.path("text_sentiment/rt-polarity.all"));
    final Corpus safe = reviews.withoutTextsOf(test);

    // SST's 2,210 test sentences were drawn from these reviews; most are found letter for letter.
    assertThat(reviews.segments().size() - safe.segments().size()).isBetween(1500, 2300);
  }

  @Test
  void meldUtterancesKeepDialoguesTogether() throws IOException {
    final Corpus train = Meld.read(SharedData.path("text_sentiment/meld/train_sent_emo.csv"), 1.5);
    assertThat(train.fold(Fold.TRAIN)).hasSize(9989);
    final Corpus dev = Meld.read(SharedData.path("text_sentiment/meld/dev_sent_emo.csv"), 1.5);
    assertThat(dev.fold(Fold.VALIDATION)).hasSize(1109);
    assertThat(dev.segments().get(0).label()).hasValue(-1.5);
    assertThat(dev.segments().get(0).start()).isEqualTo(20 * 60 + 57.256);
    assertThat(dev.segments().get(0).attributes()).containsEntry("emotion", "sadness");
    assertThat(Meld.read(SharedData.path("text_sentiment/meld/test_sent_emo.csv"), 1.5).segments())
        .hasSize(2610);
  }

  @Test
  void ravdessIsSplitByActor() throws IOException {
    final Corpus speech =
        Ravdess.read(
            SharedData.path("speech/ravdess_manifest.csv"), SharedData.path("speech/ravdess16k"));
    assertThat(speech.segments()).hasSize(192);
    assertThat(speech.videos()).hasSize(24);
    assertThat(speech.segments().stream().filter(s -> s.label().isEmpty())).hasSize(24);
    assertThat(speech.segments().stream().filter(s -> s.label().orElse(0) < 0)).hasSize(96);
    final Corpus split = speech.split(Split.parse("70/15/15"), 1);
    final Map<String, Long> foldsOfActor =
        split.segments().stream()
            .collect(
                Collectors.groupingBy(
                    Segment::video,
                    Collectors.mapping(
                        Segment::fold,
                        Collectors.collectingAndThen(
                            Collectors.toSet(), folds -> (long) folds.size()))));
    assertThat(foldsOfActor.values()).containsOnly(1L);
    assertThat(speech.media().sound(speech.segments().get(0))).isPresent();
  }

  @Test
  void gloveTablesAreGenuineAndSeparateSpaces() throws IOException {
    final GloveTable large = GloveTable.read(SharedData.path("glove/glove.840B.300d.sick.txt"));
    final GloveTable small = GloveTable.read(SharedData.path("glove/glove.6B.300d.rad.txt"));
    assertThat(large.size()).isEqualTo(2402);
    assertThat(small.size()).isEqualTo(1022);
    assertThat(large.space().size()).isEqualTo(300);
    assertThat(large.space().id()).isNotEqualTo(small.space().id());
    // The published values of "the" begin so in both tables.
    assertThat(large.vector("the").orElseThrow()).startsWith(0.27204f, -0.06203f, -0.1884f);
    assertThat(small.vector("the").orElseThrow()).startsWith(0.04656f, 0.21318f, -0.0074364f);

    final Corpus mosi = CsvCorpus.read(SharedData.path("mosi")).corpus();
    assertThat(coverage(large, mosi)).isCloseTo(0.507, within(0.001));
    assertThat(coverage(small, mosi)).isCloseTo(0.477, within(0.001));
    final FeatureTable averages = large.averages(mosi);
    assertThat(averages.space()).isEqualTo(large.space());
    assertThat(averages.size()).isBetween(2000, 2199);
  }

  private static double coverage(GloveTable table, Corpus corpus) {
    long found = 0;
    long words = 0;
    for (final Segment segment : corpus.segments()) {
      for (final String word : segment.text().orElseThrow().split(" ", -1)) {
        words++;
        found += table.vector(word).isPresent() ? 1 : 0;
      }
    }
    return (double) found / words;
  }

  @Test
  void samplesKeepMissingModalitiesMissing() throws IOException {
    final CsvCorpus mosi = CsvCorpus.read(SharedData.path("mosi"));
    final Map<String, FeatureTable> tables = new LinkedHashMap<>();
    tables.put("audio", mosi.features("audio_covarep73"));
    tables.put(
        "text",
        GloveTable.read(SharedData.path("glove/glove.6B.300d.rad.txt")).averages(mosi.corpus()));
    final Samples samples = Samples.join(mosi.corpus(), Fold.TEST, tables);
    assertThat(samples.size()).isEqualTo(686);
    assertThat(samples.modalities()).containsExactly("audio", "text");
    int missing = 0;
    for (final boolean[] present : samples.presence()) {
      assertThat(present[0]).isTrue();
      missing += present[1] ? 0 : 1;
    }
    assertThat(missing).isBetween(1, 200);
  }

  private static Segment byId(Corpus corpus, String id) {
    return corpus.segments().stream()
        .filter(segment -> segment.id().equals(id))
        .findFirst()
        .orElseThrow();
  }

  /** Population statistics to the three decimals that the documentation gives. */
  private static void assertFold(
      Corpus corpus, Fold fold, int size, int videos, double mean, double deviation)
      throws CorpusException {
    final List<Segment> segments = corpus.fold(fold);
    assertThat(segments).hasSize(size);
    if (videos >= 0) {
      assertThat(segments.stream().map(Segment::video).distinct()).hasSize(videos);
    }
    final double[] labels =
        segments.stream().mapToDouble(segment -> segment.label().getAsDouble()).toArray();
    double sum = 0;
    for (final double label : labels) {
      sum += label;
    }
    final double measuredMean = sum / labels.length;
    double squares = 0;
    for (final double label : labels) {
      squares += (label - measuredMean) * (label - measuredMean);
    }
    assertThat(measuredMean).isCloseTo(mean, within(0.0006));
    assertThat(Math.sqrt(squares / labels.length)).isCloseTo(deviation, within(0.0012));
  }
}
