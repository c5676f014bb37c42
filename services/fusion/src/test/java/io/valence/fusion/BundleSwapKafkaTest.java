package io.valence.fusion;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.valence.local.LocalBroker;
import io.valence.model.BundleMetrics;
import io.valence.model.LiveBundle;
import io.valence.model.TinyBundle;
import io.valence.schemas.AvroSerde;
import io.valence.schemas.FeatureVector;
import io.valence.schemas.Modality;
import io.valence.schemas.SentimentEvent;
import io.valence.schemas.ShadowScore;
import io.valence.schemas.StreamDescriptor;
import io.valence.schemas.TopicCatalogue;
import io.valence.streams.FailurePolicy;
import io.valence.streams.StreamsSettings;
import io.valence.windows.JoinSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Fusion on a real broker, two tasks on two threads, exactly once: the live bundle is replaced by its
 * own watching thread while windows stream through, with another bundle in the shadow.
 */
class BundleSwapKafkaTest {

  private static final Duration BOUND = Duration.ofSeconds(60);
  private static final int WINDOWS = 40;
  private static final List<String> STREAMS = List.of("a", "b", "c", "d");
  private static final Map<String, String> REGISTRY =
      Map.of("schema.registry.url", "mock://bundle-swap-kafka");

  @TempDir Path folder;

  private final AvroSerde<FeatureVector> vectors =
      AvroSerde.forValues(FeatureVector.class, REGISTRY);
  private final AvroSerde<StreamDescriptor> descriptors =
      AvroSerde.forValues(StreamDescriptor.class, REGISTRY);

  @Test
  void noWindowIsLostOrDoubledByASwap() throws Exception {
    TinyBundle.direct(folder.resolve("live"));
    TinyBundle.direct(folder.resolve("second"), "2.0.0", -0.75);
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    try (LocalBroker broker = LocalBroker.startTemporary()) {
      final StreamsSettings settings =
          new StreamsSettings(
              broker.bootstrapServers(),
              "fusion-swap",
              Duration.ofMillis(100),
              StreamsConfig.EXACTLY_ONCE_V2,
              REGISTRY);
      try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
        TopicCatalogue.create(admin, 2, (short) 1, BOUND);
      }
      final LiveBundle live =
          LiveBundle.load(folder.resolve("live"), new BundleMetrics(meters, "live"));
      final LiveBundle second =
          LiveBundle.load(folder.resolve("second"), new BundleMetrics(meters, "shadow"));
      try (live;
          second;
          KafkaStreams fusion = fusion(settings, live, second, meters);
          KafkaProducer<byte[], byte[]> producer =
              new KafkaProducer<>(
                  Map.of("bootstrap.servers", broker.bootstrapServers()),
                  new ByteArraySerializer(),
                  new ByteArraySerializer())) {
        live.watch("bundle-watch", Duration.ofMillis(100));
        fusion.start();
        for (final String stream : STREAMS) {
          send(
              producer,
              "streams",
              stream,
              descriptors.serializer().serialize("streams", FusionDriver.descriptor(stream)));
        }
        feed(producer, 0, WINDOWS / 2);
        // Words of one more window: open in every stream while the bundle is replaced.
        words(producer, WINDOWS / 2);
        final int before = STREAMS.size() * WINDOWS / 2;
        assertThat(read(broker, "sentiment.events", SentimentEvent.class, before))
            .hasSize(before)
            .allMatch(event -> event.getBundleVersion().equals("1.0.0"));

        TinyBundle.direct(folder.resolve("live"), "1.1.0", 1);
        await(() -> live.description().version().equals("1.1.0"));
        feed(producer, WINDOWS / 2, WINDOWS);

        final int all = STREAMS.size() * WINDOWS;
        final List<SentimentEvent> events =
            read(broker, "sentiment.events", SentimentEvent.class, all);
        assertThat(events).hasSize(all);
        assertThat(windows(events)).hasSize(all);
        assertThat(events)
            .filteredOn(after(WINDOWS / 2))
            .hasSize(all - before)
            .allSatisfy(
                event -> {
                  assertThat(event.getBundleVersion()).isEqualTo("1.1.0");
                  assertThat(event.getScore()).isCloseTo(1.25, within(1e-6));
                });
        final List<ShadowScore> shadows = read(broker, "sentiment.shadow", ShadowScore.class, all);
        assertThat(shadows).hasSize(all);
        assertThat(shadows)
            .extracting(ShadowScore::getLiveEventId)
            .containsExactlyInAnyOrderElementsOf(
                events.stream().map(SentimentEvent::getEventId).toList());
        assertThat(shadows).extracting(ShadowScore::getShadowBundleVersion).containsOnly("2.0.0");
        // Both tasks have let go of the old one.
        await(() -> live.openBundles() == 1);
        assertThat(fusion.state()).isEqualTo(KafkaStreams.State.RUNNING);
        assertThat(meters.get("valence.bundle.swaps").tag("role", "live").counter().count())
            .isEqualTo(1);
      }
      assertThat(live.openBundles()).isZero();
      assertThat(second.openBundles()).isZero();
    }
  }

  private KafkaStreams fusion(
      final StreamsSettings settings,
      final LiveBundle live,
      final LiveBundle second,
      final SimpleMeterRegistry meters)
      throws Exception {
    final Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, settings.applicationId());
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrapServers());
    properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, settings.guarantee());
    properties.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 100);
    properties.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 2);
    properties.put(StreamsConfig.STATE_DIR_CONFIG, folder.resolve("state").toString());
    final KafkaStreams streams =
        new KafkaStreams(
            FusionTopology.build(
                settings,
                JoinSettings.defaults(),
                live,
                ShadowScoring.with(second, live, settings, new ShadowMetrics(meters)),
                new FusionMetrics(meters),
                TestTrends.withoutRules(settings, meters)),
            properties);
    streams.setUncaughtExceptionHandler(new FailurePolicy());
    return streams;
  }

  private void feed(final KafkaProducer<byte[], byte[]> producer, final int from, final int to)
      throws Exception {
    for (int window = from; window < to; window++) {
      words(producer, window);
      for (final String stream : STREAMS) {
        vector(producer, FusionDriver.vector(stream, Modality.VISUAL, "face-2", window, 1, 2));
      }
    }
  }

  /** May be sent twice: a repeat is a duplicate, or late. */
  private void words(final KafkaProducer<byte[], byte[]> producer, final int window)
      throws Exception {
    for (final String stream : STREAMS) {
      vector(producer, FusionDriver.vector(stream, Modality.TEXT, "words-1", window, 10));
    }
  }

  private void vector(final KafkaProducer<byte[], byte[]> producer, final FeatureVector vector)
      throws Exception {
    final String topic = TopicCatalogue.adapted(vector.getModality()).name();
    send(producer, topic, vector.getStreamId(), vectors.serializer().serialize(topic, vector));
  }

  private static void send(
      final KafkaProducer<byte[], byte[]> producer,
      final String topic,
      final String key,
      final byte[] value)
      throws Exception {
    producer.send(new ProducerRecord<>(topic, key.getBytes(UTF_8), value)).get();
  }

  private static Predicate<SentimentEvent> after(final int window) {
    return event -> event.getWindowStartMicros() >= window * FusionDriver.WINDOW_MICROS;
  }

  private static Set<String> windows(final List<SentimentEvent> events) {
    final Set<String> windows = new HashSet<>();
    events.forEach(event -> windows.add(event.getStreamId() + event.getWindowStartMicros()));
    return windows;
  }

  private interface Condition {
    boolean holds();
  }

  private static void await(final Condition condition) {
    final long deadline = System.nanoTime() + BOUND.toNanos();
    while (!condition.holds() && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    assertThat(condition.holds()).isTrue();
  }

  /** What was committed to a topic: waits for so many, and then whether one more comes. */
  private static <T extends SpecificRecord> List<T> read(
      final LocalBroker broker, final String topic, final Class<T> type, final int count) {
    final List<T> found = new ArrayList<>();
    try (AvroSerde<T> serde = AvroSerde.forValues(type, REGISTRY);
        KafkaConsumer<byte[], byte[]> consumer =
            new KafkaConsumer<>(
                Map.of(
                    "bootstrap.servers",
                    broker.bootstrapServers(),
                    "isolation.level",
                    "read_committed",
                    "auto.offset.reset",
                    "earliest"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
      consumer.assign(List.of(new TopicPartition(topic, 0), new TopicPartition(topic, 1)));
      final long deadline = System.nanoTime() + BOUND.toNanos();
      int polled = 1;
      while ((found.size() < count && System.nanoTime() < deadline) || polled > 0) {
        polled = 0;
        for (final var record : consumer.poll(Duration.ofMillis(300))) {
          polled++;
          found.add(serde.deserializer().deserialize(topic, record.value()));
        }
      }
    }
    return found;
  }
}
