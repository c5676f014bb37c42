package io.valence.corpora;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Folds by video, from {@code folds.csv} (columns {@code video_id,fold}) or from the list that the
 * CMU-MultimodalSDK publishes ({@code cmu_mosei_std_folds.py}: three Python lists).
 */
public final class Folds {

  private static final Pattern LIST =
      Pattern.compile("standard_(train|valid|test)_fold\\s*=\\s*\\[(.*?)\\]", Pattern.DOTALL);
  private static final Pattern QUOTED = Pattern.compile("['\"]([^'\"]+)['\"]");

  private Folds() {}

  /**
   * Reads one file of either form.
   *
   * @return the fold of every video named
   * @throws CorpusException if the file has neither form or names a video twice
   */
  public static Map<String, Fold> read(Path file) throws IOException {
    final Map<String, Fold> folds = new LinkedHashMap<>();
    if (file.toString().endsWith(".py")) {
      final Matcher lists = LIST.matcher(Files.readString(file));
      while (lists.find()) {
        final Fold fold = Fold.parse(lists.group(1));
        final Matcher names = QUOTED.matcher(lists.group(2));
        while (names.find()) {
          put(folds, file, names.group(1), fold);
        }
      }
    } else {
      try (CsvFile csv = CsvFile.open(file).require("video_id", "fold")) {
        csv.forEach(row -> put(folds, file, row.text("video_id"), row.fold("fold")));
      }
    }
    if (folds.isEmpty()) {
      throw new CorpusException(
          file
              + " names no video: it needs columns video_id,fold or the lists"
              + " standard_train_fold, standard_valid_fold and standard_test_fold");
    }
    return Map.copyOf(folds);
  }

  /** Looks for a file of folds in a folder. */
  static Optional<Path> find(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      final List<Path> found =
          files
              .filter(
                  file -> {
                    final String name = file.getFileName().toString();
                    return name.equals("folds.csv") || name.endsWith("std_folds.py");
                  })
              .sorted()
              .toList();
      return found.stream().findFirst();
    }
  }

  private static void put(Map<String, Fold> folds, Path file, String video, Fold fold)
      throws CorpusException {
    final Fold before = folds.putIfAbsent(video, fold);
    if (before != null && before != fold) {
      throw new CorpusException(
          file
              + ": video "
              + video
              + " is in fold "
              + before.label()
              + " and in fold "
              + fold.label()
              + "; a video belongs to one fold");
    }
  }
}
