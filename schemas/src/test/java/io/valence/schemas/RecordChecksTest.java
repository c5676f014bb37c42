package io.valence.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RecordChecksTest {

  @Test
  void passesSoundRecords() {
    assertThatCode(() -> RecordChecks.check(SampleRecords.descriptor().build()))
        .doesNotThrowAnyException();
    assertThatCode(() -> RecordChecks.check(SampleRecords.chunk().build()))
        .doesNotThrowAnyException();
    assertThatCode(() -> RecordChecks.check(SampleRecords.vector(1f).build()))
        .doesNotThrowAnyException();
    assertThatCode(() -> RecordChecks.check(SampleRecords.vector().build()))
        .doesNotThrowAnyException();
    assertThatCode(() -> RecordChecks.check(SampleRecords.shadow().build()))
        .doesNotThrowAnyException();
    assertThatCode(() -> RecordChecks.check(SampleRecords.trend().build()))
        .doesNotThrowAnyException();
    assertThatCode(() -> RecordChecks.check(SampleRecords.alert().build()))
        .doesNotThrowAnyException();
    assertThatCode(() -> RecordChecks.check(SampleRecords.note().build()))
        .doesNotThrowAnyException();
  }

  /** A vector of the window from 6 s to 9 s with such words. */
  private static FeatureVector heard(final WordScore... words) {
    return SampleRecords.vector(1f).setModality(Modality.TEXT).setWords(List.of(words)).build();
  }

  private static WordScore word(
      final long start, final long end, final float score, final float weight) {
    return new WordScore(start, end, score, weight);
  }

  @Test
  void passesWordsAtTheirBounds() {
    assertThatCode(
            () ->
                RecordChecks.check(
                    heard(
                        word(0, 0, -3, Float.MIN_VALUE),
                        word(0, 9_000_000, 3, Float.MAX_VALUE),
                        word(8_999_999, 9_100_000, 0, 1))))
        .doesNotThrowAnyException();
    assertThatCode(
            () ->
                RecordChecks.check(
                    heard(Collections.nCopies(1_000, word(6, 7, 1, 1)).toArray(WordScore[]::new))))
        .doesNotThrowAnyException();
  }

  static List<Arguments> hostileWords() {
    return List.of(
        Arguments.of(
            heard(Collections.nCopies(1_001, word(6, 7, 1, 1)).toArray(WordScore[]::new)),
            "1001 words are too many: at most 1000"),
        Arguments.of(heard(word(6, 7, Float.NaN, 1)), "a word's score must be -3 to 3, not NaN"),
        Arguments.of(
            heard(word(6, 7, Float.NEGATIVE_INFINITY, 1)),
            "a word's score must be -3 to 3, not -Infinity"),
        Arguments.of(heard(word(6, 7, 3.5f, 1)), "a word's score must be -3 to 3, not 3.5"),
        Arguments.of(
            heard(word(6, 7, 1, Float.POSITIVE_INFINITY)),
            "a word's weight must be finite and positive, not Infinity"),
        Arguments.of(
            heard(word(6, 7, 1, Float.NaN)),
            "a word's weight must be finite and positive, not NaN"),
        Arguments.of(
            heard(word(6, 7, 1, 0)), "a word's weight must be finite and positive, not 0.0"),
        Arguments.of(heard(word(7, 6, 1, 1)), "a word's startMicros 7 lies after its endMicros 6"),
        Arguments.of(
            heard(word(-1, 6, 1, 1)),
            "a word's startMicros must be 0 to 9007199254740992 microseconds, not -1"),
        Arguments.of(
            heard(word(7, 8, 1, 1), word(6, 9, 1, 1)),
            "words must be in the order in which they were said: one at 6 comes after one at 7"),
        Arguments.of(
            heard(word(9_000_000, 9_000_001, 1, 1)),
            "a word at 9000000 does not begin before the end of the window, 9000000"),
        Arguments.of(
            SampleRecords.vector()
                .setModality(Modality.TEXT)
                .setWords(List.of(word(6, 7, 1, 1)))
                .build(),
            "weight 0 goes with no words: it came with 1"),
        Arguments.of(
            SampleRecords.vector(1f).setWords(List.of(word(6, 7, 1, 1))).build(),
            "words go with TEXT and no other: VISUAL came with 1 words"));
  }

  @ParameterizedTest
  @MethodSource("hostileWords")
  void saysWhatIsWrongWithWords(final FeatureVector record, final String reason) {
    assertThatThrownBy(() -> RecordChecks.check(record))
        .isInstanceOf(InvalidRecordException.class)
        .hasMessage(reason);
  }

  static List<Arguments> hostile() {
    return List.of(
        Arguments.of(
            SampleRecords.shadow().setShadowScore(3.5).build(), "shadowScore must be -3 to 3"),
        Arguments.of(
            SampleRecords.shadow().setLiveIntervalLow(2).build(), "lies above its upper end"),
        Arguments.of(
            SampleRecords.shadow().setDifference(0.75).build(), "shadowScore - liveScore = -0.75"),
        Arguments.of(
            SampleRecords.shadow().setClassesDiffer(false).build(), "classesDiffer is false"),
        Arguments.of(
            SampleRecords.shadow().setLiveEventId(" ").build(), "liveEventId must not be blank"),
        Arguments.of(
            SampleRecords.descriptor().setStreamId(" ").build(), "streamId must not be blank"),
        Arguments.of(
            SampleRecords.descriptor().setStreamId("x".repeat(201)).build(),
            "streamId has 201 characters"),
        Arguments.of(
            SampleRecords.descriptor().setSource("x".repeat(8_193)).build(),
            "source has 8193 characters: at most 8192"),
        Arguments.of(
            SampleRecords.descriptor().setReason("x".repeat(8_193)).build(),
            "reason has 8193 characters"),
        Arguments.of(
            SampleRecords.vector(1f).setExtractor("x".repeat(201)).build(),
            "extractor has 201 characters"),
        Arguments.of(
            SampleRecords.vector(1f).setExtractorVersion("x".repeat(201)).build(),
            "extractorVersion has 201 characters"),
        Arguments.of(
            SampleRecords.descriptor().setModalities(List.of()).build(), "modalities must be one"),
        Arguments.of(
            SampleRecords.descriptor().setModalities(List.of(Modality.TEXT, Modality.TEXT)).build(),
            "each once"),
        Arguments.of(
            SampleRecords.descriptor().setWindowSizeMicros(0).build(), "windowSizeMicros must be"),
        Arguments.of(
            SampleRecords.descriptor()
                .setWindowSizeMicros(3_000_000)
                .setHopMicros(2_000_000L)
                .build(),
            "hopMicros must be at least 10000 and go into windowSizeMicros 3000000 without"
                + " remainder, not 2000000"),
        Arguments.of(
            SampleRecords.chunk()
                .setWindowSizeMicros(2_000_000)
                .setOverlappingWindowMicros(3_000_000L)
                .build(),
            "windowSizeMicros must be at least 10000 and go into overlappingWindowMicros 3000000"
                + " without remainder, not 2000000"),
        Arguments.of(
            SampleRecords.chunk().setOverlappingWindowMicros(-1L).build(),
            "overlappingWindowMicros must be"),
        Arguments.of(
            SampleRecords.vector(1f).setReadFromMicros(-1L).build(), "readFromMicros must be 0 to"),
        Arguments.of(
            SampleRecords.vector(1f).setReadFromMicros(Long.MAX_VALUE).build(),
            "readFromMicros must be 0 to"),
        Arguments.of(
            SampleRecords.descriptor().setWindowSizeMicros(3_000_000).setHopMicros(0L).build(),
            "hopMicros must be at least 10000"),
        Arguments.of(
            SampleRecords.descriptor().setWindowSizeMicros(3_000_000).setHopMicros(20_000L).build(),
            "more than 120 times"),
        Arguments.of(
            SampleRecords.descriptor()
                .setClockOffsets(
                    List.of(new ClockOffset(Modality.TEXT, 1L), new ClockOffset(Modality.TEXT, 2L)))
                .build(),
            "clockOffsets must name each modality at most once"),
        Arguments.of(
            SampleRecords.descriptor()
                .setClockOffsets(List.of(new ClockOffset(Modality.TEXT, Long.MIN_VALUE)))
                .build(),
            "offsetMicros of TEXT must be"),
        Arguments.of(SampleRecords.descriptor().setGraceMicros(-1).build(), "graceMicros must be"),
        Arguments.of(
            SampleRecords.descriptor().setStartMicros(5).setEndMicros(4L).build(),
            "lies before startMicros"),
        Arguments.of(
            SampleRecords.chunk().setSequence(-1).build(), "sequence must not be negative"),
        Arguments.of(SampleRecords.chunk().setEndMicros(1).build(), "lies after endMicros"),
        Arguments.of(
            SampleRecords.chunk().setEndMicros(Long.MAX_VALUE).build(), "endMicros must be 0 to"),
        Arguments.of(
            SampleRecords.chunk().setWindowSizeMicros(1).build(), "windowSizeMicros must be"),
        Arguments.of(
            SampleRecords.chunk().setEndMicros(RecordChecks.MAX_EVENT_TIME_MICROS).build(),
            "too long"),
        Arguments.of(
            SampleRecords.chunk().setWindowStartMicros(0L).build(), "both set or both null"),
        Arguments.of(SampleRecords.chunk().setSampleRate(0).build(), "sampleRate must be"),
        Arguments.of(
            SampleRecords.vector(1f).setCoversEndMicros(9_000_001).build(),
            "does not lie within the window"),
        Arguments.of(SampleRecords.vector(1f).setWindowEndMicros(6_000_000).build(), "is empty"),
        Arguments.of(
            SampleRecords.vector(1f).setWeight(Double.NaN).build(), "weight must be finite"),
        Arguments.of(SampleRecords.vector(1f).setWeight(-1).build(), "weight must be finite"),
        Arguments.of(SampleRecords.vector(1f).setWeight(0).build(), "weight 0 goes with no values"),
        Arguments.of(SampleRecords.vector().setWeight(2).build(), "weight 0 goes with no values"),
        Arguments.of(SampleRecords.vector(1f).setQuality(1.5).build(), "quality must be 0 to 1"),
        Arguments.of(
            SampleRecords.vector(1f).setQuality(Double.NaN).build(), "quality must be 0 to 1"),
        Arguments.of(SampleRecords.vector(1f, Float.NaN).build(), "values must all be finite"),
        Arguments.of(
            SampleRecords.vector().setWeight(1).setValues(List.of(Float.POSITIVE_INFINITY)).build(),
            "values must all be finite"),
        Arguments.of(SampleRecords.trend().setStreamId(null).build(), "needs its streamId"),
        Arguments.of(
            SampleRecords.trend().setScope(TrendScope.SESSION).build(), "needs its sessionId"),
        Arguments.of(
            SampleRecords.trend().setKnownWindows(3).build(), "knownWindows must be 0 to 2"),
        Arguments.of(SampleRecords.trend().setMean(null).build(), "cannot have the mean null"),
        Arguments.of(SampleRecords.trend().setMean(3.5).build(), "mean must be -3 to 3"),
        Arguments.of(
            SampleRecords.trend().setSlopePerMinute(Double.NaN).build(),
            "slopePerMinute must be finite"),
        Arguments.of(SampleRecords.trend().setRevision(0).build(), "revision must be at least 1"),
        Arguments.of(
            SampleRecords.alert().setWindows(List.of()).build(), "needs the windows that brought"),
        Arguments.of(SampleRecords.alert().setRule("").build(), "rule must not be blank"),
        Arguments.of(SampleRecords.alert().setValue(Double.NaN).build(), "must be finite"),
        Arguments.of(
            SampleRecords.note().setKind(SessionNoteKind.ENDED).build(), "does not go with a"),
        Arguments.of(
            SampleRecords.note().setWindowEndMicros(0L).build(), "the window from 0 to 0 is empty"),
        Arguments.of(
            SampleRecords.note().setReachedMicros(-1).build(), "reachedMicros must be 0 to"));
  }

  @ParameterizedTest
  @MethodSource("hostile")
  void saysWhatIsWrong(final SpecificRecord record, final String reason) {
    assertThatThrownBy(() -> RecordChecks.check(record))
        .isInstanceOf(InvalidRecordException.class)
        .hasMessageContaining(reason)
        .message()
        .satisfies(message -> assertThat(message.lines()).hasSize(1));
  }
}
