package io.valence.evaluation;

import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;

/**
 * Where bundles fail, written beside their {@link EvaluationReport}: {@code errors.html}, one page
 * without anything to load from elsewhere, and {@code errors.csv}, every segment with what each bundle
 * says of it. Both hold the texts of the corpus, whose terms then hold for them too.
 *
 * @param analyses one for each bundle, at least one, in the order of the page
 */
public record ErrorReport(List<ErrorAnalysis> analyses) {

  private static final String[] COLUMNS = {
    "bundle",
    "segment_id",
    "fold",
    "text",
    "label",
    "score",
    "error",
    "low",
    "high",
    "covered",
    "words",
    "negated",
    "modalities"
  };

  public ErrorReport {
    analyses = List.copyOf(analyses);
    if (analyses.isEmpty()) {
      throw new EvaluationException("there is no bundle whose errors could be shown");
    }
  }

  /**
   * Analyses each bundle.
   *
   * @param scores of each bundle, at least one
   * @param bootstrap how intervals are made
   */
  public static ErrorReport of(List<BundleScores> scores, Bootstrap bootstrap) {
    return new ErrorReport(
        scores.stream().map(bundle -> ErrorAnalysis.of(bundle, bootstrap)).toList());
  }

  /**
   * Writes errors.html and errors.csv, both UTF-8, into a folder, which is made where there is none.
   * The table has a row for each bundle and segment: label, score, error (score minus label), low and
   * high from -3 to 3 (the error from -6 to 6); {@code covered} and {@code negated} true or false;
   * {@code words} and {@code negated} empty without a text; {@code modalities} those that took part in
   * the score, joined by {@code +}.
   */
  public void write(Path folder) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("errors.html"), new ErrorPage(analyses).html());
    // Not a strict encoder: half a surrogate pair in a text becomes a question mark and does not
    // lose
    // the table.
    try (Writer writer =
            new OutputStreamWriter(
                Files.newOutputStream(folder.resolve("errors.csv")), StandardCharsets.UTF_8);
        CSVPrinter table =
            CSVFormat.DEFAULT
                .builder()
                .setHeader(COLUMNS)
                .setRecordSeparator('\n')
                .get()
                .print(writer)) {
      for (final ErrorAnalysis analysis : analyses) {
        for (final JudgedSegment segment : analysis.scores().segments()) {
          table.printRecord(
              analysis.scores().name(),
              segment.id(),
              segment.fold(),
              segment.text().orElse(""),
              number(segment.label()),
              number(segment.score()),
              number(segment.error()),
              number(segment.low()),
              number(segment.high()),
              segment.covered(),
              segment.words().isPresent() ? segment.words().getAsInt() : "",
              segment.negated().map(String::valueOf).orElse(""),
              String.join("+", segment.modalities()));
        }
      }
    }
  }

  /** A ten-thousandth is far below what labels and networks can tell apart. */
  private static String number(double value) {
    return String.format(Locale.ROOT, "%.4f", value);
  }
}
