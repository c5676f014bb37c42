package io.valence.streams.deadletters;

import io.valence.schemas.FloatValues;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;

/**
 * Fields of a record set anew, each as text that the field's type must be able to hold: a number, {@code true}, one of
 * an enumeration's names, {@code null} where the field may be null, {@code @FILE} for bytes, {@code [a, b]} for a list
 * of these.
 */
public final class RecordMending {

  private final Map<String, String> assignments;

  private RecordMending(final Map<String, String> assignments) {
    this.assignments = assignments;
  }

  /**
   * Reads what is to be set.
   *
   * @param assignments {@code field=value} each
   * @throws IllegalArgumentException if one is not of that form or a field is named twice
   */
  public static RecordMending parse(final List<String> assignments) {
    final Map<String, String> parsed = new LinkedHashMap<>();
    for (final String assignment : assignments) {
      final int equals = assignment.indexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException(
            "\"" + assignment + "\" sets nothing: write field=value, such as sampleRate=16000");
      }
      final String field = assignment.substring(0, equals).strip();
      if (parsed.put(field, assignment.substring(equals + 1)) != null) {
        throw new IllegalArgumentException("field " + field + " is set twice");
      }
    }
    return new RecordMending(parsed);
  }

  /** True if nothing is to be set. */
  public boolean isEmpty() {
    return assignments.isEmpty();
  }

  /**
   * A copy of the record with the fields set.
   *
   * @throws DeadLetterException naming the field that the record does not have, or that cannot hold the value
   */
  public SpecificRecord apply(final SpecificRecord record) throws DeadLetterException {
    final Schema schema = record.getSchema();
    final SpecificRecord mended = SpecificData.get().deepCopy(schema, record);
    for (final Map.Entry<String, String> assignment : assignments.entrySet()) {
      final Schema.Field field = schema.getField(assignment.getKey());
      if (field == null) {
        throw new DeadLetterException(
            schema.getName()
                + " has no field "
                + assignment.getKey()
                + "; it has "
                + String.join(", ", schema.getFields().stream().map(Schema.Field::name).toList()));
      }
      mended.put(field.pos(), value(field, field.schema(), assignment.getValue()));
    }
    return mended;
  }

  private static Object value(final Schema.Field field, final Schema type, final String text)
      throws DeadLetterException {
    try {
      return switch (type.getType()) {
        case UNION -> branch(field, type, text);
        case STRING -> text;
        case INT -> Integer.valueOf(text.strip());
        case LONG -> Long.valueOf(text.strip());
        case FLOAT -> Float.valueOf(text.strip());
        case DOUBLE -> Double.valueOf(text.strip());
        case BOOLEAN -> truth(field, text.strip());
        case ENUM -> symbol(field, type, text.strip());
        case BYTES -> bytes(field, text);
        case ARRAY -> list(field, type.getElementType(), text.strip());
        default ->
            throw new DeadLetterException(
                "field "
                    + field.name()
                    + " is a "
                    + type.getType().getName()
                    + ": it cannot be set by itself, give the whole value");
      };
    } catch (final NumberFormatException e) {
      throw unfit(field, text, "a number of type " + type.getType().getName());
    }
  }

  private static Object branch(final Schema.Field field, final Schema union, final String text)
      throws DeadLetterException {
    DeadLetterException first = null;
    for (final Schema branch : union.getTypes()) {
      if (branch.getType() == Schema.Type.NULL) {
        if (text.equals("null")) {
          return null;
        }
        continue;
      }
      try {
        return value(field, branch, text);
      } catch (final DeadLetterException e) {
        first = first == null ? e : first;
      }
    }
    throw first == null ? unfit(field, text, "null") : first;
  }

  private static Boolean truth(final Schema.Field field, final String text)
      throws DeadLetterException {
    if (!text.equals("true") && !text.equals("false")) {
      throw unfit(field, text, "true or false");
    }
    return Boolean.valueOf(text);
  }

  private static Object symbol(final Schema.Field field, final Schema type, final String text)
      throws DeadLetterException {
    if (!type.hasEnumSymbol(text)) {
      throw unfit(field, text, "one of " + String.join(", ", type.getEnumSymbols()));
    }
    return SpecificData.get().createEnum(text, type);
  }

  private static ByteBuffer bytes(final Schema.Field field, final String text)
      throws DeadLetterException {
    if (!text.startsWith("@")) {
      throw unfit(field, text, "@FILE, for it is bytes");
    }
    try {
      return ByteBuffer.wrap(Files.readAllBytes(Path.of(text.substring(1))));
    } catch (final IOException | InvalidPathException e) {
      throw new DeadLetterException(
          "the file for field " + field.name() + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static List<?> list(final Schema.Field field, final Schema element, final String text)
      throws DeadLetterException {
    if (!text.startsWith("[") || !text.endsWith("]")) {
      throw unfit(field, text, "a list like [a, b]");
    }
    final String inside = text.substring(1, text.length() - 1).strip();
    final List<String> texts =
        inside.isEmpty() ? List.of() : Arrays.asList(inside.split("\\s*,\\s*", -1));
    if (element.getType() == Schema.Type.FLOAT) {
      final float[] numbers = new float[texts.size()];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = (Float) value(field, element, texts.get(i));
      }
      return FloatValues.of(numbers);
    }
    final List<Object> values = new ArrayList<>();
    for (final String item : texts) {
      values.add(value(field, element, item));
    }
    return values;
  }

  private static DeadLetterException unfit(
      final Schema.Field field, final String text, final String wanted) {
    return new DeadLetterException(
        "field " + field.name() + " must be " + wanted + ", not \"" + text + "\"");
  }
}
