package io.valence.streams;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.valence.schemas.AvroSerde;
import io.valence.schemas.FeatureVector;
import io.valence.schemas.FloatValues;
import io.valence.schemas.MediaChunk;
import io.valence.schemas.Modality;
import io.valence.schemas.RegistryUnavailableException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
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

class RecordTopologyTest {

  private static final String IN = "raw.audio";
  private static final String OUT = "features.audio";
  private static final Instant CAPTURED = Instant.parse("2026-01-02T03:04:05Z");

  private final StreamsSettings settings = settings("mock://" + UUID.randomUUID());
  private final AvroSerde<MediaChunk> chunks =
      AvroSerde.forValues(MediaChunk.class, settings.serde());
  private final AvroSerde<FeatureVector> vectors =
      AvroSerde.forValues(FeatureVector.class, settings.serde());
  private TopologyTestDriver driver;
  private TestInputTopic<byte[], byte[]> input;
  private TestOutputTopic<byte[], byte[]> output;
  private TestOutputTopic<byte[], byte[]> deadLetters;

  private static StreamsSettings settings(final String registry) {
    return new StreamsSettings(
        "localhost:9092",
        "audio-features",
        Duration.ofMillis(100),
        StreamsConfig.EXACTLY_ONCE_V2,
        Map.of("schema.registry.url", registry));
  }

  @BeforeEach
  void open() {
    drive(chunk -> List.of(vector(chunk)), settings);
  }

  private void drive(
      final RecordStep<MediaChunk, FeatureVector> step, final StreamsSettings driven) {
    drive(
        RecordFlow.of("audio-features", IN, MediaChunk.class, step, OUT, FeatureVector.class),
        driven);
  }

  private void drive(
      final RecordFlow<MediaChunk, FeatureVector> flow, final StreamsSettings driven) {
    close();
    final Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "audio-features");
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "not.used:9092");
    driver =
        new TopologyTestDriver(
            RecordTopology.build(flow, driven, new RegistryPatience(Duration.ofMillis(300))),
            properties);
    input =
        driver.createInputTopic(
            IN,
            new ByteArraySerializer(),
            new ByteArraySerializer(),
            CAPTURED,
            Duration.ofMillis(1));
    output =
        driver.createOutputTopic(OUT, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    deadLetters =
        driver.createOutputTopic(
            "audio-features.dead-letters",
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
  }

  @AfterEach
  void close() {
    if (driver != null) {
      driver.close();
    }
  }

  private static MediaChunk chunk(final long sequence) {
    return MediaChunk.newBuilder()
        .setStreamId("talk")
        .setModality(Modality.AUDIO)
        .setSequence(sequence)
        .setStartMicros(sequence * 3_000_000)
        .setEndMicros((sequence + 1) * 3_000_000)
        .setContainer("pcm_f32le")
        .setSampleRate(16_000)
        .setPayload(ByteBuffer.allocate(8))
        .setCapturedAtMillis(1)
        .build();
  }

  private static FeatureVector vector(final MediaChunk chunk) {
    return FeatureVector.newBuilder()
        .setStreamId(chunk.getStreamId())
        .setModality(chunk.getModality())
        .setSpace("librosa-74")
        .setWindowStartMicros(chunk.getStartMicros())
        .setWindowEndMicros(chunk.getEndMicros())
        .setCoversStartMicros(chunk.getStartMicros())
        .setCoversEndMicros(chunk.getEndMicros())
        .setSequence(chunk.getSequence())
        .setWeight(3)
        .setQuality(1)
        .setValues(FloatValues.of(new float[] {chunk.getSequence()}))
        .setExtractor("test")
        .setExtractorVersion("1")
        .setCapturedAtMillis(chunk.getCapturedAtMillis())
        .setCreatedAtMillis(2)
        .build();
  }

  private byte[] bytes(final MediaChunk chunk) {
    return chunks.serializer().serialize(IN, chunk);
  }

  private static byte[] key() {
    return "talk".getBytes(UTF_8);
  }

  private static String header(final Headers headers, final String name) {
    return headers.lastHeader(name) == null
        ? null
        : new String(headers.lastHeader(name).value(), UTF_8);
  }

  private void assertDeadLetter(final byte[] key, final byte[] value, final String reason) {
    assertThat(deadLetters.getQueueSize()).isEqualTo(1);
    final TestRecord<byte[], byte[]> letter = deadLetters.readRecord();
    assertThat(letter.key()).isEqualTo(key);
    assertThat(letter.value()).isEqualTo(value);
    assertThat(header(letter.headers(), DeadLetters.REASON)).contains(reason);
    assertThat(header(letter.headers(), DeadLetters.ORIGIN_TOPIC)).isEqualTo(IN);
    assertThat(header(letter.headers(), DeadLetters.ORIGIN_PARTITION)).isEqualTo("0");
    assertThat(header(letter.headers(), DeadLetters.SERVICE)).isEqualTo("audio-features");
    assertThat(header(letter.headers(), DeadLetters.STACK)).contains("Exception at ");
    assertThat(Instant.parse(header(letter.headers(), DeadLetters.FAILED_AT)))
        .isAfter(Instant.parse("2026-01-01T00:00:00Z"));
    assertThat(output.isEmpty()).isTrue();
  }

  @Test
  void resultsKeepKeyAndTimestamp() {
    input.pipeInput(key(), bytes(chunk(0)));
    input.pipeInput(key(), bytes(chunk(1)));

    final List<TestRecord<byte[], byte[]>> results = output.readRecordsToList();
    assertThat(results).extracting(TestRecord::key).containsOnly(key());
    assertThat(results)
        .extracting(result -> vectors.deserializer().deserialize(OUT, result.value()).getSequence())
        .containsExactly(0L, 1L);
    assertThat(results.get(0).getRecordTime()).isEqualTo(CAPTURED);
    assertThat(deadLetters.isEmpty()).isTrue();
  }

  @Test
  void setsAsideBytesThatAreNotAvroAndGoesOn() {
    final byte[] garbage = "not avro".getBytes(UTF_8);
    input.pipeInput(key(), bytes(chunk(0)));
    output.readRecord();
    input.pipeInput(new TestRecord<>(key(), garbage, new RecordHeaders().add("trace", key())));

    assertThat(deadLetters.getQueueSize()).isEqualTo(1);
    final TestRecord<byte[], byte[]> letter = deadLetters.readRecord();
    assertThat(letter.key()).isEqualTo(key());
    assertThat(letter.value()).isEqualTo(garbage);
    assertThat(header(letter.headers(), "trace")).isEqualTo("talk");
    assertThat(header(letter.headers(), DeadLetters.ORIGIN_OFFSET)).isEqualTo("1");
    assertThat(header(letter.headers(), DeadLetters.REASON)).contains("wire format");

    input.pipeInput(key(), bytes(chunk(2)));
    assertThat(output.getQueueSize()).isEqualTo(1);
  }

  @Test
  void setsAsideARecordOfAnotherKind() {
    final byte[] vector = vectors.serializer().serialize(OUT, vector(chunk(0)));
    input.pipeInput(key(), vector);
    assertDeadLetter(key(), vector, "but this topic holds io.valence.schemas.MediaChunk");
  }

  @Test
  void setsAsideANullValue() {
    input.pipeInput(key(), (byte[]) null);
    assertDeadLetter(key(), null, "no value");
  }

  @Test
  void setsAsideANullKey() {
    final byte[] value = bytes(chunk(0));
    input.pipeInput((byte[]) null, value);
    assertDeadLetter(null, value, "no key");
  }

  @Test
  void setsAsideAForeignKey() {
    final byte[] value = bytes(chunk(0));
    final byte[] key = "another".getBytes(UTF_8);
    input.pipeInput(key, value);
    assertDeadLetter(key, value, "the key is not the record's stream id \"talk\"");
  }

  @Test
  void setsAsideARecordOutOfRange() {
    final byte[] value = bytes(MediaChunk.newBuilder(chunk(0)).setSequence(-4).build());
    input.pipeInput(key(), value);
    assertDeadLetter(key(), value, "sequence must not be negative, not -4");
  }

  @Test
  void setsAsideARecordThatTheStepRefuses() {
    drive(
        chunk -> {
          throw new java.io.IOException("no decoder\n  for this");
        },
        settings);
    final byte[] value = bytes(chunk(0));
    input.pipeInput(key(), value);
    assertDeadLetter(key(), value, "no decoder for this");
  }

  @Test
  void givesAllResultsOrNone() {
    drive(
        chunk ->
            List.of(vector(chunk), FeatureVector.newBuilder(vector(chunk)).setQuality(7).build()),
        settings);
    final byte[] value = bytes(chunk(0));
    input.pipeInput(key(), value);
    assertDeadLetter(key(), value, "quality must be 0 to 1, not 7.0");
  }

  @Test
  void refusesAResultOfAnotherStream() {
    drive(
        chunk -> List.of(FeatureVector.newBuilder(vector(chunk)).setStreamId("x").build()),
        settings);
    final byte[] value = bytes(chunk(0));
    input.pipeInput(key(), value);
    assertDeadLetter(key(), value, "the result belongs to another stream: x");
  }

  @Test
  void countsDeadLetters() {
    input.pipeInput(key(), new byte[0]);
    input.pipeInput(key(), new byte[1]);

    assertThat(driver.metrics().entrySet())
        .filteredOn(entry -> entry.getKey().name().equals("dead-letter-total"))
        .singleElement()
        .satisfies(entry -> assertThat(entry.getValue().metricValue()).isEqualTo(2.0));
  }

  @Test
  void anErrorOfTheJvmStops() {
    drive(
        chunk -> {
          throw new OutOfMemoryError("for the test");
        },
        settings);

    assertThatThrownBy(() -> input.pipeInput(key(), bytes(chunk(0))))
        .isInstanceOf(OutOfMemoryError.class);
    assertThat(deadLetters.isEmpty()).isTrue();
  }

  @Test
  void anOutageIsNoDeadLetter() {
    // Port 1 is not served: the registry is out of reach.
    drive(chunk -> List.of(vector(chunk)), settings("http://127.0.0.1:1"));
    final byte[] value = bytes(chunk(0));

    assertThatThrownBy(() -> input.pipeInput(key(), value))
        .satisfies(
            failure -> {
              assertThat(FailurePolicy.isOutage(failure)).isTrue();
              assertThat(failure)
                  .hasStackTraceContaining(RegistryUnavailableException.class.getName());
            });
    assertThat(deadLetters.isEmpty()).isTrue();
    assertThat(output.isEmpty()).isTrue();
  }

  /** A step that puts the number of the stream's records so far into the vector's version. */
  private static List<FeatureVector> counting(final MediaChunk chunk, final StreamMemory memory) {
    final int count = memory.recall(chunk.getStreamId()).map(kept -> kept[0] + 1).orElse(1);
    memory.keep(chunk.getStreamId(), new byte[] {(byte) count});
    return List.of(FeatureVector.newBuilder(vector(chunk)).setExtractorVersion("" + count).build());
  }

  private void driveCounting() {
    drive(
        RecordFlow.remembering(
            "audio-features",
            IN,
            MediaChunk.class,
            MediaChunk::getSequence,
            RecordTopologyTest::counting,
            OUT,
            FeatureVector.class),
        settings);
  }

  private String versionAfter(final MediaChunk chunk, final Instant at) {
    input.pipeInput(
        new TestRecord<>(
            chunk.getStreamId().getBytes(UTF_8), chunks.serializer().serialize(IN, chunk), at));
    return vectors.deserializer().deserialize(OUT, output.readValue()).getExtractorVersion();
  }

  @Test
  void aStepRemembersEachStreamByItself() {
    driveCounting();
    final MediaChunk other = MediaChunk.newBuilder(chunk(0)).setStreamId("other").build();

    assertThat(versionAfter(chunk(0), CAPTURED)).isEqualTo("1");
    assertThat(versionAfter(other, CAPTURED)).isEqualTo("1");
    assertThat(versionAfter(chunk(1), CAPTURED)).isEqualTo("2");
  }

  @Test
  void nothingIsKeptOfADeadLetter() {
    drive(
        RecordFlow.remembering(
            "audio-features",
            IN,
            MediaChunk.class,
            MediaChunk::getSequence,
            (chunk, memory) -> {
              final FeatureVector vector = counting(chunk, memory).get(0);
              return List.of(
                  FeatureVector.newBuilder(vector)
                      .setQuality(chunk.getSequence() == 1 ? 7 : 1)
                      .build());
            },
            OUT,
            FeatureVector.class),
        settings);
    versionAfter(chunk(0), CAPTURED);
    final byte[] failing = bytes(chunk(1));
    input.pipeInput(key(), failing);

    assertDeadLetter(key(), failing, "quality must be 0 to 1, not 7.0");
    assertThat(versionAfter(chunk(2), CAPTURED)).isEqualTo("2");
  }

  @Test
  void aStreamIsForgottenAfterAnHourOfSilenceByTheTimestampsOfTheTopic() {
    driveCounting();
    final MediaChunk other = MediaChunk.newBuilder(chunk(0)).setStreamId("other").build();
    versionAfter(chunk(0), CAPTURED);
    versionAfter(other, CAPTURED.plusSeconds(600));

    final MediaChunk another = MediaChunk.newBuilder(chunk(1)).setStreamId("other").build();
    assertThat(versionAfter(another, CAPTURED.plusSeconds(3_590))).isEqualTo("2");
    assertThat(versionAfter(chunk(1), CAPTURED.plusSeconds(3_595))).isEqualTo("2");
    versionAfter(other, CAPTURED.plusSeconds(3 * 3_600));
    // Its numbers begin anew as well.
    assertThat(versionAfter(chunk(0), CAPTURED.plusSeconds(3 * 3_600))).isEqualTo("1");
  }
}
