package io.valence.corpora;

import io.valence.features.FeatureSpace;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Word vectors in GloVe's text form (Pennington et al., 2014): a word, then its numbers, on each
 * line. Two tables are two spaces even if they have the same width, so there is no way to merge them
 * here, and the space of a table carries the name of its file.
 */
public final class GloveTable {

  private final FeatureSpace space;
  private final Map<String, Integer> index;

  /** By lower-case form: the first word that has it. */
  private final Map<String, Integer> folded;

  private final float[][] vectors;

  private GloveTable(FeatureSpace space, Map<String, Integer> index, float[][] vectors) {
    this.space = space;
    this.index = index;
    this.vectors = vectors;
    this.folded = new HashMap<>(index.size() * 2);
    index.forEach(
        (word, position) ->
            folded.merge(word.toLowerCase(Locale.ROOT), position, (a, b) -> Math.min(a, b)));
  }

  /**
   * Reads a table.
   *
   * @throws CorpusException naming the line whose width differs or whose number is not one
   */
  public static GloveTable read(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new CorpusException(file + " does not exist (or is not a file)");
    }
    final Map<String, Integer> index = new HashMap<>();
    final List<float[]> rows = new ArrayList<>();
    try (BufferedReader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        final String place = file + ", line " + (rows.size() + 1);
        final int width =
            rows.isEmpty() ? (int) line.chars().filter(c -> c == ' ').count() : rows.get(0).length;
        final float[] row = new float[width];
        // The word is what is left of the numbers: in the 840B table some words contain spaces.
        int end = line.length();
        for (int i = width - 1; i >= 0; i--) {
          final int space = line.lastIndexOf(' ', end - 1);
          if (space <= 0) {
            throw new CorpusException(
                place + ": fewer than " + width + " numbers after a word; the file is damaged");
          }
          final double value = CsvFile.number(place, line.substring(space + 1, end));
          if (!Double.isFinite(value)) {
            throw new CorpusException(place + ": a word vector must be finite, not " + value);
          }
          row[i] = (float) value;
          end = space;
        }
        if (width == 0 || index.putIfAbsent(line.substring(0, end), rows.size()) != null) {
          throw new CorpusException(place + ": no numbers, or a word that occurred before");
        }
        rows.add(row);
      }
    } catch (CharacterCodingException notText) {
      throw new CorpusException(file + " is not UTF-8 text", notText);
    }
    if (rows.isEmpty()) {
      throw new CorpusException(file + " is empty; a word and its numbers belong on each line");
    }
    final String name = file.getFileName().toString().replaceFirst("\\.txt$", "");
    final FeatureSpace space =
        new FeatureSpace(
            name, IntStream.range(0, rows.get(0).length).mapToObj(i -> "glove_" + i).toList());
    return new GloveTable(space, index, rows.toArray(float[][]::new));
  }

  /** The space of the vectors: named after the file, so that two tables differ. */
  public FeatureSpace space() {
    return space;
  }

  /** How many words there are. */
  public int size() {
    return vectors.length;
  }

  /** The words. */
  public Set<String> words() {
    return Set.copyOf(index.keySet());
  }

  /**
   * The vector of a word as it is written, else of its lower-case form, else of the first word in the
   * table that differs only in case. Not a copy: do not change it.
   */
  public Optional<float[]> vector(String word) {
    Integer position = index.get(word);
    if (position == null) {
      final String lower = word.toLowerCase(Locale.ROOT);
      position = index.containsKey(lower) ? index.get(lower) : folded.get(lower);
    }
    return position == null ? Optional.empty() : Optional.of(vectors[position]);
  }

  /** As {@link #average(String)}, but in lower case first: for transcripts in capitals. */
  public Optional<Average> averageLowerCase(String text) {
    return average(text.toLowerCase(Locale.ROOT));
  }

  /**
   * The mean vector of the words of a text, split at white space; words that are not in the table
   * are left out.
   *
   * @return empty if no word is in the table
   */
  public Optional<Average> average(String text) {
    final RunningMean mean = new RunningMean(space.size());
    int words = 0;
    for (final String word : text.strip().split("\\s+", -1)) {
      if (!word.isEmpty()) {
        words++;
        vector(word).ifPresent(found -> mean.add(found, 1));
      }
    }
    return mean.rows() == 0
        ? Optional.empty()
        : Optional.of(new Average(mean.mean(), (int) mean.rows(), words));
  }

  /**
   * The mean vectors of the texts of a corpus. Weight is the number of words found, quality their
   * share. Segments of which no word is in the table have no row.
   */
  public FeatureTable averages(Corpus corpus) {
    final FeatureTable.Builder builder = FeatureTable.builder(space);
    for (final Segment segment : corpus.segments()) {
      segment
          .text()
          .flatMap(this::averageLowerCase)
          .ifPresent(
              average ->
                  builder.add(
                      segment.id(),
                      average.vector(),
                      average.found(),
                      (float) average.found() / average.words()));
    }
    return builder.build();
  }

  /**
   * The mean of the word vectors of a text.
   *
   * @param vector the mean
   * @param found how many words of the text are in the table, counted as often as they occur
   * @param words how many words the text has
   */
  public record Average(float[] vector, int found, int words) {}
}
