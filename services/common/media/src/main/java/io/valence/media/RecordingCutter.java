package io.valence.media;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Cuts a recording into {@link Piece}s, window by window: the pieces of window 0 for each modality, then
 * those of window 1, and so on, so that all modalities progress together. The file is read while it is
 * cut and never held whole.
 *
 * <pre>{@code
 * try (RecordingCutter cutter = RecordingCutter.open(file, Transcript.forRecording(file, given), 3_000_000)) {
 *   for (Piece piece = cutter.next(); piece != null; piece = cutter.next()) {
 *     ...
 *   }
 * }
 * }</pre>
 *
 * <p>Event time 0 is the start of the container; window k is {@code [k * size, (k + 1) * size)}. The
 * recording ends where its last track ends, as its packets say (a header may promise more than a file
 * holds). A remainder of less than 50 ms after the last window border is left out if no picture begins in
 * it: encoders pad the sound to whole frames, and such padding must not make a window of its own.
 * Examples with windows of 3 s: 7.5 s gives [0, 3), [3, 6), [6, 7.5); sound of 6.026 s with pictures up
 * to 5.97 s gives two windows and ends at 6 s; 6.05 s gives three; 0.02 s gives one.
 *
 * <p>Each modality has pieces for the whole time to this end, with an empty payload where its own track
 * is shorter; the last carries endOfStream. There is one piece for each window and modality, but windows
 * of more than 10 s (video), of more than 240 s or of more samples than a record holds (audio) are cut into
 * equal parts.
 * A recording without pictures, sound or transcript does not have that modality.
 */
public final class RecordingCutter implements RecordingPieces {

  /** Shortest window, microseconds. */
  public static final long SHORTEST_WINDOW_MICROS = 100_000;

  private static final long SMALLEST_REMAINDER_MICROS = 50_000;
  private static final long LONGEST_VIDEO_MICROS = 10_000_000;
  private static final long LONGEST_AUDIO_MICROS = 240_000_000;
  private static final long LONGEST_RECORDING_MICROS = 7L * 24 * 3600 * 1_000_000;
  private static final long LONGEST_WINDOW_MICROS = 3_600_000_000L;

  private final Recording recording;
  private final long windowMicros;
  private final long endMicros;
  private final Set<Modality> modalities;
  private final List<String> warnings;
  private final VideoCutter video;
  private final AudioCutter audio;
  private final List<Word> words;
  private final Deque<Piece> ready = new ArrayDeque<>();
  private final Map<Modality, Long> sequences = new EnumMap<>(Modality.class);
  private int nextWord;
  private long nextWindowMicros;

  private RecordingCutter(
      final Recording recording,
      final long windowMicros,
      final long endMicros,
      final VideoCutter video,
      final AudioCutter audio,
      final List<Word> words,
      final List<String> warnings) {
    this.recording = recording;
    this.windowMicros = windowMicros;
    this.endMicros = endMicros;
    this.video = video;
    this.audio = audio;
    this.words = words;
    this.warnings = warnings;
    final EnumSet<Modality> present = EnumSet.noneOf(Modality.class);
    if (video != null) {
      present.add(Modality.VISUAL);
    }
    if (audio != null) {
      present.add(Modality.AUDIO);
    }
    if (words != null) {
      present.add(Modality.TEXT);
    }
    this.modalities = Collections.unmodifiableSet(present);
  }

  /**
   * Opens a recording and passes once over its packets to find where its tracks end.
   *
   * @param windowMicros length of a window, whole milliseconds, 100 ms to 1 hour
   * @throws MediaException if the file is missing, empty, not media, or holds neither pictures nor sound
   *     that can be decoded
   */
  public static RecordingCutter open(
      final Path file, final Optional<Transcript> transcript, final long windowMicros)
      throws MediaException {
    return open(file, transcript, windowMicros, VideoCutter.MOST_BYTES, DecodeLimits.STANDARD);
  }

  static RecordingCutter open(
      final Path file,
      final Optional<Transcript> transcript,
      final long windowMicros,
      final int mostVideoBytes,
      final DecodeLimits limits)
      throws MediaException {
    checkWindow(windowMicros);
    final List<String> warnings = new ArrayList<>();
    final Recording recording;
    final TrackSurvey survey;
    try (Demuxer demuxer = Demuxer.open(file, limits)) {
      survey = TrackSurvey.of(demuxer);
      recording = Recording.of(demuxer, survey.endMicros());
      survey.shortfall(demuxer).ifPresent(warnings::add);
    }
    final boolean pictures = survey.pictures() > 0 && usable(recording, true, warnings);
    final boolean sound = survey.soundPackets() > 0 && usable(recording, false, warnings);
    if (!pictures && !sound) {
      throw new MediaException(
          recording.name()
              + ": holds neither pictures nor sound that can be decoded"
              + (warnings.isEmpty() ? "" : " (" + String.join("; ", warnings) + ")"));
    }
    final long end = end(recording, survey, pictures, sound, windowMicros);
    final List<Word> words = transcript.isPresent() ? words(transcript.get(), end, warnings) : null;
    VideoCutter video = null;
    AudioCutter audio = null;
    RecordingCutter opened = null;
    try {
      video =
          pictures
              ? new VideoCutter(
                  file,
                  survey,
                  borders(windowMicros, end, parts(windowMicros, LONGEST_VIDEO_MICROS)),
                  mostVideoBytes,
                  limits)
              : null;
      audio = sound ? new AudioCutter(file) : null;
      opened = new RecordingCutter(recording, windowMicros, end, video, audio, words, warnings);
      return opened;
    } finally {
      if (opened == null && video != null) {
        video.close();
      }
    }
  }

  static void checkWindow(final long windowMicros) {
    if (windowMicros < SHORTEST_WINDOW_MICROS
        || windowMicros > LONGEST_WINDOW_MICROS
        || windowMicros % 1000 != 0) {
      throw new IllegalArgumentException(
          "a window must be 0.1 s to 1 hour and whole milliseconds: " + windowMicros + " us");
    }
  }

  private static boolean usable(
      final Recording recording, final boolean pictures, final List<String> warnings) {
    final String codec =
        pictures
            ? recording.video().filter(track -> !track.decodable()).map(t -> t.codec()).orElse(null)
            : recording
                .audio()
                .filter(track -> !track.decodable())
                .map(t -> t.codec())
                .orElse(null);
    if (codec != null) {
      warnings.add(
          recording.name()
              + ": its "
              + (pictures ? "video" : "sound")
              + " track is left out: no decoder for "
              + codec
              + " is built in");
    }
    return codec == null;
  }

  private static long end(
      final Recording recording,
      final TrackSurvey survey,
      final boolean pictures,
      final boolean sound,
      final long windowMicros)
      throws MediaException {
    final long lastPicture =
        pictures && survey.latestMillis() != Long.MIN_VALUE ? survey.latestMillis() : -1;
    final long whole =
        Math.max(
            Math.max(pictures ? survey.videoEndMicros() : 0, sound ? survey.audioEndMicros() : 0),
            (lastPicture + 1) * 1000);
    if (whole > LONGEST_RECORDING_MICROS) {
      throw new MediaException(
          recording.name()
              + ": its time stamps reach over "
              + whole / 3_600_000_000L
              + " hours; at most 168 are read. If it is shorter, remux it to mend its time stamps");
    }
    if (whole <= 0) {
      throw new MediaException(recording.name() + ": holds no media");
    }
    final long border = whole / windowMicros * windowMicros;
    final boolean padding =
        border > 0 && whole - border < SMALLEST_REMAINDER_MICROS && lastPicture * 1000 < border;
    return padding ? border : whole;
  }

  private static List<Word> words(
      final Transcript transcript, final long endMicros, final List<String> warnings) {
    final List<Word> all = transcript.words(endMicros);
    if (all.isEmpty()) {
      warnings.add(transcript.name() + ": is an empty transcript; taken as nothing said");
    }
    final List<Word> within = all.stream().filter(word -> word.middleMicros() < endMicros).toList();
    final int after = all.size() - within.size();
    if (after > 0) {
      warnings.add(
          String.format(
              Locale.ROOT,
              "%s: %d of its %d words lie after the recording's end at %.2f s and are left out",
              transcript.name(),
              after,
              all.size(),
              endMicros / 1e6));
    }
    return within;
  }

  private static int parts(final long windowMicros, final long longestMicros) {
    return Math.toIntExact((windowMicros + longestMicros - 1) / longestMicros);
  }

  /** Borders of the parts of all windows, milliseconds, from 0 to the end. */
  private static long[] borders(final long windowMicros, final long endMicros, final int parts) {
    final List<Long> borders = new ArrayList<>();
    borders.add(0L);
    for (long start = 0; start < endMicros; start += windowMicros) {
      for (int part = 0; part < parts; part++) {
        borders.add(EventTime.border(partEnd(start, windowMicros, endMicros, part, parts)));
        if (partEnd(start, windowMicros, endMicros, part, parts) == endMicros) {
          break;
        }
      }
    }
    return borders.stream().mapToLong(Long::longValue).toArray();
  }

  private static long partEnd(
      final long start, final long window, final long end, final int part, final int parts) {
    final long exact = start + window * (part + 1) / parts;
    return Math.min(end, part == parts - 1 ? exact : exact / 1000 * 1000);
  }

  /** What was found in the file; its duration is that of its packets. */
  @Override
  public Recording recording() {
    return recording;
  }

  /** The modalities that have pieces. */
  @Override
  public Set<Modality> modalities() {
    return modalities;
  }

  /** Length of a window, microseconds. */
  @Override
  public long windowMicros() {
    return windowMicros;
  }

  /** Where every modality ends, microseconds of event time, > 0. */
  @Override
  public long endMicros() {
    return endMicros;
  }

  /** What is wrong although the recording can be used, a line each; complete after the last piece. */
  @Override
  public List<String> warnings() {
    final List<String> all = new ArrayList<>(warnings);
    if (video != null) {
      all.addAll(video.warnings());
    }
    if (audio != null) {
      all.addAll(audio.warnings());
    }
    return List.copyOf(all);
  }

  /**
   * The next piece, or null after the last.
   *
   * @throws MediaException if the media cannot be decoded or cut
   */
  @Override
  public Piece next() throws MediaException {
    if (ready.isEmpty() && nextWindowMicros < endMicros) {
      final long start = nextWindowMicros;
      nextWindowMicros += windowMicros;
      for (final Modality modality : modalities) {
        cut(modality, start);
      }
    }
    return ready.pollFirst();
  }

  private void cut(final Modality modality, final long windowStart) throws MediaException {
    final int parts =
        switch (modality) {
          case VISUAL -> parts(windowMicros, LONGEST_VIDEO_MICROS);
          case AUDIO ->
              parts(
                  windowMicros,
                  Math.min(
                      LONGEST_AUDIO_MICROS,
                      (VideoCutter.MOST_BYTES / Float.BYTES - 1)
                          * 1_000_000L
                          / audio.sampleRate()));
          case TEXT -> 1;
        };
    long start = windowStart;
    for (int part = 0; part < parts && start < endMicros; part++) {
      final long end = partEnd(windowStart, windowMicros, endMicros, part, parts);
      ready.addLast(piece(modality, windowStart, start, end));
      start = end;
    }
  }

  private Piece piece(
      final Modality modality, final long windowStart, final long start, final long end)
      throws MediaException {
    final long sequence = sequences.merge(modality, 1L, Long::sum) - 1;
    final boolean last = end == endMicros;
    final ByteBuffer payload;
    final String container;
    Optional<String> codec = Optional.empty();
    OptionalInt sampleRate = OptionalInt.empty();
    switch (modality) {
      case VISUAL -> {
        payload = ByteBuffer.wrap(video.next());
        container = Piece.MATROSKA;
        codec = Optional.of(video.codec());
      }
      case AUDIO -> {
        final int count = audio.next(start, end);
        payload = PcmFloat.encode(audio.samples(), count);
        container = Piece.PCM;
        sampleRate = OptionalInt.of(audio.sampleRate());
        if (last) {
          audio.finish();
        }
      }
      case TEXT -> {
        payload = ByteBuffer.wrap(text(end).getBytes(StandardCharsets.UTF_8));
        container = Piece.TEXT;
      }
      default -> throw new AssertionError(modality);
    }
    return new Piece(
        modality,
        sequence,
        start,
        end,
        windowStart,
        windowStart + windowMicros,
        container,
        codec,
        sampleRate,
        payload,
        last);
  }

  private String text(final long end) {
    final StringBuilder text = new StringBuilder();
    while (nextWord < words.size() && words.get(nextWord).middleMicros() < end) {
      if (text.length() > 0) {
        text.append(' ');
      }
      text.append(words.get(nextWord).text());
      nextWord++;
    }
    return text.toString();
  }

  @Override
  public void close() throws MediaException {
    try {
      if (video != null) {
        video.close();
      }
    } finally {
      if (audio != null) {
        audio.close();
      }
    }
  }
}
