package io.valence.training;

import io.valence.corpora.CorpusException;
import io.valence.corpora.Fold;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVPrinter;
import org.apache.commons.csv.CSVRecord;

/**
 * What a text expert made of the texts that it was not trained on, as {@code train-text} wrote it.
 *
 * @param rows by fold, in the order of their ids: those of two experts then go together
 */
record TextExpertScores(Map<Fold, List<Row>> rows) {

  /**
   * A text.
   *
   * @param id unique in its corpus
   * @param label -3 to 3
   * @param score -3 to 3
   */
  record Row(String id, float label, float score) {}

  static final String FILE = "scores.csv";

  private static final CSVFormat FORMAT =
      CSVFormat.DEFAULT
          .builder()
          .setHeader("id", "fold", "label", "score")
          .setSkipHeaderRecord(true)
          .setRecordSeparator('\n')
          .get();

  TextExpertScores {
    final Map<Fold, List<Row>> sorted = new EnumMap<>(Fold.class);
    rows.forEach(
        (fold, list) ->
            sorted.put(fold, list.stream().sorted(Comparator.comparing(Row::id)).toList()));
    rows = Collections.unmodifiableMap(sorted);
  }

  /** Opens a file to write; its rows are id, label of the fold, label, score. */
  static CSVPrinter write(final Path file) throws IOException {
    final CSVFormat withHeader = FORMAT.builder().setSkipHeaderRecord(false).get();
    return withHeader.print(Files.newBufferedWriter(file, StandardCharsets.UTF_8));
  }

  /**
   * Reads the folder of a training.
   *
   * @throws TrainingInputException if it holds none that ended
   */
  static TextExpertScores read(final Path folder) throws IOException {
    final Path file = folder.resolve(FILE);
    final TextExpertScores scores;
    try {
      scores = readFile(file);
    } catch (final NoSuchFileException e) {
      throw new TrainingInputException(
          file + " is missing: give folders of 'train-text' whose training has ended");
    }
    if (!scores.rows.containsKey(Fold.VALIDATION) || !scores.rows.containsKey(Fold.TEST)) {
      throw new TrainingInputException(file + " holds no validation and test fold");
    }
    return scores;
  }

  /**
   * Reads one file, of whatever folds.
   *
   * @throws NoSuchFileException if there is none
   * @throws TrainingInputException if it is damaged
   */
  static TextExpertScores readFile(final Path file) throws IOException {
    final Map<Fold, List<Row>> byFold = new EnumMap<>(Fold.class);
    try (CSVParser rows = CSVParser.parse(file, StandardCharsets.UTF_8, FORMAT)) {
      for (final CSVRecord row : rows) {
        byFold
            .computeIfAbsent(Fold.parse(row.get("fold")), key -> new ArrayList<>())
            .add(
                new Row(
                    row.get("id"),
                    Float.parseFloat(row.get("label")),
                    Float.parseFloat(row.get("score"))));
      }
    } catch (final CorpusException | UncheckedIOException | IllegalArgumentException e) {
      throw new TrainingInputException(file + " is damaged: " + e.getMessage());
    }
    return new TextExpertScores(byFold);
  }

  /**
   * Reads several trainings, all judged on the same texts.
   *
   * @throws TrainingInputException if they were not, so that a mean of them would mean nothing
   */
  static List<TextExpertScores> readAll(final List<Path> folders) throws IOException {
    final List<TextExpertScores> all = new ArrayList<>();
    for (final Path folder : folders) {
      final TextExpertScores one = read(folder);
      if (!all.isEmpty() && !one.judgedAs(all.get(0))) {
        throw new TrainingInputException(
            folder + " was judged on other texts than " + folders.get(0) + ": they have no mean");
      }
      all.add(one);
    }
    return all;
  }

  private boolean judgedAs(final TextExpertScores other) {
    for (final Fold fold : List.of(Fold.VALIDATION, Fold.TEST)) {
      final List<String> ids = rows.get(fold).stream().map(Row::id).toList();
      if (!ids.equals(other.rows.get(fold).stream().map(Row::id).toList())
          || !Arrays.equals(labels(fold), other.labels(fold))) {
        return false;
      }
    }
    return true;
  }

  /** The one with the highest validation r. */
  static int best(final List<TextExpertScores> all) {
    int best = 0;
    for (int i = 1; i < all.size(); i++) {
      if (all.get(i).validationCorrelation() > all.get(best).validationCorrelation()) {
        best = i;
      }
    }
    return best;
  }

  double validationCorrelation() {
    return Statistics.correlation(scores(Fold.VALIDATION), labels(Fold.VALIDATION));
  }

  /** In the order of the ids. */
  float[] scores(final Fold fold) {
    final List<Row> of = rows.get(fold);
    final float[] values = new float[of.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = of.get(i).score();
    }
    return values;
  }

  /** In the order of the ids. */
  float[] labels(final Fold fold) {
    final List<Row> of = rows.get(fold);
    final float[] values = new float[of.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = of.get(i).label();
    }
    return values;
  }
}
