package io.valence.pipeline;

import static java.util.stream.Collectors.joining;

import io.valence.features.text.SpokenText;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * The last words of a conversation: the context in which the next ones are read. Never more than
 * {@value #MAX_CHARACTERS} characters of {@value #MAX_ENTRIES} chunks, and what precedes a window is not
 * older than a minute of event time when the window begins: for all its chunks it is the same. Words of
 * the window itself have no such age: it may be longer than a minute, and without its beginning it
 * would be another text.
 *
 * <p>Worked example, windows of 3 s. A stream says "i waited" in [0, 3), "and waited" in [3, 4.5)
 * and "for nothing" in [4.5, 6). The last chunk makes the text of its window "and waited for nothing",
 * of which "and waited" was read before, after the preceding text "i waited". A repeat of the
 * second chunk is read as it was the first time: only what has a smaller sequence number comes before
 * a chunk. That the chunks of a stream come in the order of these numbers is up to the caller. One
 * that comes late all the same, because it had failed and was mended, is read with the later ones
 * of its window: had "and waited" come last, it would be read as what "and waited for nothing" is
 * more than "for nothing".
 *
 * <p>Where windows overlap, each pane is read as the end of the window that it completes. With windows
 * of 3 s every second, words in the pane [4, 5) are read together with those of [2, 4), after those of
 * [0, 2) as preceding text. Of windows of more than half a minute the panes are read by themselves: a
 * whole one is more than is read at once.
 *
 * <p>Words of another participant are read only if asked for, and marked: "they said …". They come
 * before a chunk if they end no later than it begins, by the clocks of the two streams.
 *
 * @param spoken in the order in which it was said
 */
public record StreamWords(List<Spoken> spoken) {

  /** Nothing was said yet. */
  public static final StreamWords NONE = new StreamWords(List.of());

  /** Ten times what a text expert reads of it. */
  static final int MAX_CHARACTERS = 4_000;

  /** Of one word each, so that a stream of the smallest chunks does not make the store slow. */
  static final int MAX_ENTRIES = 512;

  /** Of the panes before: half a minute of speech has some 500, 300 word pieces about twice as many. */
  static final int MAX_OVERLAPPING_CHARACTERS = 750;

  private static final Pattern BLANKS = Pattern.compile("\\s+");
  private static final long MAX_AGE_MICROS = 60_000_000;
  private static final String OTHER = "they said ";
  private static final int FORMAT = 2;

  /** As it was while the start of what was said was not kept. */
  private static final int FORMAT_WITHOUT_START = 1;

  /**
   * What one chunk said in one window.
   *
   * @param streamId of the chunk
   * @param sequence of the chunk
   * @param windowStart start of the window, microseconds of event time
   * @param start when it began, microseconds of event time
   * @param end when it had been said, microseconds of event time
   * @param words not blank
   */
  public record Spoken(
      String streamId, long sequence, long windowStart, long start, long end, String words) {

    public Spoken {
      Objects.requireNonNull(streamId, "streamId");
      if (words.isBlank()) {
        throw new IllegalArgumentException("silence is not kept");
      }
      if (end < start) {
        throw new IllegalArgumentException("words from " + start + " to " + end + " us");
      }
    }
  }

  public StreamWords {
    spoken = List.copyOf(spoken);
  }

  /**
   * What was said in a window before.
   *
   * @param words as they are read, those of another participant marked
   * @param own whether the stream itself said it
   */
  record Preceding(String words, boolean own) {}

  /**
   * A word of the stream.
   *
   * @param start when it began, microseconds of event time, as if the words of a chunk took equal time
   * @param end when it ended, microseconds
   */
  record TimedWord(long start, long end) {}

  /**
   * What is to be read of a part of a chunk.
   *
   * @param preceding the texts of the windows before, oldest first
   * @param overlapping where windows overlap: what was said in the panes before, as far as the window
   *     that ends with this pane reaches back; blank if nothing was
   * @param before what was said earlier in the same window, or in the same pane where windows
   *     overlap; blank if nothing was
   * @param words of the part
   * @param after what was said later in the same window, or pane, and read already; blank if nothing was
   */
  record Reading(
      List<Preceding> preceding, String overlapping, String before, String words, String after) {

    /** The text of the window so far, these words included. */
    String text() {
      return joined(joined(joined(overlapping, before), words), after);
    }

    /** The text of the window as it was before these words came. */
    String earlierText() {
      return joined(joined(overlapping, before), after);
    }

    /** A text of the window as an utterance of its own, after all that precedes it. */
    SpokenText asUtterance(final String text) {
      return SpokenText.after(preceding.stream().map(Preceding::words).toList(), text);
    }

    /**
     * A text of the window as a piece of running speech.
     *
     * @param texts at most so many of the windows before are read
     */
    SpokenText asSpeech(final String text, final int texts) {
      final List<Preceding> last =
          preceding.subList(Math.max(0, preceding.size() - texts), preceding.size());
      return SpokenText.running(
          last.stream().filter(said -> !said.own).map(Preceding::words).toList(),
          last.stream().filter(Preceding::own).map(Preceding::words).collect(joining(" ")),
          text);
    }

    /** Whether other words of the window, or pane, have been read. */
    boolean continues() {
      return !before.isBlank() || !after.isBlank();
    }

    private static String joined(final String text, final String more) {
      return text.isBlank() || more.isBlank() ? text + more : text + " " + more;
    }
  }

  /**
   * What is read of a chunk's part, given what was said before.
   *
   * @param part the part
   * @param size length of the stream's windows, microseconds: that of the part's own, or more where
   *     windows overlap and the part's own is a pane
   */
  Reading read(
      final String streamId,
      final long sequence,
      final WindowPart part,
      final long size,
      final String words) {
    final long start = part.coversStart();
    final long fullStart = part.windowEnd() - size;
    final StringBuilder overlapping = new StringBuilder();
    final StringBuilder before = new StringBuilder();
    final StringBuilder after = new StringBuilder();
    final boolean repeat = isRepeat(streamId, sequence, part);
    final Map<String, StringBuilder> preceding = new LinkedHashMap<>();
    final Map<String, Boolean> ofStream = new HashMap<>();
    for (final Spoken said : spoken) {
      final boolean own = said.streamId.equals(streamId);
      final boolean earlier =
          own
              ? said.sequence < sequence || (said.sequence == sequence && said.end <= start)
              : said.end <= start;
      if (!earlier) {
        if (own && !repeat && said.sequence > sequence && said.windowStart == part.windowStart()) {
          append(after, said.words);
        }
        continue;
      }
      if (own && said.windowStart == part.windowStart()) {
        append(before, said.words);
      } else if (own && said.windowStart >= fullStart && said.windowStart < part.windowStart()) {
        append(overlapping, said.words);
      } else if ((!own || said.windowStart < fullStart) && fullStart - said.end <= MAX_AGE_MICROS) {
        // Where windows overlap, what was said in the panes of a whole window is one text.
        final long text =
            fullStart == part.windowStart()
                ? said.windowStart
                : Math.floorDiv(said.windowStart - fullStart, size);
        final String key = said.streamId + '\n' + text;
        ofStream.put(key, own);
        append(
            preceding.computeIfAbsent(key, any -> new StringBuilder(own ? "" : OTHER)), said.words);
      }
    }
    return new Reading(
        preceding.entrySet().stream()
            .map(said -> new Preceding(said.getValue().toString(), ofStream.get(said.getKey())))
            .toList(),
        latest(overlapping),
        before.toString(),
        words,
        after.toString());
  }

  private boolean isRepeat(final String streamId, final long sequence, final WindowPart part) {
    return spoken.stream()
        .anyMatch(
            said ->
                said.streamId.equals(streamId)
                    && said.sequence == sequence
                    && said.windowStart == part.windowStart());
  }

  /**
   * When the stream said its words, those of a part included, up to the last one that {@link #read}
   * gives for the part, in its order. Each begins later than the one before: where chunks say otherwise,
   * by a microsecond.
   *
   * @param size as for {@link #read}
   */
  List<TimedWord> times(
      final String streamId,
      final long sequence,
      final WindowPart part,
      final long size,
      final String words) {
    final boolean repeat = isRepeat(streamId, sequence, part);
    final List<TimedWord> preceding = new ArrayList<>();
    final List<TimedWord> overlapping = new ArrayList<>();
    final List<TimedWord> before = new ArrayList<>();
    final List<TimedWord> after = new ArrayList<>();
    for (final Spoken said : spoken) {
      if (!said.streamId.equals(streamId)) {
        continue;
      }
      final boolean sameWindow = said.windowStart == part.windowStart();
      if (said.sequence < sequence
          || (said.sequence == sequence && said.end <= part.coversStart())) {
        if (sameWindow) {
          time(said.words, said.start, said.end, before);
        } else if (said.windowStart < part.windowEnd() - size) {
          time(said.words, said.start, said.end, preceding);
        } else if (said.windowStart < part.windowStart()) {
          time(said.words, said.start, said.end, overlapping);
        }
      } else if (sameWindow && !repeat && said.sequence > sequence) {
        time(said.words, said.start, said.end, after);
      }
    }
    time(words, part.coversStart(), part.coversEnd(), before);
    final List<TimedWord> times = new ArrayList<>();
    long earliest = 0;
    for (final List<TimedWord> some : List.of(preceding, overlapping, before, after)) {
      for (final TimedWord word : some) {
        final long start = Math.max(earliest, word.start);
        times.add(new TimedWord(start, Math.max(start, word.end)));
        earliest = start + 1;
      }
    }
    return times;
  }

  private static void time(
      final String words, final long start, final long end, final List<TimedWord> times) {
    final int count = count(words);
    final double share = (double) (end - start) / count;
    for (int i = 0; i < count; i++) {
      times.add(new TimedWord(start + Math.round(i * share), start + Math.round((i + 1) * share)));
    }
  }

  /** Words of a text: what stands between blanks. */
  static int count(final String text) {
    return text.isBlank() ? 0 : BLANKS.split(text.strip(), -1).length;
  }

  /** The end of a text: where more was said than is read at once, the oldest of it is left out. */
  private static String latest(final StringBuilder text) {
    if (text.length() <= MAX_OVERLAPPING_CHARACTERS) {
      return text.toString();
    }
    final int blank = text.indexOf(" ", text.length() - MAX_OVERLAPPING_CHARACTERS);
    return blank < 0 ? "" : text.substring(blank + 1);
  }

  private static void append(final StringBuilder text, final String words) {
    final boolean joined = text.isEmpty() || text.charAt(text.length() - 1) == ' ';
    text.append(joined ? "" : " ").append(words);
  }

  /** These words and some more; what no longer fits is forgotten, the oldest first. */
  StreamWords and(final Spoken more) {
    final List<Spoken> all = new ArrayList<>(spoken);
    // A repeat takes the place of what it repeats.
    all.removeIf(
        said ->
            said.streamId.equals(more.streamId)
                && said.sequence == more.sequence
                && said.windowStart == more.windowStart);
    all.add(clipped(more));
    all.sort(
        Comparator.comparingLong(Spoken::end)
            .thenComparing(Spoken::streamId)
            .thenComparingLong(Spoken::sequence));
    int characters = all.stream().mapToInt(said -> said.words.length()).sum();
    int forgotten = 0;
    while (characters > MAX_CHARACTERS || all.size() - forgotten > MAX_ENTRIES) {
      characters -= all.get(forgotten++).words.length();
    }
    return new StreamWords(all.subList(forgotten, all.size()));
  }

  private static Spoken clipped(final Spoken said) {
    // Without blanks at its end, so that what is kept of it has words.
    final String words = said.words.strip();
    if (words.length() <= MAX_CHARACTERS) {
      return said;
    }
    int from = words.length() - MAX_CHARACTERS;
    if (Character.isLowSurrogate(words.charAt(from))) {
      from++;
    }
    return new Spoken(
        said.streamId,
        said.sequence,
        said.windowStart,
        // As if its words took equal time.
        said.start + (long) ((double) (said.end - said.start) * from / words.length()),
        said.end,
        words.substring(from));
  }

  /** For a state store. */
  public byte[] toBytes() {
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(FORMAT);
      out.writeInt(spoken.size());
      for (final Spoken said : spoken) {
        write(out, said.streamId);
        out.writeLong(said.sequence);
        out.writeLong(said.windowStart);
        out.writeLong(said.start);
        out.writeLong(said.end);
        write(out, said.words);
      }
    } catch (final IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static void write(final DataOutputStream out, final String text) throws IOException {
    final byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  /**
   * What {@link #toBytes} gave.
   *
   * @throws IllegalStateException if it is of another format
   */
  public static StreamWords fromBytes(final byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      final int format = in.readByte();
      if (format != FORMAT && format != FORMAT_WITHOUT_START) {
        throw new IllegalStateException(
            "the kept words are of format " + format + ", not " + FORMAT);
      }
      final int count = in.readInt();
      final List<Spoken> spoken = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        final String streamId = read(in);
        final long sequence = in.readLong();
        final long windowStart = in.readLong();
        final long start = format == FORMAT ? in.readLong() : windowStart;
        spoken.add(new Spoken(streamId, sequence, windowStart, start, in.readLong(), read(in)));
      }
      return new StreamWords(spoken);
    } catch (final IOException e) {
      throw new IllegalStateException("the kept words are damaged", e);
    }
  }

  private static String read(final DataInputStream in) throws IOException {
    return new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
  }
}
