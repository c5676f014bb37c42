package io.valence.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IsolationSettingsTest {

  private static IsolationSettings settings(final Map<String, String> own) {
    return IsolationSettings.read(key -> Optional.ofNullable(own.get(key)));
  }

  @Test
  void defaults() {
    assertThat(settings(Map.of()))
        .isEqualTo(new IsolationSettings(Duration.ofSeconds(5), 536_870_912L))
        .isEqualTo(IsolationSettings.STANDARD);
  }

  @Test
  void everyKeyIsMapped() {
    final IsolationSettings settings =
        settings(
            Map.of("valence.decoder.time-limit", "700ms", "valence.decoder.memory-limit", "2g"));
    assertThat(settings).isEqualTo(new IsolationSettings(Duration.ofMillis(700), 2L << 30));
    assertThat(settings.describe())
        .isEqualTo("valence.decoder.time-limit=PT0.7S\nvalence.decoder.memory-limit=2147483648");
    assertThat(settings(Map.of("valence.decoder.memory-limit", "300000000")).memoryBytes())
        .isEqualTo(300_000_000L);
    assertThat(settings(Map.of("valence.decoder.memory-limit", "524288K")).memoryBytes())
        .isEqualTo(536_870_912L);
  }

  @ParameterizedTest
  @CsvSource({
    "time-limit, 5, must be a time such as 5s",
    "time-limit, 10ms, must be 100 ms to 1 hour",
    "time-limit, 2h, must be 100 ms to 1 hour",
    "memory-limit, much, must be a number of bytes",
    "memory-limit, -1, must be a number of bytes",
    "memory-limit, 10M, must be 268435456",
    "memory-limit, 65G, must be 268435456"
  })
  void mistakesAreNamed(final String key, final String value, final String message) {
    assertThatThrownBy(() -> settings(Map.of("valence.decoder." + key, value)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("valence.decoder." + key)
        .hasMessageContaining(message);
  }
}
