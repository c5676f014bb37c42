package io.valence.cli.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.valence.corpora.Fold;
import io.valence.corpora.Segment;
import io.valence.schemas.EmitReason;
import io.valence.schemas.Modality;
import io.valence.schemas.ModalityReport;
import io.valence.schemas.ModalityStatus;
import io.valence.schemas.SentimentClass;
import io.valence.schemas.SentimentEvent;
import io.valence.schemas.WordScore;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

/** Segments across windows of 3 s, the events made by hand. */
class SegmentScoresTest {

  private static final long SECOND = 1_000_000;

  private static WordScore word(
      final double from, final double to, final float score, final float weight) {
    return new WordScore(Math.round(from * SECOND), Math.round(to * SECOND), score, weight);
  }

  private static SentimentEvent event(
      final long startSeconds,
      final double score,
      final ModalityStatus text,
      final WordScore... words) {
    return SentimentEvent.newBuilder()
        .setEventId("e" + startSeconds)
        .setStreamId("s")
        .setWindowStartMicros(startSeconds * SECOND)
        .setWindowEndMicros((startSeconds + 3) * SECOND)
        .setScore(score)
        .setIntervalLow(-3)
        .setIntervalHigh(3)
        .setSentimentClass(SentimentClass.NEUTRAL)
        .setModalities(
            Arrays.stream(Modality.values())
                .map(
                    modality ->
                        ModalityReport.newBuilder()
                            .setModality(modality)
                            .setStatus(modality == Modality.TEXT ? text : ModalityStatus.UNDECLARED)
                            .setWeight(0)
                            .setQuality(0)
                            .setCoverage(1)
                            .setContribution(0)
                            .setInformative(true)
                            .build())
                .toList())
        .setWords(List.of(words))
        .setBaseline(0)
        .setReason(EmitReason.COMPLETE)
        .setBundleId("tiny")
        .setBundleVersion("1.0.0")
        .setCapturedAtMillis(1)
        .setCreatedAtMillis(1)
        .setLatencyMillis(0)
        .build();
  }

  private static Segment segment(final double start, final double end) {
    return new Segment(
        "a", "v", start, end, Optional.of("words"), OptionalDouble.of(1), Fold.TEST, Map.of());
  }

  @Test
  void aSegmentHasItsWordsByTheirLastReadings() {
    final SegmentScores scores =
        new SegmentScores(
            List.of(
                event(0, 2, ModalityStatus.PRESENT, word(0.5, 1, 3, 1), word(2, 2.75, 2.5f, 3)),
                event(3, -1, ModalityStatus.PRESENT, word(2, 2.75, 1, 3), word(4.5, 5, -1, 1)),
                event(6, 0, ModalityStatus.SILENT)));

    assertThat(scores.hasWords()).isTrue();
    // The word at 0.5 s is before the segment; (3 · 1 - 1 · 1) / 4.
    assertThat(scores.byWords(segment(1, 5))).isEqualTo(0.5);
    // 2 s of [0, 3) count 2, 2 s of [3, 6) count 4: (2 · 2 - 4 · 1) / 6.
    assertThat(scores.byWindows(segment(1, 5))).isEqualTo(0);
    assertThat(scores.byWords(segment(0, 1))).isEqualTo(3);
    assertThat(scores.byWindows(segment(0, 1))).isEqualTo(2);
    // No word has its middle there: by windows.
    assertThat(scores.byWords(segment(3, 4))).isEqualTo(-1);
    // Nor did any window hear one there.
    assertThat(scores.byWords(segment(6, 8))).isNaN();
  }

  @Test
  void eventsWithoutWordsAreJudgedByWindows() {
    final SegmentScores scores =
        new SegmentScores(
            List.of(event(0, 2, ModalityStatus.PRESENT), event(3, -1, ModalityStatus.PRESENT)));

    assertThat(scores.hasWords()).isFalse();
    assertThat(scores.byWords(segment(1, 4))).isEqualTo(scores.byWindows(segment(1, 4)));
    // 2 s of [0, 3) count 2, 1 s of [3, 6) counts 2: (2 · 2 - 2 · 1) / 4.
    assertThat(scores.byWindows(segment(1, 4))).isCloseTo(0.5, within(1e-12));
  }

  @Test
  void figuresCountSegmentsThatWereNotHeard() {
    final LiveFigures figures = new LiveFigures();
    figures.add(2, 1.5);
    figures.add(-1, -2);
    figures.add(1, 2);
    figures.add(1, Double.NaN);

    assertThat(figures.line())
        .isEqualTo(
            "r 0.9011, MAE 0.833, Acc-2 (neg/pos) 100.0 %; 1 segments have no words in any window");
    final ObjectNode node = new ObjectMapper().createObjectNode();
    figures.putInto(node);
    assertThat(node.path("segments").asInt()).isEqualTo(3);
    assertThat(node.path("withoutWords").asInt()).isEqualTo(1);
    assertThat(node.path("MAE").asDouble()).isCloseTo(2.5 / 3, within(1e-12));
    assertThat(node.path("ACCURACY_2_NON_ZERO").asDouble()).isOne();
    assertThat(node.path("PEARSON").asDouble()).isBetween(0.901, 0.902);
  }
}
