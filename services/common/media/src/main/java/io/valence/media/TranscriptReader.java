package io.valence.media;

import io.valence.media.Transcript.Cue;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/** Reads the four kinds of transcript. */
final class TranscriptReader {

  private static final long MOST_BYTES = 64L << 20;
  private static final BigDecimal MICROS = BigDecimal.valueOf(1_000_000);
  private static final BigDecimal LATEST_SECONDS = BigDecimal.valueOf(366L * 24 * 3600);

  private static final Pattern TIMING =
      Pattern.compile("\\s*([0-9:.,]+)\\s*-->\\s*([0-9:.,]+)(\\s.*)?");
  private static final Pattern TIME =
      Pattern.compile("(?:(\\d{1,4}):)?(\\d{1,2}):(\\d{1,2})[.,](\\d{1,9})");
  private static final Pattern TAG = Pattern.compile("<[^<>]*>|\\{\\\\[^{}]*\\}");

  private final String name;
  private final String recordingStem;

  private TranscriptReader(final String name, final String recordingStem) {
    this.name = name;
    this.recordingStem = recordingStem;
  }

  static Transcript read(final Path file, final String recordingStem) throws MediaException {
    final String name = String.valueOf(file.getFileName());
    final TranscriptReader reader = new TranscriptReader(name, recordingStem);
    final String text = reader.text(file);
    final String lowerCase = name.toLowerCase(Locale.ROOT);
    final List<Cue> cues;
    if (lowerCase.endsWith(".srt") || lowerCase.endsWith(".vtt")) {
      cues = reader.subtitles(text);
    } else if (lowerCase.endsWith(".csv")) {
      cues = text.isBlank() ? List.of() : reader.table(text);
    } else if (lowerCase.endsWith(".txt")) {
      cues = List.of(Cue.overAll(text));
    } else {
      throw new MediaException(
          name + ": is no transcript of a kind that is read here: .srt, .vtt, .csv, .txt");
    }
    return new Transcript(
        name, cues.stream().filter(cue -> !Transcript.split(cue.text()).isEmpty()).toList());
  }

  private String text(final Path file) throws MediaException {
    final byte[] bytes;
    try {
      if (!Files.exists(file)) {
        throw new MediaException(file + ": there is no such file");
      }
      if (Files.isDirectory(file)) {
        throw new MediaException(file + ": is a folder; name the transcript's file");
      }
      if (!Files.isRegularFile(file)) {
        throw new MediaException(file + ": is not a regular file");
      }
      if (Files.size(file) > MOST_BYTES) {
        throw new MediaException(name + ": is larger than 64 MiB, too large for a transcript");
      }
      bytes = Files.readAllBytes(file);
    } catch (final IOException e) {
      throw new MediaException(file + ": cannot be read: " + e.getMessage(), e);
    }
    if (bytes.length >= 2
        && ((bytes[0] == (byte) 0xFF && bytes[1] == (byte) 0xFE)
            || (bytes[0] == (byte) 0xFE && bytes[1] == (byte) 0xFF))) {
      throw new MediaException(name + ": is UTF-16, a transcript must be UTF-8; convert it");
    }
    final CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    final ByteBuffer in = ByteBuffer.wrap(bytes);
    final CharBuffer out = CharBuffer.allocate(bytes.length);
    final CoderResult result = decoder.decode(in, out, true);
    if (result.isError()) {
      int line = 1;
      for (int i = 0; i < in.position(); i++) {
        if (bytes[i] == '\n') {
          line++;
        }
      }
      throw new MediaException(at(line) + "is not UTF-8; convert the file");
    }
    final String text = out.flip().toString();
    final int nul = text.indexOf('\0');
    if (nul >= 0) {
      final int line = 1 + (int) text.substring(0, nul).chars().filter(c -> c == '\n').count();
      throw new MediaException(at(line) + "holds a zero byte; this is no text");
    }
    return text.startsWith("\uFEFF") ? text.substring(1) : text;
  }

  private String at(final long line) {
    return name + " line " + line + ": ";
  }

  /** SubRip and WebVTT: blocks between empty lines, each with a timing line and the words below it. */
  private List<Cue> subtitles(final String text) throws MediaException {
    final List<Cue> cues = new ArrayList<>();
    final List<String> lines = text.lines().toList();
    int at = 0;
    while (at < lines.size()) {
      if (lines.get(at).isBlank()) {
        at++;
        continue;
      }
      final int blockStart = at;
      int blockEnd = at;
      while (blockEnd < lines.size() && !lines.get(blockEnd).isBlank()) {
        blockEnd++;
      }
      at = blockEnd;
      final boolean header = blockStart == 0 && lines.get(0).startsWith("WEBVTT");
      if (!header && !aside(lines.get(blockStart))) {
        cues.add(block(lines, blockStart, blockEnd));
      }
    }
    return cues;
  }

  private static boolean aside(final String line) {
    return line.equals("NOTE")
        || line.startsWith("NOTE ")
        || line.startsWith("STYLE")
        || line.startsWith("REGION");
  }

  private Cue block(final List<String> lines, final int start, final int end)
      throws MediaException {
    // The timing line is the first, or the second below a number or a name.
    int timing = start;
    if (!lines.get(start).contains("-->") && start + 1 < end) {
      timing = start + 1;
    }
    final Matcher times = TIMING.matcher(lines.get(timing));
    if (!times.matches()) {
      throw new MediaException(
          at(timing + 1)
              + "should be a time such as 00:00:01,000 --> 00:00:02,500 but is '"
              + excerpt(lines.get(timing))
              + "'");
    }
    final long from = clock(times.group(1), timing + 1);
    final long to = clock(times.group(2), timing + 1);
    checkOrder(from, to, timing + 1);
    final StringBuilder words = new StringBuilder();
    for (int i = timing + 1; i < end; i++) {
      words.append(lines.get(i)).append(' ');
    }
    return new Cue(from, to, plain(words.toString()));
  }

  private static String plain(final String marked) {
    return TAG.matcher(marked)
        .replaceAll("")
        .replace("&nbsp;", " ")
        .replace("&lrm;", "")
        .replace("&rlm;", "")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&");
  }

  private long clock(final String text, final int line) throws MediaException {
    final Matcher parts = TIME.matcher(text);
    if (!parts.matches()) {
      throw new MediaException(
          at(line) + "'" + excerpt(text) + "' is no time such as 00:00:01,000");
    }
    final long hours = parts.group(1) == null ? 0 : Long.parseLong(parts.group(1));
    final long seconds =
        hours * 3600 + Long.parseLong(parts.group(2)) * 60 + Long.parseLong(parts.group(3));
    final String fraction = (parts.group(4) + "000000").substring(0, 6);
    return seconds * 1_000_000 + Long.parseLong(fraction);
  }

  private void checkOrder(final long from, final long to, final long line) throws MediaException {
    if (to < from) {
      throw new MediaException(
          String.format(
              Locale.ROOT,
              "%sends (%.3f s) before it starts (%.3f s)",
              at(line),
              to / 1e6,
              from / 1e6));
    }
  }

  private List<Cue> table(final String text) throws MediaException {
    final CSVFormat format =
        CSVFormat.DEFAULT
            .builder()
            .setHeader()
            .setSkipHeaderRecord(true)
            .setIgnoreEmptyLines(true)
            .setTrim(true)
            .get();
    try (CSVParser parser = CSVParser.parse(new StringReader(text), format)) {
      final Map<String, Integer> columns = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
      columns.putAll(parser.getHeaderMap());
      final int start = column(columns, "start", "start_s");
      final int end = column(columns, "end", "end_s");
      final int words = column(columns, "text", "text");
      final Integer segment = columns.get("segment_id");
      final Integer video = columns.get("video_id");
      final List<Cue> all = new ArrayList<>();
      final List<Cue> ofVideo = new ArrayList<>();
      for (final CSVRecord row : parser) {
        final long line = parser.getCurrentLineNumber();
        if (row.size() <= Math.max(words, Math.max(start, end))) {
          throw new MediaException(at(line) + "has too few columns (" + row.size() + ")");
        }
        if (segment != null && segment < row.size() && row.get(segment).equals(recordingStem)) {
          return List.of(Cue.overAll(row.get(words)));
        }
        final long from = seconds(row.get(start), line);
        final long to = seconds(row.get(end), line);
        checkOrder(from, to, line);
        final Cue cue = new Cue(from, to, row.get(words));
        all.add(cue);
        if (video != null && video < row.size() && row.get(video).equals(recordingStem)) {
          ofVideo.add(cue);
        }
      }
      if (segment == null && video == null) {
        return all;
      }
      if (ofVideo.isEmpty()) {
        throw new MediaException(
            name
                + ": no row's "
                + (segment == null ? "" : "segment_id")
                + (segment == null || video == null ? "" : " or ")
                + (video == null ? "" : "video_id")
                + " is '"
                + recordingStem
                + "', the recording's name");
      }
      return ofVideo;
    } catch (final IOException | UncheckedIOException | IllegalArgumentException e) {
      throw new MediaException(name + ": is no readable csv: " + firstLine(e), e);
    }
  }

  private static String firstLine(final Exception e) {
    return e.getMessage() == null ? e.toString() : excerpt(e.getMessage());
  }

  private int column(
      final Map<String, Integer> columns, final String column, final String otherwise)
      throws MediaException {
    final Integer index =
        columns.containsKey(column) ? columns.get(column) : columns.get(otherwise);
    if (index == null) {
      throw new MediaException(
          at(1)
              + "has no column "
              + column
              + (column.equals(otherwise) ? "" : " or " + otherwise)
              + "; needed are start, end (seconds) and text, found "
              + excerpt(String.join(", ", columns.keySet())));
    }
    return index;
  }

  private long seconds(final String text, final long line) throws MediaException {
    final BigDecimal value;
    try {
      value = new BigDecimal(text);
    } catch (final NumberFormatException e) {
      throw new MediaException(at(line) + "'" + excerpt(text) + "' is no number of seconds", e);
    }
    if (value.signum() < 0 || value.compareTo(LATEST_SECONDS) > 0) {
      throw new MediaException(at(line) + excerpt(text) + " s is outside the recording");
    }
    return value.multiply(MICROS).setScale(0, RoundingMode.HALF_EVEN).longValueExact();
  }

  private static String excerpt(final String text) {
    final String line = text.lines().findFirst().orElse("").strip();
    return line.length() > 80 ? line.substring(0, 80) + "..." : line;
  }
}
