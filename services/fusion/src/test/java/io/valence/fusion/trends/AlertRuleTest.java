package io.valence.fusion.trends;

import static io.valence.fusion.trends.Events.SECOND;
import static io.valence.fusion.trends.Events.window;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.valence.fusion.trends.AlertRule.Type;
import io.valence.schemas.Modality;
import io.valence.schemas.TrendScope;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Windows of 3 s; the interval of a score is 0.5 to both sides. */
class AlertRuleTest {

  private static AlertRule rule(
      final Type type,
      final double threshold,
      final int windows,
      final int within,
      final boolean certain) {
    return new AlertRule(
        "rule",
        type,
        threshold,
        windows,
        within * SECOND,
        TrendScope.STREAM,
        Optional.empty(),
        certain);
  }

  /** Windows one after the other from 0 s. */
  private static List<TrendWindow> scores(final double... scores) {
    return java.util.stream.IntStream.range(0, scores.length)
        .mapToObj(i -> window(3 * i, 3 * i + 3, scores[i]))
        .toList();
  }

  private static Optional<AlertRule.Finding> find(
      final AlertRule rule, final List<TrendWindow> history) {
    return rule.findIn(history, history.stream().filter(TrendWindow::isKnown).toList());
  }

  private static boolean holds(final AlertRule rule, final double... scores) {
    return find(rule, scores(scores)).isPresent();
  }

  @Test
  void belowAndAboveAskForARow() {
    final AlertRule below = rule(Type.BELOW, -1, 3, 0, false);
    assertThat(holds(below, -1.2, -1.1)).isFalse();
    assertThat(holds(below, -1.2, -1.1, -1.4)).isTrue();
    assertThat(holds(below, -1.2, -1.0, -1.4)).as("-1 is not below -1").isFalse();
    assertThat(holds(below, 2, -1.2, -1.1, -1.4)).isTrue();
    final AlertRule.Finding finding = find(below, scores(2, -1.2, -1.1, -1.4)).orElseThrow();
    assertThat(finding.value()).isEqualTo(-1.1);
    assertThat(below.message("Stream talk (Anna)", finding))
        .isEqualTo(
            "Stream talk (Anna): below -1.00 for 3 windows in a row, from 0:03 to 0:12: scores"
                + " -1.20, -1.10, -1.40.");
    final AlertRule above = rule(Type.ABOVE, 2, 1, 0, false);
    assertThat(holds(above, 0, 2.0)).isFalse();
    assertThat(holds(above, 0, 2.1)).isTrue();
    assertThat(above.text()).isEqualTo("above +2.00");
  }

  @Test
  void unknownWindowsNeitherMakeNorBreakARow() {
    final List<TrendWindow> history =
        List.of(window(0, 3, -2), TrendWindow.of(Events.unknown(3, 6)), window(600, 603, -2));
    assertThat(find(rule(Type.BELOW, -1, 2, 0, false), history)).isPresent();
    assertThat(find(rule(Type.BELOW, -1, 3, 0, false), history)).isEmpty();
    // From 0 s to 603 s.
    assertThat(find(rule(Type.BELOW, -1, 2, 602, false), history)).isEmpty();
    assertThat(find(rule(Type.BELOW, -1, 2, 603, false), history)).isPresent();
  }

  @Test
  void aDropIsFromOneEarlierWindow() {
    final AlertRule drop = rule(Type.DROP, 1.5, 1, 30, false);
    assertThat(holds(drop, 0.5, -1.0)).isTrue();
    assertThat(holds(drop, 0.5, -0.9)).isFalse();
    assertThat(holds(drop, -1.0, 0.5)).as("a rise is no drop").isFalse();
    // Ends at 3 s and 33 s: 30 s apart; then 31 s.
    assertThat(find(drop, List.of(window(0, 3, 1), window(30, 33, -1)))).isPresent();
    assertThat(find(drop, List.of(window(0, 3, 1), window(31, 34, -1)))).isEmpty();
    final AlertRule.Finding finding = find(drop, scores(0.2, 1.0, 0, -0.6)).orElseThrow();
    assertThat(finding.value()).isCloseTo(1.6, within(1e-12));
    assertThat(finding.windows())
        .extracting(TrendWindow::startMicros)
        .containsExactly(3_000_000L, 9_000_000L);
    assertThat(drop.message("Stream talk", finding))
        .isEqualTo(
            "Stream talk: drop of 1.50 within 30 s, from 0:03 to 0:12: from +1.00 to -0.60.");
  }

  @Test
  void aDropOverSeveralWindowsMustLast() {
    final AlertRule drop = rule(Type.DROP, 1.5, 2, 30, false);
    assertThat(holds(drop, 1, -1)).isFalse();
    assertThat(holds(drop, 1, -1, 0)).isFalse();
    assertThat(holds(drop, 1, -1, -0.5)).isTrue();
  }

  @Test
  void aRiseIsADropUpsideDown() {
    final AlertRule rise = rule(Type.RISE, 1.5, 1, 30, false);
    assertThat(holds(rise, -1.0, 0.5)).isTrue();
    assertThat(holds(rise, 0.5, -1.0)).isFalse();
    assertThat(find(rise, scores(-1, 1)).orElseThrow().value()).isEqualTo(2);
  }

  @Test
  void certaintyIsOfTheIntervals() {
    final AlertRule below = rule(Type.BELOW, -1, 1, 0, true);
    // [-1.9, -0.9] and [-2.1, -1.1]
    assertThat(holds(below, -1.4)).isFalse();
    assertThat(holds(below, -1.6)).isTrue();
    final AlertRule above = rule(Type.ABOVE, 1, 1, 0, true);
    assertThat(holds(above, 1.4)).isFalse();
    assertThat(holds(above, 1.6)).isTrue();
    // Intervals of 1.0 and -0.1 are [0.5, 1.5] and [-0.6, 0.4]: apart. Of 1.0 and 0.1 they touch.
    final AlertRule drop = rule(Type.DROP, 0.5, 1, 30, true);
    assertThat(holds(drop, 1.0, -0.1)).isTrue();
    assertThat(holds(drop, 1.0, 0.1)).isFalse();
    final AlertRule rise = rule(Type.RISE, 0.5, 1, 30, true);
    assertThat(holds(rise, -0.1, 1.0)).isTrue();
    assertThat(holds(rise, 0.1, 1.0)).isFalse();
    assertThat(drop.text()).isEqualTo("drop of 0.50 within 30 s, with certainty");
  }

  @Test
  void missingLooksAtEveryWindow() {
    final AlertRule any = rule(Type.MISSING, 2, 2, 0, false);
    final TrendWindow gap = TrendWindow.of(Events.missing(3, 6));
    final TrendWindow next = TrendWindow.of(Events.missing(6, 9));
    assertThat(find(any, List.of(window(0, 3, 1), gap))).isEmpty();
    assertThat(find(any, List.of(gap, next)).orElseThrow().value()).isEqualTo(2);
    assertThat(any.text()).isEqualTo("any declared modality missing in 2 windows in a row");
    final List<AlertRule> named =
        Stream.of(Modality.TEXT, Modality.AUDIO)
            .map(
                modality ->
                    new AlertRule(
                        "rule",
                        Type.MISSING,
                        2,
                        2,
                        0,
                        TrendScope.STREAM,
                        Optional.of(modality),
                        false))
            .toList();
    assertThat(find(named.get(0), List.of(gap, next))).isPresent();
    assertThat(find(named.get(1), List.of(gap, next))).isEmpty();
    assertThat(
            named.get(0).message("Stream s", find(named.get(0), List.of(gap, next)).orElseThrow()))
        .isEqualTo("Stream s: text missing in 2 windows in a row, from 0:03 to 0:09.");
  }
}
