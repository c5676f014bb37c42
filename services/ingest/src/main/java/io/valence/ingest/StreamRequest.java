package io.valence.ingest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.valence.schemas.Modality;
import io.valence.schemas.RecordChecks;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What is asked for by POST /streams.
 *
 * @param recording an absolute path
 * @param transcript an absolute path; without one, the file beside the recording counts
 * @param streamId 1 to 200 characters; without one, the name is made from the file's
 * @param sessionId the conversation, 1 to 200 characters
 * @param participantId who speaks, 1 to 200 characters
 * @param realTime whether chunks go out when they would have been recorded, not as fast as possible
 * @param window length of the stream's windows; without one, the configured
 * @param hop from the start of a window to that of the next; without one, windows do not overlap
 * @param clockOffsets what fusion adds to the event time of a modality, at most an hour either way
 */
record StreamRequest(
    Path recording,
    Optional<Path> transcript,
    Optional<String> streamId,
    Optional<String> sessionId,
    Optional<String> participantId,
    boolean realTime,
    Optional<Duration> window,
    Optional<Duration> hop,
    Map<Modality, Duration> clockOffsets) {

  private static final int LONGEST_ID = 200;
  private static final List<String> FIELDS =
      List.of(
          "path",
          "transcript",
          "streamId",
          "sessionId",
          "participantId",
          "pace",
          "windowSeconds",
          "hopSeconds",
          "clockOffsetSeconds");
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** Reads the JSON of a request; every mistake is named by its field. */
  static StreamRequest parse(final String json, final Optional<Path> root)
      throws RefusedRequestException {
    final ObjectNode body = body(json);
    for (final Iterator<String> names = body.fieldNames(); names.hasNext(); ) {
      final String name = names.next();
      if (!FIELDS.contains(name)) {
        throw RefusedRequestException.badInput(
            "there is no field \"" + excerpt(name) + "\"; known are " + String.join(", ", FIELDS));
      }
    }
    final Path recording =
        path(body, "path", root)
            .orElseThrow(
                () -> RefusedRequestException.badInput("path is missing: the recording's file"));
    return new StreamRequest(
        recording,
        path(body, "transcript", root),
        id(body, "streamId"),
        id(body, "sessionId"),
        id(body, "participantId"),
        realTime(body),
        seconds(body, "windowSeconds"),
        seconds(body, "hopSeconds"),
        clockOffsets(body));
  }

  private static ObjectNode body(final String json) throws RefusedRequestException {
    try {
      final JsonNode tree = MAPPER.readTree(json == null ? "" : json);
      if (tree instanceof ObjectNode object) {
        return object;
      }
    } catch (final JsonProcessingException e) {
      throw RefusedRequestException.badInput(
          "the body is not JSON: " + excerpt(e.getOriginalMessage()), e);
    }
    throw RefusedRequestException.badInput("the body must be a JSON object with a path");
  }

  private static Optional<String> text(final ObjectNode body, final String field)
      throws RefusedRequestException {
    final JsonNode value = body.get(field);
    if (value == null || value.isNull()) {
      return Optional.empty();
    }
    if (!value.isTextual() || value.asText().isBlank()) {
      throw RefusedRequestException.badInput(field + " must be a string that is not blank");
    }
    return Optional.of(value.asText());
  }

  private static Optional<Path> path(
      final ObjectNode body, final String field, final Optional<Path> root)
      throws RefusedRequestException {
    final Optional<String> text = text(body, field);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    final Path path;
    try {
      path = Path.of(text.get());
    } catch (final InvalidPathException e) {
      throw RefusedRequestException.badInput(field + " is not a path: " + e.getReason(), e);
    }
    if (!path.isAbsolute()) {
      throw RefusedRequestException.badInput(
          field + " must be an absolute path, for ingest has a working directory of its own");
    }
    return Optional.of(below(root, path.normalize(), field));
  }

  private static Path below(final Optional<Path> root, final Path path, final String field)
      throws RefusedRequestException {
    if (root.isEmpty()) {
      return path;
    }
    try {
      // Links are followed before the comparison: one inside the folder may lead out of it.
      final Path real = path.toRealPath();
      if (real.startsWith(root.get().toRealPath())) {
        return real;
      }
    } catch (final java.io.IOException e) {
      throw RefusedRequestException.badInput(path + ": there is no such file", e);
    }
    throw RefusedRequestException.badInput(
        field
            + " lies outside the folder that ingest may read ("
            + IngestSettings.PREFIX
            + "root)");
  }

  private static Optional<String> id(final ObjectNode body, final String field)
      throws RefusedRequestException {
    final Optional<String> id = text(body, field);
    if (id.isPresent()
        && (id.get().length() > LONGEST_ID || id.get().chars().anyMatch(Character::isISOControl))) {
      throw RefusedRequestException.badInput(
          field + " must have 1 to " + LONGEST_ID + " characters and no control characters");
    }
    return id;
  }

  private static boolean realTime(final ObjectNode body) throws RefusedRequestException {
    final String pace = text(body, "pace").orElse("fast");
    return switch (pace) {
      case "fast" -> false;
      case "realtime" -> true;
      default ->
          throw RefusedRequestException.badInput(
              "pace must be \"fast\" or \"realtime\", not \"" + excerpt(pace) + "\"");
    };
  }

  private static Optional<Duration> seconds(final ObjectNode body, final String field)
      throws RefusedRequestException {
    final JsonNode value = body.get(field);
    if (value == null || value.isNull()) {
      return Optional.empty();
    }
    final double millis = value.isNumber() ? value.asDouble() * 1000 : Double.NaN;
    if (!(millis >= IngestSettings.SHORTEST_WINDOW.toMillis()
            && millis <= IngestSettings.LONGEST_WINDOW.toMillis())
        || Math.abs(millis - Math.rint(millis)) > 1e-6) {
      throw RefusedRequestException.badInput(
          field + " must be a number from 0.1 to 3600 with at most three decimals");
    }
    return Optional.of(Duration.ofMillis(Math.round(millis)));
  }

  private static Map<Modality, Duration> clockOffsets(final ObjectNode body)
      throws RefusedRequestException {
    final JsonNode given = body.get("clockOffsetSeconds");
    final Map<Modality, Duration> offsets = new EnumMap<>(Modality.class);
    if (given == null || given.isNull()) {
      return offsets;
    }
    if (!given.isObject()) {
      throw RefusedRequestException.badInput(
          "clockOffsetSeconds must be an object such as {\"audio\": -0.25}");
    }
    for (final Iterator<Map.Entry<String, JsonNode>> all = given.fields(); all.hasNext(); ) {
      final Map.Entry<String, JsonNode> entry = all.next();
      final double millis =
          entry.getValue().isNumber() ? entry.getValue().asDouble() * 1000 : Double.NaN;
      if (!(Math.abs(millis) <= RecordChecks.MAX_CLOCK_OFFSET_MICROS / 1e3)
          || Math.abs(millis - Math.rint(millis)) > 1e-6) {
        throw RefusedRequestException.badInput(
            "clockOffsetSeconds of "
                + excerpt(entry.getKey())
                + " must be a number from -3600 to 3600 with at most three decimals");
      }
      offsets.put(modality(entry.getKey()), Duration.ofMillis(Math.round(millis)));
    }
    return offsets;
  }

  private static Modality modality(final String name) throws RefusedRequestException {
    for (final Modality modality : Modality.values()) {
      if (modality.name().toLowerCase(Locale.ROOT).equals(name)) {
        return modality;
      }
    }
    throw RefusedRequestException.badInput(
        "clockOffsetSeconds names \"" + excerpt(name) + "\"; known are visual, audio, text");
  }

  private static String excerpt(final String text) {
    final String line = text.lines().findFirst().orElse("");
    return line.length() > 80 ? line.substring(0, 80) + "..." : line;
  }
}
