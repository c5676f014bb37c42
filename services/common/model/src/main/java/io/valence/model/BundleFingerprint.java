package io.valence.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * How a bundle's folder looks from outside, cheap enough to take every second: two that are equal
 * hold the same bundle. {@code bundle.json} goes in by its content; of the other files, which may
 * have many megabytes, what the file system knows. A file that is copied over another has another
 * time of change, one that is moved over it another identity, even if the times are made to agree.
 *
 * @param lines where the folder really lies, then one line for each file in it, by name; or the one
 *     reason why it cannot be looked at
 */
record BundleFingerprint(List<String> lines) {

  /** More files than any bundle has; a folder of something else is not read through every time. */
  private static final int MOST_FILES = 1_000;

  BundleFingerprint {
    lines = List.copyOf(lines);
  }

  /** The folder as it is now; a folder that cannot be read has a fingerprint too. */
  static BundleFingerprint of(final Path folder) {
    final List<String> lines = new ArrayList<>();
    try {
      final Path real = folder.toRealPath();
      lines.add(real.toString());
      try (Stream<Path> files = Files.list(real)) {
        for (final Path file : files.sorted().limit(MOST_FILES).toList()) {
          final BasicFileAttributes attributes =
              Files.readAttributes(file, BasicFileAttributes.class);
          if (attributes.isRegularFile()) {
            lines.add(line(file, attributes));
          }
        }
      }
    } catch (final IOException e) {
      return new BundleFingerprint(List.of(e.toString()));
    }
    return new BundleFingerprint(lines);
  }

  private static String line(final Path file, final BasicFileAttributes attributes)
      throws IOException {
    final String name = String.valueOf(file.getFileName());
    final String content =
        name.equals(BundleDescription.FILE_NAME) && attributes.size() > 0
            ? BundleDescription.FileEntry.of(file).sha256()
            : attributes.lastModifiedTime() + " " + attributes.fileKey();
    return name + " " + attributes.size() + " " + content;
  }
}
