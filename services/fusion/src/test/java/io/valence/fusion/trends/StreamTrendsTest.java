package io.valence.fusion.trends;

import static io.valence.fusion.trends.Events.SECOND;
import static io.valence.fusion.trends.Events.event;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.valence.schemas.ModalityStatus;
import io.valence.schemas.RecordChecks;
import io.valence.schemas.SentimentAlert;
import io.valence.schemas.SentimentEvent;
import io.valence.schemas.SentimentTrend;
import io.valence.schemas.SessionNote;
import io.valence.schemas.SessionNoteKind;
import io.valence.schemas.TrendKind;
import io.valence.schemas.TrendScope;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Windows of 3 s, span 30 s, rule: below -1 for 3 windows in a row. */
class StreamTrendsTest {

  private static final TrendSettings SETTINGS =
      Events.settings(Events.below(-1, 3, TrendScope.STREAM));

  private final EncodingTrendStore<StreamTrend> store = EncodingTrendStore.ofStreams();
  private final List<SentimentTrend> updates = new ArrayList<>();
  private final List<SentimentTrend> summaries = new ArrayList<>();
  private final List<SentimentAlert> alerts = new ArrayList<>();
  private final List<SessionNote> notes = new ArrayList<>();
  private int late;

  private void tell(final StreamNews news) {
    // Made anew each time, as after a restart: all that counts is in the store.
    final TrendResult result = new StreamTrends(store, SETTINGS).accept(news, 1_000);
    result.trends().forEach(RecordChecks::check);
    result.alerts().forEach(RecordChecks::check);
    result.notes().forEach(RecordChecks::check);
    for (final SentimentTrend trend : result.trends()) {
      (trend.getKind() == TrendKind.UPDATE ? updates : summaries).add(trend);
    }
    alerts.addAll(result.alerts());
    notes.addAll(result.notes());
    late += result.late();
    assertThat(new StreamTrends(store, SETTINGS).held()).isEqualTo(store.heldWindows());
  }

  private void decided(final int through, final SentimentEvent... events) {
    tell(new StreamNews.Decided(List.of(events), through * SECOND));
  }

  private void end() {
    tell(new StreamNews.Ended("s", null));
  }

  @Test
  void theWorkedExample() {
    decided(3, event(0, 3, -1.2));
    decided(3, event(6, 9, -1.4));
    decided(3, event(9, 12, 0.5));
    assertThat(updates).hasSize(1);
    assertThat(alerts).isEmpty();
    decided(12, event(3, 6, -1.1));
    assertThat(updates)
        .extracting(trend -> String.format("%.2f", trend.getMean()))
        .containsExactly("-1.20", "-1.15", "-1.23", "-0.80");
    assertThat(alerts).hasSize(1);
    final SentimentAlert alert = alerts.get(0);
    assertThat(alert.getMessage())
        .isEqualTo(
            "Stream s: below -1.00 for 3 windows in a row, from 0:00 to 0:09: scores -1.20, -1.10,"
                + " -1.40.");
    assertThat(alert.getWindows())
        .extracting(window -> window.getEventId())
        .containsExactly("event-0", "event-3", "event-6");
    assertThat(alert.getValue()).isEqualTo(-1.1);
    assertThat(alert.getThreshold()).isEqualTo(-1);
    assertThat(notes).isEmpty();
  }

  /** Of segments nothing is decided for as long as the grace may still bring an earlier one. */
  @Test
  void nothingIsJudgedAsLongAsNothingIsDecided() {
    decided(-1, event(6, 9, -1.4));
    decided(-1, event(9, 12, -1.2));
    assertThat(updates).isEmpty();
    decided(-1, event(3, 6, -1.1));
    assertThat(alerts).isEmpty();
    decided(12, event(0, 3, 2));
    assertThat(updates)
        .extracting(SentimentTrend::getEndMicros)
        .containsExactly(3 * SECOND, 6 * SECOND, 9 * SECOND, 12 * SECOND);
    assertThat(alerts).hasSize(1);
    assertThat(alerts.get(0).getStartMicros()).isEqualTo(3 * SECOND);
    assertThat(alerts.get(0).getEndMicros()).isEqualTo(12 * SECOND);
    assertThat(late).isZero();
  }

  @Test
  void theFiguresOfAnUpdateAreOverTheSpan() {
    for (int second = 0; second < 36; second += 3) {
      decided(second + 3, event(second, second + 3, second / 30.0 - 0.25));
    }
    final SentimentTrend last = updates.get(11);
    // Ten windows, [6,9) to [33,36), rise by 0.1 each 3 s: 2 points a minute.
    assertThat(last.getWindows()).isEqualTo(10);
    assertThat(last.getStartMicros()).isEqualTo(6 * SECOND);
    assertThat(last.getEndMicros()).isEqualTo(36 * SECOND);
    assertThat(last.getMean()).isCloseTo(0.4, within(1e-12));
    assertThat(last.getSlopePerMinute()).isCloseTo(2, within(1e-9));
    // -0.05 alone is negative.
    assertThat(last.getNegativeShare()).isCloseTo(0.1, within(1e-12));
    assertThat(last.getFirst()).isCloseTo(-0.05, within(1e-12));
    assertThat(last.getMaximum()).isCloseTo(0.85, within(1e-12));
    assertThat(last.getMaximumAtMicros()).isEqualTo(33 * SECOND);
    assertThat(updates.get(0).getSlopePerMinute()).isNull();
  }

  @Test
  void unknownWindowsCountButFeedNothing() {
    // Unknown windows have the baseline of -2.5 for a score.
    decided(3, event(0, 3, -1.2));
    decided(6, Events.unknown(3, 6));
    decided(9, event(6, 9, -1.1));
    assertThat(alerts).isEmpty();
    decided(12, Events.missing(9, 12));
    decided(15, event(12, 15, -1.4));
    assertThat(alerts).hasSize(1);
    end();
    final SentimentTrend summary = summaries.get(0);
    assertThat(summary.getWindows()).isEqualTo(5);
    assertThat(summary.getKnownWindows()).isEqualTo(3);
    assertThat(summary.getIncompleteWindows()).isEqualTo(1);
    assertThat(summary.getMean()).isCloseTo(-3.7 / 3, within(1e-12));
    assertThat(summary.getMinimum()).isEqualTo(-1.4);
    assertThat(summary.getMinimumAtMicros()).isEqualTo(12 * SECOND);
    assertThat(summary.getFirst()).isEqualTo(-1.2);
    assertThat(summary.getLast()).isEqualTo(-1.4);
    assertThat(summary.getAlerts()).isEqualTo(1);
    assertThat(summary.getNegativeShare()).isEqualTo(1);
  }

  @Test
  void nothingKnownHasNoFigures() {
    decided(3, Events.unknown(0, 3));
    end();
    assertThat(updates.get(0).getMean()).isNull();
    assertThat(summaries.get(0).getMean()).isNull();
    assertThat(summaries.get(0).getWindows()).isEqualTo(1);
    assertThat(summaries.get(0).getMinimumAtMicros()).isNull();
  }

  @Test
  void anAlertIsOncePerEpisode() {
    final double[] scores = {-2, -2, -2, -2, -2, 0, -2, -2, -2, -2};
    for (int i = 0; i < scores.length; i++) {
      decided(3 * i + 3, event(3 * i, 3 * i + 3, scores[i]));
    }
    assertThat(alerts)
        .extracting(SentimentAlert::getEndMicros)
        .containsExactly(9 * SECOND, 27 * SECOND);
    assertThat(alerts).extracting(SentimentAlert::getAlertId).doesNotHaveDuplicates();
  }

  @Test
  void hoppingWindowsOverlap() {
    // 3 s long, each second.
    decided(3, event(0, 3, -2));
    decided(3, event(2, 5, -2));
    decided(5, event(1, 4, -2));
    assertThat(updates)
        .extracting(SentimentTrend::getEndMicros)
        .containsExactly(3 * SECOND, 4 * SECOND, 5 * SECOND);
    assertThat(alerts).hasSize(1);
  }

  @Test
  void theEndReleasesWhatWaits() {
    decided(0, event(3, 6, 1), event(0, 3, -1));
    assertThat(updates).isEmpty();
    end();
    assertThat(updates).hasSize(2);
    assertThat(summaries).hasSize(1);
    assertThat(summaries.get(0).getMean()).isZero();
    assertThat(summaries.get(0).getSlopePerMinute()).isCloseTo(40, within(1e-9));
    assertThat(store.heldWindows()).isZero();
    // A second end, and a window after it, change nothing.
    end();
    decided(9, event(6, 9, 1));
    assertThat(summaries).hasSize(1);
    assertThat(updates).hasSize(2);
    assertThat(late).isEqualTo(1);
  }

  @Test
  void aLateWindowCountsInTheSummaryAlone() {
    decided(6, event(3, 6, 1));
    decided(6, event(0, 3, -3));
    assertThat(updates).hasSize(1);
    assertThat(late).isEqualTo(1);
    end();
    assertThat(summaries.get(0).getWindows()).isEqualTo(2);
    assertThat(summaries.get(0).getLateWindows()).isEqualTo(1);
    assertThat(summaries.get(0).getMean()).isEqualTo(-1);
    assertThat(summaries.get(0).getFirst()).isEqualTo(-3);
    assertThat(summaries.get(0).getLast()).isEqualTo(1);
  }

  @Test
  void aStreamOfASessionTellsIt() {
    tell(
        new StreamNews.Decided(
            List.of(event("a", "talk", 0, 3, -1, ModalityStatus.PRESENT)), 3 * SECOND));
    tell(
        new StreamNews.Decided(
            List.of(event("a", "talk", 3, 6, -1, ModalityStatus.SILENT)), 6 * SECOND));
    tell(new StreamNews.Ended("a", "talk"));
    assertThat(notes)
        .extracting(SessionNote::getKind)
        .containsExactly(
            SessionNoteKind.OPENED,
            SessionNoteKind.WINDOW,
            SessionNoteKind.WINDOW,
            SessionNoteKind.ENDED);
    assertThat(notes)
        .extracting(SessionNote::getReachedMicros)
        .containsExactly(0L, 3 * SECOND, 6 * SECOND, 6 * SECOND);
    assertThat(notes.get(1).getScore()).isEqualTo(-1);
    assertThat(notes.get(2).getScore()).isNull();
  }

  @Test
  void whatIsOldIsForgotten() {
    decided(0, event(3, 6, 1));
    final StreamTrends trends = new StreamTrends(store, SETTINGS);
    assertThat(trends.forget(1_000 + Duration.ofDays(8).toMillis() - 1).held()).isZero();
    assertThat(trends.forget(1_000 + Duration.ofDays(8).toMillis()).held()).isEqualTo(-1);
    assertThat(store.states()).isZero();
    assertThat(store.heldWindows()).isZero();
  }

  @Test
  void theHistoryIsBounded() {
    for (int i = 0; i < 200; i++) {
      decided(
          3 * i + 3, i % 2 == 0 ? event(3 * i, 3 * i + 3, 0) : Events.unknown(3 * i, 3 * i + 3));
    }
    // 11 windows end within the last 30 s, both ends included.
    assertThat(store.get("s").series().history()).hasSize(11);
  }

  /** Windows arrive in any order; the join decides up to the first that is still to come. */
  @Property(tries = 200)
  void theOrderOfArrivalChangesNothing(
      @ForAll @Size(min = 1, max = 25) final List<@DoubleRange(min = -3, max = 3) Double> scores,
      @ForAll @Size(25) final List<@IntRange(max = 1_000) Integer> order) {
    final StreamTrendsTest straight = new StreamTrendsTest();
    final StreamTrendsTest mixed = new StreamTrendsTest();
    final List<Integer> arrival = new ArrayList<>();
    for (int i = 0; i < scores.size(); i++) {
      straight.decided(3 * i + 3, event(3 * i, 3 * i + 3, scores.get(i)));
      arrival.add(order.get(i) % (arrival.size() + 1), i);
    }
    final TreeMap<Integer, Boolean> open = new TreeMap<>();
    arrival.forEach(i -> open.put(i, true));
    for (final int i : arrival) {
      open.remove(i);
      final int through = open.isEmpty() ? scores.size() : open.firstKey();
      mixed.decided(3 * through, event(3 * i, 3 * i + 3, scores.get(i)));
    }
    straight.end();
    mixed.end();
    assertThat(mixed.updates).isEqualTo(straight.updates);
    assertThat(mixed.summaries).isEqualTo(straight.summaries).hasSize(1);
    assertThat(mixed.alerts).isEqualTo(straight.alerts);
    assertThat(mixed.alerts).extracting(SentimentAlert::getAlertId).doesNotHaveDuplicates();
    // Written down once more without any state: a run of three that follows none.
    int run = 0;
    int episodes = 0;
    for (final double score : scores) {
      run = score < -1 ? run + 1 : 0;
      episodes += run == 3 ? 1 : 0;
    }
    assertThat(mixed.alerts).hasSize(episodes);
  }
}
