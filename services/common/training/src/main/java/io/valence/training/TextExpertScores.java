package io.valence.training;

import io.valence.corpora.Fold;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What a text expert made of the texts that it was not trained on, as {@code train-text} wrote it.
 *
 * @param scores by fold, -3 to 3
 * @param labels by fold, in the same order
 */
record TextExpertScores(Map<Fold, List<Float>> scores, Map<Fold, List<Float>> labels) {

  static final String FILE = "scores.csv";
  static final String HEADER = "id,fold,label,score";

  TextExpertScores {
    scores = Map.copyOf(scores);
    labels = Map.copyOf(labels);
  }

  /**
   * Reads the folder of a training.
   *
   * @throws TrainingInputException if it holds none that ended
   */
  static TextExpertScores read(final Path folder) throws IOException {
    final Path file = folder.resolve(FILE);
    final List<String> lines;
    try {
      lines = Files.readAllLines(file, StandardCharsets.UTF_8);
    } catch (final NoSuchFileException e) {
      throw new TrainingInputException(
          file + " is missing: give folders of 'train-text' whose training has ended");
    }
    final Map<Fold, List<Float>> scores = new EnumMap<>(Fold.class);
    final Map<Fold, List<Float>> labels = new EnumMap<>(Fold.class);
    for (final String line : lines.subList(Math.min(1, lines.size()), lines.size())) {
      // An id may hold a comma; the other three values cannot.
      final String[] parts = line.split(",", -1);
      if (parts.length < 4) {
        throw new TrainingInputException(file + " is damaged: '" + line + "'");
      }
      final Fold fold = fold(parts[parts.length - 3], file);
      labels.computeIfAbsent(fold, key -> new ArrayList<>()).add(value(parts, 2, file));
      scores.computeIfAbsent(fold, key -> new ArrayList<>()).add(value(parts, 1, file));
    }
    if (!scores.containsKey(Fold.VALIDATION) || !scores.containsKey(Fold.TEST)) {
      throw new TrainingInputException(file + " holds no validation and test fold");
    }
    return new TextExpertScores(scores, labels);
  }

  private static Fold fold(final String label, final Path file) throws TrainingInputException {
    for (final Fold fold : Fold.values()) {
      if (fold.label().equals(label)) {
        return fold;
      }
    }
    throw new TrainingInputException(file + " is damaged: there is no fold '" + label + "'");
  }

  private static float value(final String[] parts, final int fromEnd, final Path file)
      throws TrainingInputException {
    try {
      return Float.parseFloat(parts[parts.length - fromEnd]);
    } catch (final NumberFormatException e) {
      throw new TrainingInputException(file + " is damaged: " + e.getMessage());
    }
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

  float[] scores(final Fold fold) {
    return floats(scores.get(fold));
  }

  float[] labels(final Fold fold) {
    return floats(labels.get(fold));
  }

  private static float[] floats(final List<Float> values) {
    final float[] floats = new float[values.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = values.get(i);
    }
    return floats;
  }
}
