package io.valence.fusion.trends;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.valence.fusion.trends.AlertRule.Type;
import io.valence.schemas.Modality;
import io.valence.schemas.TrendScope;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AlertsConfigurationTest {

  private static SmallRyeConfig config(final Map<String, String> values) {
    return new SmallRyeConfigBuilder()
        .withMapping(AlertsConfiguration.class)
        .withMapping(TrendsConfiguration.class)
        .withConverter(Duration.class, 200, new DurationConverter())
        .withSources(new PropertiesConfigSource(values, "test", 500))
        .build();
  }

  private static List<AlertRule> rules(final Map<String, String> values) {
    return config(values).getConfigMapping(AlertsConfiguration.class).alertRules();
  }

  /** One rule, {@code key=value} apart by blanks. */
  private static List<AlertRule> rule(final String keys) {
    final Map<String, String> values = new HashMap<>();
    for (final String key : keys.split(" ", -1)) {
      final String[] pair = key.split("=", -1);
      values.put("valence.alerts.rules.\"my.rule\"." + pair[0], pair[1]);
    }
    return rules(values);
  }

  @Test
  void theShippedFileHasThreeRules() throws IOException {
    final Properties file = new Properties();
    try (InputStream in =
        AlertsConfiguration.class.getResourceAsStream("/application.properties")) {
      file.load(in);
    }
    final Map<String, String> ours =
        file.stringPropertyNames().stream()
            .filter(key -> key.startsWith("valence.alerts.") || key.startsWith("valence.trends."))
            .collect(Collectors.toMap(key -> key, file::getProperty));
    assertThat(rules(ours))
        .extracting(AlertRule::name, AlertRule::text)
        .containsExactly(
            org.assertj.core.api.Assertions.tuple(
                "incomplete", "any declared modality missing in 5 windows in a row"),
            org.assertj.core.api.Assertions.tuple("negative", "below -1.00 for 3 windows in a row"),
            org.assertj.core.api.Assertions.tuple(
                "sudden-drop", "drop of 1.50 over 2 windows in a row within 30 s"));
    final TrendsConfiguration shipped = config(ours).getConfigMapping(TrendsConfiguration.class);
    final TrendsConfiguration defaults =
        config(Map.of()).getConfigMapping(TrendsConfiguration.class);
    assertThat(shipped.span()).isEqualTo(defaults.span()).isEqualTo(Duration.ofSeconds(30));
    assertThat(shipped.sessionPatience())
        .isEqualTo(defaults.sessionPatience())
        .isEqualTo(Duration.ofMinutes(1));
  }

  @Test
  void everyKeyIsRead() {
    assertThat(rule("type=Below threshold=-1.5 windows=4 within=1M scope=stream certain=true"))
        .containsExactly(
            new AlertRule(
                "my.rule",
                Type.BELOW,
                -1.5,
                4,
                60_000_000,
                TrendScope.STREAM,
                Optional.empty(),
                true));
    assertThat(rule("type=missing windows=2 modality=audio scope=session"))
        .containsExactly(
            new AlertRule(
                "my.rule",
                Type.MISSING,
                2,
                2,
                0,
                TrendScope.SESSION,
                Optional.of(Modality.AUDIO),
                false));
    assertThat(rule("type=none")).isEmpty();
    assertThat(rules(Map.of())).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "type=under threshold=1|type must be one of below, above, drop, rise, missing, not under",
        "type=below|threshold must be a number for a rule of type below, not not set",
        "type=below threshold=-3.5|threshold must be -3 to 3, not -3.5",
        "type=above threshold=NaN|threshold must be -3 to 3, not NaN",
        "type=drop threshold=0 within=30S|threshold must be above 0 and at most 6 points",
        "type=rise threshold=7 within=30S|threshold must be above 0 and at most 6 points",
        "type=drop threshold=1|within must be a duration like 30S for a rule of type drop",
        "type=drop threshold=1 within=0S|within must be longer than 0 and at most a day",
        "type=below threshold=0 windows=0|windows must be 1 to 100, not 0",
        "type=below threshold=0 windows=101|windows must be 1 to 100, not 101",
        "type=below threshold=0 scope=room|scope must be one of stream, session, not room",
        "type=missing modality=smell|modality must be one of visual, audio, text, not smell",
        "type=missing threshold=1|threshold has no meaning for a rule of type missing",
        "type=below threshold=0 modality=text|modality has no meaning for a rule of type below",
        "type=below threshold=0 scope=session certain=true|certain must be false for scope session",
      })
  void whatIsWrongIsNamed(final String keys, final String reason) {
    assertThatThrownBy(() -> rule(keys))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("valence.alerts.rules.\"my.rule\"." + reason);
  }

  @Test
  void theBoundsOfTrendsAreChecked() {
    assertThatThrownBy(
            () ->
                new TrendSettings(
                    Duration.ZERO, Duration.ofMinutes(1), Duration.ofDays(8), List.of()))
        .hasMessageContaining("the span must be longer than 0 and at most a day");
    assertThatThrownBy(
            () ->
                new TrendSettings(
                    Duration.ofSeconds(30), Duration.ofDays(2), Duration.ofDays(8), List.of()))
        .hasMessageContaining("the session patience must be");
  }
}
