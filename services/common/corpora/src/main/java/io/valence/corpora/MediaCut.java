package io.valence.corpora;

import java.nio.file.Path;
import java.util.Objects;

/**
 * The part of a media file that belongs to a segment.
 *
 * @param file a video or sound file
 * @param start seconds into the file
 * @param end seconds into the file; positive infinity means to its end
 */
public record MediaCut(Path file, double start, double end) {

  public MediaCut {
    Objects.requireNonNull(file, "file");
    if (!(start >= 0) || !(end >= start)) {
      throw new IllegalArgumentException(file + ": cut from " + start + " s to " + end + " s");
    }
  }
}
