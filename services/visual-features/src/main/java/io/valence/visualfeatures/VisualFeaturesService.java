package io.valence.visualfeatures;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.valence.inference.ModelStore;
import io.valence.pipeline.VisualChunkExtractor;
import io.valence.schemas.FeatureVector;
import io.valence.schemas.MediaChunk;
import io.valence.schemas.Modality;
import io.valence.schemas.RegistryClients;
import io.valence.schemas.RegistryUnavailableException;
import io.valence.schemas.TopicCatalogue;
import io.valence.streams.FailurePolicy;
import io.valence.streams.RecordFlow;
import io.valence.streams.RecordTopology;
import io.valence.streams.StreamsSettings;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.io.IOException;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler;
import org.eclipse.microprofile.config.Config;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Pictures in, features of the face out: {@code raw.video} to {@code features.visual}. */
@ApplicationScoped
public class VisualFeaturesService {

  static final String NAME = "visual-features";

  private static final Logger log = LoggerFactory.getLogger(VisualFeaturesService.class);

  @Produces
  @Singleton
  VisualChunkExtractor extractor() {
    try {
      return new VisualChunkExtractor(ModelStore.fromEnvironment());
    } catch (final IOException e) {
      // Quarkus ends with the message of this exception alone: one clear line.
      throw new ConfigurationException(e.getMessage());
    }
  }

  void close(@Disposes final VisualChunkExtractor extractor) {
    extractor.close();
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
      // Quarkus ends with the message of this exception alone: one clear line.
      throw new ConfigurationException(e.getMessage());
    }
  }

  @Produces
  @Singleton
  // The extractor comes first: its model is loaded while the registry may still be starting.
  Topology topology(final VisualChunkExtractor extractor, final StreamsSettings settings) {
    return RecordTopology.build(flow(extractor), settings);
  }

  static RecordFlow<MediaChunk, FeatureVector> flow(final VisualChunkExtractor extractor) {
    return RecordFlow.of(
        NAME,
        TopicCatalogue.raw(Modality.VISUAL).name(),
        MediaChunk.class,
        extractor::extract,
        TopicCatalogue.features(Modality.VISUAL).name(),
        FeatureVector.class);
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
