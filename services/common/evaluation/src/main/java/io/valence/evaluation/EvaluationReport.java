package io.valence.evaluation;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * A report of an evaluation: {@code report.md} for people, {@code report.json} for programs, and
 * plots. It says which numbers come from which data, and has no headline from fewer than {@link
 * SeedSummary#SEEDS_FOR_HEADLINE} seeds.
 *
 * @param title of the report
 * @param results by variant (a bundle, with or without adapters), in the order of the table; at least
 *     one
 * @param data what was trained and tested on
 * @param curves of the trainings; may be empty
 * @param notes further paragraphs, for instance what the data cannot show
 */
public record EvaluationReport(
    String title,
    Map<String, EvaluationResult> results,
    List<DataSource> data,
    List<TrainingCurve> curves,
    List<String> notes) {

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
  private static final String UNDEFINED = "undefined";

  public EvaluationReport {
    Objects.requireNonNull(title, "title");
    results = Collections.unmodifiableMap(new LinkedHashMap<>(results));
    data = List.copyOf(data);
    curves = List.copyOf(curves);
    notes = List.copyOf(notes);
    if (curves.stream().map(TrainingCurve::name).distinct().count() != curves.size()) {
      throw new IllegalArgumentException("two training curves have the same name");
    }
    if (results.isEmpty() || data.isEmpty()) {
      throw new EvaluationException(
          "a report needs at least one result, and must say which data it comes from");
    }
  }

  /** Writes report.md, report.json and the plots into a folder, which is made where there is none. */
  public void write(Path folder) throws IOException {
    Files.createDirectories(folder);
    int number = 0;
    final Map<String, String> scatter = new LinkedHashMap<>();
    for (final Map.Entry<String, EvaluationResult> entry : results.entrySet()) {
      final String file = "predicted-" + ++number + ".png";
      Plots.predictedAgainstTrue(entry.getKey(), entry.getValue(), folder.resolve(file));
      scatter.put(entry.getKey(), file);
    }
    Plots.calibration(results, folder.resolve("calibration.png"));
    final boolean missingRates = Plots.missingRates(results, folder.resolve("missing-rates.png"));
    if (!curves.isEmpty()) {
      TrainingCurve.draw(curves, folder);
    }
    Files.writeString(folder.resolve("report.md"), markdown(scatter, missingRates));
    JSON.writeValue(folder.resolve("report.json").toFile(), json());
  }

  /** The headline of each variant, or why there is none. */
  public List<String> headlines() {
    final List<String> lines = new ArrayList<>();
    results.forEach(
        (name, result) -> {
          final SeedSummary full = result.full();
          if (full.seeds() < SeedSummary.SEEDS_FOR_HEADLINE) {
            lines.add(
                name
                    + ": no headline, since "
                    + full.seeds()
                    + (full.seeds() == 1 ? " seed is" : " seeds are")
                    + " too few (at least "
                    + SeedSummary.SEEDS_FOR_HEADLINE
                    + ")");
          } else {
            lines.add(
                String.format(
                    Locale.ROOT,
                    "%s: r %s, MAE %s, Acc-2 %s on %s (%d samples, mean of %d seeds, sd of r %.3f)",
                    name,
                    cell(Metric.PEARSON, full.headline(Metric.PEARSON)),
                    cell(Metric.MAE, full.headline(Metric.MAE)),
                    cell(Metric.ACCURACY_2_NON_ZERO, full.headline(Metric.ACCURACY_2_NON_ZERO)),
                    result.set(),
                    result.samples(),
                    full.seeds(),
                    full.deviation().get(Metric.PEARSON)));
          }
        });
    return lines;
  }

  private String markdown(Map<String, String> scatter, boolean curveDrawn) {
    final StringBuilder text = new StringBuilder();
    text.append("# ").append(title).append("\n\n");
    headlines().forEach(line -> text.append("* ").append(line).append('\n'));
    text.append(
        "\nIntervals are 95 % percentile bootstrap intervals over the samples. `sd` is the");
    text.append(" standard deviation over training seeds.\n\n## Data\n\n");
    text.append("| data | use | licence |\n|---|---|---|\n");
    data.forEach(
        source ->
            text.append("| ")
                .append(source.name())
                .append(" | ")
                .append(source.use())
                .append(" | ")
                .append(source.licence())
                .append(" |\n"));
    if (!notes.isEmpty()) {
      notes.forEach(note -> text.append('\n').append(note).append('\n'));
    }
    text.append("\n## All modalities\n\n| measure |");
    results.keySet().forEach(name -> text.append(' ').append(name).append(" | sd |"));
    text.append("\n|---|").append("---|---|".repeat(results.size())).append('\n');
    for (final Metric metric : Metric.values()) {
      text.append("| ").append(metric.label()).append(" |");
      for (final EvaluationResult result : results.values()) {
        final SeedSummary full = result.full();
        text.append(' ')
            .append(cell(metric, full.mean().get(metric)))
            .append(" | ")
            .append(deviation(metric, full.deviation().get(metric)))
            .append(" |");
      }
      text.append('\n');
    }
    text.append("| spread of output / of labels |");
    results
        .values()
        .forEach(
            result ->
                text.append(String.format(Locale.ROOT, " %.2f | |", result.outputDeviation())));
    text.append("\n| labels inside the 95 % interval |");
    results
        .values()
        .forEach(
            result ->
                text.append(
                    result
                        .coverage()
                        .map(
                            coverage ->
                                String.format(
                                    Locale.ROOT,
                                    " %.1f %% [%.1f, %.1f], half width %.2f | |",
                                    100 * coverage.covered(),
                                    100 * coverage.low(),
                                    100 * coverage.high(),
                                    coverage.meanHalfWidth()))
                        .orElse(" no interval given | |")));
    text.append('\n');
    results.forEach((name, result) -> variant(text, name, result, scatter.get(name)));
    text.append("\n## Calibration\n\n![calibration](calibration.png)\n");
    if (curveDrawn) {
      text.append("\n## Missing modalities\n\n![missing rates](missing-rates.png)\n");
    }
    if (!curves.isEmpty()) {
      text.append("\n## Training\n\n![loss](training-loss.png)\n\n");
      text.append("![quality](training-quality.png)\n");
    }
    text.append("\n## Measures\n\n");
    text.append(
        "Acc-2 and F1 (neg/non-neg) count zero as non-negative, over all samples; (neg/pos)");
    text.append(" leave out samples whose label is zero. F1 is weighted by class. Acc-5 and Acc-7");
    text.append(" clip to -2..2 and -3..3 and round, halves to even (definitions of Tsai et al.,");
    text.append(" ACL 2019). A measure that a constant output leaves without meaning is shown as ");
    text.append(UNDEFINED).append(".\n");
    return text.toString();
  }

  private static void variant(
      StringBuilder text, String name, EvaluationResult result, String scatter) {
    text.append("\n## ").append(name).append("\n\n");
    text.append(result.set()).append(", ").append(result.samples()).append(" samples, seeds ");
    text.append(result.seeds()).append(".\n\n");
    text.append("| modalities | samples | r | sd | MAE | Acc-2 (neg/pos) | Acc-7 |\n");
    text.append("|---|---|---|---|---|---|---|\n");
    for (final Subset subset : result.subsets()) {
      row(text, subset.label() + " | " + subset.samples(), subset.summary());
    }
    text.append("\n| missing rate | r | sd | MAE | Acc-2 (neg/pos) | Acc-7 |\n");
    text.append("|---|---|---|---|---|---|\n");
    for (final MissingRate rate : result.missingRates()) {
      row(text, String.format(Locale.ROOT, "%.1f", rate.rate()), rate.summary());
    }
    final boolean intervals = result.coverage().isPresent();
    text.append("\n| predictions | scores, all seeds | mean predicted | mean true |");
    text.append(intervals ? " inside interval |\n" : "\n");
    text.append("|---|---|---|---|").append(intervals ? "---|\n" : "\n");
    for (final CalibrationBin bin : result.calibration()) {
      text.append(
          String.format(
              Locale.ROOT,
              "| %.2f to %.2f | %d | %.2f | %.2f |",
              bin.lowest(),
              bin.highest(),
              bin.samples(),
              bin.meanPredicted(),
              bin.meanActual()));
      text.append(
          intervals ? String.format(Locale.ROOT, " %.1f %% |\n", 100 * bin.covered()) : "\n");
    }
    text.append("\n![predicted against true](").append(scatter).append(")\n");
  }

  private static void row(StringBuilder text, String first, SeedSummary summary) {
    text.append("| ").append(first).append(" | ");
    text.append(cell(Metric.PEARSON, summary.mean().get(Metric.PEARSON))).append(" | ");
    text.append(deviation(Metric.PEARSON, summary.deviation().get(Metric.PEARSON)));
    for (final Metric metric : List.of(Metric.MAE, Metric.ACCURACY_2_NON_ZERO, Metric.ACCURACY_7)) {
      text.append(" | ").append(cell(metric, summary.mean().get(metric)));
    }
    text.append(" |\n");
  }

  private static String cell(Metric metric, Interval interval) {
    if (!interval.defined()) {
      return UNDEFINED;
    }
    return metric.isShare()
        ? String.format(
            Locale.ROOT,
            "%.1f %% [%.1f, %.1f]",
            100 * interval.value(),
            100 * interval.low(),
            100 * interval.high())
        : String.format(
            Locale.ROOT, "%.3f [%.3f, %.3f]", interval.value(), interval.low(), interval.high());
  }

  private static String deviation(Metric metric, double deviation) {
    if (Double.isNaN(deviation)) {
      return "-";
    }
    return String.format(
        Locale.ROOT,
        metric.isShare() ? "%.1f" : "%.3f",
        metric.isShare() ? 100 * deviation : deviation);
  }

  /** The same contents for programs. Shares are from 0 to 1; undefined numbers are null. */
  public ObjectNode json() {
    final ObjectNode report = JSON.createObjectNode();
    report.put("title", title);
    final ArrayNode headlines = report.putArray("headlines");
    headlines().forEach(headlines::add);
    report.set("data", JSON.valueToTree(data));
    report.set("notes", JSON.valueToTree(notes));
    final ObjectNode variants = report.putObject("results");
    results.forEach((name, result) -> variants.set(name, json(result)));
    final ArrayNode trainings = report.putArray("training");
    for (final TrainingCurve curve : curves) {
      final ObjectNode node = trainings.addObject();
      node.put("name", curve.name());
      numbers(node.putArray("trainingLoss"), curve.trainingLoss());
      numbers(node.putArray("validationLoss"), curve.validationLoss());
      numbers(node.putArray("validationPearson"), curve.validationPearson());
      numbers(node.putArray("outputDeviation"), curve.outputDeviation());
    }
    return report;
  }

  private static ObjectNode json(EvaluationResult result) {
    final ObjectNode node = JSON.createObjectNode();
    node.put("set", result.set()).put("samples", result.samples());
    final ArrayNode seeds = node.putArray("seeds");
    result.seeds().forEach(seeds::add);
    number(node, "outputDeviation", result.outputDeviation());
    final ArrayNode subsets = node.putArray("subsets");
    for (final Subset subset : result.subsets()) {
      final ObjectNode entry = subsets.addObject();
      final ArrayNode names = entry.putArray("modalities");
      subset.modalities().forEach(names::add);
      entry.put("samples", subset.samples());
      entry.set("measures", json(subset.summary()));
    }
    final ArrayNode rates = node.putArray("missingRates");
    for (final MissingRate rate : result.missingRates()) {
      final ObjectNode entry = rates.addObject();
      entry.put("rate", rate.rate());
      entry.set("measures", json(rate.summary()));
    }
    result
        .coverage()
        .ifPresent(
            coverage -> {
              final ObjectNode entry = node.putObject("coverage");
              entry.put("samples", coverage.samples());
              number(entry, "covered", coverage.covered());
              number(entry, "low", coverage.low());
              number(entry, "high", coverage.high());
              number(entry, "meanHalfWidth", coverage.meanHalfWidth());
            });
    final ArrayNode bins = node.putArray("calibration");
    for (final CalibrationBin bin : result.calibration()) {
      final ObjectNode entry = bins.addObject();
      number(entry, "lowest", bin.lowest());
      number(entry, "highest", bin.highest());
      entry.put("samples", bin.samples());
      number(entry, "meanPredicted", bin.meanPredicted());
      number(entry, "meanActual", bin.meanActual());
      number(entry, "standardError", bin.standardError());
      number(entry, "covered", bin.covered());
    }
    return node;
  }

  private static ObjectNode json(SeedSummary summary) {
    final ObjectNode node = JSON.createObjectNode();
    for (final Metric metric : Metric.values()) {
      final ObjectNode entry = node.putObject(metric.key());
      final Interval interval = summary.mean().get(metric);
      number(entry, "mean", interval.value());
      number(entry, "low", interval.low());
      number(entry, "high", interval.high());
      number(entry, "deviation", summary.deviation().get(metric));
      numbers(
          entry.putArray("perSeed"),
          summary.perSeed().stream().mapToDouble(seed -> seed.get(metric)).toArray());
    }
    return node;
  }

  private static void number(ObjectNode node, String name, double value) {
    if (Double.isFinite(value)) {
      node.put(name, value);
    } else {
      node.putNull(name);
    }
  }

  private static void numbers(ArrayNode node, double[] values) {
    for (final double value : values) {
      if (Double.isFinite(value)) {
        node.add(value);
      } else {
        node.addNull();
      }
    }
  }
}
