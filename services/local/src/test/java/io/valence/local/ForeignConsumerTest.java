package io.valence.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.valence.schemas.AvroSerializer;
import io.valence.schemas.EmitReason;
import io.valence.schemas.Modality;
import io.valence.schemas.ModalityReport;
import io.valence.schemas.ModalityStatus;
import io.valence.schemas.SentimentClass;
import io.valence.schemas.SentimentEvent;
import io.valence.schemas.TopicCatalogue;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A consumer that is not ours reads {@code sentiment.events}: Confluent's own registry client for
 * Node with a Kafka client for Node. Runs where node, npm and the npm registry are at hand.
 */
class ForeignConsumerTest {

  private static final Path HOME = Path.of(System.getProperty("valence.home"));
  private static final Path SCRIPT = HOME.resolve("services/local/src/test/node");
  private static final int EVENTS = 3;

  @TempDir private Path folder;

  @Test
  void confluentsNodeClientDecodesTheEvents() throws Exception {
    assumeTrue(runs("node", "--version"), "node is not installed: the foreign consumer is skipped");
    assumeTrue(runs("npm", "--version"), "npm is not installed: the foreign consumer is skipped");
    final Path node = HOME.resolve("services/local/target/node");
    install(node);
    try (LocalBroker broker = LocalBroker.startTemporary();
        LocalRegistry registry = LocalRegistry.startTemporary(HOME, folder)) {
      try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
        TopicCatalogue.create(admin, 1, (short) 1, Duration.ofSeconds(30));
      }
      produce(broker.bootstrapServers(), registry.url());

      final List<String> lines =
          run(
              node,
              "node",
              "consume.js",
              broker.bootstrapServers(),
              registry.url(),
              Integer.toString(EVENTS));

      assertThat(lines).hasSize(EVENTS);
      final ObjectMapper mapper = new ObjectMapper();
      for (int i = 0; i < EVENTS; i++) {
        final JsonNode record = mapper.readTree(lines.get(i));
        assertThat(record.path("key").asText()).isEqualTo("talk");
        final JsonNode event = record.path("event");
        assertThat(event.path("streamId").asText()).isEqualTo("talk");
        assertThat(event.path("windowStartMicros").asLong()).isEqualTo(i * 3_000_000L);
        assertThat(event.path("score").asDouble()).isEqualTo(-0.5 + i);
        assertThat(event.path("modalities")).hasSize(3);
        assertThat(event.path("modalities").path(0).path("modality").asText()).isEqualTo("VISUAL");
        assertThat(event.path("modalities").toString()).contains("PRESENT").contains("MISSING");
      }
    }
  }

  private void install(final Path node) throws IOException, InterruptedException {
    Files.createDirectories(node);
    for (final String file : List.of("package.json", "package-lock.json", "consume.js")) {
      Files.copy(
          SCRIPT.resolve(file),
          node.resolve(file),
          java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }
    if (Files.isDirectory(node.resolve("node_modules/@confluentinc"))) {
      return;
    }
    final Path log = folder.resolve("npm.log");
    final Process npm =
        new ProcessBuilder("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
            .directory(node.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    final boolean ended = npm.waitFor(300, TimeUnit.SECONDS);
    if (!ended) {
      npm.destroyForcibly();
    }
    assumeTrue(
        ended && npm.exitValue() == 0,
        () -> "npm cannot fetch the client, the foreign consumer is skipped: " + tail(log));
  }

  private static void produce(final String bootstrapServers, final String registryUrl)
      throws Exception {
    final AvroSerializer<SentimentEvent> serializer = new AvroSerializer<>(SentimentEvent.class);
    serializer.configure(Map.of("schema.registry.url", registryUrl), false);
    try (KafkaProducer<String, SentimentEvent> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", bootstrapServers), new StringSerializer(), serializer)) {
      for (int i = 0; i < EVENTS; i++) {
        producer.send(new ProducerRecord<>("sentiment.events", "talk", event(i))).get();
      }
      producer.flush();
    }
  }

  private static SentimentEvent event(final int window) {
    final List<ModalityReport> reports = new ArrayList<>();
    for (final Modality modality : Modality.values()) {
      final boolean present = modality != Modality.AUDIO;
      reports.add(
          ModalityReport.newBuilder()
              .setModality(modality)
              .setStatus(present ? ModalityStatus.PRESENT : ModalityStatus.MISSING)
              .setWeight(present ? 75 : 0)
              .setQuality(present ? 1 : 0)
              .setCoverage(present ? 1 : 0)
              .setContribution(present ? 0.25 : 0)
              .setScoreAlone(present ? (Double) 0.25 : null)
              .setInformative(true)
              .build());
    }
    return SentimentEvent.newBuilder()
        .setEventId("00000000-0000-5000-8000-00000000000" + window)
        .setStreamId("talk")
        .setWindowStartMicros(window * 3_000_000L)
        .setWindowEndMicros((window + 1) * 3_000_000L)
        .setScore(-0.5 + window)
        .setIntervalLow(-2)
        .setIntervalHigh(3)
        .setSentimentClass(SentimentClass.NEUTRAL)
        .setModalities(reports)
        .setBaseline(0)
        .setReason(EmitReason.COMPLETE)
        .setBundleId("direct")
        .setBundleVersion("1.0.0")
        .setCapturedAtMillis(1_000)
        .setCreatedAtMillis(1_500)
        .setLatencyMillis(500)
        .build();
  }

  private static boolean runs(final String... command) throws InterruptedException {
    try {
      final Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor(30, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (final IOException e) {
      // Not installed: the answer to the question.
      return false;
    }
  }

  private List<String> run(final Path directory, final String... command)
      throws IOException, InterruptedException {
    final File out = folder.resolve("out.txt").toFile();
    final File err = folder.resolve("err.txt").toFile();
    final Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectOutput(out)
            .redirectError(err)
            .start();
    final boolean ended = process.waitFor(60, TimeUnit.SECONDS);
    if (!ended) {
      process.destroyForcibly();
    }
    assertThat(ended).as("the consumer ends by itself; it said: %s", tail(err.toPath())).isTrue();
    assertThat(process.exitValue()).as(tail(err.toPath())).isZero();
    return Files.readAllLines(out.toPath());
  }

  private static String tail(final Path file) {
    try (Stream<String> lines = Files.lines(file, StandardCharsets.UTF_8)) {
      final List<String> all = lines.toList();
      return String.join("; ", all.subList(Math.max(0, all.size() - 3), all.size()));
    } catch (final IOException e) {
      return e.toString();
    }
  }
}
