package io.valence.fusion.trends;

import java.util.Objects;

/**
 * What is remembered of a stream.
 *
 * @param streamId the stream
 * @param sessionId the conversation that it belongs to; null if it stands alone
 * @param participantId who speaks; null if unknown
 * @param series its windows as judged
 * @param judgedThroughMicros a window that ends at or before this is late; -1 at first
 * @param held how many windows wait
 * @param announced whether its session has been told of it
 * @param ended whether its summary is out
 * @param lastHeardMillis wall clock, milliseconds since 1970-01-01 UTC
 */
record StreamTrend(
    String streamId,
    String sessionId,
    String participantId,
    TrendSeries series,
    long judgedThroughMicros,
    int held,
    boolean announced,
    boolean ended,
    long lastHeardMillis) {

  StreamTrend {
    Objects.requireNonNull(streamId, "streamId");
    Objects.requireNonNull(series, "series");
  }
}
