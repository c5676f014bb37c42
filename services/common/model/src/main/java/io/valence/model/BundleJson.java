package io.valence.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;

/** Reads and writes {@code bundle.json}. */
public final class BundleJson {

  /** Far above any real description; a hostile one must not fill the memory. */
  private static final long MAXIMUM_BYTES = 64L << 20;

  /** Strict: what is not understood is not served. */
  private static final ObjectMapper MAPPER = mapper();

  private BundleJson() {}

  private static ObjectMapper mapper() {
    final JsonMapper mapper =
        JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build();
    // A quoted "NaN" would otherwise pass for a number.
    mapper
        .coercionConfigFor(LogicalType.Float)
        .setCoercion(CoercionInputShape.String, CoercionAction.Fail);
    return mapper;
  }

  /**
   * Writes the description into a bundle's folder, whole or not at all.
   *
   * @param folder the folder of the bundle, which exists
   * @throws IOException if it cannot be written
   */
  public static void write(final BundleDescription description, final Path folder)
      throws IOException {
    final Path unfinished = folder.resolve(BundleDescription.FILE_NAME + ".tmp");
    Files.write(unfinished, (toJson(description) + "\n").getBytes(StandardCharsets.UTF_8));
    Files.move(
        unfinished,
        folder.resolve(BundleDescription.FILE_NAME),
        StandardCopyOption.REPLACE_EXISTING,
        StandardCopyOption.ATOMIC_MOVE);
  }

  /**
   * Reads the description of a bundle; its files are not looked at.
   *
   * @param folder the folder of the bundle
   * @throws BundleException if there is none, or it is not valid
   */
  public static BundleDescription read(final Path folder) throws BundleException {
    final Path file = folder.resolve(BundleDescription.FILE_NAME);
    if (!Files.isRegularFile(file)) {
      throw new BundleException(
          "model bundle "
              + folder
              + " has no "
              + BundleDescription.FILE_NAME
              + "; give the folder of a bundle, or train one");
    }
    try {
      final long bytes = Files.size(file);
      if (bytes > MAXIMUM_BYTES) {
        throw new BundleException(
            file + " has " + bytes + " bytes, over the " + MAXIMUM_BYTES + " that are read");
      }
      return parse(Files.readString(file), file.toString());
    } catch (final IOException e) {
      throw new BundleException(
          file + " cannot be read (" + firstLine(e) + "); check the file and its permissions", e);
    }
  }

  /** The description as it stands in {@code bundle.json}. */
  static String toJson(final BundleDescription description) {
    try {
      return MAPPER.writeValueAsString(description);
    } catch (final JsonProcessingException e) {
      throw new IllegalArgumentException(
          "the metrics of a bundle hold something that JSON cannot: " + e.getOriginalMessage(), e);
    }
  }

  static BundleDescription parse(final String json, final String origin) throws BundleException {
    try {
      final JsonNode tree = MAPPER.readTree(json);
      // Before anything else: another format may look quite different.
      final JsonNode format = tree.path("formatVersion");
      if (!format.isInt() || format.intValue() != BundleDescription.FORMAT_VERSION) {
        throw new BundleException(
            String.format(
                Locale.ROOT,
                "%s has formatVersion %s, this program reads %d; use a bundle made for this version",
                origin,
                format.isMissingNode() ? "(none)" : format,
                BundleDescription.FORMAT_VERSION));
      }
      return MAPPER.treeToValue(tree, BundleDescription.class);
    } catch (final JsonProcessingException e) {
      throw new BundleException(
          origin + " is not valid: " + reason(e) + "; restore the bundle or train it again", e);
    }
  }

  private static String reason(final JsonProcessingException failure) {
    // A record that refuses its content says so itself; Jackson wraps that in its own words.
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof IllegalArgumentException) {
        return firstLine(cause);
      }
    }
    final String message = firstLine(failure.getOriginalMessage());
    if (failure instanceof JsonMappingException mapping && !mapping.getPath().isEmpty()) {
      final StringBuilder path = new StringBuilder();
      for (final JsonMappingException.Reference reference : mapping.getPath()) {
        path.append(path.isEmpty() || reference.getFieldName() == null ? "" : ".")
            .append(
                reference.getFieldName() == null
                    ? "[" + reference.getIndex() + "]"
                    : reference.getFieldName());
      }
      return path + ": " + message;
    }
    return message;
  }

  static String firstLine(final Throwable failure) {
    final String message = failure.getMessage();
    return message == null ? failure.getClass().getSimpleName() : firstLine(message);
  }

  private static String firstLine(final String message) {
    final int end = message.indexOf('\n');
    return end < 0 ? message : message.substring(0, end);
  }
}
