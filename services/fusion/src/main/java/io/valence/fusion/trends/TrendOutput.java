package io.valence.fusion.trends;

import io.valence.schemas.SentimentAlert;
import io.valence.schemas.SentimentTrend;
import io.valence.schemas.SessionNote;
import io.valence.schemas.TopicCatalogue;
import io.valence.schemas.TrendScope;
import io.valence.streams.RecordEncoder;
import io.valence.streams.StreamsSettings;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends on what was judged; for one task. */
final class TrendOutput implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(TrendOutput.class);

  private final ProcessorContext<byte[], byte[]> context;
  private final TrendScope scope;
  private final TrendMetrics metrics;
  private final TrendMetrics.Held task;
  private final RecordEncoder<SentimentTrend> trends;
  private final RecordEncoder<SentimentAlert> alerts;
  private final RecordEncoder<SessionNote> notes;

  TrendOutput(
      final ProcessorContext<byte[], byte[]> context,
      final TrendScope scope,
      final StreamsSettings settings,
      final TrendMetrics metrics,
      final int held) {
    this.context = context;
    this.scope = scope;
    this.metrics = metrics;
    this.task = metrics.newTask(scope, held);
    this.trends = new RecordEncoder<>(SentimentTrend.class, settings);
    this.alerts = new RecordEncoder<>(SentimentAlert.class, settings);
    this.notes = new RecordEncoder<>(SessionNote.class, settings);
  }

  void send(final TrendResult result, final long nowMillis) {
    metrics.count(task, result);
    if (result.late() > 0) {
      log.warn("{} windows came after later ones had been judged ({})", result.late(), scope);
    }
    for (final SentimentTrend trend : result.trends()) {
      forward(
          scope == TrendScope.STREAM ? trend.getStreamId() : trend.getSessionId(),
          trends.encode(TopicCatalogue.SENTIMENT_TRENDS.name(), trend),
          nowMillis,
          TrendTopology.trendsSink(scope));
    }
    for (final SentimentAlert alert : result.alerts()) {
      forward(
          scope == TrendScope.STREAM ? alert.getStreamId() : alert.getSessionId(),
          alerts.encode(TopicCatalogue.SENTIMENT_ALERTS.name(), alert),
          nowMillis,
          TrendTopology.alertsSink(scope));
    }
    for (final SessionNote note : result.notes()) {
      forward(
          note.getSessionId(),
          notes.encode(TopicCatalogue.FUSION_SESSIONS.name(), note),
          nowMillis,
          TrendTopology.NOTES);
    }
  }

  private void forward(
      final String key, final byte[] value, final long nowMillis, final String sink) {
    context.forward(new Record<>(key.getBytes(StandardCharsets.UTF_8), value, nowMillis), sink);
  }

  @Override
  public void close() {
    metrics.endTask(task);
    trends.close();
    alerts.close();
    notes.close();
  }
}
