package io.valence.faults;

import io.valence.media.MediaException;
import io.valence.media.Piece;
import io.valence.media.RecordingCutter;
import io.valence.media.Transcript;
import io.valence.pipeline.MediaChunks;
import io.valence.schemas.MediaChunk;
import io.valence.schemas.Modality;
import io.valence.windows.WindowGrid;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The streams that every run plays, cut from one recording of 6 s with small pictures and four of them a second:
 * three modalities, two and one; windows of 1, 1.2, 1.5, 2 and 3 s; windows that overlap; chunks that straddle windows;
 * segments of a corpus.
 */
final class RecordedSet {

  private static final String FOLDER = "services/faults/recording";

  private RecordedSet() {}

  /** The recording, for ingest. */
  static Path recording(final Path home) {
    return home.resolve(FOLDER).resolve("talk.mp4");
  }

  /** Its transcript. */
  static Path transcript(final Path home) {
    return home.resolve(FOLDER).resolve("talk.srt");
  }

  /**
   * Cuts the set.
   *
   * @throws MediaException if the recording is not there or cannot be read
   */
  static List<RecordedStream> cut(final Path home) throws MediaException {
    final List<Modality> all = List.of(Modality.VISUAL, Modality.AUDIO, Modality.TEXT);
    return List.of(
        stream(home, "all-2s", all, 2_000_000),
        stream(home, "all-1500ms", all, 1_500_000),
        stream(home, "face-and-voice-3s", List.of(Modality.VISUAL, Modality.AUDIO), 3_000_000),
        straddling(
            stream(home, "straddling", List.of(Modality.AUDIO, Modality.TEXT), 1_000_000),
            1_500_000),
        overlapping(
            stream(home, "overlapping", List.of(Modality.AUDIO, Modality.TEXT), 1_000_000),
            2_000_000),
        stream(home, "words-1200ms", List.of(Modality.TEXT), 1_200_000),
        segments(stream(home, "segments", List.of(Modality.AUDIO, Modality.TEXT), 1_000_000)));
  }

  private static RecordedStream stream(
      final Path home, final String name, final List<Modality> modalities, final long windowMicros)
      throws MediaException {
    final List<MediaChunk> chunks = new ArrayList<>();
    final Set<Modality> wanted = Set.copyOf(modalities);
    final Path recording = recording(home);
    try (RecordingCutter cutter =
        RecordingCutter.open(
            recording,
            Transcript.forRecording(recording, Optional.of(transcript(home))),
            windowMicros)) {
      for (Piece piece = cutter.next(); piece != null; piece = cutter.next()) {
        final MediaChunk chunk =
            MediaChunks.of(
                piece,
                name,
                RecordedStream.sessionOf(name),
                "reader",
                new WindowGrid(windowMicros, windowMicros, 0),
                RecordedStream.CAPTURED_AT_MILLIS + piece.endMicros() / 1_000);
        if (wanted.contains(chunk.getModality())) {
          chunks.add(chunk);
        }
      }
      return new RecordedStream(
          name, modalities, windowMicros, windowMicros, cutter.endMicros(), chunks);
    }
  }

  /** The same chunks for windows that their borders do not meet: features splits them. */
  private static RecordedStream straddling(final RecordedStream stream, final long windowMicros) {
    return new RecordedStream(
        stream.name(),
        stream.modalities(),
        windowMicros,
        windowMicros,
        stream.endMicros(),
        stream.chunks().stream()
            .map(
                chunk ->
                    MediaChunk.newBuilder(chunk)
                        .setWindowStartMicros(null)
                        .setWindowEndMicros(null)
                        .setWindowSizeMicros(windowMicros)
                        .build())
            .toList());
  }

  /** The same chunks as the panes of longer windows, one of which begins with each chunk. */
  private static RecordedStream overlapping(final RecordedStream stream, final long windowMicros) {
    return new RecordedStream(
        stream.name(),
        stream.modalities(),
        windowMicros,
        stream.windowMicros(),
        stream.endMicros(),
        stream.chunks().stream()
            .map(
                chunk ->
                    MediaChunk.newBuilder(chunk).setOverlappingWindowMicros(windowMicros).build())
            .toList());
  }

  /** The same chunks as the segments of a corpus, each with a label. */
  private static RecordedStream segments(final RecordedStream stream) {
    return new RecordedStream(
        stream.name(),
        stream.modalities(),
        stream.windowMicros(),
        stream.windowMicros(),
        stream.endMicros(),
        stream.chunks().stream()
            .map(
                chunk ->
                    MediaChunk.newBuilder(chunk)
                        .setWindowStartMicros(chunk.getStartMicros())
                        .setWindowEndMicros(chunk.getEndMicros())
                        .setSegmentId("talk[" + chunk.getSequence() + "]")
                        .build())
            .toList());
  }
}
