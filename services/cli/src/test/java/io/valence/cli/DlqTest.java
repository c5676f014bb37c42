package io.valence.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.valence.local.LocalBroker;
import io.valence.schemas.AvroSerde;
import io.valence.schemas.MediaChunk;
import io.valence.schemas.Modality;
import io.valence.schemas.TopicCatalogue;
import io.valence.streams.DeadLetters;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.logging.LogManager;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The dead-letter commands as a user types them, against a real broker. */
class DlqTest {

  private static final String REGISTRY = "mock://dlq-test";
  private static final Duration BOUND = Duration.ofSeconds(60);
  private static final MediaChunk CHUNK =
      MediaChunk.newBuilder()
          .setStreamId("talk")
          .setModality(Modality.AUDIO)
          .setSequence(4)
          .setStartMicros(0)
          .setEndMicros(3_000_000)
          .setContainer("pcm_f32le")
          .setSampleRate(16)
          .setPayload(ByteBuffer.wrap(new byte[4_000]))
          .setCapturedAtMillis(5)
          .build();

  private static LocalBroker broker;
  private static final AvroSerde<MediaChunk> CHUNKS =
      AvroSerde.forValues(MediaChunk.class, Map.of("schema.registry.url", REGISTRY));

  @TempDir private Path folder;

  @BeforeAll
  static void start() throws Exception {
    // The broker tells at length what it does.
    LogManager.getLogManager().reset();
    broker = LocalBroker.startTemporary();
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      TopicCatalogue.create(admin, 4, (short) 1, BOUND);
    }
  }

  @AfterAll
  static void stop() {
    CHUNKS.close();
    if (broker != null) {
      broker.close();
    }
  }

  private static Run dlq(final String... arguments) {
    return Run.of(
        Stream.concat(
                Stream.concat(Stream.of("dlq"), Stream.of(arguments)),
                Stream.of("--bootstrap", broker.bootstrapServers(), "--registry", REGISTRY))
            .toArray(String[]::new));
  }

  private static byte[] bytes(final MediaChunk chunk) {
    return CHUNKS.serializer().serialize("raw.audio", chunk);
  }

  /** Puts a letter where a service would have put it, and gives its address. */
  private static String letter(
      final String service, final int partition, final byte[] value, final String reason)
      throws Exception {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", broker.bootstrapServers()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      final ProducerRecord<byte[], byte[]> record =
          new ProducerRecord<>(service + ".dead-letters", partition, "talk".getBytes(UTF_8), value);
      record.headers().add("trace", "abc".getBytes(UTF_8));
      record.headers().add(DeadLetters.ORIGIN_TOPIC, "raw.audio".getBytes(UTF_8));
      record.headers().add(DeadLetters.ORIGIN_PARTITION, "2".getBytes(UTF_8));
      record.headers().add(DeadLetters.ORIGIN_OFFSET, "88".getBytes(UTF_8));
      record.headers().add(DeadLetters.REASON, reason.getBytes(UTF_8));
      record.headers().add(DeadLetters.STACK, "Exception at here".getBytes(UTF_8));
      record.headers().add(DeadLetters.SERVICE, service.getBytes(UTF_8));
      record.headers().add(DeadLetters.FAILED_AT, "2026-01-01T00:00:00Z".getBytes(UTF_8));
      return service + ":" + partition + "@" + producer.send(record).get().offset();
    }
  }

  private static List<ConsumerRecord<byte[], byte[]>> records(final String topic) {
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

  private static void refused(final Run run, final int exitCode, final String reason) {
    assertThat(run.exitCode()).as(run.err()).isEqualTo(exitCode);
    assertThat(run.err()).startsWith("valence: ").contains(reason).doesNotContain("\tat ");
    assertThat(run.out()).isEmpty();
  }

  @Test
  void listsTheNewestAndCountsAll() throws Exception {
    letter("text-features", 0, new byte[] {1, 2}, "the window from 3 to 3 is empty");
    letter("text-features", 1, new byte[] {1, 2}, "the window from 6 to 6 is empty");
    final String last = letter("text-features", 2, new byte[2_048], "odd\u001b[2J bytes\nhere");

    final Run all = dlq("list", "--service", "text-features");
    assertThat(all.exitCode()).as(all.err()).isZero();
    assertThat(all.out())
        .contains("text-features:0@0", "raw.audio/2@88", "the window from 3 to 3 is empty")
        .contains("2.0 KiB", "talk")
        .contains("3 dead letters:\n")
        .contains("       2  text-features     the window from # to # is empty\n")
        .contains("       1  text-features     odd?[#J bytes?here\n")
        .doesNotContain("\u001b");

    final Run newest = dlq("list", "--service", "text-features", "--limit", "1", "--json");
    final JsonNode document = EventJson.MAPPER.readTree(newest.out());
    assertThat(document.path("total").asInt()).isEqualTo(3);
    assertThat(document.path("letters")).hasSize(1);
    assertThat(document.path("letters").path(0).path("address").asText()).isEqualTo(last);
    assertThat(document.path("letters").path(0).path("originOffset").asLong()).isEqualTo(88);
    assertThat(document.path("counts").path(0).path("count").asInt()).isEqualTo(2);

    assertThat(dlq("list", "--service", "text-features", "--reason", "ODD", "--since", "1h").out())
        .contains(last)
        .contains("1 dead letter:");
    final Run none = dlq("list", "--service", "ingest");
    assertThat(none.exitCode()).isZero();
    assertThat(none.out()).isEqualTo("no dead letters of that kind\n");
  }

  @Test
  void showsARecordOrItsBytes() throws Exception {
    final String chunk =
        letter("visual-features", 1, bytes(CHUNK), "sampleRate must be 1,000 to 384,000, not 16");
    final String garbage = letter("visual-features", 1, "not avro".getBytes(UTF_8), "not Avro");
    final Path file = folder.resolve("value.bin");

    final Run record = dlq("show", chunk, "--output", file.toString());
    assertThat(record.exitCode()).as(record.err()).isZero();
    assertThat(record.out())
        .contains("reason     sampleRate must be 1,000 to 384,000, not 16")
        .contains("stack      Exception at here")
        .contains("from       raw.audio/2@88")
        .contains("  trace = abc")
        .contains("a MediaChunk", "  sampleRate = 16\n", "  payload = 4000 bytes: 00 00")
        .contains("key        talk");
    assertThat(file).hasBinaryContent(bytes(CHUNK));
    refused(dlq("show", chunk, "--output", file.toString()), ExitCode.INPUT, "exists already");

    assertThat(dlq("show", garbage).out())
        .contains("not decoded: not an Avro record")
        .contains("  000000  6e 6f 74 20 61 76 72 6f                          not avro\n");
    final JsonNode json = EventJson.MAPPER.readTree(dlq("show", chunk, "--json").out());
    assertThat(json.path("record").path("sampleRate").asInt()).isEqualTo(16);
    assertThat(json.path("headers").path("trace").asText()).isEqualTo("abc");
    assertThat(json.path("recordType").asText()).isEqualTo("io.valence.schemas.MediaChunk");
  }

  @Test
  void redrivesAMendedRecordOnceToItsPlace() throws Exception {
    final String address = letter("audio-features", 3, bytes(CHUNK), "sampleRate not 16");
    final int before = records("raw.audio").size();

    final Run rehearsal = dlq("redrive", address, "--set", "sampleRate=16000", "--dry-run");
    assertThat(rehearsal.exitCode()).as(rehearsal.err()).isZero();
    assertThat(rehearsal.out())
        .contains(address + " would go to raw.audio/2, mended")
        .contains("1 letter would be re-driven");
    assertThat(records("raw.audio")).hasSize(before);

    final Run run = dlq("redrive", address, "--set", "sampleRate=16000");
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).contains("1 letter re-driven\n");
    final ConsumerRecord<byte[], byte[]> record =
        records("raw.audio").stream()
            .filter(one -> one.headers().lastHeader("valence.redriven-from") != null)
            .filter(
                one ->
                    new String(one.headers().lastHeader("valence.redriven-from").value(), UTF_8)
                        .equals(address))
            .reduce(
                (one, other) -> {
                  throw new AssertionError("written twice");
                })
            .orElseThrow();
    assertThat(record.partition()).isEqualTo(2);
    assertThat(record.key()).isEqualTo("talk".getBytes(UTF_8));
    assertThat(record.value())
        .isEqualTo(bytes(MediaChunk.newBuilder(CHUNK).setSampleRate(16_000).build()));
    assertThat(Stream.of(record.headers().toArray()).map(header -> header.key()))
        .containsExactly("trace", "valence.redriven-from");

    refused(
        dlq("redrive", address, "--set", "sampleRate=16000"),
        ExitCode.INPUT,
        "letter " + address + " was re-driven already, at 2");
    assertThat(dlq("list", "--service", "audio-features").out()).contains("[re-driven 2");
    assertThat(dlq("show", address).out()).contains("re-driven  2");
    assertThat(records("raw.audio")).hasSize(before + 1);
    assertThat(dlq("redrive", address, "--again").out())
        .contains(address + " goes to raw.audio/2, untouched");
    assertThat(records("raw.audio")).hasSize(before + 2);
  }

  @Test
  void redrivesManyInOneGoOrNone() throws Exception {
    final String first = letter("adapter", 0, new byte[] {1}, "takes librosa-74");
    final String second = letter("adapter", 1, new byte[] {2}, "takes LIBROSA-74 too");
    letter("adapter", 1, new byte[] {3}, "something else");
    final int before = records("raw.audio").size();

    refused(
        dlq("redrive", first, "adapter:0@77"), ExitCode.INPUT, "there is no letter adapter:0@77");
    assertThat(records("raw.audio")).hasSize(before);

    assertThat(dlq("redrive", first).exitCode()).isZero();
    final Run rest = dlq("redrive", "--service", "adapter", "--reason", "librosa", "--all");
    assertThat(rest.exitCode()).as(rest.err()).isZero();
    assertThat(rest.out())
        .contains(second + " goes to raw.audio/2, untouched")
        .contains("1 letter re-driven, 1 left alone that was re-driven before");
    assertThat(records("raw.audio")).hasSize(before + 2);
    assertThat(dlq("redrive", "--service", "adapter", "--reason", "librosa", "--all").out())
        .startsWith("0 letters re-driven, 2 left alone that were re-driven before");
  }

  @Test
  void takesTheValueFromAFile() throws Exception {
    final String address = letter("adapter", 2, new byte[] {1}, "bad value");
    final Path file = Files.write(folder.resolve("mended"), new byte[] {0, 1, 2});

    assertThat(dlq("redrive", address, "--value", file.toString()).exitCode()).isZero();

    assertThat(records("raw.audio"))
        .anySatisfy(record -> assertThat(record.value()).isEqualTo(new byte[] {0, 1, 2}));
  }

  @Test
  void saysWhatIsWrong() throws Exception {
    final String chunk = letter("fusion", 0, bytes(CHUNK), "bad");
    final String garbage = letter("fusion", 0, new byte[] {9}, "bad");
    refused(Run.of("dlq"), ExitCode.USAGE, "name one of list, show and redrive");
    refused(dlq("show", "fusion"), ExitCode.USAGE, "write service:partition@offset");
    refused(dlq("show", "fuson:0@1"), ExitCode.USAGE, "no service \"fuson\"");
    refused(dlq("list", "--service", "fuson"), ExitCode.USAGE, "there are ingest, ");
    refused(dlq("list", "--since", "yesterday"), ExitCode.USAGE, "write 90s, 30m, 2h or 7d");
    refused(dlq("redrive"), ExitCode.USAGE, "give addresses, or --service");
    refused(dlq("redrive", "--all"), ExitCode.USAGE, "--all needs --service");
    refused(dlq("redrive", chunk, "--set", "sampleRate"), ExitCode.USAGE, "write field=value");
    refused(dlq("redrive", chunk, "--value", "no-such"), ExitCode.INPUT, "no such file: no-such");
    refused(
        dlq("redrive", chunk, "--set", "rate=1"), ExitCode.INPUT, "MediaChunk has no field rate");
    refused(
        dlq("redrive", chunk, "--set", "sampleRate=fast"),
        ExitCode.INPUT,
        "field sampleRate must be a number of type int, not \"fast\"");
    refused(
        dlq("redrive", chunk, "--set", "sampleRate=17"),
        ExitCode.INPUT,
        "would fail again: sampleRate must be 1,000 to 384,000, not 17");
    refused(
        dlq("redrive", chunk, "--set", "sampleRate=16000", "--set", "streamId=other"),
        ExitCode.INPUT,
        "its stream id \"other\" is not its key");
    refused(
        dlq("redrive", garbage, "--set", "sampleRate=16000"),
        ExitCode.INPUT,
        "cannot be mended by --set: not an Avro record");
    final Run down = Run.of("dlq", "list", "--bootstrap", "localhost:1");
    refused(down, ExitCode.ENVIRONMENT, "Kafka or the schema registry does not answer");
    assertThat(Run.of("dlq", "redrive", "--help").out())
        .contains("valence.fusion.stall-timeout", "sentiment.late", "valence.ingest.grace");
  }
}
