package io.valence.evaluation;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.function.Predicate;
import javax.imageio.ImageIO;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The pictures of an error analysis, as PNG of twice the size they are shown in: sharp on paper. */
final class ErrorPlots {

  static final int WIDTH = 620;
  static final int HEIGHT = 440;

  private static final int SCALE = 2;

  private static final Color BLUE = Plots.COLOURS[0];
  private static final Color RED = Plots.COLOURS[1];
  private static final Color PALE_BLUE = new Color(107, 174, 214);
  private static final Color PALE_RED = new Color(244, 165, 106);
  private static final Color INK = Plots.COLOURS[6];

  private ErrorPlots() {}

  /** Each score against its label, by whether the label lies inside the interval. */
  static byte[] scatter(BundleScores scores) throws IOException {
    final XYChart chart = Plots.chart("Prediction against label", "label", "prediction");
    chart.getStyler().setXAxisMin(-3.2).setXAxisMax(3.2).setYAxisMin(-3.2).setYAxisMax(3.2);
    chart.getStyler().setMarkerSize(5);
    Plots.diagonal(chart);
    // Labels are few distinct values; a little jitter sideways shows how many points there are.
    final SplittableRandom random = new SplittableRandom(1);
    final double[] jitter =
        scores.segments().stream().mapToDouble(s -> 0.1 * (random.nextDouble() - 0.5)).toArray();
    points(chart, scores, jitter, "label inside the interval", BLUE, 110, JudgedSegment::covered);
    points(chart, scores, jitter, "outside", RED, 200, segment -> !segment.covered());
    return png(chart);
  }

  private static void points(
      XYChart chart,
      BundleScores scores,
      double[] jitter,
      String name,
      Color colour,
      int opacity,
      Predicate<JudgedSegment> shown) {
    final List<Double> x = new ArrayList<>();
    final List<Double> y = new ArrayList<>();
    for (int i = 0; i < jitter.length; i++) {
      final JudgedSegment segment = scores.segments().get(i);
      if (shown.test(segment)) {
        x.add(segment.label() + jitter[i]);
        y.add(segment.score());
      }
    }
    if (x.isEmpty()) {
      return;
    }
    final XYSeries series = chart.addSeries(name, x, y);
    series.setXYSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
    series.setMarker(SeriesMarkers.CIRCLE);
    series.setMarkerColor(new Color(colour.getRed(), colour.getGreen(), colour.getBlue(), opacity));
  }

  /** Mean absolute error and bias of each group that has them; nothing if none has. */
  static byte[] errors(String title, String axis, List<ErrorGroup> groups) throws IOException {
    final List<ErrorGroup> shown =
        groups.stream().filter(group -> group.mae().interval().isPresent()).toList();
    if (shown.isEmpty()) {
      return new byte[0];
    }
    final CategoryChart chart =
        new CategoryChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title + " (lines: 95 % interval)")
            .xAxisTitle(axis)
            .yAxisTitle("")
            .build();
    Plots.dress(chart.getStyler());
    chart.getStyler().setErrorBarsColorSeriesColor(false).setErrorBarsColor(INK);
    chart.getStyler().setAvailableSpaceFill(0.7);
    bars(chart, "mean absolute error", shown, ErrorGroup::mae, PALE_BLUE);
    bars(chart, "bias (prediction \u2212 label)", shown, ErrorGroup::bias, PALE_RED);
    return png(chart);
  }

  private static void bars(
      CategoryChart chart,
      String name,
      List<ErrorGroup> groups,
      Function<ErrorGroup, Estimate> value,
      Color colour) {
    final Interval[] values = values(groups, value);
    // XChart's lines are symmetric; the table beside the plot has both ends.
    chart
        .addSeries(
            name,
            groups.stream().map(ErrorGroup::name).toList(),
            Arrays.stream(values).map(Interval::value).toList(),
            Arrays.stream(values).map(interval -> (interval.high() - interval.low()) / 2).toList())
        .setFillColor(colour);
  }

  /** The mean label of each group of similar scores against its mean score. */
  static byte[] reliability(List<ErrorGroup> groups) throws IOException {
    final XYChart chart =
        Plots.chart("Reliability (lines: 95 % interval)", "mean prediction", "mean label");
    chart.getStyler().setXAxisMin(-3.0).setXAxisMax(3.0).setYAxisMin(-3.0).setYAxisMax(3.0);
    Plots.diagonal(chart);
    intervals(
        chart,
        "a tenth of the segments each",
        means(groups),
        values(groups, ErrorGroup::meanLabel));
    chart.getStyler().setLegendVisible(false);
    return png(chart);
  }

  /** The share of labels inside their intervals in each group of similar scores. */
  static byte[] coverage(List<ErrorGroup> groups, double level) throws IOException {
    final XYChart chart =
        Plots.chart(
            "Labels inside the interval (dashed: promised)",
            "mean prediction",
            "share of labels, %");
    chart.getStyler().setXAxisMin(-3.0).setXAxisMax(3.0).setYAxisMax(100.0);
    level(chart, "promised", -3, 3, 100 * level);
    final Interval[] shares = values(groups, ErrorGroup::covered);
    for (int i = 0; i < shares.length; i++) {
      shares[i] =
          new Interval(100 * shares[i].value(), 100 * shares[i].low(), 100 * shares[i].high());
    }
    intervals(chart, "covered", means(groups), shares);
    chart.getStyler().setLegendVisible(false);
    return png(chart);
  }

  private static double[] means(List<ErrorGroup> groups) {
    return groups.stream()
        .mapToDouble(group -> group.meanScore().interval().orElseThrow().value())
        .toArray();
  }

  private static Interval[] values(List<ErrorGroup> groups, Function<ErrorGroup, Estimate> value) {
    return groups.stream()
        .map(group -> value.apply(group).interval().orElseThrow())
        .toArray(Interval[]::new);
  }

  /** Points with their intervals. Each interval is a line of its own: XChart's bars are symmetric. */
  private static void intervals(XYChart chart, String name, double[] x, Interval[] y) {
    for (int i = 0; i < x.length; i++) {
      final XYSeries bar =
          chart.addSeries(
              name + " " + i, new double[] {x[i], x[i]}, new double[] {y[i].low(), y[i].high()});
      Plots.style(bar, BLUE, false);
      bar.setMarker(SeriesMarkers.NONE);
      Plots.hidden(bar);
    }
    final double[] values = new double[y.length];
    for (int i = 0; i < y.length; i++) {
      values[i] = y[i].value();
    }
    final XYSeries points = chart.addSeries(name, x, values);
    points.setXYSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
    points.setMarker(SeriesMarkers.CIRCLE);
    points.setMarkerColor(BLUE);
  }

  private static void level(XYChart chart, String name, double from, double to, double value) {
    final XYSeries line =
        chart.addSeries(name, new double[] {from, to}, new double[] {value, value});
    Plots.style(line, Plots.GREY, true);
    line.setMarker(SeriesMarkers.NONE);
    Plots.hidden(line);
  }

  private static byte[] png(Chart<?, ?> chart) throws IOException {
    final BufferedImage image =
        new BufferedImage(SCALE * WIDTH, SCALE * HEIGHT, BufferedImage.TYPE_INT_RGB);
    final Graphics2D graphics = image.createGraphics();
    try {
      graphics.scale(SCALE, SCALE);
      chart.paint(graphics, WIDTH, HEIGHT);
    } finally {
      graphics.dispose();
    }
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(image, "png", bytes);
    return bytes.toByteArray();
  }
}
