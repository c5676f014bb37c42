package io.valence.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.valence.windows.JoinSettings;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class FusionConfigurationTest {

  private static FusionConfiguration read(final Map<String, String> values) {
    final SmallRyeConfig config =
        new SmallRyeConfigBuilder()
            .withMapping(FusionConfiguration.class)
            .withConverter(Duration.class, 200, new DurationConverter())
            .withSources(new PropertiesConfigSource(values, "test", 500))
            .build();
    return config.getConfigMapping(FusionConfiguration.class);
  }

  @Test
  void defaultsAreThoseOfTheJoin() {
    assertThat(read(Map.of()).joinSettings()).isEqualTo(JoinSettings.defaults());
  }

  @Test
  void theShippedFileSaysTheDefaults() throws IOException {
    final Properties file = new Properties();
    try (InputStream in =
        FusionConfiguration.class.getResourceAsStream("/application.properties")) {
      file.load(in);
    }
    final Map<String, String> ours =
        file.stringPropertyNames().stream()
            .filter(key -> key.startsWith("valence.fusion."))
            .collect(Collectors.toMap(key -> key, file::getProperty));
    assertThat(ours).hasSize(7);
    assertThat(read(ours).joinSettings()).isEqualTo(JoinSettings.defaults());
  }

  @Test
  void everyKeyIsRead() {
    final JoinSettings settings =
        read(Map.of(
                "valence.fusion.stall-timeout", "10S",
                "valence.fusion.backlog-timeout", "5M",
                "valence.fusion.descriptor-timeout", "7S",
                "valence.fusion.maximum-held-vectors", "11",
                "valence.fusion.presumed-grace", "500ms",
                "valence.fusion.maximum-windows-ahead", "13",
                "valence.fusion.retention", "2D"))
            .joinSettings();
    assertThat(settings)
        .isEqualTo(
            new JoinSettings(
                Duration.ofSeconds(10),
                Duration.ofMinutes(5),
                Duration.ofSeconds(7),
                11,
                Duration.ofMillis(500),
                13,
                Duration.ofDays(2)));
  }

  @Test
  void whatIsOutOfRangeIsNamed() {
    assertThatThrownBy(() -> read(Map.of("valence.fusion.stall-timeout", "0S")).joinSettings())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("stall timeout");
  }
}
