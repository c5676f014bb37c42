package io.valence.visualfeatures;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.valence.features.visual.VisualFeatureOptions;
import io.valence.inference.ModelStore;
import io.valence.media.DecoderUnavailableException;
import io.valence.media.IsolatedVideoDecoding;
import io.valence.media.IsolationSettings;
import io.valence.pipeline.InvalidChunkException;
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
import java.util.List;
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
  // Its child process gets ready while the models load.
  IsolatedVideoDecoding decoding(final Config config, final MeterRegistry meters) {
    try {
      final IsolationSettings settings =
          IsolationSettings.read(key -> config.getOptionalValue(key, String.class));
      log.info("{} decodes in a process of its own with\n{}", NAME, settings.describe());
      final IsolatedVideoDecoding decoding = new IsolatedVideoDecoding(settings);
      FunctionCounter.builder("valence.decoder.deaths", decoding, IsolatedVideoDecoding::deaths)
          .description("decoder's processes that ended over a chunk and were replaced")
          .register(meters);
      return decoding;
    } catch (final IllegalArgumentException | DecoderUnavailableException e) {
      // Quarkus ends with the message of this exception alone: one clear line.
      throw new ConfigurationException(e.getMessage());
    }
  }

  void close(@Disposes final IsolatedVideoDecoding decoding) {
    decoding.close();
  }

  @Produces
  @Singleton
  VisualChunkExtractor extractor(final IsolatedVideoDecoding decoding) {
    try {
      return new VisualChunkExtractor(
          ModelStore.fromEnvironment(), VisualFeatureOptions.ofStreams(), decoding);
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
        chunk -> extract(extractor, chunk),
        TopicCatalogue.features(Modality.VISUAL).name(),
        FeatureVector.class);
  }

  private static List<FeatureVector> extract(
      final VisualChunkExtractor extractor, final MediaChunk chunk)
      throws InvalidChunkException, InterruptedException {
    try {
      return extractor.extract(chunk);
    } catch (final DecoderUnavailableException e) {
      // The chunk is not to blame and is tried again when another stream thread takes over.
      throw new DecoderOutageException(e.getMessage(), e);
    }
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
