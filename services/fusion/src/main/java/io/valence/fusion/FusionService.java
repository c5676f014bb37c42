package io.valence.fusion;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.valence.fusion.trends.AlertsConfiguration;
import io.valence.fusion.trends.TrendMetrics;
import io.valence.fusion.trends.TrendSettings;
import io.valence.fusion.trends.TrendTopology;
import io.valence.fusion.trends.TrendsConfiguration;
import io.valence.inference.ModelStore;
import io.valence.model.BundleException;
import io.valence.model.BundleMetrics;
import io.valence.model.LiveBundle;
import io.valence.model.ModelBundle;
import io.valence.schemas.RegistryClients;
import io.valence.schemas.RegistryUnavailableException;
import io.valence.streams.FailurePolicy;
import io.valence.streams.StreamsSettings;
import io.valence.windows.JoinSettings;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler;
import org.eclipse.microprofile.config.Config;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Adapted vectors in, one sentiment event for each window out: {@code adapted.*} to {@code sentiment.events}. */
@ApplicationScoped
public class FusionService {

  static final String NAME = "fusion";

  private static final Logger log = LoggerFactory.getLogger(FusionService.class);

  @Produces
  @Singleton
  LiveBundle bundle(final BundleConfiguration configuration, final MeterRegistry metrics) {
    final Path folder = ModelBundle.locate(configuration.path(), ModelStore.fromEnvironment());
    try {
      final LiveBundle bundle = LiveBundle.load(folder, new BundleMetrics(metrics, "live"));
      log.info(
          "{} uses model bundle {} {} from {}",
          NAME,
          bundle.description().id(),
          bundle.description().version(),
          folder);
      bundle.watch("bundle-watch", configuration.checkInterval());
      return bundle;
    } catch (final BundleException e) {
      // Quarkus ends with the message of this exception alone: one clear line.
      throw new ConfigurationException(e.getMessage());
    } catch (final IllegalArgumentException e) {
      throw new ConfigurationException("valence.bundle.check-interval: " + e.getMessage());
    }
  }

  void close(@Disposes final LiveBundle bundle) {
    bundle.close();
  }

  @Produces
  @Singleton
  ShadowScoring shadow(
      final FusionConfiguration configuration,
      final BundleConfiguration bundles,
      final LiveBundle live,
      final StreamsSettings settings,
      final MeterRegistry metrics) {
    if (configuration.shadowPath().isEmpty()) {
      return ShadowScoring.none();
    }
    final Path folder =
        ModelBundle.locate(configuration.shadowPath().get(), ModelStore.fromEnvironment());
    try {
      final LiveBundle shadow = LiveBundle.load(folder, new BundleMetrics(metrics, "shadow"));
      final ShadowScoring scoring =
          ShadowScoring.with(shadow, live, settings, new ShadowMetrics(metrics));
      log.info(
          "{} scores in the shadow with bundle {} {} from {}",
          NAME,
          shadow.description().id(),
          shadow.description().version(),
          folder);
      shadow.watch("shadow-watch", bundles.checkInterval());
      return scoring;
    } catch (final BundleException e) {
      throw new ConfigurationException("valence.fusion.shadow.path: " + e.getMessage());
    }
  }

  void close(@Disposes final ShadowScoring shadow) {
    shadow.close();
  }

  @Produces
  @Singleton
  StreamsSettings settings(final Config config) {
    try {
      final StreamsSettings settings =
          StreamsSettings.read(key -> config.getOptionalValue(key, String.class));
      log.info("{} runs with\n{}", NAME, settings.describe());
      RegistryClients.verifyReachable(settings.serde());
      return settings;
    } catch (final IllegalArgumentException | RegistryUnavailableException e) {
      throw new ConfigurationException(e.getMessage());
    }
  }

  @Produces
  @Singleton
  JoinSettings joinSettings(final FusionConfiguration configuration) {
    try {
      final JoinSettings settings = configuration.joinSettings();
      log.info("{} joins with {}", NAME, settings);
      return settings;
    } catch (final IllegalArgumentException e) {
      throw new ConfigurationException("valence.fusion: " + e.getMessage());
    }
  }

  @Produces
  @Singleton
  TrendSettings trendSettings(
      final TrendsConfiguration trends,
      final AlertsConfiguration alerts,
      final JoinSettings joinSettings) {
    try {
      final TrendSettings settings =
          new TrendSettings(
              trends.span(),
              trends.sessionPatience(),
              joinSettings.retention(),
              alerts.alertRules());
      log.info("{} follows trends with {}", NAME, settings);
      return settings;
    } catch (final IllegalArgumentException e) {
      throw new ConfigurationException(e.getMessage());
    }
  }

  @Produces
  @Singleton
  Topology topology(
      final StreamsSettings settings,
      final JoinSettings joinSettings,
      final TrendSettings trendSettings,
      final LiveBundle bundle,
      final ShadowScoring shadow,
      final MeterRegistry registry) {
    return FusionTopology.build(
        settings,
        joinSettings,
        bundle,
        shadow,
        new FusionMetrics(registry),
        new TrendTopology(settings, trendSettings, new TrendMetrics(registry, trendSettings)));
  }

  @Produces
  @Singleton
  StreamsUncaughtExceptionHandler failurePolicy() {
    return new FailurePolicy();
  }

  /** A topology that has stopped for good ends the process, so that whoever watches it can act. */
  @Produces
  @Singleton
  KafkaStreams.StateListener stopWithTheTopology() {
    return (state, before) -> {
      if (state == KafkaStreams.State.ERROR) {
        log.error("{} stops: its topology has failed, see above", NAME);
        Quarkus.asyncExit(1);
      }
    };
  }
}
