package io.valence.corpora;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Sentences with sentiment labels, the plain form of SST, MR, CR and MPQA: {@code label sentence} on
 * each line, the sentence of a few lines being empty (no text). Only a line feed ends a line (rt-polarity has next-line characters inside sentences).
 * The text is UTF-8 where the whole file is valid UTF-8 (SST), with or without a byte order mark, else
 * ISO 8859-1 (rt-polarity).
 *
 * <p>Five classes 0 to 4 become -3, -1.5, 0, 1.5, 3. Two classes 0 and 1 become minus and plus the
 * magnitude that the caller gives: the data say only the sign. The class itself stays in the
 * attribute {@code class}. Folds come from the ending of the file's name (.train, .dev, .test);
 * another ending has none.
 */
public final class TextSentiment {

  /** A middling strength for labels of which only the sign is known. */
  public static final double DEFAULT_MAGNITUDE = 1.5;

  private TextSentiment() {}

  /** As {@link #read(Path, double)} with {@link #DEFAULT_MAGNITUDE}. */
  public static Corpus read(Path file) throws IOException {
    return read(file, DEFAULT_MAGNITUDE);
  }

  /**
   * Reads one file.
   *
   * @param file of the form above
   * @param magnitude the label of the positive class of two, above 0, at most 3
   * @throws CorpusException naming the line that is not of that form
   */
  public static Corpus read(Path file, double magnitude) throws IOException {
    if (!(magnitude > 0 && magnitude <= Segment.LABEL_LIMIT)) {
      throw new IllegalArgumentException("magnitude must be above 0, at most 3: " + magnitude);
    }
    if (!Files.isRegularFile(file)) {
      throw new CorpusException(file + " does not exist (or is not a file)");
    }
    final String name = file.getFileName().toString();
    final String decoded = decode(Files.readAllBytes(file));
    final String content =
        decoded.indexOf(CsvFile.BYTE_ORDER_MARK) == 0 ? decoded.substring(1) : decoded;
    final List<String> lines = new ArrayList<>();
    for (int start = 0; start < content.length(); ) {
      final int feed = content.indexOf('\n', start);
      final int end = feed < 0 ? content.length() : feed;
      lines.add(content.substring(start, end));
      start = end + 1;
    }
    int highest = 0;
    for (int i = 0; i < lines.size(); i++) {
      final String line = lines.get(i);
      final boolean wellFormed =
          line.length() > 1 && line.charAt(1) == ' ' && "01234".indexOf(line.charAt(0)) >= 0;
      if (!wellFormed) {
        throw new CorpusException(
            file
                + ", line "
                + (i + 1)
                + ": not of the form 'label sentence' with a label from 0 to 4: '"
                + line.substring(0, Math.min(40, line.length()))
                + "'");
      }
      highest = Math.max(highest, line.charAt(0) - '0');
    }
    final boolean two = highest <= 1;
    final Fold fold = fold(name);
    final List<Segment> segments = new ArrayList<>(lines.size());
    for (int i = 0; i < lines.size(); i++) {
      final String line = lines.get(i);
      final int label = line.charAt(0) - '0';
      final String id = name + ":" + (i + 1);
      segments.add(
          Segment.read(
              file + ", line " + (i + 1),
              id,
              id,
              0,
              Double.POSITIVE_INFINITY,
              line.substring(2),
              two ? (label == 0 ? -magnitude : magnitude) : (label - 2) * 1.5,
              fold,
              Map.of("class", Integer.toString(label))));
    }
    return Corpus.read(
        name, fold == Fold.NONE ? FoldScheme.NONE : FoldScheme.STANDARD, segments, Media.NONE);
  }

  static Fold fold(String fileName) {
    if (fileName.endsWith(".train")) {
      return Fold.TRAIN;
    }
    if (fileName.endsWith(".dev")) {
      return Fold.VALIDATION;
    }
    return fileName.endsWith(".test") ? Fold.TEST : Fold.NONE;
  }

  private static String decode(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException notUtf8) {
      // Every byte sequence is valid ISO 8859-1, so this is the last form to try.
      return new String(bytes, StandardCharsets.ISO_8859_1);
    }
  }
}
