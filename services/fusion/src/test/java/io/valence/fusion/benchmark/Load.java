package io.valence.fusion.benchmark;

import io.valence.model.BundleDescription;
import io.valence.model.BundleDescription.Space;
import io.valence.schemas.AvroSerializer;
import io.valence.schemas.FeatureVector;
import io.valence.schemas.FloatValues;
import io.valence.schemas.Modality;
import io.valence.schemas.StreamDescriptor;
import io.valence.schemas.StreamState;
import io.valence.schemas.TopicCatalogue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The adapted vectors of many live streams in real time. All streams are open at once, their windows out of phase: of N
 * streams with windows of 3 s, a window ends every 3 s / N. Its face comes up to 0.15 s after that, its voice up to 0.3 s,
 * its words 0.3 to 0.6 s: they complete it.
 *
 * <p>The streams join one after the other over the warm-up. Were all there at once, half a minute of load would lie in
 * the topics before the machine code of any process on a small machine is compiled, and what is measured would be how
 * it catches up.
 */
final class Load implements AutoCloseable {

  private static final long WINDOW_MICROS = 3_000_000;
  private static final int POOL = 64;
  private static final Map<Modality, int[]> DELAY_MICROS =
      Map.of(
          Modality.VISUAL, new int[] {0, 150_000},
          Modality.AUDIO, new int[] {50_000, 300_000},
          Modality.TEXT, new int[] {300_000, 600_000});

  private final int streams;
  private final BundleDescription bundle;
  private final KafkaProducer<byte[], byte[]> producer;
  private final AvroSerializer<FeatureVector> vectors = new AvroSerializer<>(FeatureVector.class);
  private final AvroSerializer<StreamDescriptor> descriptors =
      new AvroSerializer<>(StreamDescriptor.class);
  private final Map<Modality, List<List<Float>>> values;
  private final List<Slot> slots;
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private long windowsSent;
  private long recordsSent;
  private long bytesSent;
  private long worstDelayMicros;

  /** When in each cycle of 3 s which vector is due; of the window of this cycle or of the one before. */
  private record Slot(int micros, int stream, Modality modality, int before) {}

  Load(
      final String bootstrapServers,
      final String registryUrl,
      final int streams,
      final BundleDescription bundle) {
    this.streams = streams;
    this.bundle = bundle;
    this.producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ProducerConfig.LINGER_MS_CONFIG,
                20,
                ProducerConfig.BATCH_SIZE_CONFIG,
                256 * 1024,
                ProducerConfig.BUFFER_MEMORY_CONFIG,
                128L << 20),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    vectors.configure(Map.of("schema.registry.url", registryUrl), false);
    descriptors.configure(Map.of("schema.registry.url", registryUrl), false);
    final Random random = new Random(1);
    this.values =
        Map.of(
            Modality.VISUAL, pool(Modality.VISUAL, random),
            Modality.AUDIO, pool(Modality.AUDIO, random),
            Modality.TEXT, pool(Modality.TEXT, random));
    this.slots = schedule(random);
  }

  private Space space(final Modality modality) {
    return bundle.baseSpaces().get(io.valence.model.Modality.valueOf(modality.name()));
  }

  private List<List<Float>> pool(final Modality modality, final Random random) {
    final List<List<Float>> pool = new ArrayList<>();
    for (int i = 0; i < POOL; i++) {
      final float[] numbers = new float[space(modality).size()];
      for (int j = 0; j < numbers.length; j++) {
        numbers[j] = (float) random.nextGaussian();
      }
      pool.add(FloatValues.of(numbers));
    }
    return pool;
  }

  private List<Slot> schedule(final Random random) {
    final List<Slot> all = new ArrayList<>();
    // Those that join together are not to be in phase.
    final List<Integer> order = new ArrayList<>(IntStream.range(0, streams).boxed().toList());
    Collections.shuffle(order, random);
    for (int stream = 0; stream < streams; stream++) {
      final long phase = order.get(stream) * WINDOW_MICROS / streams;
      for (final Modality modality : Modality.values()) {
        final int[] delay = DELAY_MICROS.get(modality);
        final long due = phase + delay[0] + random.nextInt(delay[1] - delay[0]);
        all.add(
            new Slot((int) (due % WINDOW_MICROS), stream, modality, due < WINDOW_MICROS ? 0 : 1));
      }
    }
    all.sort(Comparator.comparingInt(Slot::micros));
    return all;
  }

  private static String streamId(final int stream) {
    return "stream-" + stream;
  }

  private void send(final String topic, final String streamId, final byte[] value) {
    final var unused =
        producer.send(
            new ProducerRecord<>(topic, streamId.getBytes(StandardCharsets.UTF_8), value),
            (metadata, problem) -> {
              if (problem != null) {
                failure.compareAndSet(null, problem);
              }
            });
    recordsSent++;
    bytesSent += value.length;
  }

  private void open(final int stream) {
    final String topic = TopicCatalogue.STREAMS.name();
    send(
        topic,
        streamId(stream),
        descriptors.serialize(
            topic,
            StreamDescriptor.newBuilder()
                .setStreamId(streamId(stream))
                .setModalities(List.of(Modality.values()))
                .setWindowSizeMicros(WINDOW_MICROS)
                .setGraceMicros(WINDOW_MICROS)
                .setState(StreamState.OPEN)
                .setOpenedAtMillis(System.currentTimeMillis())
                .build()));
  }

  /** How many streams are open in a cycle. */
  private int open(final int cycle, final int joining) {
    return (int) Math.min(streams, (long) streams * (cycle + 1) / joining);
  }

  /** Throws if going on makes no sense. */
  interface Guard {
    void check() throws IOException;
  }

  /**
   * Sends vectors as they fall due for so many cycles of 3 s, and what completes the last windows.
   *
   * @param joining cycles over which the streams join, at least 1
   */
  void run(final int cycles, final int joining, final Guard guard) throws Exception {
    final int[] joined = new int[streams];
    final long begin = System.nanoTime();
    for (int cycle = 0; cycle <= cycles; cycle++) {
      for (int stream = cycle == 0 ? 0 : open(cycle - 1, joining);
          stream < open(cycle, joining);
          stream++) {
        open(stream);
        joined[stream] = cycle;
      }
      for (final Slot slot : slots) {
        if (slot.stream() >= open(cycle, joining)) {
          continue;
        }
        final int window = cycle - slot.before() - joined[slot.stream()];
        if (window < 0 || cycle - slot.before() >= cycles) {
          continue;
        }
        await(begin + (cycle * WINDOW_MICROS + slot.micros()) * 1_000);
        final String topic = TopicCatalogue.adapted(slot.modality()).name();
        send(topic, streamId(slot.stream()), vectors.serialize(topic, vector(slot, window)));
        if (slot.modality() == Modality.TEXT) {
          windowsSent++;
        }
      }
      if (failure.get() != null) {
        throw failure.get();
      }
      guard.check();
    }
    producer.flush();
  }

  private void await(final long dueNanos) {
    for (long left = dueNanos - System.nanoTime(); left > 0; left = dueNanos - System.nanoTime()) {
      // A timer wakes a little late: what falls due within its reach is sent together.
      LockSupport.parkNanos(Math.max(left, TimeUnit.MILLISECONDS.toNanos(1)));
    }
    worstDelayMicros = Math.max(worstDelayMicros, (System.nanoTime() - dueNanos) / 1_000);
  }

  private FeatureVector vector(final Slot slot, final int window) {
    final List<List<Float>> pool = values.get(slot.modality());
    final long now = System.currentTimeMillis();
    return FeatureVector.newBuilder()
        .setStreamId(streamId(slot.stream()))
        .setModality(slot.modality())
        .setSpace(space(slot.modality()).id())
        .setWindowStartMicros(window * WINDOW_MICROS)
        .setWindowEndMicros((window + 1) * WINDOW_MICROS)
        .setCoversStartMicros(window * WINDOW_MICROS)
        .setCoversEndMicros((window + 1) * WINDOW_MICROS)
        .setSequence(window)
        .setWeight(3)
        .setQuality(1)
        .setValues(pool.get((slot.stream() + window) % POOL))
        .setExtractor(bundle.id())
        .setExtractorVersion(bundle.version())
        .setCapturedAtMillis(now)
        .setCreatedAtMillis(now)
        .build();
  }

  /** Windows of which all three vectors were sent. */
  long windowsSent() {
    return windowsSent;
  }

  long recordsSent() {
    return recordsSent;
  }

  long bytesSent() {
    return bytesSent;
  }

  /** The longest that a vector was sent after it was due: how far the load itself fell behind. */
  double worstDelayMillis() {
    return worstDelayMicros / 1e3;
  }

  @Override
  public void close() {
    producer.close();
    vectors.close();
    descriptors.close();
  }
}
