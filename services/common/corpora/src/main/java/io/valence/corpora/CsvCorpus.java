package io.valence.corpora;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * A corpus as a folder of CSV files:
 *
 * <pre>
 * segments.csv     segment_id,video_id,start_s,end_s,text,label,fold and further columns
 * folds.csv        video_id,fold (optional; must agree with segments.csv)
 * features/*.csv   segment_id or video_id, then named features (optional)
 * features/NAME/   one CSV a video, one row a frame (optional)
 * clips/           recordings named after a segment or a video (optional)
 * </pre>
 *
 * @param corpus the segments
 * @param features the feature files of a row a segment or video, by name without ending
 * @param frames the folders of frame-level features, by name
 */
public record CsvCorpus(Corpus corpus, Map<String, Path> features, Map<String, Path> frames)
    implements CorpusFolder {

  public CsvCorpus {
    features = Map.copyOf(features);
    frames = Map.copyOf(frames);
  }

  /**
   * Reads the segments and lists the features.
   *
   * @throws CorpusException if a part is missing or wrong
   */
  public static CsvCorpus read(Path folder) throws IOException {
    final Path segmentFile = folder.resolve("segments.csv");
    if (!Files.isRegularFile(segmentFile)) {
      throw new CorpusException(
          folder + " has no segments.csv, where the segments with their times and labels belong");
    }
    final List<Segment> segments = readSegments(segmentFile);
    final Path foldFile = folder.resolve("folds.csv");
    if (Files.isRegularFile(foldFile)) {
      checkFolds(segments, foldFile);
    }
    final Map<String, Path> features = new TreeMap<>();
    final Map<String, Path> frames = new TreeMap<>();
    final Path featureFolder = folder.resolve("features");
    if (Files.isDirectory(featureFolder)) {
      try (Stream<Path> entries = Files.list(featureFolder)) {
        for (final Path entry : entries.sorted().toList()) {
          final String name = entry.getFileName().toString();
          if (Files.isDirectory(entry)) {
            frames.put(name, entry);
          } else if (name.endsWith(".csv")) {
            features.put(name.substring(0, name.length() - 4), entry);
          }
        }
      }
    }
    final Media media = MediaFolder.scan(List.of(folder.resolve("clips")));
    final boolean hasFolds = segments.stream().anyMatch(segment -> segment.fold() != Fold.NONE);
    final String name = folder.toAbsolutePath().normalize().getFileName().toString();
    return new CsvCorpus(
        Corpus.read(name, hasFolds ? FoldScheme.STANDARD : FoldScheme.NONE, segments, media),
        features,
        frames);
  }

  /** Reads a {@code segments.csv}. */
  static List<Segment> readSegments(Path file) throws IOException {
    final List<String> known =
        List.of("segment_id", "video_id", "start_s", "end_s", "text", "label", "fold");
    final List<Segment> segments = new ArrayList<>();
    try (CsvFile csv =
        CsvFile.open(file).require("segment_id", "video_id", "start_s", "end_s", "label")) {
      final boolean hasText = csv.header().contains("text");
      final boolean hasFold = csv.header().contains("fold");
      final List<String> further =
          csv.header().stream().filter(column -> !known.contains(column)).toList();
      csv.forEach(
          row -> {
            final Map<String, String> attributes = new HashMap<>();
            for (final String column : further) {
              attributes.put(column, row.text(column));
            }
            segments.add(
                Segment.read(
                    row.place(),
                    row.text("segment_id"),
                    row.text("video_id"),
                    row.number("start_s"),
                    row.number("end_s"),
                    hasText ? row.text("text") : null,
                    row.number("label"),
                    hasFold ? row.fold("fold") : Fold.NONE,
                    attributes));
          });
    }
    return segments;
  }

  private static void checkFolds(List<Segment> segments, Path foldFile) throws IOException {
    final Map<String, Fold> folds = Folds.read(foldFile);
    for (final Segment segment : segments) {
      final Fold listed = folds.getOrDefault(segment.video(), Fold.NONE);
      if (listed != segment.fold()) {
        throw new CorpusException(
            foldFile
                + " puts video "
                + segment.video()
                + " into fold "
                + listed.label()
                + ", segments.csv into fold "
                + segment.fold().label()
                + "; make the two agree");
      }
    }
  }

  /**
   * Reads one of the feature files.
   *
   * @param name of the file without its ending, for instance {@code audio_covarep73}
   * @throws CorpusException if there is no such file or it is damaged
   */
  public FeatureTable features(String name) throws IOException {
    final Path file = features.get(name);
    if (file == null) {
      throw new CorpusException(
          corpus.name()
              + " has no features named '"
              + name
              + "'; it has "
              + new TreeMap<>(features).keySet());
    }
    return FeatureTable.readCsv(file);
  }

  /** The feature files and the folders of frame-level features. */
  @Override
  public Set<String> featureNames() {
    final Set<String> names = new TreeSet<>(features.keySet());
    names.addAll(frames.keySet());
    return names;
  }

  /**
   * Reads a feature file, or averages frame-level features over the samples. Features of segments are
   * averaged where the samples are whole videos; videos without frames are left out.
   */
  @Override
  public FeatureTable features(String name, Corpus samples) throws IOException {
    if (frames.containsKey(name)) {
      try (FrameSource source = frames(name)) {
        return SegmentAverages.of(samples, source, name, SegmentAverages.MissingVideos.LIST)
            .table();
      }
    }
    final FeatureTable table = features(name);
    final boolean known = samples.segments().stream().anyMatch(s -> table.contains(s.id()));
    return known ? table : table.byVideo(corpus);
  }

  /**
   * Opens one of the folders of frame-level features.
   *
   * @throws CorpusException if there is no such folder
   */
  public FrameSource frames(String name) throws IOException {
    final Path folder = frames.get(name);
    if (folder == null) {
      throw new CorpusException(
          corpus.name()
              + " has no frame-level features named '"
              + name
              + "'; it has "
              + new TreeMap<>(frames).keySet());
    }
    return FrameFolder.open(folder);
  }

  /**
   * The same segments under the split that the source of a feature file used to train it ({@code
   * source_split}): the only one under which features trained with labels may be used.
   */
  public Corpus underSourceSplit(FeatureTable table) throws CorpusException {
    if (table.sourceSplit().isEmpty()) {
      throw new CorpusException(table.space().id() + " has no column source_split");
    }
    final List<Segment> moved = new ArrayList<>();
    for (final Segment segment : corpus.segments()) {
      moved.add(segment.in(Fold.parse(table.sourceSplit().getOrDefault(segment.id(), "none"))));
    }
    return new Corpus(corpus.name() + " (source split)", FoldScheme.SOURCE, moved, corpus.media());
  }
}
