package io.valence.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.Incompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.junit.jupiter.api.Test;

/** The schemas of {@code src/main/avro} must be able to read what the released ones have written. */
class SchemaEvolutionTest {

  private static final Path MODULE = Path.of(System.getProperty("valence.home"), "schemas");

  private static Map<String, Schema> schemas(final String folder) throws IOException {
    final Schema.Parser parser = new Schema.Parser();
    final Map<String, Schema> schemas = new LinkedHashMap<>();
    try (Stream<Path> files = Files.list(MODULE.resolve("src/main").resolve(folder))) {
      for (final Path file : files.sorted().toList()) {
        final Schema schema = parser.parse(Files.readString(file));
        schemas.put(schema.getFullName(), schema);
      }
    }
    return schemas;
  }

  /** What a reader of the current schemas could not read, in words that say how to mend it. */
  private static List<String> breaks(
      final Map<String, Schema> released, final Map<String, Schema> current) {
    final List<String> breaks = new ArrayList<>();
    released.forEach(
        (name, writer) -> {
          final Schema reader = current.get(name);
          if (reader == null) {
            breaks.add(
                name + " is gone: released records of it could not be read any more; put it back");
            return;
          }
          final SchemaCompatibility.SchemaPairCompatibility compatibility =
              SchemaCompatibility.checkReaderWriterCompatibility(reader, writer);
          if (compatibility.getType() != SchemaCompatibilityType.COMPATIBLE) {
            for (final Incompatibility found : compatibility.getResult().getIncompatibilities()) {
              breaks.add(
                  name
                      + " at "
                      + found.getLocation()
                      + ": "
                      + found.getType()
                      + " "
                      + found.getMessage()
                      + ". Give a new field a default, keep names, types and enum symbols; what must change"
                      + " otherwise gets a new field. When a version is released, copy src/main/avro to"
                      + " src/main/avro-released.");
            }
          }
        });
    return breaks;
  }

  @Test
  void currentSchemasReadReleasedRecords() throws IOException {
    final Map<String, Schema> released = schemas("avro-released");
    assertThat(released).hasSize(9);
    assertThat(breaks(released, schemas("avro"))).isEmpty();
  }

  @Test
  void breaksAreNoticed() throws IOException {
    final Map<String, Schema> released = schemas("avro-released");
    final Map<String, Schema> current = new LinkedHashMap<>(schemas("avro"));
    final Schema vector = current.get("io.valence.schemas.FeatureVector");
    current.put(
        vector.getFullName(),
        new Schema.Parser()
            .parse(vector.toString().replace("\"name\":\"weight\"", "\"name\":\"mass\"")));
    current.remove("io.valence.schemas.MediaChunk");

    assertThat(breaks(released, current))
        .hasSize(2)
        .anySatisfy(line -> assertThat(line).contains("MediaChunk is gone"))
        .anySatisfy(
            line ->
                assertThat(line).contains("FeatureVector").contains("mass").contains("default"));
  }

  @Test
  void everyFieldIsDocumented() throws IOException {
    final List<String> undocumented = new ArrayList<>();
    schemas("avro").values().forEach(schema -> collectUndocumented(schema, undocumented));
    assertThat(undocumented).isEmpty();
  }

  private static void collectUndocumented(final Schema schema, final List<String> undocumented) {
    switch (schema.getType()) {
      case RECORD -> {
        for (final Schema.Field field : schema.getFields()) {
          if (field.doc() == null || field.doc().isBlank()) {
            undocumented.add(schema.getFullName() + "." + field.name());
          }
          collectUndocumented(field.schema(), undocumented);
        }
      }
      case ENUM -> {
        if (schema.getDoc() == null) {
          undocumented.add(schema.getFullName());
        }
      }
      case ARRAY -> collectUndocumented(schema.getElementType(), undocumented);
      case UNION -> schema.getTypes().forEach(type -> collectUndocumented(type, undocumented));
      default -> {
        // A primitive type needs no documentation of its own.
      }
    }
  }
}
