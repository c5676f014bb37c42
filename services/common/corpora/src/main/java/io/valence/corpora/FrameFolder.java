package io.valence.corpora;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Frame-level features as one CSV a video. Times come from the columns StartTime and EndTime, or from
 * OpenFace's {@code timestamp}, where a frame lasts until the next one begins.
 */
final class FrameFolder implements FrameSource {

  private static final Set<String> TIMES = Set.of("Frame", "StartTime", "EndTime");

  private final String name;
  private final Map<String, Path> files;
  private final List<String> columns;

  private FrameFolder(String name, Map<String, Path> files, List<String> columns) {
    this.name = name;
    this.files = files;
    this.columns = columns;
  }

  static FrameFolder open(Path folder) throws IOException {
    final Map<String, Path> files = new TreeMap<>();
    try (Stream<Path> entries = Files.list(folder)) {
      entries
          .filter(entry -> entry.toString().toLowerCase(Locale.ROOT).endsWith(".csv"))
          .forEach(
              entry -> {
                final String file = entry.getFileName().toString();
                files.put(file.substring(0, file.length() - 4), entry);
              });
    }
    if (files.isEmpty()) {
      throw new CorpusException(folder + " has no CSV file; one a video belongs there");
    }
    try (CsvFile first = CsvFile.open(files.values().iterator().next())) {
      return new FrameFolder(folder.getFileName().toString(), files, features(first));
    }
  }

  private static List<String> features(CsvFile csv) {
    return csv.header().stream().filter(column -> !TIMES.contains(column)).toList();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public List<String> columns() {
    return columns;
  }

  @Override
  public Set<String> videos() {
    return Set.copyOf(files.keySet());
  }

  @Override
  public void read(String video, FrameReader reader) throws IOException {
    final Path file = files.get(video);
    if (file == null) {
      throw new CorpusException(name + " has no video " + video + " (it has " + files.size() + ")");
    }
    final List<double[]> intervals = new ArrayList<>();
    final List<float[]> rows = new ArrayList<>();
    try (CsvFile csv = CsvFile.open(file)) {
      if (!features(csv).equals(columns)) {
        throw new CorpusException(
            file + " has other columns than the first file of its folder; keep one form a folder");
      }
      final boolean spans = csv.header().contains("StartTime");
      if (!spans) {
        csv.require("timestamp");
      } else {
        csv.require("EndTime");
      }
      final int[] positions =
          columns.stream().mapToInt(column -> csv.header().indexOf(column)).toArray();
      csv.forEach(
          row -> {
            final float[] values = new float[positions.length];
            for (int i = 0; i < values.length; i++) {
              values[i] = row.value(positions[i]);
            }
            rows.add(values);
            intervals.add(
                spans
                    ? new double[] {row.number("StartTime"), row.number("EndTime")}
                    : new double[] {row.number("timestamp"), Double.NaN});
          });
      if (!spans) {
        closeIntervals(intervals);
      }
    }
    reader.read(
        new FrameSequence(intervals.toArray(double[][]::new), rows.toArray(float[][]::new)));
  }

  /** The last frame lasts as long as the one before it. */
  private static void closeIntervals(List<double[]> intervals) {
    for (int i = 0; i + 1 < intervals.size(); i++) {
      intervals.get(i)[1] = intervals.get(i + 1)[0];
    }
    if (!intervals.isEmpty()) {
      final double[] last = intervals.get(intervals.size() - 1);
      final double length =
          intervals.size() == 1
              ? 0
              : intervals.get(intervals.size() - 2)[1] - intervals.get(intervals.size() - 2)[0];
      last[1] = last[0] + length;
    }
  }

  @Override
  public void close() {
    // Each read opens and closes its own file.
  }
}
