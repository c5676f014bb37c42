package io.valence.fusion.trends;

import java.util.Collections;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is remembered of a session.
 *
 * @param sessionId the session
 * @param members its streams, by id
 * @param series its windows as judged
 * @param judgedThroughMicros a window that ends at or before this is late; -1 at first
 * @param held how many windows wait
 * @param summarised whether nothing has happened since the latest summary
 * @param revision number of the latest summary; 0 if there was none
 * @param lastHeardMillis wall clock, milliseconds since 1970-01-01 UTC
 */
record SessionTrend(
    String sessionId,
    SortedMap<String, Member> members,
    TrendSeries series,
    long judgedThroughMicros,
    int held,
    boolean summarised,
    int revision,
    long lastHeardMillis) {

  /**
   * A stream of the session.
   *
   * @param streamId the stream
   * @param participantId who speaks; null if unknown
   * @param reachedMicros no further window of it ends at or before this
   * @param ended whether no more of its windows are to come
   * @param heardMillis wall clock when it was last heard of, milliseconds since 1970-01-01 UTC
   * @param totals over its windows
   */
  record Member(
      String streamId,
      String participantId,
      long reachedMicros,
      boolean ended,
      long heardMillis,
      TrendTotals totals) {

    Member {
      Objects.requireNonNull(streamId, "streamId");
      Objects.requireNonNull(totals, "totals");
    }
  }

  SessionTrend {
    Objects.requireNonNull(sessionId, "sessionId");
    Objects.requireNonNull(series, "series");
    members = Collections.unmodifiableSortedMap(new TreeMap<>(members));
  }

  static SessionTrend unheard(final String sessionId) {
    return new SessionTrend(sessionId, new TreeMap<>(), TrendSeries.EMPTY, -1, 0, false, 0, 0);
  }

  boolean isOver() {
    return members.values().stream().allMatch(Member::ended);
  }

  /** With one of its members, new or changed. */
  SortedMap<String, Member> membersWith(final Member member) {
    final SortedMap<String, Member> all = new TreeMap<>(members);
    all.put(member.streamId(), member);
    return all;
  }
}
