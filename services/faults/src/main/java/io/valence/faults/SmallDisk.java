package io.valence.faults;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A file system in memory that can be filled to the last byte; needs the right to mount. */
final class SmallDisk implements AutoCloseable {

  private static final String SIZE = "size=96m";
  private static final long MOUNT_SECONDS = 10;

  private final Path folder;
  private final Path filling;
  private final Thread shutdownHook = new Thread(this::end, "small-disk-unmount");

  private SmallDisk(final Path folder) {
    this.folder = folder;
    this.filling = folder.resolve("filling");
  }

  /**
   * Mounts one on a folder.
   *
   * @return empty where this system or user may not mount
   */
  static Optional<SmallDisk> mount(final Path folder) throws IOException, InterruptedException {
    Files.createDirectories(folder);
    if (!run("mount", "-t", "tmpfs", "-o", SIZE, "valence-faults", folder.toString())) {
      return Optional.empty();
    }
    final SmallDisk disk = new SmallDisk(folder);
    Runtime.getRuntime().addShutdownHook(disk.shutdownHook);
    return Optional.of(disk);
  }

  private static boolean run(final String... command) throws InterruptedException {
    try {
      final Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor(MOUNT_SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (final IOException e) {
      // No such program: as good as not being allowed to.
      return false;
    }
  }

  /** Leaves no byte free. */
  void fill() throws IOException {
    final byte[] block = new byte[64 * 1024];
    try (OutputStream out = Files.newOutputStream(filling)) {
      int size = block.length;
      while (size > 0) {
        try {
          out.write(block, 0, size);
        } catch (final IOException e) {
          // Full for this size: smaller pieces fill the rest.
          size /= 2;
        }
      }
    }
  }

  /** Gives the space back. */
  void free() throws IOException {
    Files.deleteIfExists(filling);
  }

  /**
   * Takes what is mounted on a folder away.
   *
   * @return false if there was nothing, or it may not be taken away
   */
  static boolean unmount(final Path folder) throws InterruptedException {
    return run("umount", folder.toString()) || run("umount", "-l", folder.toString());
  }

  private void end() {
    try {
      if (!unmount(folder)) {
        System.err.println("the temporary file system on " + folder + " remains: umount it");
      }
    } catch (final InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    Runtime.getRuntime().removeShutdownHook(shutdownHook);
    end();
  }
}
