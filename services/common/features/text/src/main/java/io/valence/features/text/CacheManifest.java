package io.valence.features.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.valence.inference.ModelFileException;
import io.valence.inference.ModelStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a set-up left in its folder, so that a later start can tell whether it is still all there.
 * The manifest is written last; a folder without one is not a set-up.
 *
 * @param formatVersion {@value #FORMAT}; another set-up layout has another number
 * @param model name of the network, and of its feature space without the width
 * @param shape its sizes
 * @param credit origin and licence of the weights
 * @param files hash and size of every file
 */
record CacheManifest(
    int formatVersion, String model, BertShape shape, String credit, Map<String, FileSum> files) {

  static final int FORMAT = 1;
  static final String NAME = "manifest.json";

  /** Large files: hashed when they are made, and then only when they have changed. */
  static final List<String> LARGE = List.of(BertSource.DATA, TextExpertCache.MERGED);

  /** Says of the large files when they were last hashed: 440 MB at every start is too slow. */
  static final String STAMP = "data.checked";

  private static final Logger LOG = LoggerFactory.getLogger(BertModelCache.class);
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);

  /**
   * @param sha256 lower-case hexadecimal
   * @param bytes size
   */
  record FileSum(String sha256, long bytes) {}

  CacheManifest {
    files = Map.copyOf(files);
  }

  /** Hashes the files of a fresh set-up but for those whose hash is known already. */
  static CacheManifest of(
      final Path folder,
      final String model,
      final BertShape shape,
      final String credit,
      final Map<String, String> knownHashes,
      final String... names)
      throws IOException {
    final Map<String, FileSum> files = new TreeMap<>();
    for (final String name : names) {
      final Path file = folder.resolve(name);
      final String known = knownHashes.get(name);
      files.put(
          name, new FileSum(known == null ? ModelStore.sha256(file) : known, Files.size(file)));
    }
    return new CacheManifest(FORMAT, model, shape, credit, files);
  }

  void write(final Path folder) throws IOException {
    stamp(folder);
    JSON.writeValue(folder.resolve(NAME).toFile(), this);
  }

  /**
   * Reads the manifest of a folder.
   *
   * @throws ModelFileException if there is none, or it is not readable or of another format
   */
  static CacheManifest read(final Path folder) throws ModelFileException {
    final Path file = folder.resolve(NAME);
    final CacheManifest manifest;
    try {
      manifest =
          JSON.readValue(Files.readString(file, StandardCharsets.UTF_8), CacheManifest.class);
    } catch (final NoSuchFileException e) {
      throw new ModelFileException(
          "the BERT model is not set up in " + folder + ": run `deploy/valence setup`", e);
    } catch (final JsonProcessingException e) {
      throw new ModelFileException(file + " is damaged" + repair(folder), e);
    } catch (final IOException e) {
      throw new ModelFileException(file + " cannot be read: " + e, e);
    }
    if (manifest.formatVersion() != FORMAT) {
      throw new ModelFileException(
          file + " is of format " + manifest.formatVersion() + ", not " + FORMAT + repair(folder));
    }
    return manifest;
  }

  /**
   * Compares the folder with the manifest: the size of every file, the hash of every small one, and
   * those of the large ones if one changed since they were last hashed or if all is asked for.
   *
   * @throws ModelFileException naming the first file that is missing or altered
   */
  void verify(final Path folder, final boolean hashEverything) throws IOException {
    final boolean stamped = stampOf(folder).equals(readStamp(folder));
    boolean hashedLarge = false;
    for (final Map.Entry<String, FileSum> entry : new TreeMap<>(files).entrySet()) {
      final Path file = folder.resolve(entry.getKey());
      final FileSum sum = entry.getValue();
      if (!Files.isRegularFile(file)) {
        throw new ModelFileException("model file " + file + " is missing" + repair(folder));
      }
      final long bytes = Files.size(file);
      if (bytes != sum.bytes()) {
        throw new ModelFileException(
            "model file %s has %d bytes where %d belong%s"
                .formatted(file, bytes, sum.bytes(), repair(folder)));
      }
      final boolean isLarge = LARGE.contains(entry.getKey());
      if (isLarge && !hashEverything && stamped) {
        continue;
      }
      if (!ModelStore.sha256(file).equals(sum.sha256())) {
        throw new ModelFileException(
            "model file " + file + " is altered: its SHA-256 is wrong" + repair(folder));
      }
      hashedLarge |= isLarge;
    }
    if (hashedLarge) {
      tryToStamp(folder);
    }
  }

  /** Whether every file is there with its size. */
  boolean looksComplete(final Path folder) throws IOException {
    for (final Map.Entry<String, FileSum> entry : files.entrySet()) {
      final Path file = folder.resolve(entry.getKey());
      if (!Files.isRegularFile(file) || Files.size(file) != entry.getValue().bytes()) {
        return false;
      }
    }
    return true;
  }

  private static String repair(final Path folder) {
    return ": delete the folder " + folder + " and run `deploy/valence setup`";
  }

  private static void tryToStamp(final Path folder) {
    try {
      stamp(folder);
    } catch (final IOException e) {
      // A cache may be mounted read-only; the next start hashes the file again.
      LOG.info("{} cannot be written, so the weights are hashed at every start: {}", folder, e);
    }
  }

  private static void stamp(final Path folder) throws IOException {
    Files.writeString(folder.resolve(STAMP), stampOf(folder), StandardCharsets.UTF_8);
  }

  private static String stampOf(final Path folder) throws IOException {
    final List<String> stamps = new ArrayList<>();
    for (final String name : LARGE) {
      final Path file = folder.resolve(name);
      if (Files.isRegularFile(file)) {
        stamps.add(Files.size(file) + " " + Files.getLastModifiedTime(file));
      }
    }
    return String.join("; ", stamps);
  }

  private static String readStamp(final Path folder) throws IOException {
    final Path stamp = folder.resolve(STAMP);
    return Files.isRegularFile(stamp) ? Files.readString(stamp, StandardCharsets.UTF_8) : "";
  }
}
