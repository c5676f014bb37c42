package io.valence.corpora;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Finds recordings below folders by their endings. */
final class MediaFolder {

  private static final Set<String> PICTURE =
      Set.of("mp4", "m4v", "mov", "mkv", "webm", "avi", "flv", "mpg", "mpeg");
  private static final Set<String> SOUND = Set.of("wav", "flac", "mp3", "m4a", "ogg", "opus");

  private MediaFolder() {}

  /** Recordings in these folders and below; folders that do not exist are passed over. */
  static Media scan(List<Path> folders) throws IOException {
    final Map<String, Path> videos = new HashMap<>();
    final Map<String, Path> sounds = new HashMap<>();
    for (final Path folder : folders) {
      if (!Files.isDirectory(folder)) {
        continue;
      }
      try (Stream<Path> files = Files.walk(folder)) {
        for (final Path file : files.filter(Files::isRegularFile).sorted().toList()) {
          final String name = file.getFileName().toString();
          final int dot = name.lastIndexOf('.');
          if (dot > 0) {
            final String stem = name.substring(0, dot);
            final String ending = name.substring(dot + 1).toLowerCase(Locale.ROOT);
            if (PICTURE.contains(ending)) {
              videos.putIfAbsent(stem, file);
            } else if (SOUND.contains(ending)) {
              sounds.putIfAbsent(stem, file);
            }
          }
        }
      }
    }
    return new Media(videos, sounds);
  }
}
