package io.valence.inference;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Where model files lie on this machine, and whether they are whole.
 *
 * <p>Each folder of models has a {@code manifest.json}: {@code {"files": {"name.onnx": {"sha256":
 * "hex", "bytes": n}}}}. A file is handed out only if it has that size and that hash, because an
 * altered model gives plausible, wrong numbers.
 *
 * @param home the folder of Valence, the one that has {@code deploy/}
 * @param models the folder below which model files are looked up
 * @param cache a folder for files made at set-up; it need not exist yet
 */
public record ModelStore(Path home, Path models, Path cache) {

  private static final String MANIFEST = "manifest.json";
  private static final ObjectMapper JSON = new ObjectMapper();

  public ModelStore {
    Objects.requireNonNull(home, "home");
    Objects.requireNonNull(models, "models");
    Objects.requireNonNull(cache, "cache");
  }

  /**
   * The store of this process. Home is the system property {@code valence.home}, else the
   * environment's {@code VALENCE_HOME}, else the nearest folder from the working directory upwards
   * that has {@code deploy/models}, else the working directory. The models lie in {@code
   * VALENCE_MODELS}, else {@code <home>/deploy/models}; the cache is {@code VALENCE_CACHE}, else
   * {@code ~/.cache/valence}.
   */
  public static ModelStore fromEnvironment() {
    return from(
        Optional.ofNullable(System.getProperty("valence.home")),
        System.getenv(),
        Path.of("").toAbsolutePath(),
        Path.of(System.getProperty("user.home")));
  }

  static ModelStore from(
      final Optional<String> homeProperty,
      final Map<String, String> environment,
      final Path workingDirectory,
      final Path userHome) {
    final Path home =
        homeProperty
            .filter(text -> !text.isBlank())
            .or(() -> setting(environment, "VALENCE_HOME"))
            .map(Path::of)
            .orElseGet(() -> nearestHome(workingDirectory));
    final Path models =
        setting(environment, "VALENCE_MODELS")
            .map(Path::of)
            .orElseGet(() -> home.resolve("deploy").resolve("models"));
    final Path cache =
        setting(environment, "VALENCE_CACHE")
            .map(Path::of)
            .orElseGet(() -> userHome.resolve(".cache").resolve("valence"));
    return new ModelStore(home, models, cache);
  }

  private static Optional<String> setting(
      final Map<String, String> environment, final String name) {
    return Optional.ofNullable(environment.get(name)).filter(text -> !text.isBlank());
  }

  private static Path nearestHome(final Path start) {
    for (Path folder = start; folder != null; folder = folder.getParent()) {
      if (Files.isDirectory(folder.resolve("deploy").resolve("models"))) {
        return folder;
      }
    }
    return start;
  }

  /**
   * A file below {@link #models()}, after checking it against the manifest of its folder.
   *
   * @param relative for instance {@code facemesh/face_landmark.onnx}
   * @throws ModelFileException if the file or its manifest is missing, altered or unreadable
   */
  public Path verified(final String relative) throws ModelFileException {
    return verified(models.resolve(relative));
  }

  /**
   * The same file, after checking its size and SHA-256 against {@code manifest.json} beside it.
   *
   * @throws ModelFileException if the file or its manifest is missing, altered or unreadable
   */
  public static Path verified(final Path file) throws ModelFileException {
    if (!Files.isRegularFile(file)) {
      throw new ModelFileException(
          "model file "
              + file
              + " is missing: restore it from the distribution, or set VALENCE_HOME (or"
              + " VALENCE_MODELS) to where it lies");
    }
    final JsonNode entry = manifestEntry(file);
    try {
      final long bytes = Files.size(file);
      final long expectedBytes = entry.path("bytes").asLong(-1);
      if (bytes != expectedBytes) {
        throw altered(file, "it has " + bytes + " bytes where " + expectedBytes + " belong");
      }
      final String hash = sha256(file);
      if (!hash.equalsIgnoreCase(entry.path("sha256").asText())) {
        throw altered(file, "its SHA-256 is " + hash);
      }
      return file;
    } catch (final ModelFileException e) {
      throw e;
    } catch (final IOException e) {
      throw new ModelFileException(
          "model file " + file + " cannot be read: " + e + "; check its permissions and the disk",
          e);
    }
  }

  private static JsonNode manifestEntry(final Path file) throws ModelFileException {
    final Path manifest = file.resolveSibling(MANIFEST);
    final String name = String.valueOf(file.getFileName());
    final JsonNode entry;
    try {
      entry = JSON.readTree(Files.readAllBytes(manifest)).path("files").path(name);
    } catch (final IOException e) {
      throw new ModelFileException(
          manifest
              + " is missing or unreadable, so "
              + name
              + " cannot be checked: restore it from the distribution",
          e);
    }
    if (entry.isMissingNode()) {
      throw new ModelFileException(
          manifest + " does not list " + name + ": restore both from the distribution");
    }
    return entry;
  }

  private static ModelFileException altered(final Path file, final String how) {
    return new ModelFileException(
        "model file "
            + file
            + " is altered or cut short: "
            + how
            + "; restore it from the"
            + " distribution");
  }

  /**
   * The SHA-256 of a file, in lower-case hexadecimal.
   *
   * @throws IOException if the file cannot be read
   */
  public static String sha256(final Path file) throws IOException {
    final MessageDigest digest = newSha256();
    try (InputStream stream = Files.newInputStream(file)) {
      final byte[] block = new byte[1 << 16];
      for (int read = stream.read(block); read >= 0; read = stream.read(block)) {
        digest.update(block, 0, read);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest newSha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (final NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
