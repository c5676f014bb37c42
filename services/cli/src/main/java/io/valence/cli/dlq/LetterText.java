package io.valence.cli.dlq;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.valence.streams.deadletters.DeadLetter;
import io.valence.streams.deadletters.DeadLetterReader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.avro.Schema;
import org.apache.avro.generic.IndexedRecord;

/** Dead letters in print. What they hold came from who knows where: nothing of it reaches a terminal as it is. */
final class LetterText {

  static final ObjectMapper MAPPER = new ObjectMapper();

  private static final int LONGEST_TEXT = 200;
  private static final int LONGEST_LIST = 8;
  private static final int DUMPED_BYTES = 256;
  private static final int BYTES_A_LINE = 16;
  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})([smhd])");

  private LetterText() {}

  /**
   * Reads {@code 90s}, {@code 30m}, {@code 2h} or {@code 7d}.
   *
   * @throws IllegalArgumentException if the text is none of these
   */
  static Duration duration(final String text) {
    final Matcher parts = DURATION.matcher(text.toLowerCase(Locale.ROOT));
    if (!parts.matches()) {
      throw new IllegalArgumentException(
          "\"" + text + "\" is no length of time: write 90s, 30m, 2h or 7d");
    }
    final long amount = Long.parseLong(parts.group(1));
    return switch (parts.group(2)) {
      case "s" -> Duration.ofSeconds(amount);
      case "m" -> Duration.ofMinutes(amount);
      case "h" -> Duration.ofHours(amount);
      default -> Duration.ofDays(amount);
    };
  }

  /** Bytes as text where they are UTF-8 that can be printed, else as hexadecimal digits. */
  static String text(final byte[] bytes) {
    if (bytes == null) {
      return "(none)";
    }
    try {
      final CharBuffer text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      if (text.chars().noneMatch(Character::isISOControl)) {
        return shortened(text.toString());
      }
    } catch (final CharacterCodingException e) {
      // Not UTF-8: the digits below say what it is.
      return digits(bytes);
    }
    return digits(bytes);
  }

  private static String digits(final byte[] bytes) {
    return shortened("0x" + HexFormat.of().formatHex(bytes));
  }

  /** Text without line ends and control characters. */
  static String printable(final String text) {
    final StringBuilder printable = new StringBuilder(text.length());
    text.chars().forEach(c -> printable.append(Character.isISOControl(c) ? '?' : (char) c));
    return printable.toString();
  }

  private static String shortened(final String text) {
    return text.length() <= LONGEST_TEXT
        ? text
        : text.substring(0, LONGEST_TEXT) + "... (" + text.length() + " characters)";
  }

  /** A size for people. */
  static String size(final long bytes) {
    if (bytes < 1024) {
      return bytes + " B";
    }
    return bytes < 1 << 20
        ? String.format(Locale.ROOT, "%.1f KiB", bytes / 1024.0)
        : String.format(Locale.ROOT, "%.1f MiB", bytes / 1048576.0);
  }

  /** The first bytes, 16 a line, with what can be printed of them. */
  static String dump(final byte[] bytes) {
    final StringBuilder dump = new StringBuilder();
    for (int from = 0; from < Math.min(bytes.length, DUMPED_BYTES); from += BYTES_A_LINE) {
      final int to = Math.min(Math.min(bytes.length, DUMPED_BYTES), from + BYTES_A_LINE);
      final StringBuilder characters = new StringBuilder();
      for (int i = from; i < to; i++) {
        characters.append(bytes[i] >= ' ' && bytes[i] < 0x7f ? (char) bytes[i] : '.');
      }
      dump.append(
          String.format(
              Locale.ROOT,
              "  %06x  %-47s  %s%n",
              from,
              HexFormat.ofDelimiter(" ").formatHex(bytes, from, to),
              characters));
    }
    if (bytes.length > DUMPED_BYTES) {
      dump.append("  ... ").append(bytes.length - DUMPED_BYTES).append(" bytes more\n");
    }
    return dump.toString();
  }

  /** The value of a record's field on one line. */
  static String field(final Object value) {
    if (value instanceof ByteBuffer bytes) {
      final byte[] first = new byte[Math.min(BYTES_A_LINE, bytes.remaining())];
      bytes.duplicate().get(first);
      return bytes.remaining()
          + " bytes"
          + (first.length == 0 ? "" : ": " + HexFormat.ofDelimiter(" ").formatHex(first))
          + (bytes.remaining() > first.length ? " ..." : "");
    }
    if (value instanceof Collection<?> list) {
      final List<String> first = list.stream().limit(LONGEST_LIST).map(LetterText::field).toList();
      return "["
          + String.join(", ", first)
          + (list.size() > first.size() ? ", ... " + list.size() + " in all" : "")
          + "]";
    }
    return shortened(printable(String.valueOf(value)));
  }

  /** A record as JSON, long fields shortened as for people. */
  static ObjectNode json(final IndexedRecord record) {
    final ObjectNode node = MAPPER.createObjectNode();
    for (final Schema.Field field : record.getSchema().getFields()) {
      final Object value = record.get(field.pos());
      if (value == null) {
        node.putNull(field.name());
      } else if (value instanceof Integer || value instanceof Long) {
        node.put(field.name(), ((Number) value).longValue());
      } else if (value instanceof Number number) {
        node.put(field.name(), number.doubleValue());
      } else if (value instanceof Boolean truth) {
        node.put(field.name(), truth);
      } else if (value instanceof Collection<?> list && list.size() <= LONGEST_LIST) {
        final ArrayNode array = node.putArray(field.name());
        list.forEach(item -> array.add(field(item)));
      } else {
        node.put(field.name(), field(value));
      }
    }
    return node;
  }

  /** What the list and the page of a letter have in common. */
  static ObjectNode json(
      final DeadLetter letter, final Optional<DeadLetterReader.Marker> redriven) {
    final ObjectNode node = MAPPER.createObjectNode();
    node.put("address", letter.address().toString());
    node.put("service", letter.address().service());
    node.put("failedAt", letter.failedAt().toString());
    node.put("originTopic", letter.originTopic().orElse(null));
    if (letter.originPartition().isPresent()) {
      node.put("originPartition", letter.originPartition().getAsInt());
    } else {
      node.putNull("originPartition");
    }
    if (letter.originOffset().isPresent()) {
      node.put("originOffset", letter.originOffset().getAsLong());
    } else {
      node.putNull("originOffset");
    }
    node.put("key", letter.key() == null ? null : text(letter.key()));
    node.put("bytes", letter.size());
    node.put("reason", letter.reason());
    node.put("redrivenFrom", letter.redrivenFrom().orElse(null));
    node.put("redrivenAt", redriven.map(marker -> marker.redrivenAt().toString()).orElse(null));
    return node;
  }
}
