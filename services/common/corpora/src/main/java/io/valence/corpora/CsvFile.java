package io.valence.corpora;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/**
 * A CSV file with a header line, read row by row; every error names the file and the line. A byte
 * order mark before the first column's name is skipped: spreadsheet programs write one. No two
 * columns have the same name, for only one of them would be read; columns without a name may repeat.
 */
final class CsvFile implements AutoCloseable {

  private static final CSVFormat FORMAT =
      CSVFormat.DEFAULT
          .builder()
          .setHeader()
          .setSkipHeaderRecord(true)
          .setIgnoreSurroundingSpaces(true)
          .setAllowMissingColumnNames(true)
          .get();

  /** What UTF-8 text may begin with. */
  static final char BYTE_ORDER_MARK = '\uFEFF';

  /** What to do with one row. */
  interface RowReader {
    void read(Row row) throws CorpusException;
  }

  private final Path path;
  private final CSVParser parser;
  private final List<String> header;

  private CsvFile(Path path, CSVParser parser) {
    this.path = path;
    this.parser = parser;
    this.header = List.copyOf(parser.getHeaderNames());
  }

  /** A file whose first line names its columns. */
  static CsvFile open(Path path) throws CorpusException {
    return open(path, FORMAT);
  }

  /** A file without such a line. */
  static CsvFile open(Path path, String... columns) throws CorpusException {
    return open(path, FORMAT.builder().setHeader(columns).setSkipHeaderRecord(false).get());
  }

  private static CsvFile open(Path path, CSVFormat format) throws CorpusException {
    if (!Files.isRegularFile(path)) {
      throw new CorpusException(path + " does not exist (or is not a file)");
    }
    try {
      final BufferedReader reader = Files.newBufferedReader(path, StandardCharsets.UTF_8);
      reader.mark(1);
      if (reader.read() != BYTE_ORDER_MARK) {
        reader.reset();
      }
      final CsvFile file = new CsvFile(path, CSVParser.parse(reader, format));
      final Set<String> names = new HashSet<>();
      for (final String name : file.header) {
        if (!name.isBlank() && !names.add(name)) {
          file.close();
          throw new CorpusException(
              path + ": two columns are named '" + name + "'; give every column its own name");
        }
      }
      return file;
    } catch (CorpusException repeated) {
      throw repeated;
    } catch (IOException | IllegalArgumentException failure) {
      throw unreadable(path, failure);
    }
  }

  List<String> header() {
    return header;
  }

  CsvFile require(String... columns) throws CorpusException {
    for (final String column : columns) {
      if (!header.contains(column)) {
        throw new CorpusException(
            path
                + ": column '"
                + column
                + "' is missing; the header has "
                + String.join(", ", header.subList(0, Math.min(12, header.size()))));
      }
    }
    return this;
  }

  void forEach(RowReader reader) throws CorpusException {
    try {
      for (final CSVRecord row : parser) {
        if (row.size() != header.size()) {
          throw new CorpusException(
              path
                  + ", line "
                  + parser.getCurrentLineNumber()
                  + ": "
                  + row.size()
                  + " cells where the header names "
                  + header.size()
                  + "; the file is cut off or damaged");
        }
        reader.read(new Row(row));
      }
    } catch (UncheckedIOException | IllegalStateException failure) {
      throw unreadable(path, failure);
    }
  }

  private static CorpusException unreadable(Path path, Exception failure) {
    final Throwable cause =
        failure instanceof UncheckedIOException unchecked ? unchecked.getCause() : failure;
    final String reason =
        cause instanceof MalformedInputException ? "it is not UTF-8 text" : cause.getMessage();
    return new CorpusException(path + " cannot be read as CSV: " + reason, failure);
  }

  @Override
  public void close() throws IOException {
    parser.close();
  }

  /** Reads a decimal number as C, Java and Python write it, NaN and infinities included. */
  static double number(String place, String cell) throws CorpusException {
    final String text = cell.strip();
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException unusual) {
      return switch (text.toLowerCase(Locale.ROOT)) {
        case "", "nan", "na", "null", "-nan" -> Double.NaN;
        case "inf", "+inf", "infinity" -> Double.POSITIVE_INFINITY;
        case "-inf", "-infinity" -> Double.NEGATIVE_INFINITY;
        default -> throw new CorpusException(place + ": '" + cell + "' is not a number", unusual);
      };
    }
  }

  /** One row. */
  final class Row {
    private final CSVRecord row;

    private Row(CSVRecord row) {
      this.row = row;
    }

    String place() {
      return path + ", line " + parser.getCurrentLineNumber();
    }

    String text(String column) {
      return row.get(column);
    }

    double number(String column) throws CorpusException {
      return CsvFile.number(place() + ", column " + column, row.get(column));
    }

    float value(int column) throws CorpusException {
      return (float) CsvFile.number(place() + ", column " + header.get(column), row.get(column));
    }

    Fold fold(String column) throws CorpusException {
      try {
        return Fold.parse(row.get(column));
      } catch (CorpusException unknown) {
        throw new CorpusException(place() + ": " + unknown.getMessage(), unknown);
      }
    }
  }
}
