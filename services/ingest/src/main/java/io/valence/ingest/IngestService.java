package io.valence.ingest;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.Startup;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.valence.schemas.RegistryClients;
import io.valence.schemas.RegistryUnavailableException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.InstantSource;
import org.apache.kafka.clients.producer.Producer;
import org.eclipse.microprofile.config.Config;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Recordings in, chunks out: files to {@code raw.video}, {@code raw.audio} and {@code raw.text}. */
@ApplicationScoped
public class IngestService {

  static final String NAME = "ingest";

  private static final Logger log = LoggerFactory.getLogger(IngestService.class);

  @Produces
  @Singleton
  IngestSettings settings(final Config config) {
    try {
      final IngestSettings settings =
          IngestSettings.read(key -> config.getOptionalValue(key, String.class));
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
  ChunkOutlet outlet(final Producer<String, byte[]> producer, final IngestSettings settings) {
    return new ChunkOutlet(producer, settings);
  }

  void close(@Disposes final ChunkOutlet outlet) {
    outlet.close();
  }

  @Produces
  @Singleton
  @Startup
  RecordingStreams streams(
      final IngestSettings settings, final ChunkOutlet outlet, final MeterRegistry registry) {
    final RecordingStreams streams =
        new RecordingStreams(settings, outlet, new IngestMeters(registry), InstantSource.system());
    FunctionCounter.builder("valence.decoder.deaths", streams, RecordingStreams::decoderDeaths)
        .description("decoder's processes that ended over a recording and were replaced")
        .register(registry);
    return streams;
  }

  /** Before anything is taken down: the streams still have to tell that they broke off. */
  void stop(@Observes final ShutdownEvent shutdown, final RecordingStreams streams)
      throws InterruptedException {
    streams.close();
  }
}
