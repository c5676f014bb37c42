package io.valence.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.stream.Stream;

/**
 * A built program: its jar and the jars beside it in {@code lib}.
 *
 * @param jar the jar with the main class
 * @param mainClass that class
 * @param jars all jars
 */
record Program(Path jar, String mainClass, List<Path> jars) {

  private static final String RUNNER = "-runner.jar";

  Program {
    jars = List.copyOf(jars);
  }

  /** The Quarkus application of a service. */
  static Program service(final Path home, final String name) {
    final String module = "services/" + name;
    return inFolder(name, home.resolve(module).resolve("target"), module, home);
  }

  /**
   * The program whose runner jar lies in a folder.
   *
   * @throws LocalStackException if there is none, saying what to do
   */
  static Program inFolder(
      final String name, final Path folder, final String module, final Path home) {
    final String remedy =
        name + " is not built: run mvn -DskipTests package -pl " + module + " -am in " + home;
    if (!Files.isDirectory(folder)) {
      throw new LocalStackException(remedy);
    }
    try (Stream<Path> files = Files.list(folder)) {
      final Path jar =
          files
              .filter(file -> file.getFileName().toString().endsWith(RUNNER))
              .findFirst()
              .orElseThrow(() -> new LocalStackException(remedy));
      return new Program(jar, mainClass(jar), withLibraries(jar, folder.resolve("lib")));
    } catch (final IOException e) {
      throw new LocalStackException(
          name + " cannot be read (" + e.getMessage() + "): " + remedy, e);
    }
  }

  private static String mainClass(final Path jar) throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      final String mainClass =
          file.getManifest().getMainAttributes().getValue(Attributes.Name.MAIN_CLASS);
      if (mainClass == null) {
        throw new LocalStackException(jar + " names no main class: build it again");
      }
      return mainClass;
    }
  }

  private static List<Path> withLibraries(final Path jar, final Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of(jar);
    }
    try (Stream<Path> files = Files.list(folder)) {
      return Stream.concat(
              Stream.of(jar),
              files.filter(file -> file.getFileName().toString().endsWith(".jar")).sorted())
          .toList();
    }
  }

  /** The jar, which names its libraries itself, and the one with the class that runs it. */
  List<Path> classPath(final Path home) {
    return List.of(jar, childJar(home));
  }

  /** The jar of {@link Child}. */
  static Path childJar(final Path home) {
    final Path jar = home.resolve("services/local/target/child.jar");
    if (!Files.exists(jar)) {
      throw notBuilt(home);
    }
    return jar;
  }

  /** This module as a jar: the JVM's archives take no folders of classes. */
  static Path ownJar(final Path home) {
    final Path target = home.resolve("services/local/target");
    if (Files.isDirectory(target)) {
      try (Stream<Path> files = Files.list(target)) {
        final List<Path> jars =
            files
                .filter(
                    file ->
                        file.getFileName()
                            .toString()
                            .matches("valence-local-[^-]+(-SNAPSHOT)?\\.jar"))
                .toList();
        if (!jars.isEmpty()) {
          return jars.get(0);
        }
      } catch (final IOException e) {
        throw new LocalStackException("services/local/target cannot be read: " + e.getMessage(), e);
      }
    }
    throw notBuilt(home);
  }

  private static LocalStackException notBuilt(final Path home) {
    return new LocalStackException(
        "the local stack is not built: run mvn -DskipTests package -pl services/local -am in "
            + home);
  }
}
