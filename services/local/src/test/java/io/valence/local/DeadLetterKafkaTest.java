package io.valence.local;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.valence.schemas.FeatureVector;
import io.valence.schemas.MediaChunk;
import io.valence.schemas.TopicCatalogue;
import io.valence.streams.DeadLetters;
import io.valence.streams.FailurePolicy;
import io.valence.streams.RecordFlow;
import io.valence.streams.RecordTopology;
import io.valence.streams.StreamsSettings;
import io.valence.streams.deadletters.DeadLetter;
import io.valence.streams.deadletters.DeadLetterException;
import io.valence.streams.deadletters.DeadLetterReader;
import io.valence.streams.deadletters.DeadLetterRedrive;
import io.valence.streams.deadletters.LetterAddress;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Dead letters on a real broker: written by a service's topology, read, written back, failing again. */
class DeadLetterKafkaTest {

  private static final Path HOME = Path.of(System.getProperty("valence.home"));
  private static final Duration BOUND = Duration.ofSeconds(60);
  private static final int PARTITIONS = 4;
  private static final String PRODUCER = "kafka-streams.producer.";

  /** What a batch takes beside key, value and headers of its one record. */
  private static final int BATCH_OVERHEAD = 100;

  @TempDir private static Path folder;
  private static LocalBroker broker;

  @BeforeAll
  static void start() throws Exception {
    broker = LocalBroker.startTemporary();
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      TopicCatalogue.create(admin, PARTITIONS, (short) 1, BOUND);
    }
  }

  @AfterAll
  static void stop() {
    if (broker != null) {
      broker.close();
    }
  }

  private static Properties configuration(final String service) throws Exception {
    final Properties properties = new Properties();
    final Path file =
        HOME.resolve("services")
            .resolve(service)
            .resolve("src/main/resources/application.properties");
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    }
    return properties;
  }

  /** The audio service's own topology and producer, with a step that takes no chunk at all. */
  private static KafkaStreams refusingService() throws Exception {
    final StreamsSettings settings =
        new StreamsSettings(
            broker.bootstrapServers(),
            "refusing",
            Duration.ofMillis(100),
            StreamsConfig.EXACTLY_ONCE_V2,
            Map.of("schema.registry.url", "mock://dead-letters"));
    final Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, settings.applicationId());
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrapServers());
    properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, settings.guarantee());
    properties.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, settings.commitInterval().toMillis());
    properties.put(StreamsConfig.STATE_DIR_CONFIG, folder.resolve("streams").toString());
    configuration("audio-features")
        .forEach(
            (key, value) -> {
              if (key.toString().startsWith(PRODUCER)) {
                properties.put("producer." + key.toString().substring(PRODUCER.length()), value);
              }
            });
    final KafkaStreams streams =
        new KafkaStreams(
            RecordTopology.build(
                RecordFlow.of(
                    "audio-features",
                    "raw.audio",
                    MediaChunk.class,
                    chunk -> List.of(),
                    "features.audio",
                    FeatureVector.class),
                settings),
            properties);
    streams.setUncaughtExceptionHandler(new FailurePolicy());
    return streams;
  }

  private static KafkaProducer<byte[], byte[]> producer() {
    return new KafkaProducer<>(
        Map.of(
            ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
            broker.bootstrapServers(),
            ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
            16 << 20),
        new ByteArraySerializer(),
        new ByteArraySerializer());
  }

  private static List<DeadLetter> letters(final DeadLetterReader reader, final String service)
      throws DeadLetterException {
    final List<DeadLetter> letters = new ArrayList<>();
    reader.visit(List.of(service), Optional.empty(), letters::add);
    return letters;
  }

  private static List<DeadLetter> await(
      final DeadLetterReader reader, final String service, final int count) throws Exception {
    final long deadline = System.nanoTime() + BOUND.toNanos();
    List<DeadLetter> letters = letters(reader, service);
    while (letters.size() < count && System.nanoTime() < deadline) {
      TimeUnit.MILLISECONDS.sleep(100);
      letters = letters(reader, service);
    }
    assertThat(letters).hasSize(count);
    return letters;
  }

  private static String header(final DeadLetter letter, final String name) {
    final Header header = letter.headers().lastHeader(name);
    return header == null ? null : new String(header.value(), UTF_8);
  }

  @Test
  void everyServiceMayWriteALetterOfTheLargestRecord() throws Exception {
    for (final String service : TopicCatalogue.SERVICES) {
      if (!service.equals("ingest")) {
        // Ingest reads no topic, so no record of one can fail it.
        final String most =
            configuration(service).getProperty("kafka-streams.producer.max.request.size");
        assertThat(most).as(service).isNotNull();
        assertThat(Integer.parseInt(most))
            .as(service)
            .isGreaterThanOrEqualTo(TopicCatalogue.deadLetters(service).maxMessageBytes());
      }
    }
  }

  @Test
  void aRecordThatIsSmallOnlyAsLongAsItIsPackedIsRefusedByTheBroker() {
    final byte[] packsWell = new byte[12 << 20];
    try (KafkaProducer<byte[], byte[]> compressing =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                broker.bootstrapServers(),
                ProducerConfig.COMPRESSION_TYPE_CONFIG,
                "gzip",
                ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                16 << 20),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      assertThatThrownBy(
              () -> compressing.send(new ProducerRecord<>("raw.audio", 0, null, packsWell)).get())
          .hasCauseInstanceOf(RecordTooLargeException.class);
    }
  }

  @Test
  void aLetterHoldsTheLargestRecordUntouchedAndMayFailAgain() throws Exception {
    final byte[] key = "talk".getBytes(UTF_8);
    // With its header it fills what raw.audio takes, but for the room of the re-drive's header.
    final byte[] largest =
        new byte[TopicCatalogue.MAX_CHUNK_BYTES - BATCH_OVERHEAD - key.length - 200];
    new Random(1).nextBytes(largest);
    try (KafkaProducer<byte[], byte[]> producer = producer();
        KafkaStreams streams = refusingService();
        DeadLetterReader reader = new DeadLetterReader(broker.bootstrapServers())) {
      final ProducerRecord<byte[], byte[]> poison =
          new ProducerRecord<>("raw.audio", 3, key, largest);
      poison.headers().add("trace", "abc".getBytes(UTF_8));
      final long offset = producer.send(poison).get().offset();
      producer.send(new ProducerRecord<>("raw.audio", 1, null, "no key".getBytes(UTF_8))).get();
      producer.send(new ProducerRecord<>("raw.audio", 2, key, null)).get();
      streams.start();

      final List<DeadLetter> letters = await(reader, "audio-features", 3);

      final DeadLetter letter =
          letters.stream().filter(one -> one.size() == largest.length).findFirst().orElseThrow();
      assertThat(letter.value()).isEqualTo(largest);
      assertThat(letter.key()).isEqualTo(key);
      assertThat(header(letter, "trace")).isEqualTo("abc");
      assertThat(letter.origin()).isEqualTo("raw.audio/3@" + offset);
      assertThat(letter.reason()).contains("not an Avro record");
      assertThat(letter.stack().orElseThrow()).contains("UndecodableRecordException at ");
      assertThat(header(letter, DeadLetters.SERVICE)).isEqualTo("audio-features");
      assertThat(letters)
          .anySatisfy(
              one -> {
                assertThat(one.key()).isNull();
                assertThat(one.value()).isEqualTo("no key".getBytes(UTF_8));
                assertThat(one.origin()).isEqualTo("raw.audio/1@0");
              })
          .anySatisfy(
              one -> {
                assertThat(one.key()).isEqualTo(key);
                assertThat(one.value()).isNull();
                assertThat(one.reason()).isEqualTo("the record has no value");
              });

      try (DeadLetterRedrive redrive = new DeadLetterRedrive(broker.bootstrapServers(), reader)) {
        for (final DeadLetter one : letters) {
          assertThat(redrive.marker(one)).isEmpty();
          redrive.send(one, one == letter ? new byte[] {0, 0} : one.value());
        }
        redrive.commit();
      }

      final List<DeadLetter> after = await(reader, "audio-features", 6);
      final DeadLetter again =
          after.stream()
              .filter(one -> one.redrivenFrom().equals(Optional.of(letter.address().toString())))
              .findFirst()
              .orElseThrow();
      assertThat(again.value()).isEqualTo(new byte[] {0, 0});
      assertThat(again.reason()).as("the new failure").contains("only 2 bytes");
      assertThat(again.originTopic()).as("still the raw topic").contains("raw.audio");
      assertThat(again.originPartition()).hasValue(3);
      assertThat(again.originOffset().orElseThrow()).isGreaterThan(offset);
      assertThat(header(again, "trace")).isEqualTo("abc");
      for (final String name : DeadLetters.HEADERS) {
        assertThat(again.headers().headers(name)).as(name).hasSize(1);
      }
      // A record that had no key and one that had no value came back to their partitions as they
      // were.
      assertThat(after)
          .filteredOn(one -> one.redrivenFrom().isPresent() && one.key() == null)
          .singleElement()
          .satisfies(one -> assertThat(one.originPartition()).hasValue(1));
      assertThat(after)
          .filteredOn(one -> one.redrivenFrom().isPresent() && one.value() == null)
          .singleElement()
          .satisfies(one -> assertThat(one.originPartition()).hasValue(2));

      assertThat(reader.redriven().keySet())
          .containsAll(letters.stream().map(DeadLetter::address).toList());
      assertThat(reader.redriven().get(letter.address()).isOf(letter)).isTrue();
      assertThat(streams.state()).isEqualTo(KafkaStreams.State.RUNNING);
    }
  }

  private static LetterAddress plainLetter(final String reason, final long millis)
      throws Exception {
    try (KafkaProducer<byte[], byte[]> producer = producer()) {
      final ProducerRecord<byte[], byte[]> record =
          new ProducerRecord<>(
              "text-features.dead-letters", 0, millis, "s".getBytes(UTF_8), new byte[] {1});
      record.headers().add(DeadLetters.REASON, reason.getBytes(UTF_8));
      record.headers().add(DeadLetters.ORIGIN_TOPIC, "raw.text".getBytes(UTF_8));
      record.headers().add(DeadLetters.ORIGIN_PARTITION, "0".getBytes(UTF_8));
      return new LetterAddress("text-features", 0, producer.send(record).get().offset());
    }
  }

  @Test
  void whatIsGivenUpOrFencedOffLeavesNothing() throws Exception {
    try (DeadLetterReader reader = new DeadLetterReader(broker.bootstrapServers())) {
      final DeadLetter letter = reader.read(plainLetter("first", System.currentTimeMillis()));
      try (DeadLetterRedrive abandoned = new DeadLetterRedrive(broker.bootstrapServers(), reader)) {
        abandoned.send(letter, letter.value());
      }
      try (DeadLetterRedrive early = new DeadLetterRedrive(broker.bootstrapServers(), reader)) {
        early.send(letter, letter.value());
        try (DeadLetterRedrive later = new DeadLetterRedrive(broker.bootstrapServers(), reader)) {
          assertThat(later.marker(letter)).as("the earlier one has not committed").isEmpty();
          later.send(letter, letter.value());
          later.commit();
        }
        assertThatThrownBy(early::commit)
            .isInstanceOf(DeadLetterException.class)
            .hasMessageContaining("another re-drive began meanwhile")
            .hasMessageContaining("nothing was re-driven");
      }

      try (DeadLetterRedrive third = new DeadLetterRedrive(broker.bootstrapServers(), reader)) {
        assertThat(third.marker(letter)).isPresent();
      }
      // One committed record on the origin, whatever was given up.
      assertThat(committed("raw.text"))
          .extracting(record -> new String(record.key(), UTF_8))
          .containsExactly("s");
    }
  }

  private static List<ConsumerRecord<byte[], byte[]>> committed(final String topic) {
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
      final List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(info -> new TopicPartition(topic, info.partition()))
              .toList();
      consumer.assign(partitions);
      final Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      final long deadline = System.nanoTime() + BOUND.toNanos();
      while (partitions.stream().anyMatch(one -> consumer.position(one) < ends.get(one))
          && System.nanoTime() < deadline) {
        consumer.poll(Duration.ofMillis(100)).forEach(records::add);
      }
    }
    return records;
  }

  @Test
  void readsFromATimeOnAndSaysWhatIsNotThere() throws Exception {
    try (DeadLetterReader reader = new DeadLetterReader(broker.bootstrapServers())) {
      final long now = System.currentTimeMillis();
      final LetterAddress old = plainLetter("old", now - 3_600_000);
      final LetterAddress young = plainLetter("young", now);
      final List<LetterAddress> seen = new ArrayList<>();
      reader.visit(
          TopicCatalogue.SERVICES,
          Optional.of(Instant.ofEpochMilli(now - 60_000)),
          letter -> seen.add(letter.address()));
      assertThat(seen).contains(young).doesNotContain(old);
      assertThat(reader.read(old).reason()).isEqualTo("old");

      missing(reader, "text-features:0@999", "the last offset of the partition is");
      missing(reader, "text-features:9@0", "has partitions 0 to 3");
      missing(reader, "ingest:0@0", "the partition is empty");
    }
  }

  private static void missing(
      final DeadLetterReader reader, final String address, final String reason) {
    assertThatThrownBy(() -> reader.read(LetterAddress.parse(address)))
        .isInstanceOf(DeadLetterException.class)
        .hasMessageContaining(reason);
  }
}
