package io.valence.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.valence.media.IsolationSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IngestSettingsTest {

  private static final Map<String, String> REQUIRED =
      Map.of(
          "kafka.bootstrap.servers", "localhost:9092",
          "valence.schema.registry.url", "http://localhost:8081");

  static IngestSettings settings(final Map<String, String> own) {
    final Map<String, String> all = new HashMap<>(REQUIRED);
    all.putAll(own);
    return IngestSettings.read(key -> Optional.ofNullable(all.get(key)));
  }

  @Test
  void defaults() {
    final IngestSettings settings = settings(Map.of());
    assertThat(settings.window()).isEqualTo(Duration.ofSeconds(3));
    assertThat(settings.grace()).isEqualTo(Duration.ofSeconds(3));
    assertThat(settings.streamsAtOnce()).isEqualTo(2);
    assertThat(settings.bytesInFlight()).isEqualTo(16_777_216);
    assertThat(settings.deliveryTimeout()).isEqualTo(Duration.ofMinutes(2));
    assertThat(settings.topicsTimeout()).isEqualTo(Duration.ofMinutes(1));
    assertThat(settings.rememberedStreams()).isEqualTo(1000);
    assertThat(settings.root()).isEmpty();
  }

  @Test
  void everyKeyIsMapped() {
    final IngestSettings settings =
        settings(
            Map.of(
                "valence.ingest.window", "500ms",
                "valence.ingest.grace", "PT1.5S",
                "valence.ingest.streams-at-once", "5",
                "valence.ingest.bytes-in-flight", "9000000",
                "valence.ingest.delivery-timeout", "30s",
                "valence.ingest.topics-timeout", "1m",
                "valence.ingest.remembered-streams", "7",
                "valence.ingest.root", "/media",
                "valence.basic.auth.user.info", "me:secret",
                "kafka.bootstrap.servers", "a:1,b:2"));
    assertThat(settings.window()).isEqualTo(Duration.ofMillis(500));
    assertThat(settings.grace()).isEqualTo(Duration.ofMillis(1500));
    assertThat(settings.streamsAtOnce()).isEqualTo(5);
    assertThat(settings.bytesInFlight()).isEqualTo(9_000_000);
    assertThat(settings.deliveryTimeout()).isEqualTo(Duration.ofSeconds(30));
    assertThat(settings.topicsTimeout()).isEqualTo(Duration.ofMinutes(1));
    assertThat(settings.rememberedStreams()).isEqualTo(7);
    assertThat(settings.root()).contains(Path.of("/media"));
    assertThat(settings.kafka().bootstrapServers()).isEqualTo("a:1,b:2");
    assertThat(settings.describe()).contains("window=PT0.5S").doesNotContain("secret");
  }

  @Test
  void theDecoderHasLimits() {
    assertThat(settings(Map.of()).decoder()).isEqualTo(IsolationSettings.STANDARD);
    final IngestSettings settings = settings(Map.of("valence.decoder.time-limit", "9s"));
    assertThat(settings.decoder().timeLimit()).isEqualTo(Duration.ofSeconds(9));
    assertThat(settings.describe()).contains("valence.decoder.time-limit=PT9S");
  }

  @ParameterizedTest
  @CsvSource({
    "window, 3, must be a time such as 3s",
    "window, 50ms, must be PT0.1S to PT1H",
    "window, PT0.1005S, whole milliseconds",
    "grace, 2h, must be PT0S to PT1H",
    "streams-at-once, 0, must be 1 to 64",
    "streams-at-once, many, must be a whole number",
    "bytes-in-flight, 1000, must be 8388608 to",
    "delivery-timeout, 0s, must be PT1S",
    "remembered-streams, -1, must be 1 to"
  })
  void mistakesAreNamed(final String key, final String value, final String message) {
    assertThatThrownBy(() -> settings(Map.of("valence.ingest." + key, value)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("valence.ingest." + key)
        .hasMessageContaining(message);
  }

  @Test
  void theProducerIsIdempotentAndWaitsForAll() {
    final Map<String, Object> producer = KafkaLink.configuration(settings(Map.of()));
    assertThat(producer)
        .containsEntry("enable.idempotence", true)
        .containsEntry("acks", "all")
        .containsEntry("delivery.timeout.ms", 120_000);
  }
}
