package io.valence.fusion;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.valence.model.LiveBundle;
import io.valence.schemas.AvroSerde;
import io.valence.schemas.FeatureVector;
import io.valence.schemas.FloatValues;
import io.valence.schemas.Modality;
import io.valence.schemas.SentimentEvent;
import io.valence.schemas.ShadowScore;
import io.valence.schemas.StreamDescriptor;
import io.valence.schemas.StreamState;
import io.valence.schemas.TopicCatalogue;
import io.valence.streams.StreamsSettings;
import io.valence.windows.JoinSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TopologyTestDriver;

/** Fusion's topology under a test driver: windows of 3 s in streams of words and face. */
final class FusionDriver implements AutoCloseable {

  static final long WINDOW_MICROS = 3_000_000;

  private final AvroSerde<FeatureVector> vectors;
  private final AvroSerde<StreamDescriptor> descriptors;
  private final AvroSerde<SentimentEvent> events;
  private final AvroSerde<ShadowScore> shadows;
  private final TopologyTestDriver driver;

  FusionDriver(
      final String name, final LiveBundle bundle, final ShadowScoring shadow, final Path state) {
    final StreamsSettings settings = settings(name);
    vectors = AvroSerde.forValues(FeatureVector.class, settings.serde());
    descriptors = AvroSerde.forValues(StreamDescriptor.class, settings.serde());
    events = AvroSerde.forValues(SentimentEvent.class, settings.serde());
    shadows = AvroSerde.forValues(ShadowScore.class, settings.serde());
    final Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, name);
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "localhost:1");
    properties.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
    driver =
        new TopologyTestDriver(
            FusionTopology.build(
                settings,
                JoinSettings.defaults(),
                bundle,
                shadow,
                new FusionMetrics(new SimpleMeterRegistry()),
                TestTrends.withoutRules(settings, new SimpleMeterRegistry())),
            properties,
            Instant.ofEpochSecond(100));
  }

  static StreamsSettings settings(final String name) {
    return new StreamsSettings(
        "localhost:1",
        name,
        Duration.ofMillis(100),
        StreamsConfig.AT_LEAST_ONCE,
        Map.of("schema.registry.url", "mock://" + name));
  }

  /** A stream of face and words. */
  void open(final String streamId) {
    driver
        .createInputTopic("streams", new StringSerializer(), descriptors.serializer())
        .pipeInput(streamId, descriptor(streamId));
  }

  static StreamDescriptor descriptor(final String streamId) {
    return StreamDescriptor.newBuilder()
        .setStreamId(streamId)
        .setModalities(List.of(Modality.VISUAL, Modality.TEXT))
        .setWindowSizeMicros(WINDOW_MICROS)
        .setGraceMicros(WINDOW_MICROS)
        .setState(StreamState.OPEN)
        .setOpenedAtMillis(90_000)
        .build();
  }

  /** The words of a window: their mean, which adds nothing to the tiny bundle's score. */
  void words(final String streamId, final int window) {
    send(streamId, Modality.TEXT, "words-1", window, 10);
  }

  /** A face at the mean of its space. */
  void face(final String streamId, final int window) {
    send(streamId, Modality.VISUAL, "face-2", window, 1, 2);
  }

  private void send(
      final String streamId,
      final Modality modality,
      final String space,
      final int window,
      final float... values) {
    driver
        .createInputTopic(
            TopicCatalogue.adapted(modality).name(), new StringSerializer(), vectors.serializer())
        .pipeInput(streamId, vector(streamId, modality, space, window, values));
  }

  static FeatureVector vector(
      final String streamId,
      final Modality modality,
      final String space,
      final int window,
      final float... values) {
    return FeatureVector.newBuilder()
        .setStreamId(streamId)
        .setModality(modality)
        .setSpace(space)
        .setWindowStartMicros(window * WINDOW_MICROS)
        .setWindowEndMicros((window + 1) * WINDOW_MICROS)
        .setCoversStartMicros(window * WINDOW_MICROS)
        .setCoversEndMicros((window + 1) * WINDOW_MICROS)
        .setSequence(window)
        .setWeight(1)
        .setQuality(1)
        .setValues(FloatValues.of(values))
        .setExtractor("tiny")
        .setExtractorVersion("1.0.0")
        .setCapturedAtMillis(95_000)
        .setCreatedAtMillis(96_000)
        .build();
  }

  void seconds(final int seconds) {
    for (int i = 0; i < seconds; i++) {
      driver.advanceWallClockTime(Duration.ofSeconds(1));
    }
  }

  List<SentimentEvent> events() {
    return read("sentiment.events", events);
  }

  List<ShadowScore> shadows() {
    return read("sentiment.shadow", shadows);
  }

  private <T extends SpecificRecord> List<T> read(final String topic, final AvroSerde<T> serde) {
    return driver
        .createOutputTopic(topic, new StringDeserializer(), serde.deserializer())
        .readValuesToList();
  }

  /** The values of a topic as they were written. */
  List<byte[]> bytes(final String topic) {
    return driver
        .createOutputTopic(topic, new ByteArrayDeserializer(), new ByteArrayDeserializer())
        .readValuesToList();
  }

  @Override
  public void close() {
    driver.close();
    vectors.close();
    descriptors.close();
    events.close();
    shadows.close();
  }
}
