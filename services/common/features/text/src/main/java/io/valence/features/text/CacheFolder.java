package io.valence.features.text;

import io.valence.inference.ModelFileException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.function.BooleanSupplier;

/**
 * A folder that appears in one step when it is complete. Several processes may ask for it at once:
 * one makes it, the others wait and find it.
 */
final class CacheFolder {

  /** A lock on a file is held by the whole process; this one keeps its threads apart. */
  private static final Object ONE_THREAD = new Object();

  /** Graphs, tokenizer and manifest beside the weights, amply. */
  private static final long SMALL_FILES_BYTES = 8L << 20;

  private CacheFolder() {}

  /** Fills a folder. */
  @FunctionalInterface
  interface Maker {
    void fill(Path partial) throws IOException;
  }

  /**
   * Makes a folder.
   *
   * @param complete whether it is there already, asked again once no other process is at it
   * @param maker fills an empty folder; if it fails nothing is left behind
   */
  static void make(final Path folder, final BooleanSupplier complete, final Maker maker)
      throws IOException {
    final Path cache = folder.getParent();
    synchronized (ONE_THREAD) {
      create(cache);
      try (FileChannel channel =
              FileChannel.open(
                  cache.resolve(folder.getFileName() + ".lock"),
                  StandardOpenOption.CREATE,
                  StandardOpenOption.WRITE);
          FileLock lock = channel.lock()) {
        if (lock.isValid() && !complete.getAsBoolean()) {
          fill(folder, maker);
        }
      }
    }
  }

  private static void create(final Path cache) throws ModelFileException {
    try {
      Files.createDirectories(cache);
    } catch (final IOException e) {
      throw new ModelFileException(
          "the cache folder "
              + cache
              + " cannot be made ("
              + e
              + "): set VALENCE_CACHE to a folder that can be written",
          e);
    }
  }

  private static void fill(final Path folder, final Maker maker) throws IOException {
    final Path partial = folder.resolveSibling(folder.getFileName() + ".partial");
    // Left by a process that was stopped half-way.
    delete(partial);
    try {
      Files.createDirectory(partial);
      maker.fill(partial);
      delete(folder);
      move(partial, folder);
    } catch (final IOException | RuntimeException e) {
      try {
        delete(partial);
      } catch (final IOException cleaning) {
        e.addSuppressed(cleaning);
      }
      throw e;
    }
  }

  /** Refuses to begin what the disk has no room for. */
  static void requireSpace(final Path partial, final long largeFiles) throws IOException {
    final long needed = largeFiles + SMALL_FILES_BYTES;
    final long free = Files.getFileStore(partial).getUsableSpace();
    if (free < needed) {
      throw new ModelFileException(
          "the cache folder %s has %d MB free and BERT needs %d: make room or set VALENCE_CACHE to another folder"
              .formatted(partial.getParent(), free >> 20, needed >> 20));
    }
  }

  /** A second name for a large file; a copy where the disk knows no second names. */
  static void link(final Path existing, final Path link) throws IOException {
    try {
      Files.createLink(link, existing);
    } catch (final UnsupportedOperationException | IOException noLink) {
      try {
        Files.copy(existing, link);
      } catch (final IOException e) {
        e.addSuppressed(noLink);
        throw e;
      }
    }
  }

  private static void move(final Path partial, final Path folder) throws IOException {
    try {
      Files.move(partial, folder, StandardCopyOption.ATOMIC_MOVE);
    } catch (final AtomicMoveNotSupportedException e) {
      // The manifest is read before anything else and the lock is held, so this is safe too.
      Files.move(partial, folder);
    }
  }

  private static void delete(final Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(final Path file, final BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(final Path directory, final IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.delete(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
