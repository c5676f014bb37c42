package io.valence.corpora;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * The recordings that came with a corpus, by the name of the file without its ending: the id of a
 * segment for a file that was already cut, the id of a video for a whole one.
 *
 * @param videos picture files
 * @param sounds sound files
 */
public record Media(Map<String, Path> videos, Map<String, Path> sounds) {

  /** No recordings at all. */
  public static final Media NONE = new Media(Map.of(), Map.of());

  public Media {
    videos = Map.copyOf(videos);
    sounds = Map.copyOf(sounds);
  }

  /** The moving pictures of a segment; a file cut to the segment is preferred. */
  public Optional<MediaCut> video(Segment segment) {
    return find(videos, segment);
  }

  /** The sound of a segment: a sound file if there is one, else the video's own sound track. */
  public Optional<MediaCut> sound(Segment segment) {
    return find(sounds, segment).or(() -> find(videos, segment));
  }

  private static Optional<MediaCut> find(Map<String, Path> files, Segment segment) {
    final Path cut = files.get(segment.id());
    if (cut != null && !segment.id().equals(segment.video())) {
      return Optional.of(new MediaCut(cut, 0, Double.POSITIVE_INFINITY));
    }
    final Path whole = files.get(segment.video());
    // Clamped: an annotation may begin before the recording does.
    return Optional.ofNullable(whole)
        .map(file -> new MediaCut(file, Math.max(0, segment.start()), Math.max(0, segment.end())));
  }
}
