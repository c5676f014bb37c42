package io.valence.local;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The JVM's archive of a program's loaded classes (AppCDS), made when the program ends for the first time and used
 * from then on. It halves the time that a service takes to start. An archive belongs to one JVM and one state of the
 * jars: its name holds a hash of both, and an outdated one is deleted.
 */
final class StartArchive {

  private static final Logger log = LoggerFactory.getLogger(StartArchive.class);
  private static final List<String> QUIET =
      List.of("-Xshare:auto", "-Xlog:cds=off", "-Xlog:cds+dynamic=off", "-Xlog:class+path=off");

  private final Path folder;
  private final String program;
  private final Path archive;
  private final Path unfinished;
  private final boolean exists;

  private StartArchive(final Path folder, final String program, final String hash) {
    this.folder = folder;
    this.program = program;
    this.archive = folder.resolve(program + "-" + hash + ".jsa");
    this.unfinished =
        folder.resolve(program + "-" + hash + "." + ProcessHandle.current().pid() + ".unfinished");
    this.exists = Files.exists(archive);
  }

  /**
   * The archive of a program.
   *
   * @param folder where archives are kept
   * @param program its name
   * @param jars every jar that its classes come from
   */
  static StartArchive of(final Path folder, final String program, final List<Path> jars) {
    try {
      Files.createDirectories(folder);
      final MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(System.getProperty("java.vm.version").getBytes(StandardCharsets.UTF_8));
      for (final Path jar : jars.stream().sorted().toList()) {
        final String state =
            jar + "|" + Files.size(jar) + "|" + Files.getLastModifiedTime(jar).toMillis() + "\n";
        digest.update(state.getBytes(StandardCharsets.UTF_8));
      }
      return new StartArchive(
          folder, program, HexFormat.of().formatHex(digest.digest()).substring(0, 16));
    } catch (final NoSuchFileException e) {
      throw new LocalStackException(
          e.getFile() + " is gone: start again when the build of " + program + " is done", e);
    } catch (final IOException e) {
      throw new LocalStackException(
          "the cache folder "
              + folder
              + " cannot be used ("
              + e.getMessage()
              + "): make room or set VALENCE_CACHE to another folder",
          e);
    } catch (final NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** True if the program will start fast. */
  boolean exists() {
    return exists;
  }

  List<String> jvmArguments() {
    final String use =
        exists ? "-XX:SharedArchiveFile=" + archive : "-XX:ArchiveClassesAtExit=" + unfinished;
    return Stream.concat(QUIET.stream(), Stream.of(use)).toList();
  }

  /**
   * To be called when the program has ended.
   *
   * @param whole false if it was killed and what it wrote may be incomplete
   */
  void keep(final boolean whole) {
    if (exists) {
      return;
    }
    try {
      if (whole && Files.exists(unfinished)) {
        deleteOthers();
        Files.move(unfinished, archive, StandardCopyOption.ATOMIC_MOVE);
      } else {
        Files.deleteIfExists(unfinished);
      }
    } catch (final IOException e) {
      log.warn("{} will start slowly again: its archive was not kept", program, e);
    }
  }

  private void deleteOthers() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (final Path file : files.toList()) {
        final String name = file.getFileName().toString();
        if (name.endsWith(".jsa") && name.startsWith(program + "-") && !file.equals(archive)) {
          Files.deleteIfExists(file);
        }
      }
    }
  }
}
