package io.valence.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ErrorAnalysisTest {

  private static final Bootstrap BOOTSTRAP = new Bootstrap(1000, 0.95, 7);
  private static final Offset<Double> EXACT = within(1e-12);

  @TempDir Path folder;

  /** With an interval of 0.75 to both sides. */
  static JudgedSegment segment(String id, Optional<String> text, double label, double score) {
    return new JudgedSegment(id, "test", text, label, score, 0.75, List.of("text"));
  }

  /**
   * Twelve segments: five too high by 0.5 (three words), five too low by 1 (three words), and two
   * with a negation (six words) that err by -3 and 0.5.
   */
  private static BundleScores twelve() {
    final List<JudgedSegment> segments = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      segments.add(segment("high" + i, Optional.of("REALLY GOOD MOVIE"), 1, 1.5));
      segments.add(segment("low" + i, Optional.of("RATHER BAD MOVIE"), -1, -2));
    }
    segments.add(segment("praise", Optional.of("YOU WILL NOT REGRET WATCHING THIS"), 2, -1));
    segments.add(segment("blame", Optional.of("I DIDNT LIKE IT ONE BIT"), -3, -2.5));
    return scores(segments);
  }

  private static BundleScores scores(List<JudgedSegment> segments) {
    return new BundleScores("direct", "direct 1.0.0", 5, 0.95, "mosi, fold test", segments);
  }

  @Test
  void theWholeSetAsComputedByHand() {
    final ErrorGroup whole = ErrorAnalysis.of(twelve(), BOOTSTRAP).whole();

    assertThat(whole.samples()).isEqualTo(12);
    // Five times 0.5, five times 1, then 3 and 0.5.
    assertThat(value(whole.mae())).isCloseTo(11.0 / 12, EXACT);
    assertThat(value(whole.bias())).isCloseTo((2.5 - 5 - 3 + 0.5) / 12, EXACT);
    assertThat(value(whole.meanScore())).isCloseTo((7.5 - 10 - 1 - 2.5) / 12, EXACT);
    assertThat(value(whole.meanLabel())).isCloseTo(-1.0 / 12, EXACT);
    assertThat(value(whole.covered())).isCloseTo(6.0 / 12, EXACT);
    assertThat(whole.pearson().absence()).contains("too few: 12");
  }

  @Test
  void theWorstComeFirstOnTheirSide() {
    final ErrorAnalysis analysis = ErrorAnalysis.of(twelve(), BOOTSTRAP);

    assertThat(analysis.underestimated())
        .extracting(JudgedSegment::id)
        .containsExactly("praise", "low0", "low1", "low2", "low3", "low4");
    assertThat(analysis.overestimated())
        .extracting(JudgedSegment::id)
        .containsExactly("high0", "high1", "high2", "high3", "high4", "blame");
  }

  @Test
  void noMoreThanTheWorstTwentyFiveAndNoneThatIsRight() {
    final List<JudgedSegment> segments = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      segments.add(segment("s" + i, Optional.empty(), 0, i < 10 ? 0 : i / 20.0));
    }

    final ErrorAnalysis analysis = ErrorAnalysis.of(scores(segments), BOOTSTRAP);

    assertThat(analysis.overestimated()).hasSize(25).first().isEqualTo(segments.get(39));
    assertThat(analysis.underestimated()).isEmpty();
    assertThat(ErrorAnalysis.of(scores(segments.subList(0, 10)), BOOTSTRAP).overestimated())
        .isEmpty();
  }

  @Test
  void byLengthAndNegation() {
    final ErrorAnalysis analysis = ErrorAnalysis.of(twelve(), BOOTSTRAP);

    assertThat(analysis.byLength())
        .extracting(ErrorGroup::name)
        .containsExactly("up to 4", "5 to 8");
    final ErrorGroup brief = analysis.byLength().get(0);
    assertThat(brief.samples()).isEqualTo(10);
    assertThat(value(brief.mae())).isCloseTo(0.75, EXACT);
    assertThat(value(brief.bias())).isCloseTo(-0.25, EXACT);
    // Wilson's interval of 5 in 10, from tables.
    assertThat(brief.covered().interval().orElseThrow().low()).isCloseTo(0.2366, within(5e-5));
    assertThat(brief.covered().interval().orElseThrow().high()).isCloseTo(0.7634, within(5e-5));
    assertThat(analysis.byLength().get(1).mae()).isEqualTo(Estimate.absent("too few: 2"));
    assertThat(analysis.byNegation())
        .extracting(ErrorGroup::name, ErrorGroup::samples)
        .containsExactly(
            tuple("negated", 2),
            tuple("not negated", 10),
            tuple("negated, label below 0", 1),
            tuple("not negated, label below 0", 5),
            tuple("negated, label above 0", 1),
            tuple("not negated, label above 0", 5));
    assertThat(value(analysis.byNegation().get(1).mae())).isCloseTo(0.75, EXACT);
  }

  @Test
  void byLabelAndScore() {
    final ErrorAnalysis analysis = ErrorAnalysis.of(twelve(), BOOTSTRAP);

    assertThat(analysis.byLabel())
        .extracting(ErrorGroup::samples)
        .containsExactly(1, 0, 5, 0, 5, 1, 0);
    assertThat(analysis.byLabel().get(1).mae().absence()).contains("none");
    // 1.5 and -2.5 are halves and go to the even class.
    assertThat(analysis.confusion())
        .containsExactly(
            List.of(0, 1, 0, 0, 0, 0, 0),
            List.of(0, 0, 0, 0, 0, 0, 0),
            List.of(0, 5, 0, 0, 0, 0, 0),
            List.of(0, 0, 0, 0, 0, 0, 0),
            List.of(0, 0, 0, 0, 0, 5, 0),
            List.of(0, 0, 1, 0, 0, 0, 0),
            List.of(0, 0, 0, 0, 0, 0, 0));
    assertThat(analysis.byScore())
        .singleElement()
        .satisfies(bin -> assertThat(bin.name()).isEqualTo("\u22122.50 to 1.50"));
  }

  @Test
  void binsOfScoresAreEquallyLargeAndInOrder() {
    final ErrorAnalysis analysis =
        ErrorAnalysis.of(
            scores(
                IntStream.range(0, 35)
                    .mapToObj(i -> segment("s" + i, Optional.empty(), 0, (34 - i) / 20.0))
                    .toList()),
            BOOTSTRAP);

    assertThat(analysis.byScore())
        .extracting(ErrorGroup::name, ErrorGroup::samples)
        .containsExactly(
            tuple("0.00 to 0.50", 11), tuple("0.55 to 1.10", 12), tuple("1.15 to 1.70", 12));
  }

  @Test
  void aCorrelationThatDoesNotExistHasAReason() {
    final ErrorGroup sameLabels = ErrorGroup.of("same", many(i -> 1.0, i -> i / 10.0), BOOTSTRAP);
    final ErrorGroup sameScores = ErrorGroup.of("same", many(i -> i / 10.0, i -> 1.0), BOOTSTRAP);
    final ErrorGroup right = ErrorGroup.of("right", many(i -> i / 10.0, i -> i / 10.0), BOOTSTRAP);

    assertThat(sameLabels.pearson().absence()).contains("undefined: all labels are equal");
    assertThat(sameScores.pearson().absence()).contains("undefined: all scores are equal");
    assertThat(value(right.pearson())).isCloseTo(1, EXACT);
    assertThat(value(right.mae())).isZero();
  }

  private static List<JudgedSegment> many(IntToDoubleFunction label, IntToDoubleFunction score) {
    return IntStream.range(0, 20)
        .mapToObj(
            i -> segment("s" + i, Optional.empty(), label.applyAsDouble(i), score.applyAsDouble(i)))
        .toList();
  }

  @Test
  void theMeanAbsoluteErrorHasTheIntervalOfTheReport() {
    final double[] labels = {0, 1, 2, -1, -2, 0.5, 3, 1, -3, 0};
    final double[] scores = {0.5, 1, 1, -2, 1, 0.7, 2, 1, -1, 0.1};
    final double[] absolute = new double[labels.length];
    for (int i = 0; i < labels.length; i++) {
      absolute[i] = Math.abs(scores[i] - labels[i]);
    }

    final Interval mean = BOOTSTRAP.intervalOfMean(absolute);
    final Interval mae = BOOTSTRAP.intervals(scores, labels).get(Metric.MAE);

    assertThat(mean.value()).isCloseTo(mae.value(), EXACT);
    assertThat(mean.low()).isCloseTo(mae.low(), EXACT);
    assertThat(mean.high()).isCloseTo(mae.high(), EXACT);
  }

  @Test
  void aHostileTextIsOnlyShown() throws IOException {
    final String hostile = "<script>alert('x')</script> & \"quoted\" \u0007 \ud800 <img src=x>";
    final List<JudgedSegment> segments = new ArrayList<>(twelve().segments());
    segments.add(segment("<b>id</b>", Optional.of(hostile), 3, -3));
    ErrorReport.of(
            List.of(new BundleScores("<i>b</i>", "direct 1.0.0", 1, 0.95, "<u>set</u>", segments)),
            BOOTSTRAP)
        .write(folder);

    final String page = Files.readString(folder.resolve("errors.html"));
    assertThat(page)
        .contains(
            "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;quoted&quot; \ufffd \ufffd"
                + " &lt;img src=x&gt;")
        .contains("&lt;b&gt;id&lt;/b&gt;", "&lt;i&gt;b&lt;/i&gt;", "&lt;u&gt;set&lt;/u&gt;")
        .doesNotContain("<script", "<img src=x", "<b>id", "<i>b", "<u>set");
    assertThat(Files.readString(folder.resolve("errors.csv")))
        .contains("\"<script>alert('x')</script> & \"\"quoted\"\"");
  }

  @Test
  void thePageHoldsEverythingItself() throws IOException {
    ErrorReport.of(List.of(twelve()), BOOTSTRAP).write(folder);

    final String page = Files.readString(folder.resolve("errors.html"));
    assertThat(page)
        .contains("direct 1.0.0", "mosi, fold test", "mean score of its 5 networks", "too few: 2")
        .contains("Overestimated: 6", "Underestimated: 6", "YOU WILL NOT REGRET WATCHING THIS")
        .contains("src=\"data:image/png;base64,", "default-src 'none'")
        .doesNotContain("http://", "https://", "NaN", "null", "src=\"/", "Optional[");
    assertThat(Files.readAllLines(folder.resolve("errors.csv")))
        .hasSize(13)
        .contains(
            "bundle,segment_id,fold,text,label,score,error,low,high,covered,words,negated,modalities",
            "direct,praise,test,YOU WILL NOT REGRET WATCHING THIS,2.0000,-1.0000,-3.0000,-1.7500,"
                + "-0.2500,false,6,true,text",
            "direct,blame,test,I DIDNT LIKE IT ONE BIT,-3.0000,-2.5000,0.5000,-3.0000,-1.7500,"
                + "true,6,true,text");
  }

  @Test
  void aSetWithoutTextsSaysSo() throws IOException {
    final BundleScores withoutTexts = scores(many(i -> i / 10.0 - 1, i -> i / 12.0 - 0.5));
    ErrorReport.of(List.of(withoutTexts), BOOTSTRAP).write(folder);

    final String page = Files.readString(folder.resolve("errors.html"));
    assertThat(page)
        .contains("The corpus has no texts to show.")
        .contains("no text")
        .contains("Reliability plot")
        .doesNotContain("by negation and side", "NaN");
    assertThat(page.split("The corpus has no texts, so there is nothing to tell.", -1)).hasSize(3);
    assertThat(Files.readAllLines(folder.resolve("errors.csv")).get(1)).endsWith("true,,,text");
  }

  @Test
  void threeSegmentsAreTooFewForAnyFigure() throws IOException {
    ErrorReport.of(List.of(scores(twelve().segments().subList(9, 12))), BOOTSTRAP).write(folder);

    assertThat(Files.readString(folder.resolve("errors.html")))
        .contains("too few: 3", "The set has too few segments to tell.")
        .contains("Too few segments for a bin of 10: 3.")
        .doesNotContain("NaN");
  }

  @Test
  void whatCannotBeIsRefused() {
    assertThatThrownBy(() -> segment("a", Optional.of(" "), 0, 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> segment("a", Optional.empty(), Double.NaN, 0))
        .isInstanceOf(EvaluationException.class)
        .hasMessageContaining("from -3 to 3");
    final JudgedSegment once = segment("a", Optional.empty(), 0, 0);
    assertThatThrownBy(() -> scores(List.of(once, once)))
        .isInstanceOf(EvaluationException.class)
        .hasMessageContaining("more than once");
    assertThatThrownBy(() -> scores(List.of())).isInstanceOf(EvaluationException.class);
    assertThatThrownBy(() -> Estimate.of(new Interval(Double.NaN, 0, 0)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Estimate(Optional.empty(), Optional.empty()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static double value(Estimate estimate) {
    return estimate.interval().orElseThrow().value();
  }
}
