package io.valence.fusion.trends;

import io.valence.schemas.SentimentEvent;
import io.valence.schemas.SessionNote;
import io.valence.schemas.SessionNoteKind;
import io.valence.schemas.StreamDescriptor;
import io.valence.schemas.TrendScope;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Judges the windows of streams in event-time order, and passes those of streams that belong to a
 * session on to it in that order. See the package for the rules.
 */
final class StreamTrends {

  private static final Comparator<TrendWindow> ORDER = Comparator.comparing(TrendWindow::window);

  private final TrendStore<StreamTrend> store;
  private final TrendSettings settings;

  StreamTrends(final TrendStore<StreamTrend> store, final TrendSettings settings) {
    this.store = store;
    this.settings = settings;
  }

  /**
   * Takes what the join tells.
   *
   * @param nowMillis wall clock, milliseconds since 1970-01-01 UTC
   */
  TrendResult accept(final StreamNews news, final long nowMillis) {
    final TrendResult result = new TrendResult();
    final StreamTrend before = store.get(news.streamId());
    final StreamTrend after;
    if (news instanceof StreamNews.Described described) {
      after = described(before, described.descriptor(), nowMillis, result);
    } else if (news instanceof StreamNews.Decided decided) {
      after = decided(before, decided, nowMillis, result);
    } else {
      after = ended(before, (StreamNews.Ended) news, nowMillis, result);
    }
    store.put(news.streamId(), after);
    result.addHeld(after.held() - (before == null ? 0 : before.held()));
    return result;
  }

  /** Forgets streams that were not heard of for the retention. */
  TrendResult forget(final long nowMillis) {
    final TrendResult result = new TrendResult();
    final List<String> old = new ArrayList<>();
    store.forEach(
        stream -> {
          if (stream.lastHeardMillis() <= nowMillis - settings.retention().toMillis()) {
            old.add(stream.streamId());
          }
        });
    for (final String streamId : old) {
      result.addHeld(-store.release(streamId, Long.MAX_VALUE).size());
      store.delete(streamId);
    }
    return result;
  }

  /** How many windows wait. */
  int held() {
    final int[] held = {0};
    store.forEach(stream -> held[0] += stream.held());
    return held[0];
  }

  private static StreamTrend identified(
      final StreamTrend before,
      final String streamId,
      final String sessionId,
      final String participantId,
      final long reachedMicros,
      final long nowMillis,
      final TrendResult result) {
    final StreamTrend stream =
        before == null
            ? new StreamTrend(
                streamId, null, null, TrendSeries.EMPTY, -1, 0, false, false, nowMillis)
            : before;
    final String session = stream.sessionId() == null ? sessionId : stream.sessionId();
    final String participant =
        stream.participantId() == null ? participantId : stream.participantId();
    if (session != null && !stream.announced()) {
      result.add(
          note(SessionNoteKind.OPENED, session, streamId, participant, reachedMicros, nowMillis)
              .build());
    }
    return new StreamTrend(
        streamId,
        session,
        participant,
        stream.series(),
        stream.judgedThroughMicros(),
        stream.held(),
        session != null,
        stream.ended(),
        nowMillis);
  }

  private static SessionNote.Builder note(
      final SessionNoteKind kind,
      final String sessionId,
      final String streamId,
      final String participantId,
      final long reachedMicros,
      final long nowMillis) {
    return SessionNote.newBuilder()
        .setSessionId(sessionId)
        .setStreamId(streamId)
        .setParticipantId(participantId)
        .setKind(kind)
        .setReachedMicros(reachedMicros)
        .setCreatedAtMillis(nowMillis);
  }

  private static StreamTrend described(
      final StreamTrend before,
      final StreamDescriptor descriptor,
      final long nowMillis,
      final TrendResult result) {
    return identified(
        before,
        descriptor.getStreamId(),
        descriptor.getSessionId(),
        descriptor.getParticipantId(),
        descriptor.getStartMicros(),
        nowMillis,
        result);
  }

  private StreamTrend decided(
      final StreamTrend before,
      final StreamNews.Decided decided,
      final long nowMillis,
      final TrendResult result) {
    final SentimentEvent any = decided.events().get(0);
    StreamTrend stream =
        identified(
            before,
            any.getStreamId(),
            any.getSessionId(),
            any.getParticipantId(),
            Math.max(0, Math.min(any.getWindowStartMicros(), decided.decidedThroughMicros())),
            nowMillis,
            result);
    final List<TrendWindow> due = new ArrayList<>();
    int held = stream.held();
    for (final SentimentEvent event : decided.events()) {
      final TrendWindow window = TrendWindow.of(event);
      if (stream.ended() || window.endMicros() <= stream.judgedThroughMicros()) {
        stream = late(stream, window, nowMillis, result);
      } else if (window.endMicros() <= decided.decidedThroughMicros()) {
        due.add(window);
      } else {
        store.hold(stream.streamId(), window.window(), window);
        held++;
      }
    }
    if (held > 0) {
      final List<TrendWindow> released =
          store.release(stream.streamId(), decided.decidedThroughMicros());
      held -= released.size();
      due.addAll(released);
    }
    due.sort(ORDER);
    return judge(
        stream,
        due,
        held,
        Math.max(stream.judgedThroughMicros(), decided.decidedThroughMicros()),
        nowMillis,
        result);
  }

  /** Too late to be judged: it only counts; after the summary it does not even that. */
  private static StreamTrend late(
      final StreamTrend stream,
      final TrendWindow window,
      final long nowMillis,
      final TrendResult result) {
    result.countLate();
    if (stream.ended()) {
      return stream;
    }
    tellSession(stream, window, Math.max(0, stream.judgedThroughMicros()), nowMillis, result);
    return with(
        stream,
        stream.series().withLate(window),
        stream.judgedThroughMicros(),
        stream.held(),
        stream.ended());
  }

  private StreamTrend judge(
      final StreamTrend stream,
      final List<TrendWindow> due,
      final int held,
      final long judgedThroughMicros,
      final long nowMillis,
      final TrendResult result) {
    final TrendRecords records = TrendRecords.of(stream);
    TrendSeries series = stream.series();
    for (int i = 0; i < due.size(); i++) {
      final TrendWindow window = due.get(i);
      final TrendSeries.Step step = series.judge(window, TrendScope.STREAM, settings);
      series = step.series();
      result.add(records.update(series, settings, nowMillis));
      step.alarms().forEach(alarm -> result.add(records.alert(alarm, nowMillis)));
      final boolean another =
          i + 1 < due.size() && due.get(i + 1).endMicros() == window.endMicros();
      tellSession(stream, window, window.endMicros() - (another ? 1 : 0), nowMillis, result);
    }
    return with(stream, series, judgedThroughMicros, held, stream.ended());
  }

  private static void tellSession(
      final StreamTrend stream,
      final TrendWindow window,
      final long reachedMicros,
      final long nowMillis,
      final TrendResult result) {
    if (stream.sessionId() != null) {
      result.add(
          note(
                  SessionNoteKind.WINDOW,
                  stream.sessionId(),
                  stream.streamId(),
                  stream.participantId(),
                  reachedMicros,
                  nowMillis)
              .setWindowStartMicros(window.startMicros())
              .setWindowEndMicros(window.endMicros())
              .setSegmentId(window.window().segmentId())
              .setScore(window.isKnown() ? (Double) window.score().getAsDouble() : null)
              .setMissing(window.missing().stream().sorted().toList())
              .build());
    }
  }

  private StreamTrend ended(
      final StreamTrend before,
      final StreamNews.Ended news,
      final long nowMillis,
      final TrendResult result) {
    final String streamId = news.streamId();
    final StreamTrend known =
        identified(before, streamId, news.sessionId(), null, 0, nowMillis, result);
    if (known.ended()) {
      return known;
    }
    final List<TrendWindow> due =
        known.held() == 0 ? List.of() : store.release(streamId, Long.MAX_VALUE);
    final StreamTrend stream = judge(known, due, 0, known.judgedThroughMicros(), nowMillis, result);
    result.add(TrendRecords.of(stream).summary(stream.series(), 1, List.of(), nowMillis));
    if (stream.sessionId() != null) {
      result.add(
          note(
                  SessionNoteKind.ENDED,
                  stream.sessionId(),
                  streamId,
                  stream.participantId(),
                  stream.series().totals().endMicros(),
                  nowMillis)
              .build());
    }
    return with(stream, stream.series().ended(), stream.judgedThroughMicros(), 0, true);
  }

  private static StreamTrend with(
      final StreamTrend stream,
      final TrendSeries series,
      final long judgedThroughMicros,
      final int held,
      final boolean ended) {
    return new StreamTrend(
        stream.streamId(),
        stream.sessionId(),
        stream.participantId(),
        series,
        judgedThroughMicros,
        held,
        stream.announced(),
        ended,
        stream.lastHeardMillis());
  }
}
