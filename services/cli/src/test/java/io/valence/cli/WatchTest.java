package io.valence.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.valence.local.LocalBroker;
import io.valence.schemas.AlertWindow;
import io.valence.schemas.AvroSerde;
import io.valence.schemas.ParticipantTrend;
import io.valence.schemas.SentimentAlert;
import io.valence.schemas.SentimentTrend;
import io.valence.schemas.TopicCatalogue;
import io.valence.schemas.TrendKind;
import io.valence.schemas.TrendScope;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.logging.LogManager;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

/** What is watched, as a user types it, against a real broker. */
class WatchTest {

  private static final String REGISTRY = "mock://watch-test";
  private static final long SECOND = 1_000_000;

  private static SentimentTrend.Builder update() {
    return SentimentTrend.newBuilder()
        .setTrendId("trend")
        .setScope(TrendScope.STREAM)
        .setKind(TrendKind.UPDATE)
        .setStreamId("talk")
        .setStartMicros(3 * SECOND)
        .setEndMicros(33 * SECOND)
        .setWindows(10)
        .setKnownWindows(8)
        .setIncompleteWindows(2)
        .setMean(-1.2)
        .setSlopePerMinute(-0.4)
        .setNegativeShare(0.75)
        .setAlerts(0)
        .setCreatedAtMillis(1);
  }

  private static SentimentTrend summary() {
    return SentimentTrend.newBuilder(update())
        .setScope(TrendScope.SESSION)
        .setKind(TrendKind.SUMMARY)
        .setStreamId(null)
        .setSessionId("call")
        .setMinimum(-2.0)
        .setMinimumAtMicros(6 * SECOND)
        .setMaximum(0.5)
        .setMaximumAtMicros(30 * SECOND)
        .setAlerts(1)
        .setParticipants(
            List.of(
                new ParticipantTrend("a", "Anna", 10, 8, -1.5, 1.0),
                new ParticipantTrend("b", null, 10, 0, null, null)))
        .build();
  }

  private static SentimentAlert alert() {
    return SentimentAlert.newBuilder()
        .setAlertId("alert")
        .setRule("low")
        .setRuleText("below -1.00")
        .setScope(TrendScope.STREAM)
        .setStreamId("talk")
        .setStartMicros(0)
        .setEndMicros(3 * SECOND)
        .setWindows(List.of(new AlertWindow(0L, 3 * SECOND, null, "event", -1.5)))
        .setValue(-1.5)
        .setThreshold(-1)
        .setMessage("Stream talk: below -1.00, from 0:00 to 0:03: score -1.50.")
        .setCreatedAtMillis(1)
        .build();
  }

  private static Run watch(final LocalBroker broker, final String... arguments) {
    return Run.of(
        Stream.concat(
                Stream.of("watch"),
                Stream.concat(
                    Stream.of(arguments),
                    Stream.of("--bootstrap", broker.bootstrapServers(), "--registry", REGISTRY)))
            .toArray(String[]::new));
  }

  private static <T extends SpecificRecord> void send(
      final KafkaProducer<byte[], byte[]> producer,
      final AvroSerde<T> serde,
      final String topic,
      final String key,
      final T value)
      throws Exception {
    producer
        .send(
            new ProducerRecord<>(
                topic, 0, key.getBytes(UTF_8), serde.serializer().serialize(topic, value)))
        .get();
  }

  @Test
  void printsWhatIsThere() throws Exception {
    // The broker tells at length what it does.
    LogManager.getLogManager().reset();
    final Map<String, String> registry = Map.of("schema.registry.url", REGISTRY);
    try (LocalBroker broker = LocalBroker.startTemporary();
        AvroSerde<SentimentTrend> trends = AvroSerde.forValues(SentimentTrend.class, registry);
        AvroSerde<SentimentAlert> alerts = AvroSerde.forValues(SentimentAlert.class, registry);
        KafkaProducer<byte[], byte[]> producer =
            new KafkaProducer<>(
                Map.of("bootstrap.servers", broker.bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
      final Run noTopic = watch(broker, "trends");
      assertThat(noTopic.exitCode()).isEqualTo(ExitCode.ENVIRONMENT);
      assertThat(noTopic.err())
          .contains("has no topic sentiment.trends: start the stack with 'deploy/valence run'");

      try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
        TopicCatalogue.create(admin, 2, (short) 1, Duration.ofSeconds(60));
      }
      producer
          .send(
              new ProducerRecord<>(
                  "sentiment.trends", 0, "talk".getBytes(UTF_8), new byte[] {1, 2}))
          .get();
      send(producer, trends, "sentiment.trends", "talk", update().build());
      send(producer, trends, "sentiment.trends", "call", summary());
      send(producer, alerts, "sentiment.alerts", "talk", alert());

      final Run all = watch(broker, "trends", "--from-beginning", "--count", "2");
      assertThat(all.exitCode()).as(all.err()).isZero();
      assertThat(all.out().lines())
          .containsExactly(
              "stream talk: mean -1.20, slope -0.40 a minute, 75 % negative over 8 of 10 windows,"
                  + " 3.00 - 33.00 s",
              "session call, summary: mean -1.20, slope -0.40 a minute, 75 % negative, lowest -2.00"
                  + " at 6.00 s, highest +0.50 at 30.00 s over 8 of 10 windows, 3.00 - 33.00 s,"
                  + " 1 alert (Anna -1.50; b nothing known)");
      assertThat(all.err())
          .contains("watching sentiment.trends", "left out sentiment.trends/0@0, which cannot");

      final JsonNode call =
          EventJson.MAPPER.readTree(
              watch(
                      broker,
                      "trends",
                      "--from-beginning",
                      "--stream",
                      "call",
                      "--count",
                      "1",
                      "--json")
                  .out());
      assertThat(call.path("kind").asText()).isEqualTo("summary");
      assertThat(call.path("minimumAt").asDouble()).isEqualTo(6);
      assertThat(call.path("participants").path(0).path("mean").asDouble()).isEqualTo(-1.5);
      assertThat(call.path("participants").path(1).path("mean").isNull()).isTrue();

      assertThat(watch(broker, "alerts", "--from-beginning", "--count", "1").out())
          .isEqualToIgnoringNewLines(alert().getMessage());
      final JsonNode json =
          EventJson.MAPPER.readTree(
              watch(broker, "alerts", "--from-beginning", "--count", "1", "--json").out());
      assertThat(json.path("rule").asText()).isEqualTo("low");
      assertThat(json.path("windows").path(0).path("eventId").asText()).isEqualTo("event");

      // From now on nothing comes.
      final Run quiet = watch(broker, "alerts", "--for", "1s");
      assertThat(quiet.exitCode()).isZero();
      assertThat(quiet.out()).isEmpty();
    }
  }

  @Test
  void aWrongCommandLine() {
    for (final String[] command :
        new String[][] {
          {"watch"},
          {"watch", "news"},
          {"watch", "alerts", "--for", "soon"},
          {"watch", "alerts", "--for", "0s"},
          {"watch", "alerts", "--count", "0"},
          {"watch", "alerts", "--bootstrap", "nowhere"}
        }) {
      final Run run = Run.of(command);
      assertThat(run.exitCode()).as(String.join(" ", command)).isEqualTo(ExitCode.USAGE);
      assertThat(run.err()).startsWith("valence: ").doesNotContain("\tat ");
    }
    assertThat(Run.of("watch", "--help").out())
        .contains("Usage: valence watch", "events, trends, alerts", "valence watch alerts");
  }
}
