package io.valence.adapter;

import static org.assertj.core.api.Assertions.assertThat;

import io.valence.model.BundleObserver;
import io.valence.model.LiveBundle;
import io.valence.model.TinyBundle;
import io.valence.schemas.AvroSerde;
import io.valence.schemas.FeatureVector;
import io.valence.schemas.FloatValues;
import io.valence.schemas.Modality;
import io.valence.streams.DeadLetters;
import io.valence.streams.RecordTopology;
import io.valence.streams.StreamsSettings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdapterTopologyTest {

  private static final StreamsSettings SETTINGS =
      new StreamsSettings(
          "localhost:1",
          "adapter-test",
          Duration.ofMillis(100),
          StreamsConfig.AT_LEAST_ONCE,
          Map.of("schema.registry.url", "mock://adapter-test"));

  @TempDir Path folder;

  private final AvroSerde<FeatureVector> serde =
      AvroSerde.forValues(FeatureVector.class, SETTINGS.serde());
  private LiveBundle bundle;
  private AdapterStep step;
  private TopologyTestDriver driver;

  private void start(final boolean adapted) throws Exception {
    TinyBundle.write(folder.resolve("tiny"), adapted, true);
    bundle = LiveBundle.load(folder.resolve("tiny"), BundleObserver.NONE);
    step = new AdapterStep(bundle, InstantSource.fixed(Instant.ofEpochMilli(9_000)));
    final Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "adapter-test");
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "localhost:1");
    properties.put(StreamsConfig.STATE_DIR_CONFIG, folder.resolve("state").toString());
    driver =
        new TopologyTestDriver(
            RecordTopology.build(AdapterService.flow(step), SETTINGS), properties);
  }

  @AfterEach
  void stop() {
    driver.close();
    step.close();
    bundle.close();
    serde.close();
  }

  private TestInputTopic<String, FeatureVector> input(final String topic) {
    return driver.createInputTopic(topic, new StringSerializer(), serde.serializer());
  }

  private TestOutputTopic<String, FeatureVector> output(final String topic) {
    return driver.createOutputTopic(topic, new StringDeserializer(), serde.deserializer());
  }

  private static FeatureVector vector(
      final Modality modality, final String space, final float... values) {
    return FeatureVector.newBuilder()
        .setStreamId("s")
        .setModality(modality)
        .setSpace(space)
        .setWindowStartMicros(0)
        .setWindowEndMicros(3_000_000)
        .setCoversStartMicros(0)
        .setCoversEndMicros(3_000_000)
        .setSequence(7)
        .setEndOfStream(true)
        .setWeight(values.length == 0 ? 0 : 12)
        .setQuality(values.length == 0 ? 0 : 0.5)
        .setValues(FloatValues.of(values))
        .setExtractor("visual-features")
        .setExtractorVersion("0.1.0")
        .setCapturedAtMillis(1_000)
        .setCreatedAtMillis(2_000)
        .build();
  }

  @Test
  void adaptersMapIntoTheBaseSpace() throws Exception {
    start(true);
    input("features.visual")
        .pipeInput("s", vector(Modality.VISUAL, "pixels-3", 0.5f, 0.25f, 4f), 123);

    final TestRecord<String, FeatureVector> record = output("adapted.visual").readRecord();
    final FeatureVector adapted = record.value();
    assertThat(record.key()).isEqualTo("s");
    assertThat(record.timestamp()).isEqualTo(123);
    assertThat(adapted.getSpace()).isEqualTo("face-2");
    assertThat(FloatValues.toArray(adapted.getValues())).containsExactly(1.75f, 6f);
    assertThat(adapted.getExtractor()).isEqualTo("tiny");
    assertThat(adapted.getExtractorVersion()).isEqualTo("1.0.0");
    assertThat(adapted.getCreatedAtMillis()).isEqualTo(9_000);
    // All else is as it came.
    assertThat(
            FeatureVector.newBuilder(adapted)
                .setSpace("pixels-3")
                .setValues(FloatValues.of(new float[] {0.5f, 0.25f, 4f}))
                .setExtractor("visual-features")
                .setExtractorVersion("0.1.0")
                .setCreatedAtMillis(2_000)
                .build())
        .isEqualTo(vector(Modality.VISUAL, "pixels-3", 0.5f, 0.25f, 4f));
  }

  @Test
  void withoutAdapterValuesPassUnchangedAndSilenceStaysSilent() throws Exception {
    start(false);
    input("features.audio").pipeInput("s", vector(Modality.AUDIO, "voice-1", 0.1f));
    input("features.text").pipeInput("s", vector(Modality.TEXT, "words-1"));

    final FeatureVector voice = output("adapted.audio").readValue();
    assertThat(FloatValues.toArray(voice.getValues())).containsExactly(0.1f);
    assertThat(voice.getExtractor()).isEqualTo("tiny");
    final FeatureVector words = output("adapted.text").readValue();
    assertThat(words.getWeight()).isZero();
    assertThat(words.getValues()).isEmpty();
    assertThat(words.getEndOfStream()).isTrue();
  }

  @Test
  void anotherBundleIsTakenWithTheNextVectorAndACorruptOneIsNot() throws Exception {
    start(true);
    final FeatureVector vector = vector(Modality.VISUAL, "pixels-3", 0.5f, 0.25f, 4f);
    final TestInputTopic<String, FeatureVector> input = input("features.visual");
    input.pipeInput("s", vector);
    TinyBundle.write(folder.resolve("tiny"), "1.1.0", 0.5f, true, true);
    assertThat(bundle.check()).isFalse();
    assertThat(bundle.check()).isTrue();
    assertThat(bundle.openBundles()).isEqualTo(2);
    input.pipeInput("s", vector);
    assertThat(bundle.openBundles()).isEqualTo(1);
    Files.write(folder.resolve("tiny/adapter-visual.onnx"), new byte[] {1});
    assertThat(bundle.check()).isFalse();
    assertThat(bundle.check()).isFalse();
    assertThat(bundle.refusal()).get().asString().contains("adapter-visual.onnx has 1 bytes");
    input.pipeInput("s", vector);

    assertThat(output("adapted.visual").readValuesToList())
        .allSatisfy(
            adapted ->
                assertThat(FloatValues.toArray(adapted.getValues())).containsExactly(1.75f, 6f))
        .extracting(FeatureVector::getExtractorVersion)
        .containsExactly("1.0.0", "1.1.0", "1.1.0");
  }

  @Test
  void whatDoesNotFitIsADeadLetterAndTheRestGoesOn() throws Exception {
    start(false);
    final TestInputTopic<byte[], byte[]> raw =
        driver.createInputTopic(
            "features.text", new ByteArraySerializer(), new ByteArraySerializer());
    final byte[] poison = {1, 2, 3};
    raw.pipeInput("s".getBytes(StandardCharsets.UTF_8), poison);
    input("features.text").pipeInput("s", vector(Modality.TEXT, "glove-300", 1f));
    input("features.text").pipeInput("s", vector(Modality.TEXT, "words-1", 1f, 2f));
    input("features.text").pipeInput("s", vector(Modality.TEXT, "words-1", 3f));

    final TestOutputTopic<byte[], byte[]> letters =
        driver.createOutputTopic(
            "adapter.dead-letters", new ByteArrayDeserializer(), new ByteArrayDeserializer());
    final TestRecord<byte[], byte[]> first = letters.readRecord();
    assertThat(first.value()).isEqualTo(poison);
    assertThat(header(first, DeadLetters.ORIGIN_TOPIC)).isEqualTo("features.text");
    assertThat(header(letters.readRecord(), DeadLetters.REASON))
        .contains("glove-300", "words-1", "tiny 1.0.0");
    assertThat(header(letters.readRecord(), DeadLetters.REASON))
        .isEqualTo("text: 2 values where words-1 has 1");
    assertThat(letters.isEmpty()).isTrue();
    assertThat(output("adapted.text").readValuesToList()).hasSize(1);
  }

  private static String header(final TestRecord<byte[], byte[]> record, final String name) {
    return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
  }
}
