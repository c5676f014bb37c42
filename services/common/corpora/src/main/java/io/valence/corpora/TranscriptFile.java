package io.valence.corpora;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Labelled texts in one CSV file with a header line:
 *
 * <pre>
 * text            what was said (needed)
 * label           sentiment, -3 to 3 (needed in every row)
 * conversation    what it was said in; texts of one conversation are each other's context (optional)
 * order           a number that sorts a conversation's texts (optional; else the order of the lines)
 * fold            train, valid or test (optional)
 * id              unique (optional; else the number of the line)
 * </pre>
 *
 * <p>Further columns are not read, but one whose name differs from these only in case or blanks is
 * refused: it would be left out unseen. A conversation lies in one fold.
 */
public final class TranscriptFile {

  private static final List<String> COLUMNS =
      List.of("text", "label", "conversation", "order", "fold", "id");
  private static final Pattern OUTER_BLANKS = Pattern.compile("^[\\s\\p{Z}]+|[\\s\\p{Z}]+$");

  private TranscriptFile() {}

  /**
   * Reads a file.
   *
   * @return segments whose video is the conversation without outer blanks (where there is none, a
   *     blank and the id: no conversation has that name) and whose start is their order
   * @throws CorpusException naming the line and what is wrong with it
   */
  public static Corpus read(final Path file) throws IOException {
    final List<Segment> segments = new ArrayList<>();
    final Set<String> ids = new HashSet<>();
    final Map<String, Fold> folds = new HashMap<>();
    final boolean hasFold;
    try (CsvFile csv = CsvFile.open(file)) {
      final List<String> header = csv.header();
      requireSpelling(file, header);
      csv.require("text", "label");
      hasFold = header.contains("fold");
      csv.forEach(
          row -> {
            final String id =
                header.contains("id") ? row.text("id") : Integer.toString(segments.size() + 1);
            final String conversation =
                header.contains("conversation") && !row.text("conversation").isBlank()
                    ? row.text("conversation").strip()
                    : " " + id;
            final double order =
                header.contains("order") ? row.number("order") : segments.size() + 1;
            if (!ids.add(id)) {
              throw new CorpusException(
                  row.place() + ": id '" + id + "' occurs twice; give every row its own");
            }
            if (!Double.isFinite(order)) {
              throw new CorpusException(row.place() + ": order must be a number");
            }
            final Fold fold = hasFold ? row.fold("fold") : Fold.NONE;
            final Fold before = folds.putIfAbsent(conversation, fold);
            if (before != null && before != fold) {
              throw new CorpusException(
                  row.place()
                      + ": conversation '"
                      + conversation
                      + "' lies in two folds; put all its rows into one");
            }
            segments.add(
                Segment.read(
                    row.place(),
                    id,
                    conversation,
                    order,
                    order,
                    text(row),
                    label(row),
                    fold,
                    Map.of()));
          });
    }
    return Corpus.read(
        String.valueOf(file.getFileName()),
        hasFold ? FoldScheme.STANDARD : FoldScheme.NONE,
        segments,
        Media.NONE);
  }

  private static void requireSpelling(final Path file, final List<String> header)
      throws CorpusException {
    for (final String name : header) {
      final String plain = OUTER_BLANKS.matcher(name).replaceAll("").toLowerCase(Locale.ROOT);
      if (COLUMNS.contains(plain) && !name.equals(plain)) {
        throw new CorpusException(file + ": column '" + name + "' must be written '" + plain + "'");
      }
    }
  }

  private static String text(final CsvFile.Row row) throws CorpusException {
    final String text = row.text("text");
    if (text.isBlank()) {
      throw new CorpusException(row.place() + ": the text is empty; remove the row");
    }
    if (text.codePoints().noneMatch(Character::isLetterOrDigit)) {
      throw new CorpusException(
          row.place() + ": the text has no words, neither a letter nor a digit; remove the row");
    }
    final Optional<String> excess = TextLength.excess(text);
    if (excess.isPresent()) {
      throw new CorpusException(row.place() + ": " + excess.orElseThrow());
    }
    return text;
  }

  private static double label(final CsvFile.Row row) throws CorpusException {
    final double label = row.number("label");
    if (Double.isNaN(label)) {
      throw new CorpusException(row.place() + ": the label is missing; remove the row");
    }
    return label;
  }
}
