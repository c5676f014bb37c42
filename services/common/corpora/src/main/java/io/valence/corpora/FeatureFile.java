package io.valence.corpora;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.valence.features.FeatureSpace;
import io.valence.features.Features;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.file.CodecFactory;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.PrimitivesArrays;

/**
 * Extracted feature vectors in one Avro container file: a record a segment and feature space, which
 * holds the values with their weight and quality, or that there was nothing to measure, or why the
 * extraction failed. Never zeros in place of a failure.
 *
 * <p>The file grows at its end and each record is on disk when {@link Writer#add} returns, so an
 * extraction that was interrupted goes on where it was: a record that was only half written is cut
 * off, and {@link Writer#done} tells what is there. The names of each space's columns are in the
 * file's header.
 */
public final class FeatureFile {

  private static final Schema SCHEMA =
      new Schema.Parser()
          .parse(
              """
              {"type": "record", "name": "SegmentFeatures", "namespace": "io.valence.corpora",
               "doc": "What an extractor found in one segment.",
               "fields": [
                {"name": "segment", "type": "string"},
                {"name": "video", "type": "string"},
                {"name": "space", "type": "string"},
                {"name": "values", "type": {"type": "array", "items": "float"},
                 "doc": "As many as the space has; none where nothing was there or it failed."},
                {"name": "weight", "type": "double", "doc": "Frames, seconds or word pieces."},
                {"name": "quality", "type": "double", "doc": "0 to 1."},
                {"name": "failure", "type": ["null", "string"], "default": null}]}
              """);

  private static final String SPACES = "valence.spaces";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Map<String, FeatureSpace> spaces;
  private final List<Entry> entries;

  private FeatureFile(Map<String, FeatureSpace> spaces, List<Entry> entries) {
    this.spaces = spaces;
    this.entries = entries;
  }

  /**
   * One record.
   *
   * @param segment the id of the segment
   * @param video the recording it belongs to
   * @param space the id of the feature space
   * @param values as many as the space has, or none; not copied
   * @param weight frames, seconds or word pieces behind the values; 0 where nothing was there
   * @param quality 0 to 1
   * @param failure why there are no values, if extraction failed
   */
  public record Entry(
      String segment,
      String video,
      String space,
      float[] values,
      double weight,
      double quality,
      Optional<String> failure) {

    /** Whether there are values. */
    public boolean present() {
      return weight > 0 && failure.isEmpty();
    }
  }

  /**
   * Reads a whole file. Of several records of one segment and space the last counts: a failed
   * segment may have been tried again.
   *
   * @throws CorpusException if it is not such a file
   */
  public static FeatureFile read(Path file) throws IOException {
    final Map<String, Entry> latest = new LinkedHashMap<>();
    final Map<String, FeatureSpace> spaces;
    try (DataFileReader<GenericRecord> reader = open(file)) {
      spaces = spaces(file, reader);
      while (reader.hasNext()) {
        final Entry entry = entry(reader.next());
        latest.put(key(entry.segment(), entry.space()), entry);
      }
    } catch (AvroRuntimeException damage) {
      throw new CorpusException(
          file
              + " ends in the middle of a record ("
              + damage.getMessage()
              + "); run the extraction again, it goes on from there",
          damage);
    }
    return new FeatureFile(spaces, List.copyOf(latest.values()));
  }

  private static DataFileReader<GenericRecord> open(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new CorpusException(file + " does not exist (or is not a file)");
    }
    try {
      final GenericDatumReader<GenericRecord> reader = new GenericDatumReader<>(null, SCHEMA);
      return new DataFileReader<>(file.toFile(), reader);
    } catch (IOException | AvroRuntimeException damage) {
      throw new CorpusException(
          file + " is not a feature file (" + damage.getMessage() + ")", damage);
    }
  }

  private static Map<String, FeatureSpace> spaces(Path file, DataFileReader<?> reader)
      throws IOException {
    final String json = reader.getMetaString(SPACES);
    if (json == null) {
      throw new CorpusException(file + " is an Avro file, but not a feature file");
    }
    final Map<String, List<String>> names = JSON.readValue(json, new TypeReference<>() {});
    final Map<String, FeatureSpace> spaces = new TreeMap<>();
    names.forEach((id, columns) -> spaces.put(id, new FeatureSpace(id, columns)));
    return Collections.unmodifiableMap(spaces);
  }

  private static Entry entry(GenericRecord record) {
    final Object values = record.get("values");
    final float[] vector;
    if (values instanceof PrimitivesArrays.FloatArray unboxed) {
      vector = new float[unboxed.size()];
      for (int i = 0; i < vector.length; i++) {
        vector[i] = unboxed.getFloat(i);
      }
    } else {
      final List<?> boxed = (List<?>) values;
      vector = new float[boxed.size()];
      for (int i = 0; i < vector.length; i++) {
        vector[i] = (Float) boxed.get(i);
      }
    }
    final Object failure = record.get("failure");
    return new Entry(
        record.get("segment").toString(),
        record.get("video").toString(),
        record.get("space").toString(),
        vector,
        (Double) record.get("weight"),
        (Double) record.get("quality"),
        Optional.ofNullable(failure).map(Object::toString));
  }

  private static String key(String segment, String space) {
    return space + "\n" + segment;
  }

  /** The spaces the file was made for, by id. */
  public Map<String, FeatureSpace> spaces() {
    return spaces;
  }

  /** The records, the last of each segment and space. */
  public List<Entry> entries() {
    return entries;
  }

  /** The records that say why there are no values. */
  public List<Entry> failures() {
    return entries.stream().filter(entry -> entry.failure().isPresent()).toList();
  }

  /**
   * The vectors of one space. Segments that failed or in which nothing was there have no row.
   *
   * @throws CorpusException if the file has no such space
   */
  public FeatureTable table(String space) throws CorpusException {
    if (!spaces.containsKey(space)) {
      throw new CorpusException(
          "there are no features of space '" + space + "'; the file has " + spaces.keySet());
    }
    final FeatureTable.Builder builder = FeatureTable.builder(spaces.get(space)).extracted();
    for (final Entry entry : entries) {
      if (entry.space().equals(space) && entry.present()) {
        builder.add(
            entry.segment(), entry.values(), (float) entry.weight(), (float) entry.quality());
      }
    }
    return builder.build();
  }

  /**
   * Opens a file to add to it; it is made where there is none. Half a record at its end is cut off.
   *
   * @param file the file
   * @param spaces what will be added; the same as before where the file exists
   * @throws CorpusException if the file is something else or is for other spaces
   */
  public static Writer append(Path file, Collection<FeatureSpace> spaces) throws IOException {
    return new Writer(file, spaces);
  }

  /** Adds records; safe for use by several threads. */
  public static final class Writer implements AutoCloseable {

    private final Map<String, FeatureSpace> spaces = new TreeMap<>();
    private final Map<String, Boolean> done = new LinkedHashMap<>();
    private final DataFileWriter<GenericRecord> writer;

    private Writer(Path file, Collection<FeatureSpace> wanted) throws IOException {
      wanted.forEach(space -> spaces.put(space.id(), space));
      writer = new DataFileWriter<>(new GenericDatumWriter<>(SCHEMA));
      if (Files.exists(file) && Files.size(file) > 0) {
        resume(file);
        writer.appendTo(file.toFile());
      } else {
        final Map<String, List<String>> names = new TreeMap<>();
        spaces.forEach((id, space) -> names.put(id, space.names()));
        writer.setCodec(CodecFactory.deflateCodec(1));
        writer.setMeta(SPACES, JSON.writeValueAsString(names));
        writer.create(SCHEMA, file.toFile());
      }
    }

    private void resume(Path file) throws IOException {
      final long sound;
      try (DataFileReader<GenericRecord> reader = open(file)) {
        final Map<String, FeatureSpace> there = spaces(file, reader);
        if (!there.equals(spaces)) {
          throw new CorpusException(
              file
                  + " was made for "
                  + there.keySet()
                  + " with other columns or spaces than "
                  + spaces.keySet()
                  + "; write to another file");
        }
        sound = endOfRecords(reader);
      }
      // The reader takes half a record's length for the end of the file, so the size decides.
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.truncate(sound);
      }
    }

    /** Notes the records that are whole and returns where the last of them ends. */
    private long endOfRecords(DataFileReader<GenericRecord> reader) {
      long sound = reader.previousSync();
      try {
        while (reader.hasNext()) {
          final Entry entry = entry(reader.next());
          done.put(key(entry.segment(), entry.space()), entry.failure().isEmpty());
          // Every record is a block of its own, so this is the end of the record just read.
          sound = reader.previousSync();
        }
      } catch (AvroRuntimeException halfRecord) {
        return sound;
      }
      return sound;
    }

    /** Whether this segment has been extracted (something found or nothing there, no failure). */
    public synchronized boolean done(String segment, String space) {
      return done.getOrDefault(key(segment, space), false);
    }

    /** How many segments failed and have not been mended since. */
    public synchronized int failed() {
      return (int) done.values().stream().filter(sound -> !sound).count();
    }

    /** Adds what an extractor found. */
    public void add(String segment, String video, Features features) throws IOException {
      write(
          segment,
          video,
          features.space().id(),
          features.values(),
          features.weight(),
          features.quality(),
          null);
    }

    /** Adds why a segment could not be extracted. */
    public void addFailure(String segment, String video, String space, String reason)
        throws IOException {
      write(segment, video, space, new float[0], 0, 0, reason);
    }

    private synchronized void write(
        String segment,
        String video,
        String space,
        float[] values,
        double weight,
        double quality,
        String failure)
        throws IOException {
      final FeatureSpace known = spaces.get(space);
      if (known == null || (values.length != 0 && values.length != known.size())) {
        throw new IllegalArgumentException(
            "space "
                + space
                + " with "
                + values.length
                + " values is not one of "
                + spaces.keySet());
      }
      final GenericRecord record = new GenericData.Record(SCHEMA);
      record.put("segment", segment);
      record.put("video", video);
      record.put("space", space);
      final PrimitivesArrays.FloatArray unboxed =
          new PrimitivesArrays.FloatArray(values.length, SCHEMA.getField("values").schema());
      for (final float value : values) {
        unboxed.add(value);
      }
      record.put("values", unboxed);
      record.put("weight", weight);
      record.put("quality", quality);
      record.put("failure", failure);
      writer.append(record);
      // A block a record: what add() has returned from survives a crash of the process.
      writer.flush();
      done.put(key(segment, space), failure == null);
    }

    /** The segments of a space that are done. */
    public synchronized Set<String> doneSegments(String space) {
      final Set<String> segments = new HashSet<>();
      final String prefix = space + "\n";
      done.forEach(
          (key, sound) -> {
            if (sound && key.startsWith(prefix)) {
              segments.add(key.substring(prefix.length()));
            }
          });
      return segments;
    }

    @Override
    public synchronized void close() throws IOException {
      writer.close();
    }
  }

  /** A list of failures as lines for a terminal, the first few of them. */
  public List<String> failureLines(int atMost) {
    final List<Entry> failures = failures();
    final List<String> lines = new ArrayList<>();
    failures.stream()
        .limit(atMost)
        .forEach(
            entry ->
                lines.add(entry.segment() + " (" + entry.space() + "): " + entry.failure().get()));
    if (failures.size() > atMost) {
      lines.add("and " + (failures.size() - atMost) + " more");
    }
    return lines;
  }
}
