package io.valence.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.valence.local.LocalBroker;
import io.valence.schemas.AvroSerde;
import io.valence.schemas.SentimentClass;
import io.valence.schemas.ShadowScore;
import io.valence.schemas.TopicCatalogue;
import java.time.Duration;
import java.util.Map;
import java.util.logging.LogManager;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

/** The comparison as a user types it, against a real broker. */
class ShadowTest {

  private static final String REGISTRY = "mock://shadow-test";

  private static Run shadow(final LocalBroker broker, final String... arguments) {
    return Run.of(
        Stream.concat(
                Stream.of("shadow"),
                Stream.concat(
                    Stream.of(arguments),
                    Stream.of("--bootstrap", broker.bootstrapServers(), "--registry", REGISTRY)))
            .toArray(String[]::new));
  }

  private static ShadowScore score(final int window, final String version, final double shadow) {
    final double live = -0.25;
    return ShadowScore.newBuilder()
        .setStreamId("talk")
        .setLiveEventId("event-" + window)
        .setWindowStartMicros(window * 3_000_000L)
        .setWindowEndMicros((window + 1) * 3_000_000L)
        .setLiveBundleId("direct")
        .setLiveBundleVersion("1.0.0")
        .setLiveScore(live)
        .setLiveIntervalLow(-1)
        .setLiveIntervalHigh(1)
        .setLiveClass(SentimentClass.NEUTRAL)
        .setShadowBundleId("direct")
        .setShadowBundleVersion(version)
        .setShadowScore(shadow)
        .setShadowIntervalLow(-2)
        .setShadowIntervalHigh(2)
        .setShadowClass(shadow >= 0.5 ? SentimentClass.WEAKLY_POSITIVE : SentimentClass.NEUTRAL)
        .setDifference(shadow - live)
        .setClassesDiffer(shadow >= 0.5)
        .setCreatedAtMillis(1)
        .build();
  }

  @Test
  void reportsEachPairOfBundlesAndSaysWhatIsMissing() throws Exception {
    // The broker tells at length what it does.
    LogManager.getLogManager().reset();
    try (LocalBroker broker = LocalBroker.startTemporary();
        AvroSerde<ShadowScore> serde =
            AvroSerde.forValues(ShadowScore.class, Map.of("schema.registry.url", REGISTRY));
        KafkaProducer<byte[], byte[]> producer =
            new KafkaProducer<>(
                Map.of("bootstrap.servers", broker.bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
      final Run noTopic = shadow(broker);
      assertThat(noTopic.exitCode()).isEqualTo(ExitCode.ENVIRONMENT);
      assertThat(noTopic.err())
          .startsWith("valence: this Kafka has no topic sentiment.shadow")
          .contains("run --shadow BUNDLE");

      try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
        TopicCatalogue.create(admin, 2, (short) 1, Duration.ofSeconds(60));
      }
      final Run empty = shadow(broker, "--from-beginning");
      assertThat(empty.exitCode()).isEqualTo(ExitCode.INPUT);
      assertThat(empty.err()).startsWith("valence: sentiment.shadow is empty: start the stack");
      assertThat(shadow(broker, "--for", "1s").err())
          .startsWith("valence: nothing came onto sentiment.shadow within 1s: start the stack");

      final byte[] key = "talk".getBytes(UTF_8);
      for (final ShadowScore score :
          new ShadowScore[] {
            score(0, "1.1.0", 0.25), score(1, "1.1.0", 0.75), score(2, "1.2.0", -0.25)
          }) {
        producer
            .send(
                new ProducerRecord<>(
                    "sentiment.shadow",
                    key,
                    serde.serializer().serialize("sentiment.shadow", score)))
            .get();
      }
      producer.send(new ProducerRecord<>("sentiment.shadow", key, new byte[] {1, 2})).get();

      final Run run = shadow(broker, "--top", "1");
      assertThat(run.exitCode()).as(run.err()).isZero();
      // t(0.975; 1) = 12.706 times sd 0.354 / sqrt(2) = 3.177 about 0.75.
      assertThat(run.out())
          .contains("shadow direct 1.1.0 against live direct 1.0.0")
          .contains("paired windows     2 in 1 stream")
          .contains(
              "mean difference    +0.750  [-2.427, +3.927]  95 % interval, windows of the one")
          .contains("mean |difference|  0.750")
          .contains("correlation        undefined: one of the two never changes")
          .contains("class changes      50.0 % of the windows")
          .contains("3.00 -      6.00   -0.250   +0.750       +1.000  talk")
          .contains("shadow direct 1.2.0 against live direct 1.0.0")
          .contains("+0.000  (one window has no interval)");
      assertThat(run.err())
          .startsWith("valence: 1 records of sentiment.shadow cannot be read and are left out")
          .contains("@3: ");

      final JsonNode document =
          EventJson.MAPPER.readTree(shadow(broker, "--json", "--top", "0").out());
      assertThat(document.path("unreadable").asInt()).isEqualTo(1);
      final JsonNode pair = document.path("pairs").path(0);
      assertThat(pair.path("windows").asInt()).isEqualTo(2);
      assertThat(pair.path("shadow").path("version").asText()).isEqualTo("1.1.0");
      assertThat(pair.path("meanDifference").asDouble()).isCloseTo(0.75, within(1e-9));
      assertThat(pair.path("interval").path(0).asDouble()).isCloseTo(-2.4266, within(1e-3));
      assertThat(pair.path("correlation").isNull()).isTrue();
      assertThat(pair.path("differMost")).isEmpty();
    }
  }

  @Test
  void aWrongCommandLine() {
    for (final String[] command :
        new String[][] {
          {"shadow", "--for", "soon"},
          {"shadow", "--for", "0s"},
          {"shadow", "--for", "1m", "--from-beginning"},
          {"shadow", "--top", "-1"},
          {"shadow", "--bootstrap", "nowhere"}
        }) {
      final Run run = Run.of(command);
      assertThat(run.exitCode()).as(String.join(" ", command)).isEqualTo(ExitCode.USAGE);
      assertThat(run.err()).startsWith("valence: ").doesNotContain("\tat ");
    }
    assertThat(Run.of("shadow", "--help").out()).contains("Usage: valence shadow", "Example");
  }
}
