package io.valence.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

/** What is remembered of a conversation, and what is read of it. Windows of 3 s. */
class StreamWordsTest {

  private static final long SECOND = 1_000_000;

  private static StreamWords.Spoken said(
      final long sequence, final double end, final String words) {
    final long micros = (long) (end * SECOND);
    return new StreamWords.Spoken(
        "talk",
        sequence,
        (micros - 1) / (3 * SECOND) * 3 * SECOND,
        (micros - 1) / (3 * SECOND) * 3 * SECOND,
        micros,
        words);
  }

  private static StreamWords.Reading read(
      final StreamWords words,
      final String streamId,
      final long sequence,
      final long windowStart,
      final long start,
      final String text) {
    return words.read(
        streamId,
        sequence,
        new WindowPart(windowStart, windowStart + 3 * SECOND, start, windowStart + 3 * SECOND),
        3 * SECOND,
        text);
  }

  private static List<StreamWords.Preceding> own(final String words) {
    return List.of(new StreamWords.Preceding(words, true));
  }

  private static StreamWords all(final StreamWords.Spoken... spoken) {
    StreamWords words = StreamWords.NONE;
    for (final StreamWords.Spoken one : spoken) {
      words = words.and(one);
    }
    return words;
  }

  @Test
  void wordsOfTheSameWindowComeBeforeAndThoseOfEarlierWindowsPrecede() {
    final StreamWords words = all(said(0, 3, "i waited"), said(1, 4.5, "and waited"));

    assertThat(read(words, "talk", 2, 3 * SECOND, (long) (4.5 * SECOND), "for nothing"))
        .isEqualTo(new StreamWords.Reading(own("i waited"), "", "and waited", "for nothing", ""));
  }

  /** Windows of 3 s every second: a pane is read as the end of the window that it completes. */
  @Test
  void theOverlappingPanesOfAWindowAreReadTogetherAfterTheWindowsBefore() {
    final StreamWords words =
        all(
            inPane(0, 0, "we"),
            inPane(1, 1, "went"),
            inPane(2, 2, "there"),
            inPane(3, 3, "and"),
            inPane(4, 4, "it"));

    assertThat(
            words.read(
                "talk",
                5,
                new WindowPart(4 * SECOND, 5 * SECOND, 4_600_000, 5 * SECOND),
                3 * SECOND,
                "was"))
        .isEqualTo(new StreamWords.Reading(own("we went"), "there and", "it", "was", ""));
  }

  @Test
  void ofMoreThanCanBeReadAtOnceTheOldestIsLeftOut() {
    final StreamWords words =
        all(inPane(0, 2, "old ".repeat(100).strip()), inPane(1, 3, "young ".repeat(100).strip()));

    final StreamWords.Reading reading =
        words.read(
            "talk",
            2,
            new WindowPart(4 * SECOND, 5 * SECOND, 4 * SECOND, 5 * SECOND),
            3 * SECOND,
            "now");

    assertThat(reading.overlapping())
        .startsWith("old ")
        .endsWith(" young")
        .hasSizeBetween(
            StreamWords.MAX_OVERLAPPING_CHARACTERS - 6, StreamWords.MAX_OVERLAPPING_CHARACTERS);
  }

  private static StreamWords.Spoken inPane(
      final long sequence, final long second, final String words) {
    return new StreamWords.Spoken(
        "talk", sequence, second * SECOND, second * SECOND, second * SECOND + 600_000, words);
  }

  @Test
  void aRepeatIsReadAsItWasTheFirstTime() {
    final StreamWords words =
        all(said(0, 3, "i waited"), said(1, 4.5, "and waited"), said(2, 6, "for nothing"));

    assertThat(read(words, "talk", 1, 3 * SECOND, 3 * SECOND, "and waited"))
        .isEqualTo(new StreamWords.Reading(own("i waited"), "", "", "and waited", ""));
    assertThat(words.and(said(1, 4.5, "and waited"))).isEqualTo(words);
  }

  @Test
  void aChunkThatWasOvertakenComesBeforeTheNextOnes() {
    final StreamWords words = all(said(1, 4.5, "and waited"), said(0, 3, "i waited"));

    assertThat(read(words, "talk", 2, 3 * SECOND, (long) (4.5 * SECOND), "more").preceding())
        .isEqualTo(own("i waited"));
  }

  @Test
  void wordsOlderThanAMinuteAreNotRead() {
    final StreamWords words = all(said(0, 3, "long ago"), said(1, 10, "lately"));

    assertThat(read(words, "talk", 2, 69 * SECOND, 69 * SECOND, "now").preceding())
        .isEqualTo(own("lately"));
  }

  /** Windows of 120 s: the minute is only for what was said before, and ends where they begin. */
  @Test
  void aLongWindowKeepsItsBeginning() {
    final StreamWords words =
        all(
            inLongWindow(0, 30, 0, "long ago"),
            inLongWindow(1, 115, 0, "lately"),
            inLongWindow(2, 125, 120, "it began"),
            inLongWindow(3, 200, 120, "and went on"));

    assertThat(
            words.read(
                "talk",
                4,
                new WindowPart(120 * SECOND, 240 * SECOND, 230 * SECOND, 240 * SECOND),
                120 * SECOND,
                "to the end"))
        .isEqualTo(
            new StreamWords.Reading(own("lately"), "", "it began and went on", "to the end", ""));
    assertThat(
            words.read(
                "talk",
                2,
                new WindowPart(120 * SECOND, 240 * SECOND, 120 * SECOND, 125 * SECOND),
                120 * SECOND,
                "it began"))
        .isEqualTo(new StreamWords.Reading(own("lately"), "", "", "it began", ""));
  }

  /** Windows of 120 s every minute: the pane before belongs to the window that this one completes. */
  @Test
  void aLongWindowKeepsThePanesThatItOverlaps() {
    final StreamWords words =
        all(inLongWindow(0, 65, 60, "it began"), inLongWindow(1, 121, 120, "and went on"));

    assertThat(
            words.read(
                "talk",
                2,
                new WindowPart(120 * SECOND, 180 * SECOND, 170 * SECOND, 180 * SECOND),
                120 * SECOND,
                "to the end"))
        .isEqualTo(new StreamWords.Reading(List.of(), "it began", "and went on", "to the end", ""));
  }

  private static StreamWords.Spoken inLongWindow(
      final long sequence, final long end, final long window, final String words) {
    return new StreamWords.Spoken(
        "talk", sequence, window * SECOND, window * SECOND, end * SECOND, words);
  }

  @Test
  void ofTooManyChunksTheOldestAreForgotten() {
    StreamWords words = StreamWords.NONE;
    for (int i = 0; i < 600; i++) {
      words = words.and(said(i, 3 + i * 0.01, "a"));
    }

    assertThat(words.spoken()).hasSize(StreamWords.MAX_ENTRIES);
    assertThat(words.spoken().get(0).sequence()).isEqualTo(600 - StreamWords.MAX_ENTRIES);
    assertThat(words.spoken().get(StreamWords.MAX_ENTRIES - 1).sequence()).isEqualTo(599);
  }

  @Test
  void theOtherParticipantsWordsAreMarked() {
    final StreamWords words =
        all(
            new StreamWords.Spoken("other", 5, 0, 0, 2 * SECOND, "how was it"),
            new StreamWords.Spoken("other", 6, 3 * SECOND, 3 * SECOND, 5 * SECOND, "not yet said"));

    assertThat(read(words, "talk", 0, 3 * SECOND, 3 * SECOND, "bad"))
        .isEqualTo(
            new StreamWords.Reading(
                List.of(new StreamWords.Preceding("they said how was it", false)),
                "",
                "",
                "bad",
                ""));
  }

  @Test
  void ofTooMuchTheOldestIsForgotten() {
    final String long0 = "a".repeat(1_500);
    final StreamWords words =
        all(said(0, 3, long0), said(1, 6, long0), said(2, 9, long0), said(3, 12, "short"));

    assertThat(words.spoken()).extracting(StreamWords.Spoken::sequence).containsExactly(1L, 2L, 3L);
    assertThat(all(said(0, 3, "b".repeat(9_000))).spoken().get(0).words())
        .hasSize(StreamWords.MAX_CHARACTERS);
  }

  @Test
  void anotherFormatIsRefused() {
    assertThatThrownBy(() -> StreamWords.fromBytes(new byte[] {9}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the kept words are of format 9, not 2");
  }

  /** A store that was written before the start of what was said was kept: the window's start stands for it. */
  @Test
  void theOlderFormatIsRead() throws IOException {
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(1);
      out.writeInt(1);
      out.writeInt(4);
      out.writeBytes("talk");
      out.writeLong(7);
      out.writeLong(3 * SECOND);
      out.writeLong(5 * SECOND);
      out.writeInt(2);
      out.writeBytes("hi");
    }

    assertThat(StreamWords.fromBytes(bytes.toByteArray()).spoken())
        .containsExactly(
            new StreamWords.Spoken("talk", 7, 3 * SECOND, 3 * SECOND, 5 * SECOND, "hi"));
  }

  /** Whatever comes in whatever order: bounded, ordered, and the same after a visit to the store. */
  @Property(tries = 200)
  void staysBoundedAndSurvivesTheStore(
      @ForAll @Size(max = 30) final List<@LongRange(min = 0, max = 1_000) Long> sequences,
      @ForAll @Size(max = 30) final List<@StringLength(min = 1, max = 900) String> texts,
      @ForAll @IntRange(min = 1, max = 4) final int window) {
    StreamWords words = StreamWords.NONE;
    for (int i = 0; i < Math.min(sequences.size(), texts.size()); i++) {
      if (!texts.get(i).isBlank()) {
        final long sequence = sequences.get(i);
        words =
            words.and(
                new StreamWords.Spoken(
                    "talk",
                    sequence,
                    sequence / window * window * SECOND,
                    sequence * SECOND,
                    (sequence + 1) * SECOND,
                    texts.get(i)));
      }
    }

    assertThat(words.spoken().stream().mapToInt(said -> said.words().length()).sum())
        .isLessThanOrEqualTo(StreamWords.MAX_CHARACTERS);
    assertThat(words.spoken()).extracting(StreamWords.Spoken::end).isSorted();
    final StreamWords back = StreamWords.fromBytes(words.toBytes());
    assertThat(back.spoken()).hasSameSizeAs(words.spoken());
    assertThat(back.toBytes()).isEqualTo(words.toBytes());
  }
}
