package io.valence.media;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What is said in a recording: cues with times, or plain text that is spread over the whole of it.
 *
 * <p>Read from .srt, .vtt, .csv (columns start, end, text or start_s, end_s, text, in seconds) or .txt;
 * always UTF-8. A cue's words are spread evenly over its time: word j of n takes
 * {@code [start + j/n * length, start + (j+1)/n * length)}.
 *
 * <p>A csv of a whole corpus (columns segment_id or video_id beside the times) is recognised by the
 * recording's file name: if a row's segment_id is the name without its ending, that row's words are
 * spread over the recording, for the recording is that segment; else all rows whose video_id is the
 * name count, with their times.
 */
public final class Transcript {

  private static final List<String> ENDINGS = List.of(".srt", ".vtt", ".csv", ".txt");

  /**
   * Words that are said between two times.
   *
   * @param startMicros microseconds of event time; negative together with the end: the whole recording
   */
  record Cue(long startMicros, long endMicros, String text) {

    static Cue overAll(final String text) {
      return new Cue(-1, -1, text);
    }

    boolean overAll() {
      return startMicros < 0;
    }
  }

  private final String name;
  private final List<Cue> cues;

  Transcript(final String name, final List<Cue> cues) {
    this.name = Objects.requireNonNull(name, "name");
    this.cues = List.copyOf(cues);
  }

  /**
   * Reads a transcript file.
   *
   * @param recording the recording that it belongs to; only its name is used, to find its rows in the
   *     csv of a corpus
   * @throws MediaException if the file is missing, of another kind, not UTF-8, or not as it should be,
   *     with the line
   */
  public static Transcript read(final Path file, final Path recording) throws MediaException {
    return TranscriptReader.read(file, stem(recording));
  }

  /** The transcript that lies beside a recording: the same name with .srt, .vtt, .csv or .txt. */
  public static Optional<Path> beside(final Path recording) {
    final Path folder = recording.toAbsolutePath().getParent();
    for (final String ending : ENDINGS) {
      final Path file = folder.resolve(stem(recording) + ending);
      if (Files.isRegularFile(file) && !file.equals(recording.toAbsolutePath())) {
        return Optional.of(file);
      }
    }
    return Optional.empty();
  }

  /** The given transcript, or if none is given the one {@link #beside} the recording, if any. */
  public static Optional<Transcript> forRecording(final Path recording, final Optional<Path> given)
      throws MediaException {
    final Optional<Path> file = given.or(() -> beside(recording));
    return file.isPresent() ? Optional.of(read(file.get(), recording)) : Optional.empty();
  }

  static String stem(final Path file) {
    final String name = String.valueOf(file.getFileName());
    final int dot = name.lastIndexOf('.');
    return dot > 0 ? name.substring(0, dot) : name;
  }

  /** The file's name without its folder. */
  public String name() {
    return name;
  }

  List<Cue> cues() {
    return cues;
  }

  /** Whether there is no word in it at all. */
  public boolean isEmpty() {
    return cues.isEmpty();
  }

  /**
   * All words, in the order of their middles; overlapping cues mix.
   *
   * @param durationMicros length of the recording, over which text without times is spread
   */
  public List<Word> words(final long durationMicros) {
    final List<Word> words = new ArrayList<>();
    for (final Cue cue : cues) {
      final long start = cue.overAll() ? 0 : cue.startMicros();
      final long length = (cue.overAll() ? durationMicros : cue.endMicros()) - start;
      final List<String> texts = split(cue.text());
      for (int j = 0; j < texts.size(); j++) {
        words.add(
            new Word(
                texts.get(j),
                start + length * j / texts.size(),
                start + length * (j + 1) / texts.size()));
      }
    }
    words.sort(Comparator.comparingLong(Word::middleMicros));
    return words;
  }

  static List<String> split(final String text) {
    final List<String> words = new ArrayList<>();
    int from = -1;
    for (int i = 0; i <= text.length(); i++) {
      final boolean blank =
          i == text.length()
              || Character.isWhitespace(text.charAt(i))
              || Character.isSpaceChar(text.charAt(i))
              || text.charAt(i) == '\uFEFF';
      if (blank && from >= 0) {
        words.add(text.substring(from, i));
        from = -1;
      } else if (!blank && from < 0) {
        from = i;
      }
    }
    return words;
  }
}
