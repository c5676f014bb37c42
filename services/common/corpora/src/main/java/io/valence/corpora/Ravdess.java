package io.valence.corpora;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * RAVDESS: acted emotional speech (Livingstone and Russo, 2018; CC BY-NC-SA 4.0), from a manifest
 * with the columns file, emotion, intensity, statement, repetition, actor, actor_sex and
 * valence_sign.
 *
 * <p>The label is the sign of the emotion's valence (-1, 0, 1), none where the manifest leaves it
 * empty (surprise); it is a sign and not a strength. The actor takes the place of the video: a split
 * by video is the split by actor that this corpus needs, since every actor speaks the same words.
 */
public final class Ravdess {

  private Ravdess() {}

  /**
   * Reads the manifest.
   *
   * @param manifest the CSV file
   * @param sounds the folder of the WAV files
   * @throws CorpusException if a file that the manifest names is not there
   */
  public static Corpus read(Path manifest, Path sounds) throws IOException {
    final List<Segment> segments = new ArrayList<>();
    final Map<String, Path> files = new HashMap<>();
    try (CsvFile csv =
        CsvFile.open(manifest)
            .require("file", "emotion", "intensity", "statement", "actor", "valence_sign")) {
      csv.forEach(
          row -> {
            final String file = row.text("file");
            final Path sound = sounds.resolve(file);
            if (!Files.isRegularFile(sound)) {
              throw new CorpusException(
                  row.place() + ": " + sound + " is missing; the manifest names it");
            }
            final String id = file.replaceFirst("\\.[^.]*$", "");
            files.put(id, sound);
            segments.add(
                Segment.read(
                    row.place(),
                    id,
                    String.format(Locale.ROOT, "actor-%02d", (int) row.number("actor")),
                    0,
                    Double.POSITIVE_INFINITY,
                    row.text("statement"),
                    row.number("valence_sign"),
                    Fold.NONE,
                    Map.of("emotion", row.text("emotion"), "intensity", row.text("intensity"))));
          });
    }
    return Corpus.read("RAVDESS", FoldScheme.NONE, segments, new Media(Map.of(), files));
  }
}
