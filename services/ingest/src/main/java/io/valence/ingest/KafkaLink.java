package io.valence.ingest;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.valence.schemas.Modality;
import io.valence.schemas.TopicCatalogue;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Makes the producer, once the topics are there. */
@ApplicationScoped
public class KafkaLink {

  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);
  private static final int REQUEST_BYTES = TopicCatalogue.MAX_CHUNK_BYTES + 64 * 1024;

  @Produces
  @Singleton
  Producer<String, byte[]> producer(final IngestSettings settings) {
    awaitTopics(settings);
    return new KafkaProducer<>(
        configuration(settings), new StringSerializer(), new ByteArraySerializer());
  }

  void close(@Disposes final Producer<String, byte[]> producer) {
    producer.close(CLOSE_TIMEOUT);
  }

  /** Idempotent and acknowledged by all: a chunk is there once, in order, or its stream fails. */
  static Map<String, Object> configuration(final IngestSettings settings) {
    final int delivery = Math.toIntExact(settings.deliveryTimeout().toMillis());
    return Map.of(
        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
        settings.kafka().bootstrapServers(),
        ProducerConfig.CLIENT_ID_CONFIG,
        settings.kafka().applicationId(),
        ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
        true,
        ProducerConfig.ACKS_CONFIG,
        "all",
        ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
        delivery,
        ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG,
        Math.min(30_000, delivery),
        ProducerConfig.LINGER_MS_CONFIG,
        0,
        ProducerConfig.MAX_BLOCK_MS_CONFIG,
        (long) delivery,
        ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
        REQUEST_BYTES,
        ProducerConfig.BUFFER_MEMORY_CONFIG,
        settings.bytesInFlight() + 2L * REQUEST_BYTES);
  }

  private static void awaitTopics(final IngestSettings settings) {
    final List<String> topics = new ArrayList<>();
    topics.add(TopicCatalogue.STREAMS.name());
    for (final Modality modality : Modality.values()) {
      topics.add(TopicCatalogue.raw(modality).name());
    }
    final long deadline = System.nanoTime() + settings.topicsTimeout().toNanos();
    final Admin admin =
        Admin.create(
            Map.of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                settings.kafka().bootstrapServers(),
                AdminClientConfig.CLIENT_ID_CONFIG,
                settings.kafka().applicationId() + "-start"));
    try {
      String missing;
      do {
        missing = missing(admin, topics, deadline);
        if (missing != null) {
          LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
        }
      } while (missing != null && System.nanoTime() < deadline);
      if (missing != null) {
        throw new ConfigurationException(
            "Kafka at "
                + settings.kafka().bootstrapServers()
                + " is not ready after "
                + settings.topicsTimeout().toSeconds()
                + " s: "
                + missing);
      }
    } finally {
      // At once: what was asked of a broker that is away would be waited for otherwise.
      admin.close(Duration.ZERO);
    }
  }

  /** What keeps ingest from starting, or null. */
  private static String missing(final Admin admin, final List<String> topics, final long deadline) {
    try {
      final long left = Math.max(1, deadline - System.nanoTime());
      admin.describeTopics(topics).allTopicNames().get(left, TimeUnit.NANOSECONDS);
      return null;
    } catch (final ExecutionException e) {
      return e.getCause() instanceof UnknownTopicOrPartitionException
          ? "topics of " + topics + " are missing; create them first"
          : e.getCause().getMessage();
    } catch (final TimeoutException e) {
      return "no answer";
    } catch (final InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ConfigurationException("the start was interrupted");
    }
  }
}
