package io.valence.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.valence.model.BundleMetrics;
import io.valence.model.LiveBundle;
import io.valence.model.TinyBundle;
import io.valence.schemas.AvroSerde;
import io.valence.schemas.ClockOffset;
import io.valence.schemas.EmitReason;
import io.valence.schemas.FeatureVector;
import io.valence.schemas.FloatValues;
import io.valence.schemas.Modality;
import io.valence.schemas.ModalityReport;
import io.valence.schemas.ModalityStatus;
import io.valence.schemas.RecordChecks;
import io.valence.schemas.SentimentEvent;
import io.valence.schemas.StreamDescriptor;
import io.valence.schemas.StreamState;
import io.valence.schemas.TopicCatalogue;
import io.valence.schemas.WordScore;
import io.valence.streams.DeadLetters;
import io.valence.streams.StreamsSettings;
import io.valence.windows.EventFactory;
import io.valence.windows.JoinSettings;
import io.valence.windows.Window;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One test for each rule of the join, through the topology. Windows are 3 s, grace is 3 s, the stall
 * timeout 30 s. The comment before each step lists the open windows: V, A, T stand for face, voice,
 * words; the wall clock starts at 100 s.
 */
class FusionTopologyTest {

  private static final long SECOND = 1_000_000;

  private static final StreamsSettings SETTINGS =
      new StreamsSettings(
          "localhost:1",
          "fusion-test",
          Duration.ofMillis(100),
          StreamsConfig.AT_LEAST_ONCE,
          Map.of("schema.registry.url", "mock://fusion-test"));

  @TempDir Path folder;

  private final AvroSerde<FeatureVector> vectors =
      AvroSerde.forValues(FeatureVector.class, SETTINGS.serde());
  private final AvroSerde<StreamDescriptor> descriptors =
      AvroSerde.forValues(StreamDescriptor.class, SETTINGS.serde());
  private final AvroSerde<SentimentEvent> events =
      AvroSerde.forValues(SentimentEvent.class, SETTINGS.serde());
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private LiveBundle bundle;
  private TopologyTestDriver driver;

  @BeforeEach
  void start() throws Exception {
    TinyBundle.direct(folder.resolve("tiny"));
    bundle = LiveBundle.load(folder.resolve("tiny"), new BundleMetrics(meters, "live"));
    final Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "fusion-test");
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "localhost:1");
    properties.put(StreamsConfig.STATE_DIR_CONFIG, folder.resolve("state").toString());
    driver =
        new TopologyTestDriver(
            FusionTopology.build(
                SETTINGS,
                JoinSettings.defaults(),
                bundle,
                ShadowScoring.none(),
                new FusionMetrics(meters),
                TestTrends.withoutRules(SETTINGS, meters)),
            properties,
            Instant.ofEpochSecond(100));
  }

  @AfterEach
  void stop() {
    driver.close();
    bundle.close();
    vectors.close();
    descriptors.close();
    events.close();
  }

  // Shorthand.

  private void send(final StreamDescriptor descriptor) {
    driver
        .createInputTopic("streams", new StringSerializer(), descriptors.serializer())
        .pipeInput(descriptor.getStreamId(), descriptor);
  }

  private void send(final FeatureVector... several) {
    for (final FeatureVector vector : several) {
      driver
          .createInputTopic(
              TopicCatalogue.adapted(vector.getModality()).name(),
              new StringSerializer(),
              vectors.serializer())
          .pipeInput(vector.getStreamId(), vector);
    }
  }

  private void run(final int seconds) {
    for (int i = 0; i < seconds; i++) {
      driver.advanceWallClockTime(Duration.ofSeconds(1));
    }
  }

  /** The events since the last call. */
  private List<SentimentEvent> events() {
    final TestOutputTopic<String, SentimentEvent> topic =
        driver.createOutputTopic(
            "sentiment.events", new StringDeserializer(), events.deserializer());
    return topic.readKeyValuesToList().stream()
        .map(
            pair -> {
              assertThat(pair.key).isEqualTo(pair.value.getStreamId());
              RecordChecks.check(pair.value);
              return pair.value;
            })
        .toList();
  }

  private List<String> eventNames() {
    return events().stream()
        .map(
            event ->
                event.getWindowStartMicros() / SECOND
                    + "-"
                    + event.getWindowEndMicros() / SECOND
                    + " "
                    + event.getReason())
        .toList();
  }

  private List<TestRecord<byte[], byte[]>> records(final String topic) {
    return driver
        .createOutputTopic(topic, new ByteArrayDeserializer(), new ByteArrayDeserializer())
        .readRecordsToList();
  }

  private static String header(final TestRecord<byte[], byte[]> record, final String name) {
    return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
  }

  private static List<ModalityStatus> statuses(final SentimentEvent event) {
    return event.getModalities().stream().map(ModalityReport::getStatus).toList();
  }

  private double meter(final String name) {
    return meters.get(name).meter().measure().iterator().next().getValue();
  }

  private static StreamDescriptor open(final Modality... modalities) {
    return StreamDescriptor.newBuilder()
        .setStreamId("s")
        .setSessionId("conversation")
        .setParticipantId("speaker")
        .setModalities(List.of(modalities))
        .setWindowSizeMicros(3 * SECOND)
        .setGraceMicros(3 * SECOND)
        .setState(StreamState.OPEN)
        .setOpenedAtMillis(90_000)
        .build();
  }

  private static StreamDescriptor ended(final StreamDescriptor descriptor, final double seconds) {
    return StreamDescriptor.newBuilder(descriptor)
        .setState(StreamState.ENDED)
        .setEndMicros(Math.round(seconds * SECOND))
        .build();
  }

  private static FeatureVector.Builder vector(
      final Modality modality, final double from, final double to, final float... values) {
    final long window = Math.round(from * SECOND) / (3 * SECOND) * 3 * SECOND;
    return FeatureVector.newBuilder()
        .setStreamId("s")
        .setModality(modality)
        .setSpace(
            switch (modality) {
              case VISUAL -> "face-2";
              case AUDIO -> "voice-1";
              case TEXT -> "words-1";
            })
        .setWindowStartMicros(window)
        .setWindowEndMicros(window + 3 * SECOND)
        .setCoversStartMicros(Math.round(from * SECOND))
        .setCoversEndMicros(Math.round(to * SECOND))
        .setSequence(Math.round(from * 10))
        .setWeight(values.length == 0 ? 0 : 1)
        .setQuality(values.length == 0 ? 0 : 1)
        .setValues(FloatValues.of(values))
        .setExtractor("tiny")
        .setExtractorVersion("1.0.0")
        .setCapturedAtMillis(95_000)
        .setCreatedAtMillis(96_000);
  }

  private static FeatureVector face(final double from, final double to) {
    return vector(Modality.VISUAL, from, to, 1.5f, 2.5f).build();
  }

  private static FeatureVector voice(final double from, final double to) {
    return vector(Modality.AUDIO, from, to, -0.5f).build();
  }

  private static FeatureVector words(final double from, final double to) {
    return vector(Modality.TEXT, from, to, 12f).build();
  }

  // The rules.

  @Test
  void aCompleteWindowGoesOutAtOnce() {
    send(open(Modality.VISUAL, Modality.AUDIO, Modality.TEXT));
    send(face(0, 3), voice(0, 3));
    // [0,3): V A
    assertThat(events()).isEmpty();
    assertThat(meter("valence.fusion.open.windows")).isEqualTo(1);
    send(words(0, 3));
    final SentimentEvent event = events().get(0);
    assertThat(event.getScore()).isCloseTo(1.1, within(1e-6));
    assertThat(event.getReason()).isEqualTo(EmitReason.COMPLETE);
    assertThat(event.getEventId())
        .isEqualTo(EventFactory.eventId("s", new Window(0, 3 * SECOND, null), "tiny", "1.0.0"));
    assertThat(event.getSessionId()).isEqualTo("conversation");
    // Captured at 95 s, and it is 100 s by the wall clock.
    assertThat(event.getLatencyMillis()).isEqualTo(5_000);
    assertThat(meter("valence.fusion.open.windows")).isZero();
    assertThat(meters.get("valence.fusion.events").tag("reason", "COMPLETE").counter().count())
        .isEqualTo(1);
    assertThat(meters.get("valence.bundle.info").tag("id", "tiny").tag("version", "1.0.0").gauge())
        .isNotNull();
  }

  @Test
  void theEventHasTheWordsThatWereReadLast() {
    final WordScore first = new WordScore(500_000L, 1_000_000L, 2f, 1f);
    final WordScore anew = new WordScore(500_000L, 1_000_000L, -1.5f, 1f);
    final WordScore second = new WordScore(2_000_000L, 3_250_000L, -2f, 3f);
    final WordScore after = new WordScore(3_000_000L, 3_250_000L, 1f, 1f);
    send(open(Modality.VISUAL, Modality.TEXT));
    send(
        vector(Modality.TEXT, 0, 2, 12f).setWords(List.of(first)).build(),
        vector(Modality.TEXT, 2, 3, 12f).setWords(List.of(anew, second)).build(),
        vector(Modality.TEXT, 1, 2, 12f).setWords(List.of(after)).build(),
        face(0, 3));

    assertThat(events().get(0).getWords()).containsExactly(anew, second);
    assertThat(header(records("fusion.dead-letters").get(0), DeadLetters.REASON))
        .contains("a word at 3000000 does not begin before the end of the window, 3000000");
  }

  @Test
  void oneAndTwoDeclaredModalities() {
    send(open(Modality.TEXT));
    send(words(0, 3));
    assertThat(statuses(events().get(0)))
        .containsExactly(
            ModalityStatus.UNDECLARED, ModalityStatus.UNDECLARED, ModalityStatus.PRESENT);
    final StreamDescriptor two =
        StreamDescriptor.newBuilder(open(Modality.AUDIO, Modality.TEXT)).setStreamId("two").build();
    send(two);
    send(vector(Modality.AUDIO, 0, 3, 1f).setStreamId("two").build());
    assertThat(events()).isEmpty();
    send(vector(Modality.TEXT, 0, 3, 1f).setStreamId("two").build());
    assertThat(eventNames()).containsExactly("0-3 COMPLETE");
  }

  @Test
  void vectorsOutOfOrderGiveTheSameEvent() {
    send(open(Modality.VISUAL, Modality.TEXT));
    final FeatureVector[] parts = {
      vector(Modality.TEXT, 0, 1, 0.1f).setWeight(3).build(),
      vector(Modality.TEXT, 1, 2, 0.7f).setWeight(0.3).build(),
      vector(Modality.TEXT, 2, 3, 12f).setWeight(7).build()
    };
    send(parts[0], parts[1], parts[2], face(0, 3));
    final SentimentEvent inOrder = events().get(0);

    final StreamDescriptor other =
        StreamDescriptor.newBuilder(open(Modality.VISUAL, Modality.TEXT)).setStreamId("t").build();
    send(other);
    for (final FeatureVector part : List.of(face(0, 3), parts[2], parts[0], parts[1])) {
      send(FeatureVector.newBuilder(part).setStreamId("t").build());
    }
    final SentimentEvent outOfOrder = events().get(0);
    assertThat(
            SentimentEvent.newBuilder(outOfOrder)
                .setStreamId("s")
                .setEventId(inOrder.getEventId())
                .build())
        .isEqualTo(inOrder);
  }

  @Test
  void duplicatesAreCountedAndIgnored() {
    send(open(Modality.VISUAL, Modality.TEXT));
    send(words(0, 3), words(0, 3), face(0, 3));
    // The second words changed nothing.
    assertThat(events().get(0).getModalities().get(2).getWeight()).isEqualTo(1);
    assertThat(meter("valence.fusion.duplicates")).isEqualTo(1);
    assertThat(records("sentiment.late")).isEmpty();
  }

  @Test
  void partialVectorsMerge() {
    send(open(Modality.TEXT));
    send(vector(Modality.TEXT, 0, 2, 6f).setWeight(3).build());
    // [0,3): T 0-2
    assertThat(events()).isEmpty();
    send(vector(Modality.TEXT, 2, 3, 30f).setWeight(1).build());
    // (3·6 + 1·30) / 4 = 12, as one vector of 12.
    final SentimentEvent event = events().get(0);
    assertThat(event.getScore()).isCloseTo(1.1, within(1e-6));
    assertThat(event.getModalities().get(2).getWeight()).isEqualTo(4);
  }

  @Test
  void silenceIsAnAnswer() {
    send(open(Modality.VISUAL, Modality.TEXT));
    send(vector(Modality.VISUAL, 0, 3).build(), words(0, 3));
    final SentimentEvent event = events().get(0);
    assertThat(event.getReason()).isEqualTo(EmitReason.COMPLETE);
    assertThat(statuses(event))
        .containsExactly(ModalityStatus.SILENT, ModalityStatus.UNDECLARED, ModalityStatus.PRESENT);
    // Silence alone: the prior.
    send(vector(Modality.VISUAL, 3, 6).build(), vector(Modality.TEXT, 3, 6).build());
    assertThat(events().get(0).getScore()).isEqualTo(0.25);
  }

  @Test
  void aMissingModalityClosesOnItsOwnWatermarkAndGrace() {
    send(open(Modality.VISUAL, Modality.TEXT));
    for (int second = 0; second < 30; second += 3) {
      send(words(second, second + 3));
    }
    // Words are 30 s ahead; nobody asks them.
    assertThat(events()).isEmpty();
    send(face(3, 6));
    // The face is at 6 s = 3 s + grace.
    assertThat(eventNames()).containsExactly("0-3 GRACE_OVER", "3-6 COMPLETE");
  }

  @Test
  void windowsWithoutAnythingGetAnEvent() {
    send(open(Modality.TEXT));
    send(words(0, 3), words(9, 12));
    final List<SentimentEvent> all = events();
    assertThat(all)
        .extracting(SentimentEvent::getWindowStartMicros)
        .containsExactly(0L, 3 * SECOND, 6 * SECOND, 9 * SECOND);
    assertThat(all.get(1).getReason()).isEqualTo(EmitReason.GRACE_OVER);
    assertThat(statuses(all.get(1))).contains(ModalityStatus.MISSING);
    assertThat(all.get(1).getScore()).isEqualTo(0.25);
    assertThat(all.get(1).getLatencyMillis()).isZero();
  }

  @Test
  void aStalledStreamIsClosedByTheWallClock() {
    send(open(Modality.VISUAL, Modality.TEXT));
    send(words(0, 3));
    // [0,3): T, then nothing for 30 s
    run(29);
    assertThat(events()).isEmpty();
    run(1);
    final SentimentEvent event = events().get(0);
    assertThat(event.getReason()).isEqualTo(EmitReason.STALLED);
    assertThat(statuses(event))
        .containsExactly(ModalityStatus.MISSING, ModalityStatus.UNDECLARED, ModalityStatus.PRESENT);
    assertThat(event.getCreatedAtMillis()).isEqualTo(130_000);
    run(100);
    assertThat(events()).isEmpty();
  }

  @Test
  void theLastPartialWindowIsCompleteAtTheEnd() {
    final StreamDescriptor descriptor = open(Modality.VISUAL, Modality.TEXT);
    send(descriptor);
    // Ingest is done long before the extractors.
    send(ended(descriptor, 4.5));
    send(words(0, 3), vector(Modality.TEXT, 3, 4.5, 12f).setEndOfStream(true).build());
    assertThat(events()).isEmpty();
    send(face(0, 3), vector(Modality.VISUAL, 3, 4.5, 1, 2).setEndOfStream(true).build());
    final List<SentimentEvent> all = events();
    assertThat(all).extracting(SentimentEvent::getReason).containsOnly(EmitReason.COMPLETE);
    assertThat(all.get(1).getWindowEndMicros()).isEqualTo(6 * SECOND);
    assertThat(all.get(1).getModalities().get(0).getCoverage()).isEqualTo(1);
    assertThat(meter("valence.fusion.active.streams")).isZero();
  }

  @Test
  void theEndClosesWhatStaysIncomplete() {
    final StreamDescriptor descriptor = open(Modality.VISUAL, Modality.TEXT);
    send(descriptor);
    send(words(0, 3), words(3, 6), face(0, 3));
    assertThat(eventNames()).containsExactly("0-3 COMPLETE");
    send(ended(descriptor, 6));
    // [3,6): T; the face may still come.
    assertThat(events()).isEmpty();
    send(face(4, 6));
    // [3,6): V 4-6, T; the face has reached its end, what is missing may have been overtaken.
    run(29);
    assertThat(events()).isEmpty();
    run(1);
    assertThat(eventNames()).containsExactly("3-6 STREAM_ENDED");
  }

  @Test
  void whatALastVectorHasOvertakenIsWaitedFor() {
    send(open(Modality.VISUAL, Modality.TEXT));
    send(words(0, 3), vector(Modality.TEXT, 3, 4.5, 12f).setEndOfStream(true).build());
    send(vector(Modality.VISUAL, 3, 4.5, 1, 2).setEndOfStream(true).build());
    // [0,3): T; [3,6) is COMPLETE.
    assertThat(eventNames()).containsExactly("3-6 COMPLETE");
    run(29);
    send(face(0, 3));
    assertThat(eventNames()).containsExactly("0-3 COMPLETE");
  }

  @Test
  void aHoleBeforeTheEndThatTheWatermarkHasPassedIsGraceOver() {
    send(open(Modality.VISUAL, Modality.TEXT));
    send(words(0, 3), words(3, 6), vector(Modality.TEXT, 6, 9, 1f).setEndOfStream(true).build());
    send(vector(Modality.VISUAL, 6, 9, 1, 2).setEndOfStream(true).build());
    assertThat(eventNames()).containsExactly("0-3 GRACE_OVER", "3-6 GRACE_OVER", "6-9 COMPLETE");
  }

  @Test
  void lateVectorsGoAsideWithTheReason() {
    send(open(Modality.VISUAL, Modality.TEXT));
    send(words(0, 3), words(3, 6), face(3, 6));
    assertThat(eventNames()).containsExactly("0-3 GRACE_OVER", "3-6 COMPLETE");
    send(face(0, 3));
    assertThat(events()).isEmpty();
    final TestRecord<byte[], byte[]> late = records("sentiment.late").get(0);
    assertThat(new String(late.key(), StandardCharsets.UTF_8)).isEqualTo("s");
    assertThat(vectors.deserializer().deserialize("sentiment.late", late.value()))
        .isEqualTo(face(0, 3));
    assertThat(header(late, DeadLetters.REASON))
        .isEqualTo("window [0, 3000000) is closed, its event is out");
    assertThat(header(late, DeadLetters.ORIGIN_TOPIC)).isEqualTo("adapted.visual");
    assertThat(header(late, DeadLetters.ORIGIN_OFFSET)).isEqualTo("1");
    assertThat(meter("valence.fusion.late")).isEqualTo(1);
  }

  @Test
  void windowsOfAnotherSize() {
    send(
        StreamDescriptor.newBuilder(open(Modality.TEXT))
            .setWindowSizeMicros(SECOND / 2)
            .setGraceMicros(0)
            .build());
    send(
        vector(Modality.TEXT, 0, 0.5, 12f)
            .setWindowStartMicros(0)
            .setWindowEndMicros(SECOND / 2)
            .build());
    assertThat(events()).extracting(SentimentEvent::getWindowEndMicros).containsExactly(500_000L);
  }

  @Test
  void segmentsOfACorpus() {
    send(open(Modality.TEXT));
    send(
        vector(Modality.TEXT, 1, 2.5, 12f)
            .setSegmentId("one")
            .setWindowStartMicros(SECOND)
            .setWindowEndMicros(5 * SECOND / 2)
            .build());
    final SentimentEvent event = events().get(0);
    assertThat(event.getSegmentId()).isEqualTo("one");
    assertThat(event.getWindowStartMicros()).isEqualTo(SECOND);
  }

  private static FeatureVector segment(
      final Modality modality, final String id, final double from, final double to) {
    return FeatureVector.newBuilder(modality == Modality.TEXT ? words(from, to) : face(from, to))
        .setSegmentId(id)
        .setWindowStartMicros(Math.round(from * SECOND))
        .setWindowEndMicros(Math.round(to * SECOND))
        .build();
  }

  private List<String> segmentNames() {
    return events().stream().map(event -> event.getSegmentId() + " " + event.getReason()).toList();
  }

  @Test
  void segmentsWaitForEachOfTheirModalities() {
    send(open(Modality.VISUAL, Modality.TEXT));
    send(segment(Modality.TEXT, "one", 1, 2.5), segment(Modality.TEXT, "two", 4, 5));
    assertThat(events()).isEmpty();
    send(segment(Modality.VISUAL, "two", 4, 5), segment(Modality.VISUAL, "two", 4, 5));
    // "one" waits: the face is at 5 s, less than 2.5 s and the grace of 3 s.
    assertThat(segmentNames()).containsExactly("two COMPLETE");
    assertThat(records("sentiment.late")).hasSize(1);
    send(segment(Modality.VISUAL, "three", 5.5, 6));
    assertThat(segmentNames()).containsExactly("one GRACE_OVER");
    run(30);
    assertThat(segmentNames()).containsExactly("three STALLED");
    send(segment(Modality.VISUAL, "one", 1, 2.5), segment(Modality.TEXT, "three", 5.5, 6));
    assertThat(events()).isEmpty();
    assertThat(records("sentiment.late")).hasSize(2);
  }

  @Test
  void aCorpusThatBrokeOffAndIsSentAgainHasEachSegmentOnce() {
    final StreamDescriptor descriptor = open(Modality.TEXT);
    send(descriptor);
    send(segment(Modality.TEXT, "one", 0, 2), segment(Modality.TEXT, "two", 2, 4));
    send(StreamDescriptor.newBuilder(descriptor).setState(StreamState.FAILED).build());
    run(60);
    send(StreamDescriptor.newBuilder(descriptor).setOpenedAtMillis(150_000).build());
    send(
        segment(Modality.TEXT, "one", 0, 2),
        segment(Modality.TEXT, "two", 2, 4),
        segment(Modality.TEXT, "three", 4, 6));
    assertThat(segmentNames()).containsExactly("one COMPLETE", "two COMPLETE", "three COMPLETE");
    assertThat(records("sentiment.late")).hasSize(2);
  }

  @Test
  void aDescriptorThatComesAfterAllHoldsFromThenOn() {
    send(words(3, 6));
    run(30);
    assertThat(eventNames()).containsExactly("3-6 COMPLETE");
    send(open(Modality.VISUAL, Modality.TEXT));
    send(words(0, 3), face(0, 3), words(6, 9));
    // [0,3) was never decided; [6,9) waits for the face, that the descriptor declares.
    assertThat(eventNames()).containsExactly("0-3 COMPLETE");
    send(face(6, 9));
    assertThat(eventNames()).containsExactly("6-9 COMPLETE");
    send(face(3, 6));
    assertThat(records("sentiment.late")).hasSize(1);
  }

  @Test
  void whoseExtractorIsOnlyBehindIsWaitedFor() {
    send(open(Modality.VISUAL, Modality.TEXT));
    send(
        StreamDescriptor.newBuilder(open(Modality.VISUAL, Modality.TEXT))
            .setStreamId("other")
            .build());
    send(words(0, 3));
    for (int second = 0; second < 60; second += 3) {
      // Pictures that were captured at 94 s: those of the words, of 95 s, are still to come.
      send(
          vector(Modality.VISUAL, second, second + 3, 1, 1)
              .setStreamId("other")
              .setCapturedAtMillis(94_000)
              .setCreatedAtMillis(100_000 + 1_000L * second)
              .build());
      run(3);
      assertThat(events()).noneMatch(event -> event.getStreamId().equals("s"));
    }
    send(vector(Modality.VISUAL, 0, 3, 1, 1).setCreatedAtMillis(160_000).build());
    assertThat(eventNames()).containsExactly("0-3 COMPLETE");
  }

  @Test
  void whileFusionIsBehindNobodyStalls() {
    send(open(Modality.VISUAL, Modality.TEXT));
    send(StreamDescriptor.newBuilder(open(Modality.TEXT)).setStreamId("other").build());
    send(words(0, 3));
    for (int second = 0; second < 60; second += 3) {
      // Made 40 s before it is taken: what "s" has sent since may lie in the topic as well.
      send(
          vector(Modality.TEXT, second, second + 3, 12f)
              .setStreamId("other")
              .setCreatedAtMillis(60_000 + 1_000L * second)
              .build());
      run(3);
    }
    assertThat(events()).noneMatch(event -> event.getStreamId().equals("s"));
    run(31);
    assertThat(eventNames()).contains("0-3 STALLED");
  }

  @Test
  void manyWindowsAtOnceGoOutInSeveralSteps() {
    send(open(Modality.TEXT));
    // 1,499 windows without words before it, whose grace is over.
    send(words(4_497, 4_500));
    assertThat(events()).hasSize(1_000);
    run(1);
    assertThat(eventNames()).hasSize(500).last().isEqualTo("4497-4500 COMPLETE");
    run(60);
    assertThat(events()).isEmpty();
  }

  @Test
  void vectorsBeforeTheirDescriptorWaitForIt() {
    send(words(0, 3));
    run(10);
    assertThat(events()).isEmpty();
    send(open(Modality.TEXT));
    assertThat(eventNames()).containsExactly("0-3 COMPLETE");
  }

  @Test
  void withoutADescriptorAStreamIsTakenAsItComes() {
    send(words(0, 3), face(0, 3));
    run(29);
    assertThat(events()).isEmpty();
    run(1);
    final SentimentEvent event = events().get(0);
    assertThat(event.getReason()).isEqualTo(EmitReason.COMPLETE);
    assertThat(statuses(event))
        .containsExactly(ModalityStatus.PRESENT, ModalityStatus.UNDECLARED, ModalityStatus.PRESENT);
  }

  @Test
  void heldVectorsThatTurnOutForeignAreDeadLetters() {
    send(words(0, 3), face(0, 3));
    send(open(Modality.TEXT));
    assertThat(eventNames()).containsExactly("0-3 COMPLETE");
    final TestRecord<byte[], byte[]> letter = records("fusion.dead-letters").get(0);
    assertThat(vectors.deserializer().deserialize("adapted.visual", letter.value()))
        .isEqualTo(face(0, 3));
    assertThat(header(letter, DeadLetters.REASON))
        .isEqualTo("stream s does not declare VISUAL but [TEXT]");
    assertThat(header(letter, DeadLetters.ORIGIN_TOPIC)).isEqualTo("adapted.visual");
    assertThat(header(letter, DeadLetters.ORIGIN_PARTITION)).isEqualTo("0");
    assertThat(header(letter, DeadLetters.ORIGIN_OFFSET)).isEqualTo("0");
  }

  @Test
  void theLetterOfAHeldVectorIsTheUntouchedRecord() {
    // The length of the stream id in two bytes where one will do: written again, it would be one.
    final byte[] value = vectors.serializer().serialize("adapted.visual", face(0, 3));
    assertThat(value[5]).isEqualTo((byte) 2);
    final byte[] foreign =
        ByteBuffer.allocate(value.length + 1)
            .put(value, 0, 5)
            .put((byte) 0x82)
            .put((byte) 0)
            .put(value, 6, value.length - 6)
            .array();
    final RecordHeaders headers = new RecordHeaders();
    headers.add("traceparent", new byte[] {7});
    send(words(3, 6), voice(3, 6));
    driver
        .createInputTopic("adapted.visual", new ByteArraySerializer(), new ByteArraySerializer())
        .pipeInput(new TestRecord<>("s".getBytes(StandardCharsets.UTF_8), foreign, headers));
    send(open(Modality.TEXT, Modality.AUDIO));
    final TestRecord<byte[], byte[]> letter = records("fusion.dead-letters").get(0);
    assertThat(letter.value()).isEqualTo(foreign);
    assertThat(letter.getHeaders().lastHeader("traceparent").value()).containsExactly(7);
    assertThat(header(letter, DeadLetters.ORIGIN_OFFSET)).isEqualTo("0");
    assertThat(header(letter, DeadLetters.REASON))
        .isEqualTo("stream s does not declare VISUAL but [TEXT, AUDIO]");
  }

  @Test
  void poisonIsSetAsideAndTheRestGoesOn() {
    send(open(Modality.TEXT));
    final byte[] key = "s".getBytes(StandardCharsets.UTF_8);
    final byte[] poison = {0, 0, 0, 0, 99, 1};
    for (final String topic : FusionTopology.inputs()) {
      driver
          .createInputTopic(topic, new ByteArraySerializer(), new ByteArraySerializer())
          .pipeInput(key, poison);
    }
    send(voice(0, 3));
    send(vector(Modality.TEXT, 0, 3, 1f).setSpace("glove-300").build());
    driver
        .createInputTopic("adapted.text", new StringSerializer(), vectors.serializer())
        .pipeInput("another", words(0, 3));
    // A forgotten stream is no poison.
    driver
        .createInputTopic("streams", new ByteArraySerializer(), new ByteArraySerializer())
        .pipeInput(new TestRecord<>(key, (byte[]) null));
    send(words(0, 3));

    assertThat(eventNames()).containsExactly("0-3 COMPLETE");
    final List<TestRecord<byte[], byte[]>> letters = records("fusion.dead-letters");
    assertThat(letters).hasSize(7);
    for (int i = 0; i < 4; i++) {
      assertThat(letters.get(i).value()).isEqualTo(poison);
      assertThat(letters.get(i).key()).isEqualTo(key);
      assertThat(header(letters.get(i), DeadLetters.ORIGIN_TOPIC))
          .isEqualTo(FusionTopology.inputs().get(i));
    }
    assertThat(header(letters.get(4), DeadLetters.REASON)).contains("does not declare AUDIO");
    assertThat(header(letters.get(5), DeadLetters.REASON)).contains("glove-300", "words-1");
    assertThat(header(letters.get(6), DeadLetters.REASON)).contains("key");
    assertThat(meter("valence.fusion.dead.letters")).isEqualTo(7);
  }

  @Test
  void theStoresAreEmptyOfWindowsWhenAllIsDecidedAndForgetInTheEnd() {
    send(open(Modality.TEXT));
    send(words(0, 3), words(3, 6));
    assertThat(count(FusionTopology.WINDOWS_STORE)).isZero();
    assertThat(count(FusionTopology.STREAMS_STORE)).isEqualTo(1);
    driver.advanceWallClockTime(Duration.ofDays(8));
    assertThat(count(FusionTopology.STREAMS_STORE)).isZero();
  }

  // Windows that overlap, clocks that disagree.

  private static FeatureVector second(
      final Modality modality, final double from, final double to, final float... values) {
    final long pane = (long) from * SECOND;
    return vector(modality, from, to, values)
        .setWindowStartMicros(pane)
        .setWindowEndMicros(pane + SECOND)
        .build();
  }

  @Test
  void hoppingWindowsShareTheirVectors() {
    final StreamDescriptor descriptor =
        StreamDescriptor.newBuilder(open(Modality.TEXT)).setHopMicros(SECOND).build();
    send(descriptor);
    send(second(Modality.TEXT, 0, 1, 12f), second(Modality.TEXT, 1, 2, 12f));
    // Panes 0-1, 1-2
    assertThat(events()).isEmpty();
    assertThat(meter("valence.fusion.open.windows")).isEqualTo(2);
    send(second(Modality.TEXT, 2, 3, 12f), second(Modality.TEXT, 3, 4, 12f));
    final List<SentimentEvent> all = events();
    assertThat(all)
        .extracting(SentimentEvent::getWindowStartMicros, SentimentEvent::getWindowEndMicros)
        .containsExactly(tuple(0L, 3 * SECOND), tuple(SECOND, 4 * SECOND));
    assertThat(all).extracting(SentimentEvent::getReason).containsOnly(EmitReason.COMPLETE);
    assertThat(all.get(0).getModalities().get(2).getWeight()).isEqualTo(3);
    send(second(Modality.TEXT, 1, 1.5, 12f));
    assertThat(records("sentiment.late")).hasSize(1);
    send(
        vector(Modality.TEXT, 4, 4.5, 1f)
            .setWindowStartMicros(4 * SECOND)
            .setWindowEndMicros(5 * SECOND)
            .setEndOfStream(true)
            .build());
    send(ended(descriptor, 4.5));
    assertThat(eventNames()).containsExactly("2-5 COMPLETE");
    assertThat(count(FusionTopology.WINDOWS_STORE)).isZero();
  }

  @Test
  void aHoppingStreamThatStallsIsClosedByTheWallClock() {
    send(
        StreamDescriptor.newBuilder(open(Modality.VISUAL, Modality.TEXT))
            .setHopMicros(SECOND)
            .build());
    for (int i = 0; i < 4; i++) {
      send(second(Modality.TEXT, i, i + 1, 1f));
    }
    run(29);
    assertThat(events()).isEmpty();
    run(1);
    assertThat(eventNames()).containsExactly("0-3 STALLED", "1-4 STALLED");
  }

  private static StreamDescriptor offset(final StreamDescriptor descriptor, final double seconds) {
    return StreamDescriptor.newBuilder(descriptor)
        .setClockOffsets(List.of(new ClockOffset(Modality.TEXT, Math.round(seconds * SECOND))))
        .build();
  }

  @Test
  void aConfiguredClockOffsetMovesAModality() {
    send(offset(open(Modality.VISUAL, Modality.TEXT), 0.5));
    send(face(0, 3), vector(Modality.TEXT, 0, 3, 12f).setWeight(6).build());
    // The words are those of 0.5 to 3.5 s: five sixths of them lie in the window.
    final SentimentEvent event = events().get(0);
    assertThat(event.getReason()).isEqualTo(EmitReason.COMPLETE);
    assertThat(event.getModalities().get(2).getWeight()).isCloseTo(5, within(1e-9));
    assertThat(meter("valence.fusion.open.windows")).isEqualTo(1);
  }

  @Test
  void whatAClockOffsetMovesBeforeTheStartIsLate() {
    send(offset(open(Modality.VISUAL, Modality.TEXT), -3.0));
    send(words(0, 3));
    assertThat(header(records("sentiment.late").get(0), DeadLetters.REASON))
        .isEqualTo(
            "TEXT from 0 to 3000000 lies before the start of stream s when its clock offset is"
                + " added");
    send(face(0, 3), words(3, 6));
    assertThat(eventNames()).containsExactly("0-3 COMPLETE");
  }

  @Test
  void aPieceOfAVectorThatIsLateIsSetAsideToo() {
    send(
        StreamDescriptor.newBuilder(open(Modality.AUDIO, Modality.TEXT))
            .setClockOffsets(List.of(new ClockOffset(Modality.AUDIO, SECOND / 2)))
            .build());
    send(words(0, 3), words(3, 6), voice(3, 6));
    // The voice of 3 to 6 s is that of 3.5 to 6.5 s: the grace of [0,3) is over.
    assertThat(eventNames()).containsExactly("0-3 GRACE_OVER");
    send(voice(0, 3));
    // Half a second of it completes [3,6); the rest belongs to [0,3), whose event is out.
    assertThat(eventNames()).containsExactly("3-6 COMPLETE");
    final TestRecord<byte[], byte[]> late = records("sentiment.late").get(0);
    assertThat(vectors.deserializer().deserialize("sentiment.late", late.value()))
        .isEqualTo(voice(0, 3));
    assertThat(header(late, DeadLetters.REASON))
        .isEqualTo("a piece of it is late: window [0, 3000000) is closed, its event is out");
    assertThat(meter("valence.fusion.late")).isEqualTo(1);
  }

  @Test
  void aPaneThatIsLateForOneWindowTakesPartInTheNext() {
    send(
        StreamDescriptor.newBuilder(open(Modality.VISUAL, Modality.TEXT))
            .setHopMicros(SECOND)
            .setGraceMicros(0)
            .build());
    for (int i = 0; i < 4; i++) {
      send(second(Modality.TEXT, i, i + 1, 12f));
    }
    send(second(Modality.VISUAL, 0, 1, 1, 1), second(Modality.VISUAL, 1, 2, 1, 1));
    assertThat(events()).isEmpty();
    // The face of [3,4) comes before that of [2,3): both windows are past, but [1,4) lacks only
    // that.
    send(second(Modality.VISUAL, 3, 3.5, 1, 1));
    assertThat(eventNames()).containsExactly("0-3 GRACE_OVER");
    send(second(Modality.VISUAL, 2, 3, 1, 1));
    assertThat(records("sentiment.late")).isEmpty();
    send(FeatureVector.newBuilder(second(Modality.VISUAL, 3.5, 4, 1, 1)).setSequence(36).build());
    final List<SentimentEvent> next = events();
    assertThat(next).hasSize(1);
    assertThat(next.get(0).getReason()).isEqualTo(EmitReason.COMPLETE);
    assertThat(next.get(0).getModalities().get(0).getCoverage()).isCloseTo(1, within(1e-9));
  }

  @Test
  void theClockOffsetThatIsLeftIsMeasured() {
    send(open(Modality.VISUAL, Modality.TEXT));
    send(vector(Modality.VISUAL, 0, 3, 1, 1).setCapturedAtMillis(95_000).build());
    send(vector(Modality.TEXT, 0, 3, 12f).setCapturedAtMillis(96_700).build());
    final List<ModalityReport> reports = events().get(0).getModalities();
    assertThat(reports.get(0).getClockOffsetMillis()).isZero();
    assertThat(reports.get(1).getClockOffsetMillis()).isNull();
    assertThat(reports.get(2).getClockOffsetMillis()).isEqualTo(1_700);
    assertThat(meters.get("valence.fusion.clock.offset").tag("modality", "TEXT").summary().max())
        .isEqualTo(1.7);
  }

  @Test
  void aModalityThatStopsInTheMiddleHoldsNobodyUp() {
    send(open(Modality.VISUAL, Modality.TEXT));
    send(face(0, 3), words(0, 3));
    assertThat(eventNames()).containsExactly("0-3 COMPLETE");
    for (int second = 3; second < 33; second += 3) {
      send(
          vector(Modality.TEXT, second, second + 3, 12f)
              .setCreatedAtMillis(96_000 + 1_000L * second)
              .build());
      run(3);
    }
    // 30 s of words since the face was last heard: its windows go out without it.
    assertThat(eventNames()).hasSize(10).first().isEqualTo("3-6 STALLED");
    send(vector(Modality.TEXT, 33, 36, 12f).setCreatedAtMillis(129_000).build());
    run(3);
    assertThat(eventNames()).containsExactly("33-36 STALLED");
  }

  @Test
  void aFloodOfPartsIsRefusedWithTheReason() {
    send(open(Modality.VISUAL, Modality.TEXT));
    for (int i = 0; i <= 1_000; i++) {
      send(vector(Modality.TEXT, 0, 1, 1f).setSequence(i).build());
    }
    assertThat(meter("valence.fusion.open.windows")).isEqualTo(1);
    final List<TestRecord<byte[], byte[]>> letters = records("fusion.dead-letters");
    assertThat(letters).hasSize(1);
    assertThat(header(letters.get(0), DeadLetters.REASON))
        .isEqualTo("window [0, 3000000) has 1000 parts already");
  }

  @Test
  void anyOrderGivesTheSameBytes() {
    final StreamDescriptor descriptor =
        StreamDescriptor.newBuilder(offset(open(Modality.VISUAL, Modality.TEXT), 0.7))
            .setHopMicros(SECOND)
            .setGraceMicros(100 * SECOND)
            .build();
    final List<FeatureVector> vectors = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      vectors.add(
          FeatureVector.newBuilder(second(Modality.TEXT, i, i + 1, 0.1f + i))
              .setWeight(0.3 + i)
              .setEndOfStream(i == 5)
              .build());
      vectors.add(
          FeatureVector.newBuilder(second(Modality.VISUAL, i, i + 1, i / 7f, 1f / (i + 1)))
              .setEndOfStream(i == 5)
              .build());
    }
    List<String> first = null;
    for (int round = 0; round < 4; round++) {
      final String id = "s" + round;
      final List<SpecificRecord> records = new ArrayList<>(vectors);
      records.addAll(vectors.subList(2, 6));
      Collections.shuffle(records, new Random(round));
      records.add(round * 3, descriptor);
      for (final SpecificRecord record : records) {
        if (record instanceof FeatureVector vector) {
          send(FeatureVector.newBuilder(vector).setStreamId(id).build());
        } else {
          send(StreamDescriptor.newBuilder(descriptor).setStreamId(id).build());
        }
      }
      send(StreamDescriptor.newBuilder(ended(descriptor, 6)).setStreamId(id).build());
      final List<String> events =
          events().stream()
              .sorted(Comparator.comparing(SentimentEvent::getWindowStartMicros))
              .map(e -> SentimentEvent.newBuilder(e).setStreamId("").setEventId("").build())
              .map(SentimentEvent::toString)
              .toList();
      // The words reach to 6.7 s: [0,3) to [4,7).
      assertThat(events).hasSize(5);
      first = first == null ? events : first;
      assertThat(events).isEqualTo(first);
    }
  }

  private long count(final String store) {
    final KeyValueStore<Bytes, byte[]> state = driver.getKeyValueStore(store);
    long count = 0;
    try (KeyValueIterator<Bytes, byte[]> all = state.all()) {
      while (all.hasNext()) {
        all.next();
        count++;
      }
    }
    return count;
  }
}
