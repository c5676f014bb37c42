package io.valence.fusion;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.valence.local.LocalBroker;
import io.valence.model.BundleMetrics;
import io.valence.model.LiveBundle;
import io.valence.model.ModelBundle;
import io.valence.pipeline.AudioChunkExtractor;
import io.valence.pipeline.VectorAdapter;
import io.valence.schemas.AvroSerde;
import io.valence.schemas.FeatureVector;
import io.valence.schemas.MediaChunk;
import io.valence.schemas.Modality;
import io.valence.schemas.SentimentEvent;
import io.valence.schemas.StreamDescriptor;
import io.valence.schemas.StreamState;
import io.valence.schemas.TopicCatalogue;
import io.valence.streams.FailurePolicy;
import io.valence.streams.RecordFlow;
import io.valence.streams.RecordTopology;
import io.valence.streams.StreamsSettings;
import io.valence.streams.deadletters.DeadLetter;
import io.valence.streams.deadletters.DeadLetterReader;
import io.valence.streams.deadletters.DeadLetterRedrive;
import io.valence.streams.deadletters.LetterRecords;
import io.valence.streams.deadletters.RecordMending;
import io.valence.windows.EventFactory;
import io.valence.windows.InMemoryJoinStore;
import io.valence.windows.JoinSettings;
import io.valence.windows.WindowJoin;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Sound through extractor, adapter and fusion on a real broker, one record spoilt on the way: it becomes a dead letter,
 * is mended and written back, and the event is to the byte the one that it should have been.
 *
 * <p>The stream has two windows of 3 s and 60 s of grace, so that the first waits for its record.
 */
class RedriveTest {

  private static final Path HOME = Path.of(System.getProperty("valence.home"));
  private static final Duration BOUND = Duration.ofSeconds(60);
  private static final long SECOND = 1_000_000;
  private static final int RATE = 16_000;
  private static final Map<String, String> REGISTRY =
      Map.of("schema.registry.url", "mock://redrive-test");

  // A broker tells at length what it does. Held here: the log manager keeps loggers only weakly.
  private static final List<Logger> QUIET =
      List.of(
          Logger.getLogger("kafka"),
          Logger.getLogger("state.change.logger"),
          Logger.getLogger("org.apache.kafka"));

  static {
    QUIET.forEach(logger -> logger.setLevel(Level.SEVERE));
  }

  @TempDir private Path folder;

  private final AvroSerde<MediaChunk> chunks = AvroSerde.forValues(MediaChunk.class, REGISTRY);
  private final AvroSerde<FeatureVector> vectors =
      AvroSerde.forValues(FeatureVector.class, REGISTRY);
  private final AvroSerde<StreamDescriptor> descriptors =
      AvroSerde.forValues(StreamDescriptor.class, REGISTRY);
  private final AvroSerde<SentimentEvent> events =
      AvroSerde.forValues(SentimentEvent.class, REGISTRY);

  private static StreamDescriptor descriptor(final String streamId) {
    return StreamDescriptor.newBuilder()
        .setStreamId(streamId)
        .setModalities(List.of(Modality.AUDIO))
        .setWindowSizeMicros(3 * SECOND)
        .setGraceMicros(60 * SECOND)
        .setState(StreamState.OPEN)
        .setOpenedAtMillis(1)
        .build();
  }

  /** Three seconds of a tone, higher in each window. */
  private static MediaChunk chunk(final String streamId, final int window) {
    final ByteBuffer samples =
        ByteBuffer.allocate(3 * RATE * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < 3 * RATE; i++) {
      samples.putFloat((float) (0.3 * Math.sin(2 * Math.PI * (200 + 90 * window) * i / RATE)));
    }
    return MediaChunk.newBuilder()
        .setStreamId(streamId)
        .setModality(Modality.AUDIO)
        .setSequence(window)
        .setStartMicros(3 * SECOND * window)
        .setEndMicros(3 * SECOND * (window + 1))
        .setContainer(AudioChunkExtractor.CONTAINER)
        .setSampleRate(RATE)
        .setPayload(samples.flip())
        .setCapturedAtMillis(1_000)
        .build();
  }

  private static FeatureVector adapted(final ModelBundle bundle, final MediaChunk chunk)
      throws Exception {
    try (AudioChunkExtractor extractor = new AudioChunkExtractor();
        VectorAdapter adapter = new VectorAdapter(bundle, InstantSource.system())) {
      return adapter.adapt(extractor.extract(chunk).get(0));
    }
  }

  /** What the stream's events are when nothing goes wrong, by start of window, as bytes. */
  private Map<Long, byte[]> expected(final ModelBundle bundle, final String streamId)
      throws Exception {
    final Map<Long, byte[]> expected = new LinkedHashMap<>();
    try (EventFactory factory = new EventFactory(bundle)) {
      final WindowJoin join =
          new WindowJoin(new InMemoryJoinStore(), JoinSettings.defaults(), bundle);
      join.accept(descriptor(streamId), 1);
      for (int window = 0; window < 2; window++) {
        join.accept(adapted(bundle, chunk(streamId, window)), 1)
            .closed()
            .forEach(
                closed ->
                    expected.put(
                        closed.window().startMicros(), timeless(factory.event(closed, 1_000))));
      }
    }
    assertThat(expected).hasSize(2);
    return expected;
  }

  /** An event's bytes without the times at which it was made. */
  private byte[] timeless(final SentimentEvent event) {
    return events
        .serializer()
        .serialize(
            "sentiment.events",
            SentimentEvent.newBuilder(event).setCreatedAtMillis(0).setLatencyMillis(0).build());
  }

  private KafkaStreams service(final LocalBroker broker, final String id, final Topology topology) {
    final Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, id);
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers());
    properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    properties.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 100);
    properties.put(StreamsConfig.STATE_DIR_CONFIG, folder.resolve("state").toString());
    final KafkaStreams streams = new KafkaStreams(topology, properties);
    streams.setUncaughtExceptionHandler(new FailurePolicy());
    streams.start();
    return streams;
  }

  private static StreamsSettings settings(final LocalBroker broker, final String id) {
    return new StreamsSettings(
        broker.bootstrapServers(),
        id,
        Duration.ofMillis(100),
        StreamsConfig.EXACTLY_ONCE_V2,
        REGISTRY);
  }

  @Test
  void aMendedRecordGivesTheEventItShouldHaveGiven() throws Exception {
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    final Path direct = HOME.resolve("deploy/bundles/direct");
    try (ModelBundle bundle = ModelBundle.load(direct);
        LiveBundle live = LiveBundle.load(direct, new BundleMetrics(meters, "live"));
        LocalBroker broker = LocalBroker.startTemporary();
        AudioChunkExtractor extractor = new AudioChunkExtractor();
        VectorAdapter adapter = new VectorAdapter(bundle, InstantSource.system())) {
      try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
        TopicCatalogue.create(admin, 2, (short) 1, BOUND);
      }
      final String spoiltChunk = "spoilt-chunk";
      final String spoiltVector = "spoilt-vector";
      try (KafkaStreams features =
              service(
                  broker,
                  "audio-features",
                  RecordTopology.build(
                      RecordFlow.of(
                          "audio-features",
                          "raw.audio",
                          MediaChunk.class,
                          extractor::extract,
                          "features.audio",
                          FeatureVector.class),
                      settings(broker, "audio-features")));
          KafkaStreams adapting =
              service(
                  broker,
                  "adapter",
                  RecordTopology.build(
                      RecordFlow.of(
                          "adapter",
                          "features.audio",
                          FeatureVector.class,
                          vector -> List.of(adapter.adapt(vector)),
                          "adapted.audio",
                          FeatureVector.class),
                      settings(broker, "adapter")));
          KafkaStreams fusion =
              service(
                  broker,
                  "fusion",
                  FusionTopology.build(
                      settings(broker, "fusion"),
                      JoinSettings.defaults(),
                      live,
                      ShadowScoring.none(),
                      new FusionMetrics(meters),
                      TestTrends.withoutRules(settings(broker, "fusion"), meters)));
          KafkaProducer<byte[], byte[]> producer =
              new KafkaProducer<>(
                  Map.of("bootstrap.servers", broker.bootstrapServers()),
                  new ByteArraySerializer(),
                  new ByteArraySerializer())) {
        for (final String streamId : List.of(spoiltChunk, spoiltVector)) {
          send(
              producer,
              "streams",
              streamId,
              descriptors.serializer().serialize("streams", descriptor(streamId)));
        }
        // One stream's first chunk claims 16 samples a second, the other's first vector a quality
        // of 7.
        final MediaChunk chunk =
            MediaChunk.newBuilder(chunk(spoiltChunk, 0)).setSampleRate(16).build();
        send(producer, "raw.audio", spoiltChunk, chunks.serializer().serialize("raw.audio", chunk));
        final FeatureVector vector =
            FeatureVector.newBuilder(adapted(bundle, chunk(spoiltVector, 0))).setQuality(7).build();
        send(
            producer,
            "adapted.audio",
            spoiltVector,
            vectors.serializer().serialize("adapted.audio", vector));
        for (final String streamId : List.of(spoiltChunk, spoiltVector)) {
          send(
              producer,
              "raw.audio",
              streamId,
              chunks.serializer().serialize("raw.audio", chunk(streamId, 1)));
        }
        assertThat(events(broker, 2))
            .as("the whole windows are out, the others wait")
            .extracting(SentimentEvent::getWindowStartMicros)
            .containsOnly(3 * SECOND);

        redrive(broker, "audio-features", "sampleRate must be", "sampleRate=" + RATE);
        redrive(broker, "fusion", "quality must be 0 to 1, not 7.0", "quality=1");

        final List<SentimentEvent> all = events(broker, 4);
        for (final String streamId : List.of(spoiltChunk, spoiltVector)) {
          final Map<Long, byte[]> expected = expected(bundle, streamId);
          assertThat(all)
              .filteredOn(event -> event.getStreamId().equals(streamId))
              .hasSize(2)
              .allSatisfy(
                  event ->
                      assertThat(timeless(event))
                          .isEqualTo(expected.get(event.getWindowStartMicros())));
        }
        assertThat(List.of(features, adapting, fusion))
            .allSatisfy(
                streams -> assertThat(streams.state()).isEqualTo(KafkaStreams.State.RUNNING));
      }
    }
  }

  private static void send(
      final KafkaProducer<byte[], byte[]> producer,
      final String topic,
      final String key,
      final byte[] value)
      throws Exception {
    producer.send(new ProducerRecord<>(topic, key.getBytes(UTF_8), value)).get();
  }

  private static void redrive(
      final LocalBroker broker, final String service, final String reason, final String assignment)
      throws Exception {
    try (DeadLetterReader reader = new DeadLetterReader(broker.bootstrapServers());
        LetterRecords records = new LetterRecords(REGISTRY);
        DeadLetterRedrive redrive = new DeadLetterRedrive(broker.bootstrapServers(), reader)) {
      final DeadLetter letter = onlyLetter(reader, service);
      assertThat(letter.reason()).contains(reason);
      redrive.send(
          letter,
          records.encode(
              letter, RecordMending.parse(List.of(assignment)).apply(records.decode(letter))));
      redrive.commit();
    }
  }

  private static DeadLetter onlyLetter(final DeadLetterReader reader, final String service)
      throws Exception {
    final List<DeadLetter> letters = new ArrayList<>();
    final long deadline = System.nanoTime() + BOUND.toNanos();
    while (letters.isEmpty() && System.nanoTime() < deadline) {
      TimeUnit.MILLISECONDS.sleep(100);
      reader.visit(List.of(service), Optional.empty(), letters::add);
    }
    assertThat(letters).as("letters of " + service).hasSize(1);
    return letters.get(0);
  }

  private List<SentimentEvent> events(final LocalBroker broker, final int count) {
    final List<SentimentEvent> found = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
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
      consumer.assign(
          List.of(
              new TopicPartition("sentiment.events", 0),
              new TopicPartition("sentiment.events", 1)));
      final long deadline = System.nanoTime() + BOUND.toNanos();
      while (found.size() < count && System.nanoTime() < deadline) {
        consumer
            .poll(Duration.ofMillis(200))
            .forEach(
                record ->
                    found.add(
                        events.deserializer().deserialize("sentiment.events", record.value())));
      }
    }
    assertThat(found).hasSize(count);
    return found;
  }
}
