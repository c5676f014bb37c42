package io.valence.windows;

import static io.valence.windows.Records.face;
import static io.valence.windows.Records.open;
import static io.valence.windows.Records.silence;
import static io.valence.windows.Records.vector;
import static io.valence.windows.Records.voice;
import static io.valence.windows.Records.word;
import static io.valence.windows.Records.words;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.valence.model.ModelBundle;
import io.valence.model.TinyBundle;
import io.valence.schemas.EmitReason;
import io.valence.schemas.FeatureVector;
import io.valence.schemas.Modality;
import io.valence.schemas.ModalityReport;
import io.valence.schemas.ModalityStatus;
import io.valence.schemas.RecordChecks;
import io.valence.schemas.SentimentClass;
import io.valence.schemas.SentimentEvent;
import io.valence.schemas.WordScore;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From records to the event, with the small bundle whose scores can be worked out by hand. */
class EventFactoryTest {

  @TempDir Path folder;

  private ModelBundle bundle;
  private EventFactory factory;
  private WindowJoin join;

  @BeforeEach
  void load() throws Exception {
    TinyBundle.direct(folder);
    bundle = ModelBundle.load(folder);
    factory = new EventFactory(bundle);
    join = new WindowJoin(new InMemoryJoinStore(), JoinSettings.defaults(), bundle);
  }

  @AfterEach
  void close() {
    factory.close();
    bundle.close();
  }

  private SentimentEvent event(final FeatureVector... vectors) {
    join.accept(open("s", Modality.VISUAL, Modality.AUDIO, Modality.TEXT), 1_000);
    for (final FeatureVector vector : vectors) {
      join.accept(vector, 1_000);
    }
    final List<ClosedWindow> closed = join.finish("s", 1_000).closed();
    return factory.event(closed.get(0), 6_000);
  }

  @Test
  void aCompleteWindow() {
    join.accept(open("s", Modality.VISUAL, Modality.AUDIO, Modality.TEXT), 1_000);
    join.accept(face(0, 3), 1_000);
    join.accept(voice(0, 3), 1_000);
    final ClosedWindow closed = join.accept(words(0, 3), 1_000).closed().get(0);

    final SentimentEvent event = factory.event(closed, 6_000);

    RecordChecks.check(event);
    // 0.5 + (0.5 + 0.25) + 2·(-0.5) + 3·0.2 + 0.25
    assertThat(event.getScore()).isCloseTo(1.1, within(1e-6));
    assertThat(event.getIntervalLow()).isCloseTo(0.6, within(1e-6));
    assertThat(event.getIntervalHigh()).isCloseTo(1.6, within(1e-6));
    assertThat(event.getSentimentClass()).isEqualTo(SentimentClass.WEAKLY_POSITIVE);
    assertThat(event.getReason()).isEqualTo(EmitReason.COMPLETE);
    assertThat(event.getBaseline()).isEqualTo(0.25);
    assertThat(event.getBundleId()).isEqualTo("tiny");
    assertThat(event.getBundleVersion()).isEqualTo("1.0.0");
    assertThat(event.getSessionId()).isEqualTo("conversation");
    assertThat(event.getWindowEndMicros()).isEqualTo(3_000_000);
    assertThat(event.getCapturedAtMillis()).isEqualTo(5_000);
    assertThat(event.getCreatedAtMillis()).isEqualTo(6_000);
    assertThat(event.getLatencyMillis()).isEqualTo(1_000);
    assertThat(event.getModalities())
        .extracting(ModalityReport::getModality)
        .containsExactly(Modality.values());
    assertThat(event.getModalities().stream().mapToDouble(ModalityReport::getContribution).sum())
        .isCloseTo(event.getScore() - event.getBaseline(), within(1e-9));
    assertThat(event.getModalities().get(1).getScoreAlone()).isCloseTo(-0.5, within(1e-6));

    // The same again, but for the clock.
    final SentimentEvent again = factory.event(closed, 7_000);
    assertThat(
            SentimentEvent.newBuilder(again)
                .setCreatedAtMillis(6_000)
                .setLatencyMillis(1_000)
                .build())
        .isEqualTo(event);
  }

  @Test
  void whatIsMissingIsSaid() {
    final SentimentEvent event = event(words(0, 3), silence(Modality.VISUAL, 0, 3));

    RecordChecks.check(event);
    assertThat(event.getScore()).isCloseTo(1.1, within(1e-6));
    // Words alone: half width 1.5.
    assertThat(event.getIntervalLow()).isCloseTo(-0.4, within(1e-6));
    assertThat(event.getReason()).isEqualTo(EmitReason.STREAM_ENDED);
    assertThat(event.getModalities())
        .extracting(ModalityReport::getStatus)
        .containsExactly(ModalityStatus.SILENT, ModalityStatus.MISSING, ModalityStatus.PRESENT);
    final ModalityReport silent = event.getModalities().get(0);
    assertThat(silent.getCoverage()).isEqualTo(1);
    assertThat(silent.getContribution()).isZero();
    assertThat(silent.getScoreAlone()).isNull();
    assertThat(silent.getQuality()).isZero();
    assertThat(event.getModalities().get(2).getContribution()).isCloseTo(0.85, within(1e-6));
  }

  @Test
  void aWindowWithoutAnythingHasThePrior() {
    final SentimentEvent event = event(words(3, 6));

    RecordChecks.check(event);
    assertThat(event.getWords()).isEmpty();
    assertThat(event.getWindowStartMicros()).isZero();
    assertThat(event.getScore()).isEqualTo(0.25);
    assertThat(event.getIntervalLow()).isEqualTo(-1.75);
    assertThat(event.getCapturedAtMillis()).isEqualTo(6_000);
    assertThat(event.getLatencyMillis()).isZero();
    assertThat(event.getModalities())
        .extracting(ModalityReport::getStatus)
        .containsOnly(ModalityStatus.MISSING);
  }

  @Test
  void theEventHasTheWordsOfTheWindow() {
    final SentimentEvent event =
        event(
            vector("s", Modality.TEXT, 0, 2, 12f)
                .setSequence(0)
                .setWords(List.of(word(0.5, 0.75, 1.5f, 1)))
                .build(),
            vector("s", Modality.TEXT, 2, 3, 12f)
                .setSequence(1)
                .setWords(List.of(word(0.5, 0.75, -2.25f, 1), word(2.5, 2.75, -3, 2)))
                .build(),
            voice(0, 3));

    RecordChecks.check(event);
    assertThat(event.getWords())
        .containsExactly(
            new WordScore(500_000L, 750_000L, -2.25f, 1f),
            new WordScore(2_500_000L, 2_750_000L, -3f, 2f));
  }

  @Test
  void clocksThatDisagreeGiveNoNegativeLatency() {
    final FeatureVector ahead =
        FeatureVector.newBuilder(words(0, 3)).setCapturedAtMillis(9_000).build();
    final SentimentEvent event = event(ahead);
    assertThat(event.getLatencyMillis()).isZero();
    assertThat(event.getCapturedAtMillis()).isEqualTo(6_000);
  }

  @Test
  void valuesOfAnotherBundleAreRefused() {
    final ClosedWindow closed = closedWith("glove-300");
    assertThatThrownBy(() -> factory.event(closed, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("text values of space glove-300, the bundle has words-1");
  }

  private static ClosedWindow closedWith(final String space) {
    final float[] none = {};
    return new ClosedWindow(
        "s",
        null,
        null,
        new Window(0, 1, null),
        EmitReason.COMPLETE,
        List.of(
            new MergedModality(
                Modality.VISUAL,
                ModalityStatus.SILENT,
                none,
                null,
                0,
                0,
                1,
                List.of(),
                OptionalLong.empty()),
            new MergedModality(
                Modality.AUDIO,
                ModalityStatus.SILENT,
                none,
                null,
                0,
                0,
                1,
                List.of(),
                OptionalLong.empty()),
            new MergedModality(
                Modality.TEXT,
                ModalityStatus.PRESENT,
                new float[] {1},
                space,
                1,
                1,
                1,
                List.of(),
                OptionalLong.empty())),
        OptionalLong.empty());
  }

  @Test
  void classesRoundHalvesAwayFromZero() {
    assertThat(EventFactory.sentimentClass(-3)).isEqualTo(SentimentClass.STRONGLY_NEGATIVE);
    assertThat(EventFactory.sentimentClass(-2.5)).isEqualTo(SentimentClass.STRONGLY_NEGATIVE);
    assertThat(EventFactory.sentimentClass(-2.49)).isEqualTo(SentimentClass.NEGATIVE);
    assertThat(EventFactory.sentimentClass(-0.5)).isEqualTo(SentimentClass.WEAKLY_NEGATIVE);
    assertThat(EventFactory.sentimentClass(-0.49)).isEqualTo(SentimentClass.NEUTRAL);
    assertThat(EventFactory.sentimentClass(0.5)).isEqualTo(SentimentClass.WEAKLY_POSITIVE);
    assertThat(EventFactory.sentimentClass(1.5)).isEqualTo(SentimentClass.POSITIVE);
    assertThat(EventFactory.sentimentClass(3)).isEqualTo(SentimentClass.STRONGLY_POSITIVE);
  }

  @Test
  void eventIdsAreStableAndDiffer() {
    final Window window = new Window(0, 3_000_000, null);
    final String id = EventFactory.eventId("s", window, "direct", "1.0.0");
    // Consumers may have stored it: it must never change.
    assertThat(id).isEqualTo("78d11c8c-ef9e-5771-abb5-f942a1e8e925");
    assertThat(UUID.fromString(id).version()).isEqualTo(5);
    assertThat(UUID.fromString(id).variant()).isEqualTo(2);
    assertThat(
            List.of(
                EventFactory.eventId("t", window, "direct", "1.0.0"),
                EventFactory.eventId("s", window.next(), "direct", "1.0.0"),
                EventFactory.eventId("s", new Window(0, 3_000_000, "a"), "direct", "1.0.0"),
                EventFactory.eventId("s", window, "mosei", "1.0.0"),
                EventFactory.eventId("s", window, "direct", "1.0.1"),
                id))
        .doesNotHaveDuplicates();
  }
}
