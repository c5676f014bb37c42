package io.valence.audiofeatures;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.valence.pipeline.AudioChunkExtractor;
import io.valence.schemas.AvroSerde;
import io.valence.schemas.FeatureVector;
import io.valence.schemas.MediaChunk;
import io.valence.schemas.Modality;
import io.valence.streams.DeadLetters;
import io.valence.streams.RecordTopology;
import io.valence.streams.StreamsSettings;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The service's topology with its real extractor. */
class AudioFeaturesServiceTest {

  private static final int RATE = 16_000;
  private static final byte[] KEY = "talk".getBytes(UTF_8);

  private final StreamsSettings settings =
      new StreamsSettings(
          "localhost:9092",
          "valence-audio-features",
          Duration.ofMillis(100),
          StreamsConfig.EXACTLY_ONCE_V2,
          Map.of("schema.registry.url", "mock://" + UUID.randomUUID()));
  private final AvroSerde<MediaChunk> chunks =
      AvroSerde.forValues(MediaChunk.class, settings.serde());
  private final AvroSerde<FeatureVector> vectors =
      AvroSerde.forValues(FeatureVector.class, settings.serde());
  private final AudioChunkExtractor extractor = new AudioChunkExtractor();
  private TopologyTestDriver driver;
  private TestInputTopic<byte[], byte[]> raw;
  private TestOutputTopic<byte[], byte[]> features;
  private TestOutputTopic<byte[], byte[]> deadLetters;

  @BeforeEach
  void open() {
    final Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, settings.applicationId());
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "not.used:9092");
    driver =
        new TopologyTestDriver(
            RecordTopology.build(AudioFeaturesService.flow(extractor), settings), properties);
    raw =
        driver.createInputTopic("raw.audio", new ByteArraySerializer(), new ByteArraySerializer());
    features =
        driver.createOutputTopic(
            "features.audio", new ByteArrayDeserializer(), new ByteArrayDeserializer());
    deadLetters =
        driver.createOutputTopic(
            "audio-features.dead-letters",
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
  }

  @AfterEach
  void close() {
    driver.close();
    extractor.close();
  }

  private static MediaChunk.Builder chunk() {
    return MediaChunk.newBuilder()
        .setStreamId("talk")
        .setModality(Modality.AUDIO)
        .setSequence(0)
        .setStartMicros(0)
        .setEndMicros(3_000_000)
        .setContainer("pcm_f32le")
        .setSampleRate(RATE)
        .setPayload(tone())
        .setCapturedAtMillis(1);
  }

  private static ByteBuffer tone() {
    final ByteBuffer samples =
        ByteBuffer.allocate(3 * RATE * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < 3 * RATE; i++) {
      samples.putFloat((float) (0.25 * Math.sin(2 * Math.PI * 220 * i / RATE)));
    }
    return samples.flip();
  }

  private FeatureVector feed(final MediaChunk chunk) {
    raw.pipeInput(KEY, chunks.serializer().serialize("raw.audio", chunk));
    return vectors.deserializer().deserialize("features.audio", features.readRecord().value());
  }

  @Test
  void soundBecomesAVectorOfItsWindow() {
    final FeatureVector vector = feed(chunk().build());

    assertThat(vector.getSpace()).isEqualTo("librosa-74");
    assertThat(vector.getValues()).hasSize(74);
    assertThat(vector.getWindowEndMicros()).isEqualTo(3_000_000);
    assertThat(vector.getWeight()).isEqualTo(3.0);
    assertThat(vector.getQuality()).isEqualTo(1.0);
  }

  @Test
  void aChunkWithoutSoundIsKnownSilence() {
    final FeatureVector vector =
        feed(chunk().setPayload(ByteBuffer.allocate(0)).setEndOfStream(true).build());

    assertThat(vector.getWeight()).isZero();
    assertThat(vector.getValues()).isEmpty();
    assertThat(vector.getEndOfStream()).isTrue();
  }

  @Test
  void aChunkThatIsNotWhatItSaysIsSetAside() {
    final byte[] value =
        chunks
            .serializer()
            .serialize("raw.audio", chunk().setPayload(ByteBuffer.allocate(7)).build());
    raw.pipeInput(KEY, value);

    final TestRecord<byte[], byte[]> letter = deadLetters.readRecord();
    assertThat(letter.value()).isEqualTo(value);
    assertThat(new String(letter.headers().lastHeader(DeadLetters.REASON).value(), UTF_8))
        .contains("7 bytes is no whole number of 32-bit samples");
    assertThat(features.isEmpty()).isTrue();
  }
}
