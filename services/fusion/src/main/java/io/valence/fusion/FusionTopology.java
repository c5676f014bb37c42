package io.valence.fusion;

import io.valence.fusion.trends.TrendTopology;
import io.valence.model.LiveBundle;
import io.valence.schemas.Modality;
import io.valence.schemas.TopicCatalogue;
import io.valence.streams.DeadLetters;
import io.valence.streams.RecordTopology;
import io.valence.streams.StreamsSettings;
import io.valence.windows.JoinSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * The topology of fusion:
 *
 * <pre>
 *   streams ─────────────────────┐            ┌─► sentiment.events
 *   adapted.visual|audio|text ───┴─► join ────┼─► sentiment.shadow, see ShadowScoring
 *                                  (2 stores) ├─► sentiment.late
 *                                             ├─► fusion.dead-letters
 *                                             └─► stream trends, see {@link TrendTopology}
 * </pre>
 *
 * <p>One source reads all four topics, so they share a task and a partition number: the descriptor and
 * the three modalities of a stream meet in one place. What the join decides is {@link
 * io.valence.windows.WindowJoin}'s affair; the processor keeps its state and forwards.
 */
final class FusionTopology {

  /** Store of {@link io.valence.windows.StreamMemory}, by stream id. */
  static final String STREAMS_STORE = "join-streams";

  /** Store of open windows, by stream and window. */
  static final String WINDOWS_STORE = "join-windows";

  private static final String SOURCE = "records";
  private static final String JOIN = "join";
  // Above what a window of 1,000 parts takes.
  private static final String MAXIMUM_STATE_BYTES = Integer.toString(8 << 20);

  private FusionTopology() {}

  /** The topics read. */
  static List<String> inputs() {
    final List<String> topics = new ArrayList<>();
    topics.add(TopicCatalogue.STREAMS.name());
    for (final Modality modality : Modality.values()) {
      topics.add(TopicCatalogue.adapted(modality).name());
    }
    return topics;
  }

  static Topology build(
      final StreamsSettings settings,
      final JoinSettings joinSettings,
      final LiveBundle bundle,
      final ShadowScoring shadow,
      final FusionMetrics metrics,
      final TrendTopology trends) {
    final DeadLetters deadLetters = new DeadLetters(FusionService.NAME);
    final Topology topology = new Topology();
    topology
        .addSource(
            AutoOffsetReset.earliest(),
            SOURCE,
            RecordTopology.TIMESTAMPS,
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer(),
            inputs().toArray(String[]::new))
        .addProcessor(
            JOIN,
            () -> new FusionProcessor(settings, joinSettings, bundle, shadow, deadLetters, metrics),
            SOURCE)
        .addStateStore(store(STREAMS_STORE), JOIN)
        .addStateStore(store(WINDOWS_STORE), JOIN)
        .addSink(
            FusionProcessor.EVENTS,
            TopicCatalogue.SENTIMENT_EVENTS.name(),
            new ByteArraySerializer(),
            new ByteArraySerializer(),
            JOIN)
        .addSink(
            FusionProcessor.SHADOW,
            TopicCatalogue.SENTIMENT_SHADOW.name(),
            new ByteArraySerializer(),
            new ByteArraySerializer(),
            JOIN)
        .addSink(
            FusionProcessor.LATE,
            TopicCatalogue.SENTIMENT_LATE.name(),
            new ByteArraySerializer(),
            new ByteArraySerializer(),
            JOIN)
        .addSink(
            FusionProcessor.DEAD_LETTERS,
            deadLetters.topic(),
            new ByteArraySerializer(),
            new ByteArraySerializer(),
            JOIN);
    return trends.addTo(topology, JOIN);
  }

  /** On disk and in a changelog; without a cache, which would only delay what is read back. */
  private static StoreBuilder<KeyValueStore<Bytes, byte[]>> store(final String name) {
    return Stores.keyValueStoreBuilder(
            Stores.persistentKeyValueStore(name), Serdes.Bytes(), Serdes.ByteArray())
        .withLoggingEnabled(Map.of(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, MAXIMUM_STATE_BYTES));
  }
}
