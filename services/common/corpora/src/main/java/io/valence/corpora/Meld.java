package io.valence.corpora;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * MELD: utterances of a television series with sentiment (negative, neutral, positive) and emotion.
 * A dialogue takes the place of a video, so that a random split keeps dialogues together.
 */
public final class Meld {

  private static final Pattern TIME = Pattern.compile("(\\d+):(\\d\\d):(\\d\\d)[,.](\\d{1,3})");

  private Meld() {}

  /**
   * Reads one of {@code train_sent_emo.csv}, {@code dev_sent_emo.csv}, {@code test_sent_emo.csv}.
   *
   * @param magnitude the label given to positive utterances, above 0, at most 3
   */
  public static Corpus read(Path file, double magnitude) throws IOException {
    if (!(magnitude > 0 && magnitude <= Segment.LABEL_LIMIT)) {
      throw new IllegalArgumentException("magnitude must be above 0, at most 3: " + magnitude);
    }
    final String name = file.getFileName().toString();
    final Fold fold = fold(name);
    final String prefix = "meld-" + fold.label();
    final List<Segment> segments = new ArrayList<>();
    try (CsvFile csv =
        CsvFile.open(file)
            .require(
                "Utterance", "Speaker", "Emotion", "Sentiment", "Dialogue_ID", "Utterance_ID")) {
      final boolean timed = csv.header().contains("StartTime") && csv.header().contains("EndTime");
      csv.forEach(
          row -> {
            final double label =
                switch (row.text("Sentiment")) {
                  case "negative" -> -magnitude;
                  case "neutral" -> 0;
                  case "positive" -> magnitude;
                  default ->
                      throw new CorpusException(
                          row.place()
                              + ": sentiment '"
                              + row.text("Sentiment")
                              + "' is none of negative, neutral, positive");
                };
            final String dialogue = prefix + "-" + row.text("Dialogue_ID");
            final double start = timed ? seconds(row.place(), row.text("StartTime")) : 0;
            final double end =
                timed ? seconds(row.place(), row.text("EndTime")) : Double.POSITIVE_INFINITY;
            segments.add(
                Segment.read(
                    row.place(),
                    dialogue + "-" + row.text("Utterance_ID"),
                    dialogue,
                    start,
                    // A few published times run backwards; the text is right all the same.
                    end < start ? Double.POSITIVE_INFINITY : end,
                    row.text("Utterance"),
                    label,
                    fold,
                    Map.of("speaker", row.text("Speaker"), "emotion", row.text("Emotion"))));
          });
    }
    return Corpus.read(
        "MELD " + name,
        fold == Fold.NONE ? FoldScheme.NONE : FoldScheme.STANDARD,
        segments,
        Media.NONE);
  }

  private static double seconds(String place, String text) throws CorpusException {
    final Matcher matcher = TIME.matcher(text.strip());
    if (!matcher.matches()) {
      throw new CorpusException(place + ": '" + text + "' is not a time such as 00:20:57,256");
    }
    return Integer.parseInt(matcher.group(1)) * 3600
        + Integer.parseInt(matcher.group(2)) * 60
        + Integer.parseInt(matcher.group(3))
        + Double.parseDouble("0." + matcher.group(4));
  }

  private static Fold fold(final String fileName) {
    if (fileName.startsWith("train")) {
      return Fold.TRAIN;
    }
    if (fileName.startsWith("dev")) {
      return Fold.VALIDATION;
    }
    return fileName.startsWith("test") ? Fold.TEST : Fold.NONE;
  }
}
