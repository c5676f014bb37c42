package io.valence.fusion.trends;

import static io.valence.fusion.trends.Events.SECOND;
import static io.valence.fusion.trends.Events.note;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.valence.schemas.InvalidRecordException;
import io.valence.schemas.ParticipantTrend;
import io.valence.schemas.RecordChecks;
import io.valence.schemas.SentimentAlert;
import io.valence.schemas.SentimentTrend;
import io.valence.schemas.SessionNote;
import io.valence.schemas.SessionNoteKind;
import io.valence.schemas.TrendKind;
import io.valence.schemas.TrendScope;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Windows of 3 s, patience one minute, rule: below -0.9 for 2 windows in a row. */
class SessionTrendsTest {

  private static final TrendSettings SETTINGS =
      Events.settings(Events.below(-0.9, 2, TrendScope.SESSION));

  private final EncodingTrendStore<SessionTrend> store = EncodingTrendStore.ofSessions();
  private final SessionTrends trends = new SessionTrends(store, SETTINGS);
  private final List<SentimentTrend> updates = new ArrayList<>();
  private final List<SentimentTrend> summaries = new ArrayList<>();
  private final List<SentimentAlert> alerts = new ArrayList<>();
  private int late;
  private int held;
  private long now = 100_000;

  private void take(final TrendResult result) {
    result.trends().forEach(RecordChecks::check);
    result.alerts().forEach(RecordChecks::check);
    for (final SentimentTrend trend : result.trends()) {
      (trend.getKind() == TrendKind.UPDATE ? updates : summaries).add(trend);
    }
    alerts.addAll(result.alerts());
    late += result.late();
    held += result.held();
    assertThat(held).isEqualTo(store.heldWindows()).isEqualTo(trends.held());
  }

  private void tell(final SessionNote note) {
    take(trends.accept(note, now));
  }

  private void opened(final String streamId) {
    tell(note(streamId, SessionNoteKind.OPENED, 0).build());
  }

  private void ended(final String streamId, final int at) {
    tell(note(streamId, SessionNoteKind.ENDED, at).build());
  }

  private void run(final int seconds) {
    for (int i = 0; i < seconds; i++) {
      now += 1_000;
      take(trends.advanceWallClock(now));
    }
  }

  @Test
  void theWorkedExample() {
    opened("anna");
    opened("ben");
    tell(note("anna", 0, 3, -2.0));
    tell(note("anna", 3, 6, -1.0));
    assertThat(updates).isEmpty();
    assertThat(held).isEqualTo(2);
    tell(note("ben", 0, 3, 1.0));
    assertThat(updates).extracting(SentimentTrend::getLast).containsExactly(-0.5);
    ended("anna", 6);
    assertThat(updates).hasSize(1);
    tell(note("ben", 3, 6, null));
    assertThat(updates).extracting(SentimentTrend::getLast).containsExactly(-0.5, -1.0);
    assertThat(summaries).isEmpty();
    ended("ben", 6);
    final SentimentTrend summary = summaries.get(0);
    assertThat(summary.getSessionId()).isEqualTo("talk");
    assertThat(summary.getStreamId()).isNull();
    assertThat(summary.getRevision()).isEqualTo(1);
    assertThat(summary.getWindows()).isEqualTo(2);
    assertThat(summary.getMean()).isEqualTo(-0.75);
    assertThat(summary.getParticipants())
        .containsExactly(
            new ParticipantTrend("anna", "ANNA", 2, 2, -1.5, 1.0),
            new ParticipantTrend("ben", "BEN", 2, 1, 1.0, 0.0));
    // Told again, it is not summarised again.
    ended("ben", 6);
    assertThat(summaries).hasSize(1);
  }

  @Test
  void aSessionsAlertIsOfItsMean() {
    opened("anna");
    opened("ben");
    for (int from = 0; from < 9; from += 3) {
      tell(note("anna", from, from + 3, -2.0));
      tell(note("ben", from, from + 3, from == 0 ? 2.0 : 0.0));
    }
    // Means 0, -1, -1.
    assertThat(alerts).hasSize(1);
    assertThat(alerts.get(0).getMessage())
        .isEqualTo(
            "Session talk: below -0.90 for 2 windows in a row, from 0:03 to 0:09: scores -1.00,"
                + " -1.00.");
    assertThat(alerts.get(0).getWindows().get(0).getEventId()).isNull();
  }

  @Test
  void aQuietStreamIsWaitedForOnlySoLong() {
    opened("anna");
    opened("ben");
    for (int i = 0; i < 59; i++) {
      tell(note("anna", 3 * i, 3 * i + 3, -1.0));
      run(1);
    }
    assertThat(updates).isEmpty();
    tell(note("anna", 177, 180, -1.0));
    run(1);
    // Ben has been quiet for 60 s; Anna has not.
    assertThat(updates).hasSize(60);
    assertThat(held).isZero();
    // What Ben says of that time counts, but is not judged any more.
    tell(note("ben", 0, 3, 1.0));
    assertThat(late).isEqualTo(1);
    assertThat(updates).hasSize(60);
    ended("anna", 180);
    ended("ben", 3);
    assertThat(summaries.get(0).getLateWindows()).isEqualTo(1);
    assertThat(summaries.get(0).getWindows()).isEqualTo(61);
    assertThat(summaries.get(0).getMean()).isCloseTo(-59.0 / 61, within(1e-12));
  }

  @Test
  void silenceWhileNotRunningIsNobodysFault() {
    opened("anna");
    opened("ben");
    tell(note("anna", 0, 3, -1.0));
    now += Duration.ofHours(1).toMillis();
    final SessionTrends restarted = new SessionTrends(store, SETTINGS);
    assertThat(restarted.advanceWallClock(now).trends()).isEmpty();
    assertThat(restarted.held()).isEqualTo(1);
    now += 59_000;
    assertThat(restarted.accept(note("ben", 0, 3, -1.0), now).trends()).hasSize(1);
  }

  @Test
  void aStreamThatJoinsLaterMakesAFurtherSummary() {
    opened("anna");
    tell(note("anna", 0, 3, -1.0));
    ended("anna", 3);
    tell(note("ben", SessionNoteKind.OPENED, 3).build());
    tell(note("ben", 3, 6, 1.0));
    ended("ben", 6);
    assertThat(summaries).extracting(SentimentTrend::getRevision).containsExactly(1, 2);
    assertThat(summaries).extracting(SentimentTrend::getMean).containsExactly(-1.0, 0.0);
    assertThat(summaries).extracting(SentimentTrend::getTrendId).doesNotHaveDuplicates();
  }

  @Test
  void aSessionHasBounds() {
    for (int i = 0; i < SessionTrends.MAXIMUM_STREAMS; i++) {
      opened("s" + i);
    }
    assertThatThrownBy(() -> opened("one-more"))
        .isInstanceOf(InvalidRecordException.class)
        .hasMessage("session talk has 1000 streams already");
  }

  @Test
  void noMoreThanTheBoundIsHeld() {
    opened("anna");
    opened("ben");
    for (int i = 0; i <= SessionTrends.MAXIMUM_HELD; i++) {
      trends.accept(note("anna", 3 * i, 3 * i + 3, 0.0), now);
    }
    assertThat(trends.held()).isEqualTo(SessionTrends.MAXIMUM_HELD);
    assertThat(store.get("talk").judgedThroughMicros()).isEqualTo(3 * SECOND);
  }

  @Test
  void whatIsOldIsForgotten() {
    opened("anna");
    opened("ben");
    tell(note("anna", 0, 3, 1.0));
    take(trends.forget(now + Duration.ofDays(8).toMillis()));
    assertThat(store.states()).isZero();
  }

  /** Three streams side by side: the notes of each are in order, how they interleave is open. */
  @Property(tries = 200)
  void howStreamsInterleaveChangesNothing(
      @ForAll @Size(min = 3, max = 24) final List<@DoubleRange(min = -3, max = 3) Double> scores,
      @ForAll final java.util.Random random) {
    final List<String> names = List.of("anna", "ben", "carl");
    final SessionTrendsTest straight = new SessionTrendsTest();
    final SessionTrendsTest mixed = new SessionTrendsTest();
    names.forEach(straight::opened);
    names.forEach(mixed::opened);
    final List<List<SessionNote>> queues = new ArrayList<>();
    for (int s = 0; s < names.size(); s++) {
      final List<SessionNote> queue = new ArrayList<>();
      for (int i = s; i < scores.size(); i += names.size()) {
        final int from = i / names.size() * 3;
        queue.add(note(names.get(s), from, from + 3, scores.get(i)));
      }
      queue.add(note(names.get(s), SessionNoteKind.ENDED, (queue.size()) * 3).build());
      queues.add(queue);
    }
    final int longest = queues.get(0).size();
    for (int i = 0; i < longest; i++) {
      for (final List<SessionNote> queue : queues) {
        if (i < queue.size()) {
          straight.tell(queue.get(i));
        }
      }
    }
    while (queues.stream().anyMatch(queue -> !queue.isEmpty())) {
      final List<SessionNote> queue = queues.get(random.nextInt(queues.size()));
      if (!queue.isEmpty()) {
        mixed.tell(queue.remove(0));
      }
    }
    assertThat(mixed.updates).isEqualTo(straight.updates);
    assertThat(mixed.summaries).isEqualTo(straight.summaries).hasSize(1);
    assertThat(mixed.alerts).isEqualTo(straight.alerts);
    assertThat(mixed.alerts).extracting(SentimentAlert::getAlertId).doesNotHaveDuplicates();
    assertThat(mixed.late).isZero();
  }
}
