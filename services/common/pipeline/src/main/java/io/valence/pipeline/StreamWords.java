package io.valence.pipeline;

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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

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

  private static final long MAX_AGE_MICROS = 60_000_000;
  private static final String OTHER = "they said ";
  private static final int FORMAT = 1;

  /**
   * What one chunk said in one window.
   *
   * @param streamId of the chunk
   * @param sequence of the chunk
   * @param windowStart start of the window, microseconds of event time
   * @param end when it had been said, microseconds of event time
   * @param words not blank
   */
  public record Spoken(String streamId, long sequence, long windowStart, long end, String words) {

    public Spoken {
      Objects.requireNonNull(streamId, "streamId");
      if (words.isBlank()) {
        throw new IllegalArgumentException("silence is not kept");
      }
    }
  }

  public StreamWords {
    spoken = List.copyOf(spoken);
  }

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
      List<String> preceding, String overlapping, String before, String words, String after) {

    /** The window's text so far, these words included. */
    SpokenText whole() {
      return SpokenText.after(preceding, joined(joined(joined(overlapping, before), words), after));
    }

    /** The window's text as it was before these words came. */
    SpokenText earlier() {
      return SpokenText.after(preceding, joined(joined(overlapping, before), after));
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
    final boolean repeat =
        spoken.stream()
            .anyMatch(
                said ->
                    said.streamId.equals(streamId)
                        && said.sequence == sequence
                        && said.windowStart == part.windowStart());
    final Map<String, StringBuilder> preceding = new LinkedHashMap<>();
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
      } else if (fullStart - said.end <= MAX_AGE_MICROS) {
        // Where windows overlap, what was said in the panes of a whole window is one text.
        final long text =
            fullStart == part.windowStart()
                ? said.windowStart
                : Math.floorDiv(said.windowStart - fullStart, size);
        append(
            preceding.computeIfAbsent(
                said.streamId + '\n' + text, key -> new StringBuilder(own ? "" : OTHER)),
            said.words);
      }
    }
    return new Reading(
        preceding.values().stream().map(StringBuilder::toString).toList(),
        latest(overlapping),
        before.toString(),
        words,
        after.toString());
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
        said.streamId, said.sequence, said.windowStart, said.end, words.substring(from));
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
      if (format != FORMAT) {
        throw new IllegalStateException(
            "the kept words are of format " + format + ", not " + FORMAT);
      }
      final int count = in.readInt();
      final List<Spoken> spoken = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        spoken.add(new Spoken(read(in), in.readLong(), in.readLong(), in.readLong(), read(in)));
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
