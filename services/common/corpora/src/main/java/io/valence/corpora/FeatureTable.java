package io.valence.corpora;

import io.valence.features.FeatureSpace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Feature vectors by segment (or by video), with named columns. Values are kept as they were read:
 * a value that is not finite is missing, never zero, and is counted by {@link #summaries()}. {@link
 * ColumnStatistics} turns rows into what a model is fed.
 */
public final class FeatureTable {

  /**
   * Columns in which OpenFace reports on itself: they number frames and faces, tell the time and say
   * how sure it was. They must not enter a distance between faces.
   */
  private static final Set<String> BOOKKEEPING =
      Set.of("frame", "face_id", "face", "timestamp", "time", "confidence", "success");

  /** Columns beside the features in this project's CSV files. */
  private static final Set<String> BESIDE =
      Set.of(
          "segment_id", "video_id", "fold", "source_split", "n_segments", "label_mean_sentiment");

  /**
   * Features whose extractor was itself trained with the labels of a split that is not the standard
   * one: on the standard folds the labels of the test fold are in them.
   */
  private static final Set<String> TRAINED_WITH_LABELS = Set.of("video_cnn100", "text_cnn100");

  private final FeatureSpace space;
  private final Map<String, Integer> index;
  private final float[][] values;
  private final float[] weights;
  private final float[] qualities;
  private final long[] frameNotNumbers;
  private final long[] frameInfinite;
  private final Map<String, String> sourceSplit;
  private final boolean extracted;

  private FeatureTable(Builder builder) {
    this.space = builder.space;
    this.index = builder.index;
    this.values = builder.values.toArray(float[][]::new);
    this.weights = new float[values.length];
    this.qualities = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      weights[i] = builder.weights.get(i);
      qualities[i] = builder.qualities.get(i);
    }
    this.frameNotNumbers = builder.frameNotNumbers;
    this.frameInfinite = builder.frameInfinite;
    this.sourceSplit = Map.copyOf(builder.sourceSplit);
    this.extracted = builder.extracted;
  }

  /** Starts a table of vectors of one space. */
  public static Builder builder(FeatureSpace space) {
    return new Builder(space);
  }

  /**
   * Reads a CSV file with one row a segment or video: {@code segment_id} or {@code video_id} first,
   * then the features; the columns fold, source_split, n_segments and label_mean_sentiment are not
   * features. The space is named after the file.
   */
  public static FeatureTable readCsv(Path file) throws IOException {
    try (CsvFile csv = CsvFile.open(file)) {
      final List<String> header = csv.header();
      final boolean bySegment = header.contains("segment_id");
      if (!bySegment) {
        csv.require("video_id");
      }
      final String idColumn = bySegment ? "segment_id" : "video_id";
      final int[] columns =
          IntStream.range(0, header.size()).filter(i -> !BESIDE.contains(header.get(i))).toArray();
      if (columns.length == 0) {
        throw new CorpusException(file + " has no feature column beside " + header);
      }
      final String name = file.getFileName().toString().replaceFirst("\\.csv$", "");
      final Builder builder = builder(space(file, name, header, columns));
      final boolean hasSource = header.contains("source_split");
      csv.forEach(
          row -> {
            final float[] vector = new float[columns.length];
            for (int i = 0; i < vector.length; i++) {
              vector[i] = row.value(columns[i]);
            }
            final String id = row.text(idColumn);
            if (!builder.tryAdd(id, vector, 1, 1)) {
              throw new CorpusException(row.place() + ": " + id + " occurs more than once");
            }
            if (hasSource) {
              builder.sourceSplit.put(id, row.text("source_split"));
            }
          });
      return builder.build();
    }
  }

  private static FeatureSpace space(Path file, String name, List<String> header, int[] columns)
      throws CorpusException {
    try {
      return new FeatureSpace(name, IntStream.of(columns).mapToObj(header::get).toList());
    } catch (IllegalArgumentException repeated) {
      throw new CorpusException(file + ": " + repeated.getMessage(), repeated);
    }
  }

  /** What the values mean. */
  public FeatureSpace space() {
    return space;
  }

  /**
   * Whether the extractor named the space: vectors of another space then mean something else, be they
   * as wide. The space of a CSV file has only the name of the file.
   */
  public boolean extracted() {
    return extracted;
  }

  /** The names of the columns, in order. */
  public List<String> columns() {
    return space.names();
  }

  /** How many columns there are. */
  public int width() {
    return space.size();
  }

  /** How many rows there are. */
  public int size() {
    return values.length;
  }

  /** The ids of the rows, in the order of the source. */
  public Collection<String> ids() {
    return index.keySet();
  }

  /** Whether there is a row for this segment or video. */
  public boolean contains(String id) {
    return index.containsKey(id);
  }

  /**
   * The row of a segment or video. Not a copy: do not change it. Values may be NaN or infinite.
   *
   * @throws IllegalArgumentException if there is no such row
   */
  public float[] row(String id) {
    return values[position(id)];
  }

  /** How many frames, seconds or words are behind a row; 1 where the source does not say. */
  public float weight(String id) {
    return weights[position(id)];
  }

  /** The share of frames behind a row that could be used, 0 to 1. */
  public float quality(String id) {
    return qualities[position(id)];
  }

  private int position(String id) {
    final Integer position = index.get(id);
    if (position == null) {
      throw new IllegalArgumentException(space.id() + " has no row for " + id);
    }
    return position;
  }

  /** Whether the labels of other people's training are in these features. */
  public boolean trainedWithLabels() {
    return TRAINED_WITH_LABELS.contains(space.id());
  }

  /** The source's own split of a row ({@code train}, {@code test}), where the file has one. */
  Map<String, String> sourceSplit() {
    return sourceSplit;
  }

  /** Whether this column is OpenFace's bookkeeping (frame, face id, time, confidence, success). */
  public static boolean isBookkeeping(String column) {
    return BOOKKEEPING.contains(column.strip().toLowerCase(Locale.ROOT));
  }

  /** The same table without bookkeeping columns: what distances may be computed on. */
  public FeatureTable withoutBookkeeping() {
    return without(FeatureTable::isBookkeeping);
  }

  /**
   * The same table without the columns that satisfy the condition. Its space gets another id where
   * a column was dropped, since the vectors are no longer of the same space.
   */
  public FeatureTable without(Predicate<String> dropped) {
    final int[] kept =
        IntStream.range(0, width()).filter(i -> !dropped.test(columns().get(i))).toArray();
    if (kept.length == width()) {
      return this;
    }
    if (kept.length == 0) {
      throw new IllegalArgumentException(space.id() + ": every column would be dropped");
    }
    final FeatureSpace smaller =
        new FeatureSpace(
            space.id() + "-" + kept.length + "-of-" + width(),
            IntStream.of(kept).mapToObj(columns()::get).toList());
    final Builder builder = builder(smaller);
    for (final Map.Entry<String, Integer> entry : index.entrySet()) {
      final float[] row = values[entry.getValue()];
      final float[] part = new float[kept.length];
      for (int i = 0; i < kept.length; i++) {
        part[i] = row[kept[i]];
      }
      builder.add(entry.getKey(), part, weights[entry.getValue()], qualities[entry.getValue()]);
    }
    for (int i = 0; i < kept.length; i++) {
      builder.frameNotNumbers[i] = frameNotNumbers[kept[i]];
      builder.frameInfinite[i] = frameInfinite[kept[i]];
    }
    builder.sourceSplit.putAll(sourceSplit);
    builder.extracted = extracted;
    return builder.build();
  }

  /**
   * One row a video: the mean of the rows of its segments, each counted by its weight. Values that
   * are not finite are left out of the mean of their column.
   */
  public FeatureTable byVideo(Corpus corpus) {
    final Map<String, List<Integer>> groups = new LinkedHashMap<>();
    for (final Segment segment : corpus.segments()) {
      final Integer position = index.get(segment.id());
      if (position != null) {
        groups.computeIfAbsent(segment.video(), unused -> new ArrayList<>()).add(position);
      }
    }
    final Builder builder = builder(space);
    groups.forEach(
        (video, rows) -> {
          final RunningMean mean = new RunningMean(width());
          double quality = 0;
          for (final int row : rows) {
            mean.add(values[row], weights[row]);
            quality += weights[row] * qualities[row];
          }
          if (mean.weight() > 0) {
            builder.add(
                video, mean.mean(), (float) mean.weight(), (float) (quality / mean.weight()));
          }
        });
    System.arraycopy(frameNotNumbers, 0, builder.frameNotNumbers, 0, width());
    System.arraycopy(frameInfinite, 0, builder.frameInfinite, 0, width());
    builder.extracted = extracted;
    return builder.build();
  }

  /**
   * Every column's contents. NaN and infinities are those of the cells and, where rows were averaged
   * over frames, also those of the frames that were left out.
   */
  public List<ColumnSummary> summaries() {
    final List<ColumnSummary> summaries = new ArrayList<>(width());
    for (int column = 0; column < width(); column++) {
      final ColumnTally tally = new ColumnTally(frameNotNumbers[column], frameInfinite[column]);
      for (final float[] row : values) {
        tally.add(row[column]);
      }
      summaries.add(tally.summary(columns().get(column)));
    }
    return List.copyOf(summaries);
  }

  /**
   * Checks that every column has at least one finite value.
   *
   * @return this table
   * @throws CorpusException naming the columns that have none
   */
  public FeatureTable requireFiniteColumns() throws CorpusException {
    final List<String> empty =
        summaries().stream().filter(ColumnSummary::empty).map(ColumnSummary::name).toList();
    if (!empty.isEmpty()) {
      throw new CorpusException(
          space.id()
              + ": no finite value in column "
              + empty.stream().limit(8).collect(Collectors.joining(", "))
              + (empty.size() > 8 ? " and " + (empty.size() - 8) + " more" : "")
              + "; leave the column out or extract it again");
    }
    return this;
  }

  /** Collects the rows of a table; for one thread. */
  public static final class Builder {

    private final FeatureSpace space;
    private final Map<String, Integer> index = new LinkedHashMap<>();
    private final List<float[]> values = new ArrayList<>();
    private final List<Float> weights = new ArrayList<>();
    private final List<Float> qualities = new ArrayList<>();
    private final long[] frameNotNumbers;
    private final long[] frameInfinite;
    private final Map<String, String> sourceSplit = new LinkedHashMap<>();
    private boolean extracted;

    private Builder(FeatureSpace space) {
      this.space = space;
      this.frameNotNumbers = new long[space.size()];
      this.frameInfinite = new long[space.size()];
    }

    /**
     * Adds a row.
     *
     * @param id of the segment or video; not yet in the table
     * @param vector as many values as the space has; not copied
     * @param weight frames, seconds or words behind it, above 0
     * @param quality share of usable frames, 0 to 1
     * @throws IllegalArgumentException if any of this does not hold
     */
    public Builder add(String id, float[] vector, float weight, float quality) {
      if (!tryAdd(id, vector, weight, quality)) {
        throw new IllegalArgumentException(space.id() + ": " + id + " occurs more than once");
      }
      return this;
    }

    private boolean tryAdd(String id, float[] vector, float weight, float quality) {
      if (vector.length != space.size() || !(weight > 0) || !(quality >= 0 && quality <= 1)) {
        throw new IllegalArgumentException(
            space.id()
                + ": row "
                + id
                + " has "
                + vector.length
                + " values, weight "
                + weight
                + ", quality "
                + quality
                + " where "
                + space.size()
                + " values, a weight above 0 and a quality from 0 to 1 belong");
      }
      if (index.putIfAbsent(id, values.size()) != null) {
        return false;
      }
      values.add(vector);
      weights.add(weight);
      qualities.add(quality);
      return true;
    }

    /** Counts frames whose value in a column was left out of an average. */
    void countLeftOut(long[] notNumbers, long[] infinite) {
      for (int i = 0; i < frameNotNumbers.length; i++) {
        frameNotNumbers[i] += notNumbers[i];
        frameInfinite[i] += infinite[i];
      }
    }

    /** The space is that which the extractor named. */
    Builder extracted() {
      extracted = true;
      return this;
    }

    /** The table. */
    public FeatureTable build() {
      return new FeatureTable(this);
    }
  }
}
