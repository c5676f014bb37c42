package io.valence.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import io.valence.features.Features;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/** Features on standard output: one JSON value, or a table for people. */
final class FeatureOutput {

  private FeatureOutput() {}

  /**
   * What was found in one input.
   *
   * @param input as the user named it
   * @param exact the values before they were rounded to floats, where the extractor has them, else
   *     null; may be fewer than the features, which then continue as they are
   * @param landmarks for each frame the normalised triples of its face, empty where no face was
   *     found; null if they were not asked for
   * @param warnings one line each
   */
  record Item(
      String input,
      Features features,
      double[] exact,
      List<float[]> landmarks,
      List<String> warnings) {

    Item(
        final String input,
        final Features features,
        final List<float[]> landmarks,
        final List<String> warnings) {
      this(input, features, null, landmarks, warnings);
    }

    Item {
      landmarks = landmarks == null ? null : List.copyOf(landmarks);
      warnings = List.copyOf(warnings);
    }
  }

  static void print(
      final List<Item> items, final boolean json, final PrintWriter out, final PrintWriter err)
      throws IOException {
    for (final Item item : items) {
      for (final String warning : item.warnings()) {
        err.println("valence: " + item.input() + ": " + warning);
      }
    }
    err.flush();
    if (json) {
      json(items, out);
    } else {
      items.forEach(item -> table(item, out));
    }
    out.flush();
  }

  /** One object for one input, a list for several. */
  private static void json(final List<Item> items, final PrintWriter out) throws IOException {
    final JsonGenerator generator = EventJson.MAPPER.getFactory().createGenerator(out);
    generator.disable(StreamWriteFeature.AUTO_CLOSE_TARGET.mappedFeature());
    if (items.size() > 1) {
      generator.writeStartArray();
    }
    for (final Item item : items) {
      write(item, generator);
    }
    if (items.size() > 1) {
      generator.writeEndArray();
    }
    generator.flush();
    out.println();
  }

  private static void write(final Item item, final JsonGenerator generator) throws IOException {
    final Features features = item.features();
    generator.writeStartObject();
    generator.writeStringField("input", item.input());
    generator.writeStringField("space", features.space().id());
    generator.writeArrayFieldStart("values");
    for (int i = 0; i < features.values().length; i++) {
      if (item.exact() != null && i < item.exact().length) {
        generator.writeNumber(item.exact()[i]);
      } else {
        generator.writeNumber(features.values()[i]);
      }
    }
    generator.writeEndArray();
    generator.writeArrayFieldStart("names");
    for (final String name : features.space().names()) {
      generator.writeString(name);
    }
    generator.writeEndArray();
    generator.writeNumberField("weight", features.weight());
    generator.writeNumberField("quality", features.quality());
    if (item.landmarks() != null) {
      generator.writeArrayFieldStart("landmarks");
      for (final float[] frame : item.landmarks()) {
        generator.writeStartArray();
        for (int i = 0; i < frame.length; i += 3) {
          generator.writeStartArray();
          generator.writeNumber(frame[i]);
          generator.writeNumber(frame[i + 1]);
          generator.writeNumber(frame[i + 2]);
          generator.writeEndArray();
        }
        generator.writeEndArray();
      }
      generator.writeEndArray();
    }
    generator.writeEndObject();
  }

  private static void table(final Item item, final PrintWriter out) {
    final Features features = item.features();
    out.printf(
        Locale.ROOT,
        "%s: %s, weight %.2f, quality %.2f%n",
        item.input(),
        features.space().id(),
        features.weight(),
        features.quality());
    if (!features.present()) {
      out.println("  nothing there to measure");
      return;
    }
    for (int i = 0; i < features.values().length; i++) {
      out.printf(
          Locale.ROOT, "  %-34s %14.6g%n", features.space().names().get(i), features.values()[i]);
    }
  }
}
