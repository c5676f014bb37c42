package io.valence.textfeatures;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.valence.features.text.ContextLimits;
import io.valence.inference.ModelStore;
import io.valence.model.BundleDescription;
import io.valence.model.BundleException;
import io.valence.model.BundleJson;
import io.valence.model.ModelBundle;
import io.valence.pipeline.InvalidChunkException;
import io.valence.pipeline.StreamWords;
import io.valence.pipeline.TextChunkExtractor;
import io.valence.schemas.FeatureVector;
import io.valence.schemas.MediaChunk;
import io.valence.schemas.Modality;
import io.valence.schemas.RegistryClients;
import io.valence.schemas.RegistryUnavailableException;
import io.valence.schemas.TopicCatalogue;
import io.valence.streams.FailurePolicy;
import io.valence.streams.RecordFlow;
import io.valence.streams.RecordTopology;
import io.valence.streams.StreamMemory;
import io.valence.streams.StreamsSettings;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Words in, their features out: {@code raw.text} to {@code features.text}. */
@ApplicationScoped
public class TextFeaturesService {

  static final String NAME = "text-features";

  private static final Logger log = LoggerFactory.getLogger(TextFeaturesService.class);

  @Produces
  @Singleton
  TextChunkExtractor extractor(
      @ConfigProperty(name = "valence.bundle.path") final String bundle,
      @ConfigProperty(name = "valence.text.context.windows") final int windows,
      @ConfigProperty(name = "valence.text.context.pieces") final int pieces) {
    try {
      final ContextLimits limits =
          new ContextLimits(windows, pieces, ContextLimits.DEFAULT.textPieces());
      final ModelStore store = ModelStore.fromEnvironment();
      final Path folder = ModelBundle.locate(bundle, store).toAbsolutePath();
      final BundleDescription description = BundleJson.read(folder);
      final String space = description.inputSpaces().get(io.valence.model.Modality.TEXT).id();
      final TextChunkExtractor extractor =
          new TextChunkExtractor(store, space, ModelBundle.textExpert(description, folder), limits);
      log.info(
          "{} makes {}, {}",
          NAME,
          space,
          extractor.readsContext()
              ? "reading the words of up to " + windows + " windows before"
              : "each window by itself");
      return extractor;
    } catch (final IOException | BundleException | IllegalArgumentException e) {
      // Quarkus ends with the message of this exception alone: one clear line.
      throw new ConfigurationException(e.getMessage());
    }
  }

  void close(@Disposes final TextChunkExtractor extractor) {
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
  Topology topology(
      final TextChunkExtractor extractor,
      final StreamsSettings settings,
      @ConfigProperty(name = "valence.text.context.participants") final boolean participants) {
    return RecordTopology.build(flow(extractor, participants), settings);
  }

  /**
   * @param participants whether a chunk is also read after what the other streams of its session said
   */
  static RecordFlow<MediaChunk, FeatureVector> flow(
      final TextChunkExtractor extractor, final boolean participants) {
    final String input = TopicCatalogue.raw(Modality.TEXT).name();
    final String output = TopicCatalogue.features(Modality.TEXT).name();
    if (!extractor.readsContext()) {
      return RecordFlow.of(
          NAME, input, MediaChunk.class, extractor::extract, output, FeatureVector.class);
    }
    final Function<MediaChunk, String> conversation =
        participants ? TextFeaturesService::session : MediaChunk::getStreamId;
    final RecordFlow<MediaChunk, FeatureVector> flow =
        RecordFlow.remembering(
            NAME,
            input,
            MediaChunk.class,
            MediaChunk::getSequence,
            (chunk, memory) ->
                extractInContext(extractor, chunk, conversation.apply(chunk), memory),
            output,
            FeatureVector.class);
    return participants ? flow.grouped(conversation) : flow;
  }

  /** A stream without a session is one by itself. */
  private static String session(final MediaChunk chunk) {
    return chunk.getSessionId() == null
        ? "stream " + chunk.getStreamId()
        : "session " + chunk.getSessionId();
  }

  private static List<FeatureVector> extractInContext(
      final TextChunkExtractor extractor,
      final MediaChunk chunk,
      final String conversation,
      final StreamMemory memory)
      throws InvalidChunkException {
    final StreamWords before =
        memory.recall(conversation).map(StreamWords::fromBytes).orElse(StreamWords.NONE);
    final TextChunkExtractor.Heard heard = extractor.extract(chunk, before);
    if (!heard.words().equals(before)) {
      memory.keep(conversation, heard.words().toBytes());
    }
    return heard.vectors();
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
