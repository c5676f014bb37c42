package io.valence.fusion.trends;

import io.valence.schemas.TrendScope;
import io.valence.streams.StreamsSettings;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/** Runs the trends of streams on what the window join tells, in its task and transaction. */
final class StreamTrendsProcessor implements Processor<byte[], StreamNews, byte[], byte[]> {

  private final StreamsSettings settings;
  private final TrendSettings trendSettings;
  private final TrendMetrics metrics;
  private ProcessorContext<byte[], byte[]> context;
  private StreamTrends trends;
  private TrendOutput output;

  StreamTrendsProcessor(
      final StreamsSettings settings,
      final TrendSettings trendSettings,
      final TrendMetrics metrics) {
    this.settings = settings;
    this.trendSettings = trendSettings;
    this.metrics = metrics;
  }

  @Override
  public void init(final ProcessorContext<byte[], byte[]> processorContext) {
    context = processorContext;
    trends =
        new StreamTrends(
            new KafkaTrendStore<>(
                processorContext.getStateStore(TrendTopology.STREAMS_STORE),
                processorContext.getStateStore(TrendTopology.STREAMS_HELD_STORE),
                TrendCodec::encode,
                TrendCodec::decodeStream),
            trendSettings);
    output = new TrendOutput(processorContext, TrendScope.STREAM, settings, metrics, trends.held());
    processorContext.schedule(
        TrendTopology.retentionCheck(trendSettings),
        PunctuationType.WALL_CLOCK_TIME,
        now -> output.send(trends.forget(now), now));
  }

  @Override
  public void process(final Record<byte[], StreamNews> news) {
    final long now = context.currentSystemTimeMs();
    output.send(trends.accept(news.value(), now), now);
  }

  @Override
  public void close() {
    output.close();
  }
}
