package io.valence.evaluation;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The pictures of a report, as PNG. */
final class Plots {

  private static final int WIDTH = 760;
  private static final int HEIGHT = 520;

  /** Okabe and Ito's colours, which people with any colour vision can tell apart. */
  static final Color[] COLOURS = {
    new Color(0, 114, 178),
    new Color(213, 94, 0),
    new Color(0, 158, 115),
    new Color(204, 121, 167),
    new Color(230, 159, 0),
    new Color(86, 180, 233),
    new Color(60, 60, 60)
  };

  static final Color GREY = new Color(150, 150, 150);

  private Plots() {}

  /** Loss, correlation and spread by epoch, of as many trainings as there are colours. */
  static void trainingCurves(List<TrainingCurve> curves, Path losses, Path quality)
      throws IOException {
    final List<TrainingCurve> shown = curves.subList(0, Math.min(curves.size(), COLOURS.length));
    final XYChart loss =
        chart("Loss by epoch (solid: validation, dashed: training)", "epoch", "loss");
    final XYChart ratio =
        chart(
            "Validation fold by epoch (solid: Pearson r, dashed: output spread / label spread)",
            "epoch",
            "");
    for (int i = 0; i < shown.size(); i++) {
      final TrainingCurve curve = shown.get(i);
      final double[] epochs = IntStream.rangeClosed(1, curve.epochs()).asDoubleStream().toArray();
      line(loss, curve.name(), epochs, curve.validationLoss(), COLOURS[i], false);
      hidden(
          line(loss, curve.name() + " training", epochs, curve.trainingLoss(), COLOURS[i], true));
      line(ratio, curve.name(), epochs, curve.validationPearson(), COLOURS[i], false);
      hidden(
          line(ratio, curve.name() + " spread", epochs, curve.outputDeviation(), COLOURS[i], true));
    }
    save(loss, losses);
    save(ratio, quality);
  }

  /** Each sample's mean prediction against its label. */
  static void predictedAgainstTrue(String name, EvaluationResult result, Path file)
      throws IOException {
    final XYChart chart = chart(name + ": predicted against true", "true sentiment", "predicted");
    chart.getStyler().setXAxisMin(-3.2).setXAxisMax(3.2).setYAxisMin(-3.2).setYAxisMax(3.2);
    chart.getStyler().setLegendVisible(false);
    // Labels are few distinct values; a little jitter sideways shows how many points there are.
    final SplittableRandom random = new SplittableRandom(1);
    final double[] jittered =
        Arrays.stream(result.labels()).map(y -> y + 0.1 * (random.nextDouble() - 0.5)).toArray();
    final XYSeries points = chart.addSeries("samples", jittered, result.meanPrediction());
    points.setXYSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
    points.setMarker(SeriesMarkers.CIRCLE);
    points.setMarkerColor(new Color(0, 114, 178, 110));
    diagonal(chart);
    save(chart, file);
  }

  /** The mean label of each bin of predictions, with twice its standard error. */
  static void calibration(Map<String, EvaluationResult> results, Path file) throws IOException {
    final XYChart chart =
        chart("Calibration (bars: two standard errors)", "mean predicted", "mean true sentiment");
    diagonal(chart);
    int colour = 0;
    for (final Map.Entry<String, EvaluationResult> entry : results.entrySet()) {
      final List<CalibrationBin> bins = entry.getValue().calibration();
      final XYSeries series =
          chart.addSeries(
              entry.getKey(),
              bins.stream().mapToDouble(CalibrationBin::meanPredicted).toArray(),
              bins.stream().mapToDouble(CalibrationBin::meanActual).toArray(),
              bins.stream()
                  .mapToDouble(
                      bin -> Double.isNaN(bin.standardError()) ? 0 : 2 * bin.standardError())
                  .toArray());
      style(series, COLOURS[colour++ % COLOURS.length], false);
      series.setMarker(SeriesMarkers.CIRCLE);
    }
    save(chart, file);
  }

  /** Pearson's r by missing rate; false (and no file) if it is undefined everywhere. */
  static boolean missingRates(Map<String, EvaluationResult> results, Path file) throws IOException {
    final XYChart chart =
        chart(
            "Modalities missing at random (bars: 95 % interval)",
            "share of modalities missing", "Pearson r");
    chart.getStyler().setXAxisMin(-0.02).setXAxisMax(0.92);
    chart.getStyler().setXAxisDecimalPattern("0.0").setYAxisDecimalPattern("0.0#");
    int colour = 0;
    for (final Map.Entry<String, EvaluationResult> entry : results.entrySet()) {
      final List<MissingRate> rates =
          entry.getValue().missingRates().stream()
              .filter(rate -> rate.summary().mean().get(Metric.PEARSON).defined())
              .toList();
      if (rates.isEmpty()) {
        continue;
      }
      final double[] values =
          rates.stream()
              .mapToDouble(rate -> rate.summary().mean().get(Metric.PEARSON).value())
              .toArray();
      final double[] bars =
          rates.stream()
              .mapToDouble(
                  rate -> {
                    final Interval interval = rate.summary().mean().get(Metric.PEARSON);
                    return (interval.high() - interval.low()) / 2;
                  })
              .toArray();
      final XYSeries series =
          chart.addSeries(
              entry.getKey(),
              rates.stream().mapToDouble(MissingRate::rate).toArray(),
              values,
              bars);
      style(series, COLOURS[colour++ % COLOURS.length], false);
      series.setMarker(SeriesMarkers.CIRCLE);
    }
    if (colour == 0) {
      return false;
    }
    save(chart, file);
    return true;
  }

  static XYChart chart(String title, String xAxis, String yAxis) {
    final XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .xAxisTitle(xAxis)
            .yAxisTitle(yAxis)
            .build();
    dress(chart.getStyler());
    return chart;
  }

  /** White, without boxes, the legend below. */
  static void dress(AxesChartStyler styler) {
    final Font small = new Font(Font.SANS_SERIF, Font.PLAIN, 13);
    styler
        .setChartBackgroundColor(Color.WHITE)
        .setPlotBackgroundColor(Color.WHITE)
        .setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 14))
        .setChartTitleBoxVisible(false)
        .setLegendFont(small)
        .setLegendBorderColor(Color.WHITE)
        .setLegendPosition(LegendPosition.OutsideS)
        .setMarkerSize(6);
    styler
        .setAxisTitleFont(small)
        .setAxisTickLabelsFont(small)
        .setPlotGridLinesColor(new Color(225, 225, 225))
        .setErrorBarsColorSeriesColor(true);
    styler.setLegendLayout(LegendLayout.Horizontal);
  }

  private static XYSeries line(
      XYChart chart, String name, double[] x, double[] y, Color colour, boolean dashed) {
    final XYSeries series = chart.addSeries(name, x, y);
    style(series, colour, dashed);
    // A single epoch has no line to show.
    series.setMarker(x.length == 1 ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE);
    return series;
  }

  static void hidden(XYSeries series) {
    series.setShowInLegend(false);
  }

  static void style(XYSeries series, Color colour, boolean dashed) {
    series.setLineColor(colour);
    series.setMarkerColor(colour);
    series.setLineStyle(
        dashed
            ? new BasicStroke(
                1.4f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1f, new float[] {5, 4}, 0)
            : new BasicStroke(2f));
  }

  static void diagonal(XYChart chart) {
    final XYSeries line = chart.addSeries("equal", new double[] {-3, 3}, new double[] {-3, 3});
    style(line, GREY, true);
    line.setMarker(SeriesMarkers.NONE);
    hidden(line);
  }

  private static void save(XYChart chart, Path file) throws IOException {
    try (OutputStream stream = Files.newOutputStream(file)) {
      BitmapEncoder.saveBitmap(chart, stream, BitmapFormat.PNG);
    }
  }
}
