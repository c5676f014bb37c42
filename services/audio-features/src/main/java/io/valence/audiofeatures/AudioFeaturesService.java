package io.valence.audiofeatures;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.valence.pipeline.AudioChunkExtractor;
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
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler;
import org.eclipse.microprofile.config.Config;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sound in, its features out: {@code raw.audio} to {@code features.audio}. */
@ApplicationScoped
public class AudioFeaturesService {

  static final String NAME = "audio-features";

  private static final Logger log = LoggerFactory.getLogger(AudioFeaturesService.class);

  @Produces
  @Singleton
  AudioChunkExtractor extractor() {
    return new AudioChunkExtractor();
  }

  void close(@Disposes final AudioChunkExtractor extractor) {
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
  Topology topology(final AudioChunkExtractor extractor, final StreamsSettings settings) {
    return RecordTopology.build(flow(extractor), settings);
  }

  static RecordFlow<MediaChunk, FeatureVector> flow(final AudioChunkExtractor extractor) {
    return RecordFlow.of(
        NAME,
        TopicCatalogue.raw(Modality.AUDIO).name(),
        MediaChunk.class,
        extractor::extract,
        TopicCatalogue.features(Modality.AUDIO).name(),
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
