package io.valence.fusion.trends;

import io.valence.schemas.TopicCatalogue;
import io.valence.schemas.TrendScope;
import io.valence.streams.DeadLetters;
import io.valence.streams.RecordTopology;
import io.valence.streams.StreamsSettings;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
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
 * What trends add to the topology of fusion:
 *
 * <pre>
 *   join ─► stream trends ──┬─► sentiment.trends
 *             (2 stores)    ├─► sentiment.alerts
 *                           └─► fusion.sessions
 *
 *   fusion.sessions ─► session trends ──┬─► sentiment.trends
 *                        (2 stores)     ├─► sentiment.alerts
 *                                       └─► fusion.dead-letters
 * </pre>
 *
 * <p>Stream trends are a child of the join: what it decides and what follows from it is one
 * transaction. Sessions are a sub-topology of their own, with tasks by session.
 */
public final class TrendTopology {

  /** The node that takes {@link StreamNews}. */
  public static final String STREAMS = "stream-trends";

  static final String SERVICE = "fusion";
  static final String STREAMS_STORE = "trends-streams";
  static final String STREAMS_HELD_STORE = "trends-streams-held";
  static final String SESSIONS_STORE = "trends-sessions";
  static final String SESSIONS_HELD_STORE = "trends-sessions-held";
  static final String NOTES = "session-notes-out";
  static final String DEAD_LETTERS = "session-dead-letters";

  private static final String SESSION_SOURCE = "session-notes";
  private static final String SESSIONS = "session-trends";
  // Above what a session of 1,000 streams takes.
  private static final String MAXIMUM_STATE_BYTES = Integer.toString(8 << 20);
  // Looking for old streams reads them all: it is done so many times within the retention.
  private static final int RETENTION_CHECKS = 100;

  private final StreamsSettings settings;
  private final TrendSettings trendSettings;
  private final TrendMetrics metrics;

  public TrendTopology(
      final StreamsSettings settings,
      final TrendSettings trendSettings,
      final TrendMetrics metrics) {
    this.settings = Objects.requireNonNull(settings, "settings");
    this.trendSettings = Objects.requireNonNull(trendSettings, "trendSettings");
    this.metrics = Objects.requireNonNull(metrics, "metrics");
  }

  static String trendsSink(final TrendScope scope) {
    return scope.name().toLowerCase(Locale.ROOT) + "-trends-out";
  }

  static String alertsSink(final TrendScope scope) {
    return scope.name().toLowerCase(Locale.ROOT) + "-alerts-out";
  }

  static Duration retentionCheck(final TrendSettings settings) {
    return settings.retention().dividedBy(RETENTION_CHECKS).plusMillis(1);
  }

  /**
   * Adds the trends.
   *
   * @param join name of the node that forwards {@link StreamNews} to {@link #STREAMS}
   */
  public Topology addTo(final Topology topology, final String join) {
    final DeadLetters deadLetters = new DeadLetters(SERVICE);
    topology
        .addProcessor(
            STREAMS, () -> new StreamTrendsProcessor(settings, trendSettings, metrics), join)
        .addStateStore(store(STREAMS_STORE), STREAMS)
        .addStateStore(store(STREAMS_HELD_STORE), STREAMS);
    outputs(topology, TrendScope.STREAM, STREAMS);
    sink(topology, NOTES, TopicCatalogue.FUSION_SESSIONS.name(), STREAMS);
    topology
        .addSource(
            AutoOffsetReset.earliest(),
            SESSION_SOURCE,
            RecordTopology.TIMESTAMPS,
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer(),
            TopicCatalogue.FUSION_SESSIONS.name())
        .addProcessor(
            SESSIONS,
            () -> new SessionTrendsProcessor(settings, trendSettings, deadLetters, metrics),
            SESSION_SOURCE)
        .addStateStore(store(SESSIONS_STORE), SESSIONS)
        .addStateStore(store(SESSIONS_HELD_STORE), SESSIONS);
    outputs(topology, TrendScope.SESSION, SESSIONS);
    sink(topology, DEAD_LETTERS, deadLetters.topic(), SESSIONS);
    return topology;
  }

  private static void outputs(
      final Topology topology, final TrendScope scope, final String parent) {
    sink(topology, trendsSink(scope), TopicCatalogue.SENTIMENT_TRENDS.name(), parent);
    sink(topology, alertsSink(scope), TopicCatalogue.SENTIMENT_ALERTS.name(), parent);
  }

  private static void sink(
      final Topology topology, final String name, final String topic, final String parent) {
    topology.addSink(name, topic, new ByteArraySerializer(), new ByteArraySerializer(), parent);
  }

  /** On disk and in a changelog; without a cache, which would only delay what is read back. */
  private static StoreBuilder<KeyValueStore<Bytes, byte[]>> store(final String name) {
    return Stores.keyValueStoreBuilder(
            Stores.persistentKeyValueStore(name), Serdes.Bytes(), Serdes.ByteArray())
        .withLoggingEnabled(Map.of(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, MAXIMUM_STATE_BYTES));
  }
}
