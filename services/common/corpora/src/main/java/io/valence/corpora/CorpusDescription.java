package io.valence.corpora;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What a corpus holds, for people and programs.
 *
 * @param name of the corpus
 * @param scheme where its folds come from, in lower case
 * @param videos how many videos
 * @param segments how many segments
 * @param texts how many segments have words
 * @param recordings how many segments have a recording of picture or sound
 * @param folds those that have segments
 * @param features the feature sets beside it
 */
public record CorpusDescription(
    String name,
    String scheme,
    int videos,
    int segments,
    int texts,
    int recordings,
    List<FoldDescription> folds,
    List<FeatureDescription> features) {

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  public CorpusDescription {
    folds = List.copyOf(folds);
    features = List.copyOf(features);
  }

  /**
   * One fold. The statistics are NaN if no segment has a label; the deviation is that of the
   * population.
   */
  public record FoldDescription(
      String fold,
      int videos,
      int segments,
      int labelled,
      double mean,
      double deviation,
      double minimum,
      double maximum) {}

  /**
   * One feature set.
   *
   * @param name of the set
   * @param rows samples that have it, or frames for a sequence by itself
   * @param samples samples of the corpus, or videos for a sequence by itself
   * @param trainedWithLabels whether it may not be used with the standard folds
   * @param columns what each column holds
   */
  public record FeatureDescription(
      String name, long rows, int samples, boolean trainedWithLabels, List<ColumnSummary> columns) {

    public FeatureDescription {
      columns = List.copyOf(columns);
    }
  }

  /**
   * Describes an open corpus.
   *
   * @param folder the corpus and its features
   * @param samples the samples to describe: the folder's corpus, a split of it, or whole videos
   * @param withFeatures whether to read the feature sets too, which may take minutes
   */
  public static CorpusDescription of(CorpusFolder folder, Corpus samples, boolean withFeatures)
      throws IOException {
    final List<FeatureDescription> features = new ArrayList<>();
    if (withFeatures) {
      for (final String name : folder.featureNames()) {
        final FeatureTable table = folder.features(name, samples);
        features.add(
            new FeatureDescription(
                name,
                table.size(),
                samples.segments().size(),
                table.trainedWithLabels(),
                table.summaries()));
      }
    }
    final List<FoldDescription> folds = new ArrayList<>();
    for (final Fold fold : Fold.values()) {
      final List<Segment> members =
          samples.segments().stream().filter(segment -> segment.fold() == fold).toList();
      if (!members.isEmpty()) {
        folds.add(fold(fold, members));
      }
    }
    final List<Segment> all = samples.segments();
    return new CorpusDescription(
        samples.name(),
        samples.scheme().name().toLowerCase(Locale.ROOT),
        samples.videos().size(),
        all.size(),
        (int) all.stream().filter(segment -> segment.text().isPresent()).count(),
        (int) all.stream().filter(s -> samples.media().sound(s).isPresent()).count(),
        folds,
        features);
  }

  private static FoldDescription fold(Fold fold, List<Segment> members) {
    final double[] labels =
        members.stream()
            .filter(segment -> segment.label().isPresent())
            .mapToDouble(segment -> segment.label().getAsDouble())
            .toArray();
    double mean = 0;
    double minimum = Double.POSITIVE_INFINITY;
    double maximum = Double.NEGATIVE_INFINITY;
    for (final double label : labels) {
      mean += label / labels.length;
      minimum = Math.min(minimum, label);
      maximum = Math.max(maximum, label);
    }
    double squares = 0;
    for (final double label : labels) {
      squares += (label - mean) * (label - mean);
    }
    final boolean none = labels.length == 0;
    return new FoldDescription(
        fold.label(),
        (int) members.stream().map(Segment::video).distinct().count(),
        members.size(),
        labels.length,
        none ? Double.NaN : mean,
        none ? Double.NaN : Math.sqrt(squares / labels.length),
        none ? Double.NaN : minimum,
        none ? Double.NaN : maximum);
  }

  /**
   * Describes one computational sequence by its frames, read a video at a time.
   *
   * @param file a .csd file of any size
   */
  public static CorpusDescription ofSequence(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new CorpusException(file + " does not exist (or is not a file)");
    }
    try (CsdFile sequence = CsdFile.open(file)) {
      final ColumnTally[] tallies = new ColumnTally[sequence.columns().size()];
      for (int i = 0; i < tallies.length; i++) {
        tallies[i] = new ColumnTally(0, 0);
      }
      final long[] frames = {0};
      for (final String video : sequence.videos()) {
        sequence.read(
            video,
            block -> {
              frames[0] += block.size();
              for (final float[] row : block.features()) {
                for (int i = 0; i < row.length; i++) {
                  tallies[i].add(row[i]);
                }
              }
            });
      }
      final List<ColumnSummary> columns = new ArrayList<>();
      for (int i = 0; i < tallies.length; i++) {
        columns.add(tallies[i].summary(sequence.columns().get(i)));
      }
      return new CorpusDescription(
          sequence.name() + ", root '" + sequence.root() + "'",
          "none",
          sequence.videos().size(),
          0,
          0,
          0,
          List.of(),
          List.of(
              new FeatureDescription(
                  sequence.root(), frames[0], sequence.videos().size(), false, columns)));
    }
  }

  /**
   * Checks that every column of every feature set has at least one finite value.
   *
   * @throws CorpusException naming the set and its columns
   */
  public void requireFiniteColumns() throws CorpusException {
    for (final FeatureDescription set : features) {
      final List<String> empty =
          set.columns().stream().filter(ColumnSummary::empty).map(ColumnSummary::name).toList();
      if (!empty.isEmpty()) {
        throw new CorpusException(
            set.name()
                + ": no finite value in "
                + empty.size()
                + (empty.size() == 1 ? " column (" : " columns (")
                + empty.stream().limit(8).collect(Collectors.joining(", "))
                + (empty.size() > 8 ? ", ..." : "")
                + "); leave them out or extract them again");
      }
    }
  }

  /**
   * Tables for a terminal.
   *
   * @param everyColumn whether to list columns in which nothing is unusual, too
   */
  public String text(boolean everyColumn) {
    final StringBuilder text = new StringBuilder();
    text.append(name).append('\n');
    if (segments > 0) {
      text.append(
          String.format(
              Locale.ROOT,
              "%,d videos, %,d segments (%,d with words, %,d with a recording), folds: %s%n%n",
              videos,
              segments,
              texts,
              recordings,
              scheme));
      text.append("fold    videos  segments  labelled    mean      sd     min     max\n");
      for (final FoldDescription fold : folds) {
        text.append(
            String.format(
                Locale.ROOT,
                "%-6s %7d %9d %9d %7.3f %7.3f %7.2f %7.2f%n",
                fold.fold(),
                fold.videos(),
                fold.segments(),
                fold.labelled(),
                fold.mean(),
                fold.deviation(),
                fold.minimum(),
                fold.maximum()));
      }
    } else {
      text.append(String.format(Locale.ROOT, "%,d videos%n", videos));
    }
    for (final FeatureDescription set : features) {
      features(text, set, everyColumn);
    }
    return text.toString();
  }

  private void features(StringBuilder text, FeatureDescription set, boolean everyColumn) {
    text.append(
        String.format(
            Locale.ROOT,
            "%n%s: %d columns, %,d %s%s%n",
            set.name(),
            set.columns().size(),
            set.rows(),
            segments > 0
                ? "of " + String.format(Locale.ROOT, "%,d", set.samples()) + " samples"
                : "frames",
            set.trainedWithLabels() ? " (trained with labels: not for the standard folds)" : ""));
    final List<ColumnSummary> shown =
        set.columns().stream()
            .filter(
                column ->
                    everyColumn
                        || column.notNumbers() > 0
                        || column.infinite() > 0
                        || column.constant()
                        || column.bookkeeping())
            .toList();
    if (shown.isEmpty()) {
      text.append("  every value is finite, no column is constant\n");
      return;
    }
    text.append(
        "  column                  finite       NaN  infinite         mean           sd  remark\n");
    for (final ColumnSummary column : shown) {
      text.append(
          String.format(
              Locale.ROOT,
              "  %-20s %9d %9d %9d %12.5g %12.5g  %s%n",
              column.name(),
              column.finite(),
              column.notNumbers(),
              column.infinite(),
              column.mean(),
              column.deviation(),
              remark(column)));
    }
  }

  private static String remark(ColumnSummary column) {
    if (column.empty()) {
      return "nothing finite";
    }
    if (column.bookkeeping()) {
      return column.constant() ? "bookkeeping, constant" : "bookkeeping";
    }
    return column.constant() ? "constant" : "";
  }

  /** The same as JSON; numbers that are undefined are null. */
  public String json() throws IOException {
    final ObjectNode node = JSON.createObjectNode();
    node.put("name", name).put("folds_from", scheme);
    node.put("videos", videos).put("segments", segments);
    node.put("with_text", texts).put("with_recording", recordings);
    final ArrayNode foldNodes = node.putArray("folds");
    for (final FoldDescription fold : folds) {
      final ObjectNode entry = foldNodes.addObject();
      entry.put("fold", fold.fold()).put("videos", fold.videos());
      entry.put("segments", fold.segments()).put("labelled", fold.labelled());
      number(entry, "mean", fold.mean());
      number(entry, "deviation", fold.deviation());
      number(entry, "minimum", fold.minimum());
      number(entry, "maximum", fold.maximum());
    }
    final ArrayNode sets = node.putArray("features");
    for (final FeatureDescription set : features) {
      final ObjectNode entry = sets.addObject();
      entry.put("name", set.name()).put("rows", set.rows());
      entry.put("trained_with_labels", set.trainedWithLabels());
      final ArrayNode columns = entry.putArray("columns");
      for (final ColumnSummary column : set.columns()) {
        final ObjectNode one = columns.addObject();
        one.put("name", column.name()).put("finite", column.finite());
        one.put("nan", column.notNumbers()).put("infinite", column.infinite());
        number(one, "mean", column.mean());
        number(one, "deviation", column.deviation());
        number(one, "minimum", column.minimum());
        number(one, "maximum", column.maximum());
        one.put("bookkeeping", column.bookkeeping());
        one.put("constant", column.constant());
      }
    }
    return JSON.writeValueAsString(node);
  }

  private static void number(ObjectNode node, String name, double value) {
    if (Double.isFinite(value)) {
      node.put(name, value);
    } else {
      node.putNull(name);
    }
  }
}
