package io.valence.textfeatures;

import static org.assertj.core.api.Assertions.assertThat;

import io.valence.streams.StreamsSettings;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The configuration that the service ships with. */
class TextFeaturesConfigurationTest {

  private final Properties shipped = new Properties();

  @BeforeEach
  void read() throws IOException {
    try (InputStream file =
        TextFeaturesService.class.getResourceAsStream("/application.properties")) {
      shipped.load(file);
    }
  }

  @Test
  void isComplete() {
    final StreamsSettings settings =
        StreamsSettings.read(key -> Optional.ofNullable(shipped.getProperty(key)));

    assertThat(settings.applicationId()).isEqualTo("valence-text-features");
    assertThat(settings.guarantee()).isEqualTo("exactly_once_v2");
    assertThat(settings.commitInterval()).hasMillis(100);
  }

  @Test
  void waitsForTheTopicsThatTheServiceUses() {
    assertThat(List.of(shipped.getProperty("quarkus.kafka-streams.topics").split(",", -1)))
        .containsExactlyInAnyOrder("raw.text", "features.text", "text-features.dead-letters");
  }

  @Test
  void staysOnThisMachineUnlessTold() {
    assertThat(shipped)
        .containsEntry("quarkus.http.host", "127.0.0.1")
        .containsEntry("quarkus.devservices.enabled", "false");
  }

  @Test
  void readsTheThreeWindowsBeforeOfTheSameStream() {
    assertThat(shipped)
        .containsEntry("valence.text.context.windows", "3")
        .containsEntry("valence.text.context.pieces", "20")
        .containsEntry("valence.text.context.participants", "false");
  }

  @Test
  void takesTheLargestChunk() {
    assertThat(Integer.parseInt(shipped.getProperty("kafka-streams.producer.max.request.size")))
        .isGreaterThan(8 * 1024 * 1024);
  }
}
