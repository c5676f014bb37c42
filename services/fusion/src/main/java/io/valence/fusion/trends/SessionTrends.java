package io.valence.fusion.trends;

import io.valence.schemas.InvalidRecordException;
import io.valence.schemas.ParticipantTrend;
import io.valence.schemas.SessionNote;
import io.valence.schemas.SessionNoteKind;
import io.valence.schemas.TrendScope;
import io.valence.windows.Window;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.SortedMap;

/**
 * Judges the windows of sessions in event-time order over all of their streams. See the package for
 * the rules.
 *
 * <p>Worked example: Anna's stream and Ben's, windows of 3 s.
 *
 * <pre>
 *   Anna opened, Ben opened
 *   Anna [0,3) -2.0     waits: Ben is at 0
 *   Anna [3,6) -1.0     waits
 *   Ben  [0,3) +1.0     [0,3) is judged: the session's score is (-2 + 1) / 2 = -0.50
 *   Anna ended          nothing: Ben is at 3 s
 *   Ben  [3,6) unknown  [3,6) is judged: -1.00, Anna's alone
 *   Ben  ended          the summary: 2 windows, mean -0.75; Anna 2 windows, mean -1.50; Ben 2, of
 *                       which 1 known, mean +1.00
 * </pre>
 *
 * <p>Not safe for use by several threads at once.
 */
final class SessionTrends {

  /** A conversation of more streams is a mistake of whoever names sessions. */
  static final int MAXIMUM_STREAMS = 1_000;

  /** Windows of a session that wait; beyond that the earliest is judged without those behind. */
  static final int MAXIMUM_HELD = 10_000;

  private static final long NEVER = Long.MIN_VALUE;

  private final TrendStore<SessionTrend> store;
  private final TrendSettings settings;

  /** For each session with windows that wait, the wall clock when a stream's silence may free them. */
  private final Map<String, Long> wakeUps = new HashMap<>();

  private long lastNowMillis = NEVER;

  /** Since when this has been running without a pause: nobody's silence is judged by what was before. */
  private long runningSinceMillis;

  SessionTrends(final TrendStore<SessionTrend> store, final TrendSettings settings) {
    this.store = store;
    this.settings = settings;
    store.forEach(
        session -> {
          if (session.held() > 0) {
            wakeUps.put(session.sessionId(), wakeUp(session));
          }
        });
  }

  /** How many windows wait. */
  int held() {
    final int[] held = {0};
    wakeUps.keySet().forEach(sessionId -> held[0] += store.get(sessionId).held());
    return held[0];
  }

  private long tick(final long nowMillis) {
    final long now = Math.max(nowMillis, lastNowMillis);
    if (lastNowMillis == NEVER || now - lastNowMillis > settings.sessionPatience().toMillis() / 2) {
      runningSinceMillis = now;
    }
    lastNowMillis = now;
    return now;
  }

  /**
   * Takes a note of a stream.
   *
   * @param nowMillis wall clock, milliseconds since 1970-01-01 UTC
   * @throws InvalidRecordException if the session has too many streams already
   */
  TrendResult accept(final SessionNote note, final long nowMillis) {
    final long now = tick(nowMillis);
    final TrendResult result = new TrendResult();
    final SessionTrend stored = store.get(note.getSessionId());
    final SessionTrend before = stored == null ? SessionTrend.unheard(note.getSessionId()) : stored;
    final SessionTrend.Member known = before.members().get(note.getStreamId());
    if (known == null && before.members().size() >= MAXIMUM_STREAMS) {
      throw new InvalidRecordException(
          "session " + note.getSessionId() + " has " + MAXIMUM_STREAMS + " streams already");
    }
    final SessionTrend.Member member =
        known == null
            ? new SessionTrend.Member(
                note.getStreamId(), note.getParticipantId(), 0, false, now, TrendTotals.NONE)
            : known;
    TrendSeries series = before.series();
    TrendTotals totals = member.totals();
    int held = before.held();
    if (note.getKind() == SessionNoteKind.WINDOW) {
      final TrendWindow window = window(note);
      totals = totals.with(window);
      if (window.endMicros() <= before.judgedThroughMicros()) {
        result.countLate();
        series = series.withLate(window);
      } else {
        store.hold(before.sessionId(), place(note), window);
        held++;
      }
    }
    final boolean news = known == null || note.getKind() != SessionNoteKind.OPENED;
    final SessionTrend with =
        new SessionTrend(
            before.sessionId(),
            before.membersWith(
                new SessionTrend.Member(
                    member.streamId(),
                    member.participantId() == null
                        ? note.getParticipantId()
                        : member.participantId(),
                    Math.max(member.reachedMicros(), note.getReachedMicros()),
                    member.ended() || note.getKind() == SessionNoteKind.ENDED,
                    now,
                    totals)),
            series,
            before.judgedThroughMicros(),
            held,
            before.summarised() && !(news && !(member.ended() && isEnd(note))),
            before.revision(),
            now);
    finish(with, now, result);
    result.addHeld(-before.held());
    return result;
  }

  private static boolean isEnd(final SessionNote note) {
    return note.getKind() == SessionNoteKind.ENDED;
  }

  private static TrendWindow window(final SessionNote note) {
    final OptionalDouble score =
        note.getScore() == null ? OptionalDouble.empty() : OptionalDouble.of(note.getScore());
    return new TrendWindow(
        new Window(note.getWindowStartMicros(), note.getWindowEndMicros(), note.getSegmentId()),
        null,
        score,
        score.orElse(0),
        score.orElse(0),
        Set.copyOf(note.getMissing()));
  }

  /** Windows of the same range lie together, one for each stream and segment. */
  private static Window place(final SessionNote note) {
    return new Window(
        note.getWindowStartMicros(),
        note.getWindowEndMicros(),
        note.getStreamId().length()
            + ":"
            + note.getStreamId()
            + (note.getSegmentId() == null ? "" : note.getSegmentId()));
  }

  /**
   * Lets wall-clock time pass: who has been quiet for the patience is waited for no longer.
   *
   * @param nowMillis wall clock, milliseconds since 1970-01-01 UTC
   */
  TrendResult advanceWallClock(final long nowMillis) {
    final long now = tick(nowMillis);
    final TrendResult result = new TrendResult();
    final List<String> due = new ArrayList<>();
    wakeUps.forEach(
        (sessionId, wakeUp) -> {
          if (Math.max(wakeUp, runningSinceMillis + settings.sessionPatience().toMillis()) <= now) {
            due.add(sessionId);
          }
        });
    Collections.sort(due);
    for (final String sessionId : due) {
      final SessionTrend session = store.get(sessionId);
      finish(session, now, result);
      result.addHeld(-session.held());
    }
    return result;
  }

  /** Forgets sessions that were not heard of for the retention. */
  TrendResult forget(final long nowMillis) {
    final TrendResult result = new TrendResult();
    final List<String> old = new ArrayList<>();
    store.forEach(
        session -> {
          if (session.lastHeardMillis() <= nowMillis - settings.retention().toMillis()) {
            old.add(session.sessionId());
          }
        });
    for (final String sessionId : old) {
      result.addHeld(-store.release(sessionId, Long.MAX_VALUE).size());
      store.delete(sessionId);
      wakeUps.remove(sessionId);
    }
    return result;
  }

  /** Judges what can be judged, makes the summary if all is over, and keeps the state. */
  private void finish(final SessionTrend session, final long now, final TrendResult result) {
    final TrendRecords records = TrendRecords.ofSession(session.sessionId());
    final long reached = reachedMicros(session, now);
    final List<TrendWindow> due = new ArrayList<>();
    if (session.held() > 0) {
      due.addAll(store.release(session.sessionId(), reached));
    }
    int held = session.held() - due.size();
    while (held > MAXIMUM_HELD) {
      final Optional<TrendWindow> first = store.firstHeld(session.sessionId());
      final List<TrendWindow> forced =
          store.release(session.sessionId(), first.orElseThrow().endMicros());
      held -= forced.size();
      due.addAll(forced);
    }
    TrendSeries series = session.series();
    long judgedThrough =
        Math.max(session.judgedThroughMicros(), reached == Long.MAX_VALUE ? -1 : reached);
    int from = 0;
    while (from < due.size()) {
      final TrendWindow first = due.get(from);
      int to = from + 1;
      while (to < due.size()
          && due.get(to).startMicros() == first.startMicros()
          && due.get(to).endMicros() == first.endMicros()) {
        to++;
      }
      final TrendSeries.Step step =
          series.judge(TrendWindow.ofSession(due.subList(from, to)), TrendScope.SESSION, settings);
      series = step.series();
      result.add(records.update(series, settings, now));
      step.alarms().forEach(alarm -> result.add(records.alert(alarm, now)));
      judgedThrough = Math.max(judgedThrough, first.endMicros());
      from = to;
    }
    final boolean over = session.isOver() && !session.summarised();
    final int revision = session.revision() + (over ? 1 : 0);
    if (over) {
      final List<ParticipantTrend> participants =
          session.members().values().stream().map(TrendRecords::participant).toList();
      result.add(records.summary(series, revision, participants, now));
    }
    final SessionTrend after =
        new SessionTrend(
            session.sessionId(),
            session.members(),
            series,
            judgedThrough,
            held,
            session.summarised() || over,
            revision,
            session.lastHeardMillis());
    store.put(after.sessionId(), after);
    result.addHeld(held);
    if (held > 0) {
      wakeUps.put(after.sessionId(), wakeUp(after));
    } else {
      wakeUps.remove(after.sessionId());
    }
  }

  /** Up to where every stream that is waited for has come. */
  private long reachedMicros(final SessionTrend session, final long now) {
    long reached = Long.MAX_VALUE;
    for (final SessionTrend.Member member : session.members().values()) {
      if (!member.ended() && !isQuiet(member, now)) {
        reached = Math.min(reached, member.reachedMicros());
      }
    }
    return reached;
  }

  private boolean isQuiet(final SessionTrend.Member member, final long now) {
    return Math.max(member.heardMillis(), runningSinceMillis)
            + settings.sessionPatience().toMillis()
        <= now;
  }

  private long wakeUp(final SessionTrend session) {
    final SortedMap<String, SessionTrend.Member> members = session.members();
    return members.values().stream()
            .filter(member -> !member.ended() && !isQuiet(member, lastNowMillis))
            .mapToLong(SessionTrend.Member::heardMillis)
            .min()
            .orElse(0)
        + settings.sessionPatience().toMillis();
  }
}
