package io.valence.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StreamsSettingsTest {

  private static final Map<String, String> REQUIRED =
      Map.of(
          "kafka.bootstrap.servers", "localhost:9092",
          "quarkus.kafka-streams.application-id", "valence-fusion",
          "valence.schema.registry.url", "http://localhost:8081");

  private static StreamsSettings read(final Map<String, String> configuration) {
    return StreamsSettings.read(key -> Optional.ofNullable(configuration.get(key)));
  }

  @Test
  void defaults() {
    final StreamsSettings settings = read(REQUIRED);

    assertThat(settings.commitInterval()).isEqualTo(Duration.ofMillis(100));
    assertThat(settings.guarantee()).isEqualTo("exactly_once_v2");
    assertThat(settings.serde())
        .containsOnly(Map.entry("schema.registry.url", "http://localhost:8081"));
  }

  @Test
  void fullMapping() {
    final Map<String, String> all = new HashMap<>();
    all.put("kafka.bootstrap.servers", "a:1,b:65535");
    all.put("quarkus.kafka-streams.application-id", "mine");
    all.put("kafka-streams.commit.interval.ms", "250");
    all.put("kafka-streams.processing.guarantee", "at_least_once");
    all.put("valence.schema.registry.url", "https://one:1,https://two:2");
    all.put("valence.auto.register.schemas", "false");
    all.put("valence.use.latest.version", "true");
    all.put("valence.basic.auth.credentials.source", "USER_INFO");
    all.put("valence.basic.auth.user.info", "me:secret");
    all.put("valence.schema.registry.ssl.truststore.location", "/trust.p12");
    all.put("valence.schema.registry.ssl.truststore.password", "secret");
    all.put("valence.value.serde", "io.valence.schemas.AvroSerde");

    final StreamsSettings settings = read(all);

    assertThat(settings)
        .isEqualTo(
            new StreamsSettings(
                "a:1,b:65535",
                "mine",
                Duration.ofMillis(250),
                "at_least_once",
                Map.of(
                    "schema.registry.url", "https://one:1,https://two:2",
                    "auto.register.schemas", "false",
                    "use.latest.version", "true",
                    "basic.auth.credentials.source", "USER_INFO",
                    "basic.auth.user.info", "me:secret",
                    "schema.registry.ssl.truststore.location", "/trust.p12",
                    "schema.registry.ssl.truststore.password", "secret",
                    "valence.value.serde", "io.valence.schemas.AvroSerde")));
    assertThat(settings.describe())
        .contains("valence.basic.auth.user.info=****")
        .contains("valence.schema.registry.ssl.truststore.password=****")
        .contains("kafka-streams.commit.interval.ms=250")
        .doesNotContain("secret");
    assertThat(settings.toString()).doesNotContain("secret");
  }

  @Test
  void masksAPasswordInTheUrl() {
    final Map<String, String> configuration = new HashMap<>(REQUIRED);
    configuration.put("valence.schema.registry.url", "https://me:secret@registry:8081");
    assertThat(read(configuration).describe())
        .contains("https://****@registry:8081")
        .doesNotContain("secret");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "kafka.bootstrap.servers|''|kafka.bootstrap.servers is not set",
        "kafka.bootstrap.servers|localhost|must be host:port",
        "kafka.bootstrap.servers|localhost:99999|must be host:port",
        "quarkus.kafka-streams.application-id|' '|application-id is not set",
        "kafka-streams.commit.interval.ms|soon|must be a number of milliseconds, not soon",
        "kafka-streams.commit.interval.ms|0|must be 1 to 60000 milliseconds, not 0",
        "kafka-streams.processing.guarantee|exactly_once|must be exactly_once_v2 or at_least_once",
        "valence.schema.registry.url|localhost:8081|must begin with http://",
        "valence.schema.registry.url|http://a b|is not a URL"
      })
  void namesWhatIsWrong(final String key, final String value, final String message) {
    final Map<String, String> configuration = new HashMap<>(REQUIRED);
    configuration.put(key, value);
    assertThatThrownBy(() -> read(configuration))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message)
        .hasMessageContaining(key);
  }
}
