package io.valence.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.valence.fusion.trends.AlertsConfiguration;
import io.valence.fusion.trends.TrendMetrics;
import io.valence.fusion.trends.TrendSettings;
import io.valence.fusion.trends.TrendTopology;
import io.valence.model.BundleMetrics;
import io.valence.model.LiveBundle;
import io.valence.model.TinyBundle;
import io.valence.schemas.AvroSerde;
import io.valence.schemas.FeatureVector;
import io.valence.schemas.FloatValues;
import io.valence.schemas.Modality;
import io.valence.schemas.ParticipantTrend;
import io.valence.schemas.SentimentAlert;
import io.valence.schemas.SentimentTrend;
import io.valence.schemas.StreamDescriptor;
import io.valence.schemas.StreamState;
import io.valence.schemas.TrendKind;
import io.valence.schemas.TrendScope;
import io.valence.streams.StreamsSettings;
import io.valence.windows.JoinSettings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Trends and alerts through the whole topology, from vectors on. Streams have words only, windows
 * and grace are 3 s; of words w the tiny bundle makes the score 0.5 + 3 (w - 10) / 10.
 */
class FusionTrendsTest {

  private static final long SECOND = 1_000_000;

  private static final StreamsSettings SETTINGS =
      new StreamsSettings(
          "localhost:1",
          "trends-test",
          Duration.ofMillis(100),
          StreamsConfig.AT_LEAST_ONCE,
          Map.of("schema.registry.url", "mock://trends-test"));

  private static final TrendSettings TRENDS =
      new TrendSettings(
          Duration.ofSeconds(30),
          Duration.ofMinutes(1),
          Duration.ofDays(8),
          new SmallRyeConfigBuilder()
              .withMapping(AlertsConfiguration.class)
              .withSources(
                  new PropertiesConfigSource(
                      Map.of(
                          "valence.alerts.rules.\"low\".type", "below",
                          "valence.alerts.rules.\"low\".threshold", "-1",
                          "valence.alerts.rules.\"low\".windows", "3",
                          "valence.alerts.rules.\"gloom\".type", "below",
                          "valence.alerts.rules.\"gloom\".threshold", "-1",
                          "valence.alerts.rules.\"gloom\".scope", "session"),
                      "test",
                      500))
              .build()
              .getConfigMapping(AlertsConfiguration.class)
              .alertRules());

  @TempDir Path folder;

  private final AvroSerde<FeatureVector> vectors =
      AvroSerde.forValues(FeatureVector.class, SETTINGS.serde());
  private final AvroSerde<StreamDescriptor> descriptors =
      AvroSerde.forValues(StreamDescriptor.class, SETTINGS.serde());
  private final AvroSerde<SentimentTrend> trends =
      AvroSerde.forValues(SentimentTrend.class, SETTINGS.serde());
  private final AvroSerde<SentimentAlert> alerts =
      AvroSerde.forValues(SentimentAlert.class, SETTINGS.serde());
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private LiveBundle bundle;
  private TopologyTestDriver driver;
  private int drivers;

  @BeforeEach
  void start() throws Exception {
    TinyBundle.direct(folder.resolve("tiny"));
    bundle = LiveBundle.load(folder.resolve("tiny"), new BundleMetrics(meters, "live"));
    driver = newDriver();
  }

  private TopologyTestDriver newDriver() {
    final Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "trends-test");
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "localhost:1");
    properties.put(StreamsConfig.STATE_DIR_CONFIG, folder.resolve("state" + drivers++).toString());
    return new TopologyTestDriver(
        FusionTopology.build(
            SETTINGS,
            JoinSettings.defaults(),
            bundle,
            ShadowScoring.none(),
            new FusionMetrics(meters),
            new TrendTopology(SETTINGS, TRENDS, new TrendMetrics(meters, TRENDS))),
        properties,
        Instant.ofEpochSecond(100));
  }

  @AfterEach
  void stop() {
    driver.close();
    bundle.close();
    vectors.close();
    descriptors.close();
    trends.close();
    alerts.close();
  }

  /** The stores move to another instance, as their changelogs do. */
  private void moveToAnotherInstance() {
    final Map<String, List<KeyValue<Bytes, byte[]>>> contents = new java.util.HashMap<>();
    for (final Map.Entry<String, StateStore> store : driver.getAllStateStores().entrySet()) {
      final KeyValueStore<Bytes, byte[]> state = driver.getKeyValueStore(store.getKey());
      final List<KeyValue<Bytes, byte[]>> entries = new ArrayList<>();
      try (KeyValueIterator<Bytes, byte[]> all = state.all()) {
        all.forEachRemaining(entries::add);
      }
      contents.put(store.getKey(), entries);
    }
    assertThat(contents).hasSize(6);
    driver.close();
    driver = newDriver();
    contents.forEach(
        (store, entries) -> driver.<Bytes, byte[]>getKeyValueStore(store).putAll(entries));
  }

  private void open(final String streamId, final String sessionId) {
    send(descriptor(streamId, sessionId).build());
  }

  private void end(final String streamId, final String sessionId, final int second) {
    send(
        descriptor(streamId, sessionId)
            .setState(StreamState.ENDED)
            .setEndMicros(second * SECOND)
            .build());
  }

  private static StreamDescriptor.Builder descriptor(
      final String streamId, final String sessionId) {
    return StreamDescriptor.newBuilder()
        .setStreamId(streamId)
        .setSessionId(sessionId)
        .setParticipantId("who-" + streamId)
        .setModalities(List.of(Modality.TEXT))
        .setWindowSizeMicros(3 * SECOND)
        .setGraceMicros(3 * SECOND)
        .setState(StreamState.OPEN)
        .setOpenedAtMillis(90_000);
  }

  private void send(final StreamDescriptor descriptor) {
    driver
        .createInputTopic("streams", new StringSerializer(), descriptors.serializer())
        .pipeInput(descriptor.getStreamId(), descriptor);
  }

  /** Words of the window that begins at a second, as they are for a score. */
  private void words(
      final String streamId, final int second, final boolean last, final double score) {
    final float words = (float) (10 + (score - 0.5) * 10 / 3);
    driver
        .createInputTopic("adapted.text", new StringSerializer(), vectors.serializer())
        .pipeInput(
            streamId,
            FeatureVector.newBuilder()
                .setStreamId(streamId)
                .setModality(Modality.TEXT)
                .setSpace("words-1")
                .setWindowStartMicros(second * SECOND)
                .setWindowEndMicros((second + 3) * SECOND)
                .setCoversStartMicros(second * SECOND)
                .setCoversEndMicros((second + 3) * SECOND)
                .setSequence(second)
                .setEndOfStream(last)
                .setWeight(1)
                .setQuality(1)
                .setValues(FloatValues.of(new float[] {words}))
                .setExtractor("tiny")
                .setExtractorVersion("1.0.0")
                .setCapturedAtMillis(95_000)
                .setCreatedAtMillis(96_000)
                .build());
  }

  private <T extends SpecificRecord> List<KeyValue<String, T>> read(
      final String topic, final AvroSerde<T> serde) {
    return driver
        .createOutputTopic(topic, new StringDeserializer(), serde.deserializer())
        .readKeyValuesToList();
  }

  private List<SentimentTrend> trends(final TrendScope scope, final TrendKind kind) {
    return read("sentiment.trends", trends).stream()
        .filter(pair -> pair.value.getScope() == scope && pair.value.getKind() == kind)
        .map(
            pair -> {
              assertThat(pair.key)
                  .isEqualTo(
                      scope == TrendScope.STREAM
                          ? pair.value.getStreamId()
                          : pair.value.getSessionId());
              return pair.value;
            })
        .toList();
  }

  private List<String> alertMessages() {
    return read("sentiment.alerts", alerts).stream().map(pair -> pair.value.getMessage()).toList();
  }

  @Test
  void aStreamFromItsFirstWindowToItsSummary() {
    open("s", null);
    words("s", 0, false, -1.2);
    words("s", 3, false, -1.1);
    assertThat(trends(TrendScope.STREAM, TrendKind.UPDATE))
        .extracting(SentimentTrend::getWindows)
        .containsExactly(1, 2);
    assertThat(alertMessages()).isEmpty();
    words("s", 6, false, -1.4);
    assertThat(alertMessages())
        .containsExactly(
            "Stream s (who-s): below -1.00 for 3 windows in a row, from 0:00 to 0:09: scores -1.20,"
                + " -1.10, -1.40.");
    words("s", 9, true, 0.5);
    end("s", null, 12);
    final SentimentTrend summary = trends(TrendScope.STREAM, TrendKind.SUMMARY).get(0);
    assertThat(summary.getWindows()).isEqualTo(4);
    assertThat(summary.getMean()).isCloseTo(-0.8, within(1e-6));
    assertThat(summary.getNegativeShare()).isEqualTo(0.75);
    assertThat(summary.getMinimum()).isCloseTo(-1.4, within(1e-6));
    assertThat(summary.getMinimumAtMicros()).isEqualTo(6 * SECOND);
    assertThat(summary.getMaximumAtMicros()).isEqualTo(9 * SECOND);
    assertThat(summary.getAlerts()).isEqualTo(1);
    assertThat(summary.getSessionId()).isNull();
    assertThat(meters.get("valence.alerts").tag("rule", "low").counter().count()).isEqualTo(1);
    assertThat(read("fusion.sessions", trends)).isEmpty();
    driver.advanceWallClockTime(Duration.ofMinutes(5));
    assertThat(trends(TrendScope.STREAM, TrendKind.SUMMARY)).isEmpty();
  }

  @Test
  void aSessionOfTwoStreams() {
    open("a", "talk");
    open("b", "talk");
    words("a", 0, false, -2.5);
    words("a", 3, true, -2);
    end("a", "talk", 6);
    assertThat(alertMessages()).isEmpty();
    assertThat(meters.get("valence.trends.held.windows").tag("scope", "session").gauge().value())
        .isEqualTo(2);
    words("b", 0, false, -0.5);
    assertThat(alertMessages())
        .containsExactly("Session talk: below -1.00, from 0:00 to 0:03: score -1.50.");
    words("b", 3, true, 2);
    end("b", "talk", 6);
    final SentimentTrend summary = trends(TrendScope.SESSION, TrendKind.SUMMARY).get(0);
    assertThat(summary.getWindows()).isEqualTo(2);
    assertThat(summary.getMean()).isCloseTo(-0.75, within(1e-6));
    assertThat(summary.getParticipants())
        .extracting(ParticipantTrend::getParticipantId)
        .containsExactly("who-a", "who-b");
    assertThat(summary.getParticipants().get(0).getMean()).isCloseTo(-2.25, within(1e-6));
    assertThat(meters.get("valence.trends.held.windows").tag("scope", "session").gauge().value())
        .isZero();
  }

  @Test
  void aRestartNeitherRepeatsNorForgets() {
    open("a", "talk");
    open("b", "talk");
    words("a", 0, false, -2);
    words("a", 3, false, -2);
    moveToAnotherInstance();
    words("a", 6, false, -2);
    assertThat(alertMessages())
        .containsExactly(
            "Stream a (who-a): below -1.00 for 3 windows in a row, from 0:00 to 0:09: scores -2.00,"
                + " -2.00, -2.00.");
    words("b", 0, false, -2);
    assertThat(alertMessages()).hasSize(1).allMatch(text -> text.startsWith("Session talk"));
    moveToAnotherInstance();
    // The same episodes go on.
    words("a", 9, true, -2);
    words("b", 3, false, -2);
    words("b", 6, false, 2);
    assertThat(alertMessages()).isEmpty();
    words("b", 9, true, -2);
    end("a", "talk", 12);
    end("b", "talk", 12);
    assertThat(alertMessages())
        .as("the session's mean was 0 in between")
        .containsExactly("Session talk: below -1.00, from 0:09 to 0:12: score -2.00.");
    final SentimentTrend summary = trends(TrendScope.SESSION, TrendKind.SUMMARY).get(0);
    assertThat(summary.getWindows()).isEqualTo(4);
    assertThat(summary.getAlerts()).isEqualTo(2);
    assertThat(summary.getMean()).isCloseTo(-1.5, within(1e-6));
  }

  @Test
  void poisonOnTheSessionsTopicIsSetAside() {
    final byte[] key = "talk".getBytes(StandardCharsets.UTF_8);
    final byte[] poison = {0, 0, 0, 0, 99, 1};
    driver
        .createInputTopic("fusion.sessions", new ByteArraySerializer(), new ByteArraySerializer())
        .pipeInput(key, poison);
    final List<TestRecord<byte[], byte[]>> letters =
        driver
            .createOutputTopic(
                "fusion.dead-letters", new ByteArrayDeserializer(), new ByteArrayDeserializer())
            .readRecordsToList();
    assertThat(letters).hasSize(1);
    assertThat(letters.get(0).value()).isEqualTo(poison);
    assertThat(
            new String(
                letters.get(0).headers().lastHeader("valence.origin.topic").value(),
                StandardCharsets.UTF_8))
        .isEqualTo("fusion.sessions");
  }
}
