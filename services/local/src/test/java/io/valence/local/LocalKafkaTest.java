package io.valence.local;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import io.valence.schemas.AvroSerde;
import io.valence.schemas.AvroSerializer;
import io.valence.schemas.FeatureVector;
import io.valence.schemas.FloatValues;
import io.valence.schemas.MediaChunk;
import io.valence.schemas.Modality;
import io.valence.schemas.RegistryClients;
import io.valence.schemas.TopicCatalogue;
import io.valence.schemas.TopicCreationException;
import io.valence.schemas.UndecodableRecordException;
import io.valence.streams.DeadLetters;
import io.valence.streams.FailurePolicy;
import io.valence.streams.RecordFlow;
import io.valence.streams.RecordTopology;
import io.valence.streams.StreamsSettings;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.avro.Schema;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Serde, topics and topology against a real broker and a real registry. */
class LocalKafkaTest {

  private static final Path HOME = Path.of(System.getProperty("valence.home"));
  private static final Duration BOUND = Duration.ofSeconds(60);
  private static final int PARTITIONS = 2;

  @TempDir private static Path logs;
  private static LocalBroker broker;
  private static LocalRegistry registry;

  @BeforeAll
  static void start() throws Exception {
    broker = LocalBroker.startTemporary();
    registry = LocalRegistry.startTemporary(HOME, logs);
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      TopicCatalogue.create(admin, PARTITIONS, (short) 1, BOUND);
    }
  }

  @AfterAll
  static void stop() {
    if (registry != null) {
      registry.close();
    }
    if (broker != null) {
      broker.close();
    }
  }

  private static Map<String, String> registryConfiguration() {
    return Map.of(RegistryClients.URL, registry.url());
  }

  private static FeatureVector vector(final long sequence) {
    return FeatureVector.newBuilder()
        .setStreamId("talk")
        .setModality(Modality.AUDIO)
        .setSpace("librosa-74")
        .setWindowStartMicros(sequence * 3_000_000)
        .setWindowEndMicros((sequence + 1) * 3_000_000)
        .setCoversStartMicros(sequence * 3_000_000)
        .setCoversEndMicros((sequence + 1) * 3_000_000)
        .setSequence(sequence)
        .setWeight(3)
        .setQuality(1)
        .setValues(FloatValues.of(new float[] {sequence, 0.25f}))
        .setExtractor("test")
        .setExtractorVersion("1")
        .setCapturedAtMillis(1)
        .setCreatedAtMillis(2)
        .build();
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
        .setPayload(ByteBuffer.allocate(100_000))
        .setCapturedAtMillis(1)
        .build();
  }

  private static KafkaProducer<byte[], byte[]> producer() {
    return new KafkaProducer<>(
        Map.of("bootstrap.servers", broker.bootstrapServers()),
        new ByteArraySerializer(),
        new ByteArraySerializer());
  }

  /** The first so many committed records of a topic, or what came within the bound. */
  private static List<ConsumerRecord<byte[], byte[]>> read(final String topic, final int count) {
    final List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers",
                broker.bootstrapServers(),
                "isolation.level",
                "read_committed",
                "auto.offset.reset",
                "earliest"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      consumer.assign(
          consumer.partitionsFor(topic).stream()
              .map(info -> new org.apache.kafka.common.TopicPartition(topic, info.partition()))
              .toList());
      final long deadline = System.nanoTime() + BOUND.toNanos();
      while (records.size() < count && System.nanoTime() < deadline) {
        consumer.poll(Duration.ofMillis(200)).forEach(records::add);
      }
    }
    return records;
  }

  @Test
  void recordsTravelOverTheRegisteredSchema() throws Exception {
    try (AvroSerde<FeatureVector> serde =
            AvroSerde.forValues(FeatureVector.class, registryConfiguration());
        KafkaProducer<byte[], byte[]> producer = producer()) {
      for (long i = 0; i < 3; i++) {
        producer
            .send(
                new ProducerRecord<>(
                    "adapted.audio",
                    "talk".getBytes(UTF_8),
                    serde.serializer().serialize("adapted.audio", vector(i))))
            .get();
      }

      assertThat(read("adapted.audio", 3))
          .extracting(record -> serde.deserializer().deserialize("adapted.audio", record.value()))
          .containsExactly(vector(0), vector(1), vector(2));
    }
    try (SchemaRegistryClient client = RegistryClients.create(registryConfiguration())) {
      assertThat(client.getAllSubjects()).contains("adapted.audio-value");
    }
  }

  @Test
  void theRegistryTakesCompatibleSchemasAndRefusesBreaks() throws Exception {
    final String subject = "adapted.visual-value";
    final String own = FeatureVector.getClassSchema().toString();
    try (SchemaRegistryClient client = RegistryClients.create(registryConfiguration());
        AvroSerde<FeatureVector> serde =
            AvroSerde.forValues(FeatureVector.class, registryConfiguration())) {
      final byte[] bytes = serde.serializer().serialize("adapted.visual", vector(0));
      final Schema extended =
          new Schema.Parser()
              .parse(
                  own.replaceFirst(
                      "\"fields\":\\[",
                      "\"fields\":[{\"name\":\"mood\",\"type\":\"string\",\"default\":\"\"},"));
      final int first = client.getId(subject, new AvroSchema(FeatureVector.getClassSchema()));
      final int second = client.register(subject, new AvroSchema(extended));
      assertThat(second).isNotEqualTo(first);

      final Schema broken =
          new Schema.Parser().parse(own.replace("\"name\":\"weight\"", "\"name\":\"mass\""));
      assertThatThrownBy(() -> client.register(subject, new AvroSchema(broken)))
          .isInstanceOf(RestClientException.class)
          .satisfies(
              failure -> assertThat(((RestClientException) failure).getStatus()).isEqualTo(409));
      // What was written before the evolution stays readable.
      assertThat(serde.deserializer().deserialize("adapted.visual", bytes)).isEqualTo(vector(0));
    }
  }

  @Test
  void theRegistryKnowsAnUnknownIdFromAnOutage() {
    final byte[] unknown = {0, 0, 15, 66, 64, 1, 2, 3};
    try (AvroSerde<FeatureVector> serde =
        AvroSerde.forValues(FeatureVector.class, registryConfiguration())) {
      assertThatThrownBy(() -> serde.deserializer().deserialize("adapted.text", unknown))
          .isInstanceOf(UndecodableRecordException.class)
          .hasMessageContaining("schema id 1000000 is not in the schema registry");
    }
  }

  @Test
  void anIncompatibleProgramIsStopped() throws Exception {
    // A subject of its own: the registry is shared with the other tests.
    final Schema foreign =
        new Schema.Parser()
            .parse(
                "{\"type\":\"record\",\"name\":\"FeatureVector\",\"namespace\":\"io.valence.schemas\","
                    + "\"fields\":[{\"name\":\"other\",\"type\":\"long\"}]}");
    try (SchemaRegistryClient client = RegistryClients.create(registryConfiguration());
        AvroSerializer<FeatureVector> serializer =
            new AvroSerializer<>(FeatureVector.class, client)) {
      client.register("features.visual-value", new AvroSchema(foreign));
      assertThatThrownBy(() -> serializer.serialize("features.visual", vector(0)))
          .isInstanceOf(io.valence.schemas.SchemaRefusedException.class)
          .hasMessageContaining("as incompatible with the registered version");
    }
  }

  @Test
  void existingTopicsAreAcceptedIfTheirPartitionsMatch() throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      TopicCatalogue.create(admin, PARTITIONS, (short) 1, BOUND);
      assertThatThrownBy(() -> TopicCatalogue.create(admin, PARTITIONS + 1, (short) 1, BOUND))
          .isInstanceOf(TopicCreationException.class)
          .hasMessageContaining("another number of partitions than 3")
          .hasMessageContaining("raw.video=2");
    }
  }

  @Test
  void aPoisonRecordLandsInTheDeadLettersAndTheRestGoesThroughOnce() throws Exception {
    final StreamsSettings settings =
        new StreamsSettings(
            broker.bootstrapServers(),
            "audio-features-test",
            Duration.ofMillis(100),
            StreamsConfig.EXACTLY_ONCE_V2,
            registryConfiguration());
    final byte[] poison = "poison".getBytes(UTF_8);
    final long poisonOffset;
    try (KafkaProducer<byte[], byte[]> producer = producer();
        AvroSerde<MediaChunk> serde =
            AvroSerde.forValues(MediaChunk.class, registryConfiguration())) {
      final byte[] key = "talk".getBytes(UTF_8);
      producer
          .send(
              new ProducerRecord<>(
                  "raw.audio", key, serde.serializer().serialize("raw.audio", chunk(0))))
          .get();
      poisonOffset = producer.send(new ProducerRecord<>("raw.audio", key, poison)).get().offset();
      producer
          .send(
              new ProducerRecord<>(
                  "raw.audio", key, serde.serializer().serialize("raw.audio", chunk(1))))
          .get();
    }
    try (KafkaStreams streams =
        new KafkaStreams(
            RecordTopology.build(
                RecordFlow.of(
                    "audio-features",
                    "raw.audio",
                    MediaChunk.class,
                    chunk -> List.of(vector(chunk.getSequence())),
                    "features.audio",
                    FeatureVector.class),
                settings),
            properties(settings))) {
      streams.setUncaughtExceptionHandler(new FailurePolicy());
      streams.start();

      final List<ConsumerRecord<byte[], byte[]>> letters = read("audio-features.dead-letters", 1);
      final List<ConsumerRecord<byte[], byte[]>> results = read("features.audio", 2);

      try (AvroSerde<FeatureVector> serde =
          AvroSerde.forValues(FeatureVector.class, registryConfiguration())) {
        assertThat(results)
            .extracting(
                record -> serde.deserializer().deserialize("features.audio", record.value()))
            .containsExactly(vector(0), vector(1));
      }
      assertThat(letters).hasSize(1);
      final ConsumerRecord<byte[], byte[]> letter = letters.get(0);
      assertThat(letter.value()).isEqualTo(poison);
      assertThat(new String(letter.key(), UTF_8)).isEqualTo("talk");
      assertThat(header(letter, DeadLetters.ORIGIN_TOPIC)).isEqualTo("raw.audio");
      assertThat(header(letter, DeadLetters.ORIGIN_OFFSET)).isEqualTo(Long.toString(poisonOffset));
      assertThat(header(letter, DeadLetters.REASON)).contains("not an Avro record");
      assertThat(header(letter, DeadLetters.SERVICE)).isEqualTo("audio-features");
    }
  }

  @Test
  void streamsOfAGroupMeetInOneTaskAndTheirResultsOnTheirPartitions() throws Exception {
    final StreamsSettings settings =
        new StreamsSettings(
            broker.bootstrapServers(),
            "text-features-test",
            Duration.ofMillis(100),
            StreamsConfig.EXACTLY_ONCE_V2,
            registryConfiguration());
    final int streamCount = 4;
    final Map<String, Integer> partitions = new HashMap<>();
    try (KafkaProducer<byte[], byte[]> producer = producer();
        AvroSerde<MediaChunk> serde =
            AvroSerde.forValues(MediaChunk.class, registryConfiguration())) {
      for (int i = 0; i < streamCount; i++) {
        final MediaChunk chunk =
            MediaChunk.newBuilder(chunk(0))
                .setStreamId("stream-" + i)
                .setModality(Modality.TEXT)
                .setContainer("text/utf-8")
                .setSampleRate(null)
                .build();
        final byte[] value = serde.serializer().serialize("raw.text", chunk);
        partitions.put(
            chunk.getStreamId(),
            producer
                .send(new ProducerRecord<>("raw.text", chunk.getStreamId().getBytes(UTF_8), value))
                .get()
                .partition());
      }
    }
    assertThat(partitions.values()).contains(0, 1);
    final RecordFlow<MediaChunk, FeatureVector> flow =
        RecordFlow.remembering(
            "text-features",
            "raw.text",
            MediaChunk.class,
            MediaChunk::getSequence,
            (chunk, memory) -> {
              final int count = memory.recall("all").map(kept -> kept[0] + 1).orElse(1);
              memory.keep("all", new byte[] {(byte) count});
              return List.of(
                  FeatureVector.newBuilder(vector(0))
                      .setStreamId(chunk.getStreamId())
                      .setModality(Modality.TEXT)
                      .setExtractorVersion(Integer.toString(count))
                      .build());
            },
            "features.text",
            FeatureVector.class);
    try (KafkaStreams streams =
        new KafkaStreams(
            RecordTopology.build(flow.grouped(chunk -> "all"), settings), properties(settings))) {
      streams.setUncaughtExceptionHandler(new FailurePolicy());
      streams.start();

      final List<ConsumerRecord<byte[], byte[]>> results = read("features.text", streamCount);

      try (AvroSerde<FeatureVector> serde =
          AvroSerde.forValues(FeatureVector.class, registryConfiguration())) {
        assertThat(results)
            .extracting(
                record ->
                    serde
                        .deserializer()
                        .deserialize("features.text", record.value())
                        .getExtractorVersion())
            .containsExactlyInAnyOrder("1", "2", "3", "4");
      }
      assertThat(results)
          .allSatisfy(
              record ->
                  assertThat(record.partition())
                      .isEqualTo(partitions.get(new String(record.key(), UTF_8))));
    }
  }

  private Properties properties(final StreamsSettings settings) {
    final Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, settings.applicationId());
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrapServers());
    properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, settings.guarantee());
    properties.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, settings.commitInterval().toMillis());
    properties.put(StreamsConfig.STATE_DIR_CONFIG, logs.resolve("streams").toString());
    return properties;
  }

  private static String header(final ConsumerRecord<byte[], byte[]> record, final String name) {
    return new String(record.headers().lastHeader(name).value(), UTF_8);
  }
}
