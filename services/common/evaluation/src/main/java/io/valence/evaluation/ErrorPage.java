package io.valence.evaluation;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The page of an {@link ErrorReport}. It holds its style and pictures itself and forbids the browser
 * to load or run anything, so that a hostile text or a copy sent by mail can do nothing.
 *
 * @param analyses one for each bundle, in the order of the page
 */
record ErrorPage(List<ErrorAnalysis> analyses) {

  private static final int LONGEST_TEXT = 500;
  private static final int CLASSES = 7;
  private static final int LIMIT = 3;

  /** Width and height of the little scale beside a segment, in pixels; it runs from -3 to 3. */
  private static final int SCALE_WIDTH = 132;

  private static final int SCALE_HEIGHT = 18;

  private static final String STYLE =
      """
      :root { --ink: #1d2733; --soft: #5b6876; --line: #dde2e8; --blue: #0072b2; --red: #d55e00; }
      * { box-sizing: border-box; }
      body { margin: 0 auto; max-width: 1080px; padding: 32px 28px 64px; color: var(--ink);
        background: #fff; font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial,
        sans-serif; }
      h1 { font-size: 28px; margin: 0 0 4px; }
      h2 { font-size: 22px; margin: 56px 0 4px; padding-top: 20px; border-top: 2px solid var(--ink); }
      h3 { font-size: 17px; margin: 40px 0 6px; }
      h4 { font-size: 15px; margin: 22px 0 4px; }
      p { margin: 6px 0 12px; max-width: 78ch; }
      p.narrow { max-width: 46ch; }
      .soft, figcaption { color: var(--soft); }
      a { color: var(--blue); }
      nav { margin: 16px 0; }
      nav div { display: flex; flex-wrap: wrap; gap: 4px 18px; }
      .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(152px, 1fr));
        gap: 12px; margin: 18px 0; }
      .figure { border: 1px solid var(--line); border-radius: 6px; padding: 10px 14px; }
      .figure b { display: block; font-size: 21px; line-height: 1.3; font-weight: 600; }
      .figure span:first-child { display: block; min-height: 40px; }
      .figure span { color: var(--soft); font-size: 13px; }
      .plots { display: flex; flex-wrap: wrap; gap: 16px; }
      figure { margin: 12px 0; flex: 1 1 440px; max-width: 620px; }
      figure img { width: 100%; height: auto; display: block; }
      table { border-collapse: collapse; width: 100%; font-size: 14px; margin: 8px 0 16px; }
      th { text-align: left; font-weight: 600; border-bottom: 2px solid var(--ink); }
      th, td { padding: 5px 8px; vertical-align: top; }
      th { vertical-align: bottom; }
      td { border-bottom: 1px solid var(--line); }
      .number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
      th.number { white-space: normal; vertical-align: bottom; }
      .group { white-space: nowrap; }
      .interval { color: var(--soft); }
      .absent { color: var(--soft); font-style: italic; }
      .text { min-width: 260px; overflow-wrap: anywhere; }
      .id { font: 12px/1.7 ui-monospace, Menlo, Consolas, monospace; color: var(--soft); }
      .over { color: var(--red); font-weight: 600; }
      .under { color: var(--blue); font-weight: 600; }
      .total td { border-bottom: 2px solid var(--ink); }
      .matrix { width: auto; }
      .matrix th, .matrix td { text-align: center; border: 1px solid #fff; min-width: 46px; }
      .matrix th { border: 0; color: var(--soft); }
      .matrix .right { outline: 2px solid var(--ink); outline-offset: -3px; }
      .key { display: inline-block; vertical-align: middle; }
      .note { border-left: 3px solid var(--line); padding-left: 12px; color: var(--soft); }
      footer { margin-top: 56px; border-top: 2px solid var(--ink); padding-top: 12px;
        font-size: 13.5px; color: var(--soft); }
      @media print {
        body { max-width: none; padding: 0; font-size: 11pt; -webkit-print-color-adjust: exact;
          print-color-adjust: exact; }
        table { font-size: 8pt; }
        th, td { padding: 3px 5px; }
        .text { min-width: 0; }
        nav { display: none; }
        tr, figure, .figure, .matrix { break-inside: avoid; }
        h2, h3, h4 { break-after: avoid; }
        section.bundle + section.bundle { break-before: page; }
      }
      """;

  ErrorPage {
    analyses = List.copyOf(analyses);
  }

  /** The whole page. */
  String html() throws IOException {
    final StringBuilder page = new StringBuilder(1 << 20);
    final BundleScores first = analyses.get(0).scores();
    page.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ")
        .append("img-src data:; style-src 'unsafe-inline'\">\n")
        .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        .append("<title>Where it fails: ")
        .append(Html.escape(first.set()))
        .append("</title>\n<style>\n")
        .append(STYLE)
        .append("</style>\n</head>\n<body>\n<h1>Where it fails</h1>\n")
        .append("<p class=\"soft\">Error analysis on ")
        .append(Html.escape(first.set()))
        .append(": ")
        .append(first.segments().size())
        .append(" segments, sentiment from \u22123 to +3. Every segment stands in ")
        .append("<a href=\"errors.csv\">errors.csv</a>, the measures of the training seeds in ")
        .append("<a href=\"report.md\">report.md</a>.</p>\n<nav>");
    for (int i = 0; i < analyses.size(); i++) {
      page.append(analyses.size() == 1 ? "<div>" : "<div><b>" + name(analyses.get(i)) + "</b>\n");
      for (final Part part : Part.values()) {
        page.append(
            "<a href=\"#%s\">%s</a>\n"
                .formatted(anchor(i, part), part.title.toLowerCase(Locale.ROOT)));
      }
      page.append("</div>\n");
    }
    page.append("</nav>\n");
    for (int i = 0; i < analyses.size(); i++) {
      bundle(page, analyses.get(i), i);
    }
    footer(page);
    return page.append("</body>\n</html>\n").toString();
  }

  /** The parts of a bundle's section. */
  private enum Part {
    WORST("Worst segments"),
    LENGTH("By length"),
    NEGATION("By negation"),
    LABEL("By label"),
    CALIBRATION("Calibration");

    private final String title;

    Part(String title) {
      this.title = title;
    }
  }

  private static String anchor(int bundle, Part part) {
    return part.name().toLowerCase(Locale.ROOT) + "-" + (bundle + 1);
  }

  private static String name(ErrorAnalysis analysis) {
    return Html.escape(analysis.scores().name());
  }

  private static void bundle(StringBuilder page, ErrorAnalysis analysis, int number)
      throws IOException {
    page.append("<section class=\"bundle\">\n<h2>").append(name(analysis)).append("</h2>\n");
    overview(page, analysis);
    heading(page, number, Part.WORST);
    worst(page, analysis);
    heading(page, number, Part.LENGTH);
    length(page, analysis);
    heading(page, number, Part.NEGATION);
    negation(page, analysis);
    heading(page, number, Part.LABEL);
    label(page, analysis);
    heading(page, number, Part.CALIBRATION);
    calibration(page, analysis);
    page.append("</section>\n");
  }

  private static void heading(StringBuilder page, int number, Part part) {
    page.append("<h3 id=\"%s\">%s</h3>\n".formatted(anchor(number, part), part.title));
  }

  private static void overview(StringBuilder page, ErrorAnalysis analysis) throws IOException {
    final BundleScores scores = analysis.scores();
    page.append("<p>Bundle ").append(Html.escape(scores.bundle())).append(" as it is served: ");
    page.append(
        scores.networks() == 1
            ? "the score of its one network."
            : "the mean score of its " + scores.networks() + " networks.");
    page.append(
        scores.networks() < SeedSummary.SEEDS_FOR_HEADLINE
            ? " Fewer than "
                + SeedSummary.SEEDS_FOR_HEADLINE
                + " networks are too few to state these figures as a result."
            : " A mean of networks usually errs less than one of them, so these figures differ"
                + " from the means over seeds in the report.");
    final long prior =
        scores.segments().stream().filter(segment -> segment.modalities().isEmpty()).count();
    if (prior > 0) {
      page.append(
          " %d %s nothing that the bundle listens to and got the prior score."
              .formatted(prior, prior == 1 ? "segment has" : "segments have"));
    }
    page.append("</p>\n<div class=\"figures\">\n");
    figure(page, "Pearson r", analysis.measures().get(Metric.PEARSON), ErrorPage::decimals3);
    figure(
        page,
        "mean absolute error (MAE)",
        analysis.measures().get(Metric.MAE),
        ErrorPage::decimals3);
    figure(
        page, "bias (mean of prediction \u2212 label)", analysis.whole().bias(), Decimals::signed);
    figure(
        page,
        "right side of 0 (labels not 0)",
        analysis.measures().get(Metric.ACCURACY_2_NON_ZERO),
        ErrorPage::share);
    figure(
        page,
        "right one of seven classes",
        analysis.measures().get(Metric.ACCURACY_7),
        ErrorPage::share);
    figure(
        page,
        "labels inside the %s\u00a0%% interval".formatted(Decimals.of(100 * scores.level(), 0)),
        analysis.whole().covered(),
        ErrorPage::share);
    page.append("</div>\n<div class=\"plots\">\n");
    picture(
        page,
        ErrorPlots.scatter(scores),
        "Scatter plot of predictions against labels",
        "Each point is a segment; labels are moved sideways by up to 0.05 so that points do not hide"
            + " each other. On the dashed line the prediction is right.");
    page.append("<div style=\"flex: 1 1 300px\">\n<h4>What stands out</h4>\n");
    outstanding(page, analysis);
    page.append("</div>\n</div>\n");
  }

  private static String decimals3(double value) {
    return Decimals.of(value, 3);
  }

  private static String share(double value) {
    return Decimals.percent(value) + "\u00a0%";
  }

  private static void figure(
      StringBuilder page, String what, Estimate estimate, Function<Double, String> format) {
    page.append("<div class=\"figure\"><span>").append(what).append("</span>");
    if (estimate.interval().isPresent()) {
      final Interval interval = estimate.interval().get();
      page.append(
          "<b>%s</b><span>[%s, %s]</span>"
              .formatted(
                  format.apply(interval.value()),
                  format.apply(interval.low()),
                  format.apply(interval.high())));
    } else {
      page.append("<b class=\"absent\">\u2013</b><span>")
          .append(estimate.absence().orElseThrow())
          .append("</span>");
    }
    page.append("</div>\n");
  }

  /** Groups whose error is clearly another than that of the whole set. */
  private static void outstanding(StringBuilder page, ErrorAnalysis analysis) {
    if (analysis.whole().mae().interval().isEmpty()) {
      page.append("<p>The set has too few segments to tell.</p>\n");
      return;
    }
    final double mae = analysis.whole().mae().interval().get().value();
    final List<String> worse = new ArrayList<>();
    final List<String> better = new ArrayList<>();
    outstanding(analysis.byLength(), " words", mae, worse, better);
    outstanding(analysis.byNegation(), "", mae, worse, better);
    outstanding(
        analysis.byLabel().stream().map(group -> named("label " + group.name(), group)).toList(),
        "",
        mae,
        worse,
        better);
    outstanding(
        analysis.byScore().stream()
            .map(group -> named("prediction " + group.name(), group))
            .toList(),
        "",
        mae,
        worse,
        better);
    list(page, "Larger error than on the whole set (" + Decimals.of(mae) + "):", worse);
    list(page, "Smaller error:", better);
    page.append(
        "<p class=\"note\">Groups whose 95 % interval of the mean absolute error does not hold the"
            + " whole set\u2019s. Many overlapping groups are compared, so take each as a hint where"
            + " to look.</p>\n");
  }

  private static ErrorGroup named(String name, ErrorGroup group) {
    return new ErrorGroup(
        name,
        group.samples(),
        group.pearson(),
        group.mae(),
        group.bias(),
        group.meanScore(),
        group.meanLabel(),
        group.covered());
  }

  private static void outstanding(
      List<ErrorGroup> groups, String unit, double mae, List<String> worse, List<String> better) {
    for (final ErrorGroup group : groups) {
      if (group.mae().interval().isEmpty()) {
        continue;
      }
      final Interval interval = group.mae().interval().get();
      final String line =
          "%s%s: <b>%s</b> <span class=\"interval\">[%s, %s]</span>, n\u00a0=\u00a0%d"
              .formatted(
                  Html.escape(group.name()),
                  unit,
                  Decimals.of(interval.value()),
                  Decimals.of(interval.low()),
                  Decimals.of(interval.high()),
                  group.samples());
      if (interval.low() > mae) {
        worse.add(line);
      } else if (interval.high() < mae) {
        better.add(line);
      }
    }
  }

  private static void list(StringBuilder page, String title, List<String> lines) {
    page.append("<p>").append(title).append("</p>\n<ul>\n");
    if (lines.isEmpty()) {
      page.append("<li>no group</li>\n");
    }
    lines.forEach(line -> page.append("<li>").append(line).append("</li>\n"));
    page.append("</ul>\n");
  }

  private static void worst(StringBuilder page, ErrorAnalysis analysis) {
    final int shown = analysis.overestimated().size() + analysis.underestimated().size();
    if (shown == 0) {
      page.append("<p>Every prediction is exactly right.</p>\n");
      return;
    }
    page.append(
        "<p>The %d segments with the largest error, by its direction. On the scale from \u22123 to +3:"
            .formatted(shown));
    page.append(" the bar is the interval, the dot the prediction, the upright line the label.");
    if (analysis.scores().texts() == 0) {
      page.append(" The corpus has no texts to show.");
    }
    page.append("</p>\n");
    worst(page, "Overestimated", "over", analysis.overestimated());
    worst(page, "Underestimated", "under", analysis.underestimated());
  }

  private static void worst(
      StringBuilder page, String title, String side, List<JudgedSegment> segments) {
    page.append("<h4>").append(title).append(": ").append(segments.size()).append("</h4>\n");
    if (segments.isEmpty()) {
      page.append("<p>None of them.</p>\n");
      return;
    }
    page.append("<table>\n<thead><tr><th>segment</th><th class=\"number\">label</th>")
        .append("<th class=\"number\">prediction</th><th class=\"number\">error</th>")
        .append("<th></th></tr></thead>\n<tbody>\n");
    for (final JudgedSegment segment : segments) {
      page.append("<tr><td class=\"text\">")
          .append(
              segment
                  .text()
                  .map(text -> "<bdi>" + Html.escape(shortened(text)) + "</bdi>")
                  .orElse("<span class=\"absent\">no text</span>"))
          .append("<br><span class=\"id\">")
          .append(Html.escape(segment.id()))
          .append("</span></td><td class=\"number\">")
          .append(Decimals.signed(segment.label()))
          .append("</td><td class=\"number\">")
          .append(Decimals.signed(segment.score()))
          .append("<br><span class=\"interval\">[")
          .append(Decimals.signed(segment.low()))
          .append(", ")
          .append(Decimals.signed(segment.high()))
          .append("]</span></td><td class=\"number ")
          .append(side)
          .append("\">")
          .append(Decimals.signed(segment.error()))
          .append("</td><td>")
          .append(scale(segment))
          .append("</td></tr>\n");
    }
    page.append("</tbody>\n</table>\n");
  }

  /** A text of a whole video would push everything else off the page. */
  private static String shortened(String text) {
    return text.codePointCount(0, text.length()) <= LONGEST_TEXT
        ? text
        : text.substring(0, text.offsetByCodePoints(0, LONGEST_TEXT)) + " \u2026";
  }

  private static String scale(JudgedSegment segment) {
    final int middle = SCALE_HEIGHT / 2;
    final String line =
        "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"%s\" stroke-width=\"%s\"/>";
    return ("<svg class=\"key\" width=\"%d\" height=\"%d\" role=\"img\" aria-label=\"label %s, prediction %s\">"
            .formatted(
                SCALE_WIDTH,
                SCALE_HEIGHT,
                Decimals.of(segment.label()),
                Decimals.of(segment.score())))
        + String.format(Locale.ROOT, line, at(-LIMIT), middle, at(LIMIT), middle, "#dde2e8", "1")
        + String.format(Locale.ROOT, line, at(0), middle - 4, at(0), middle + 4, "#b4bdc8", "1")
        + String.format(
            Locale.ROOT,
            line,
            at(segment.low()),
            middle,
            at(segment.high()),
            middle,
            "#9ecae1",
            "5")
        + String.format(
            Locale.ROOT,
            line,
            at(segment.label()),
            1,
            at(segment.label()),
            SCALE_HEIGHT - 1,
            "#1d2733",
            "2")
        + String.format(
            Locale.ROOT,
            "<circle cx=\"%.1f\" cy=\"%d\" r=\"4\" fill=\"%s\"/></svg>",
            at(segment.score()),
            middle,
            segment.error() > 0 ? "#d55e00" : "#0072b2");
  }

  private static double at(double sentiment) {
    final int margin = 5;
    return margin + (sentiment + LIMIT) / (2 * LIMIT) * (SCALE_WIDTH - 2 * margin);
  }

  private static void length(StringBuilder page, ErrorAnalysis analysis) throws IOException {
    if (withoutTexts(page, analysis)) {
      return;
    }
    page.append(
        "<p>By the number of words: stretches between blanks with a letter or digit.</p>\n");
    table(page, "words", analysis.byLength(), analysis.whole(), true);
    plot(
        page,
        ErrorPlots.errors("Error by length", "words", analysis.byLength()),
        "Mean absolute error and bias by number of words");
  }

  private static void negation(StringBuilder page, ErrorAnalysis analysis) throws IOException {
    if (withoutTexts(page, analysis)) {
      return;
    }
    page.append(
        "<p>Whether the text holds a negating word (the list is at the end). Negated texts have other"
            + " labels than the rest, so compare the rows of the same side of zero too.</p>\n");
    table(page, "texts", analysis.byNegation(), analysis.whole(), true);
    // Six names side by side leave room for a dozen letters each.
    final List<String> brief =
        List.of("negated", "other", "negated < 0", "other < 0", "negated > 0", "other > 0");
    plot(
        page,
        ErrorPlots.errors(
            "Error by negation",
            "texts, then by the side of the label",
            IntStream.range(0, brief.size())
                .mapToObj(i -> named(brief.get(i), analysis.byNegation().get(i)))
                .toList()),
        "Mean absolute error and bias by negation and side of the label");
  }

  /** Says so where there are no texts, or where some segments have none. */
  private static boolean withoutTexts(StringBuilder page, ErrorAnalysis analysis) {
    final int texts = analysis.scores().texts();
    final int segments = analysis.scores().segments().size();
    if (texts == 0) {
      page.append(
          "<p class=\"absent\">The corpus has no texts, so there is nothing to tell.</p>\n");
    } else if (texts < segments) {
      page.append(
          "<p>%d of %d segments have no text and are left out here.</p>\n"
              .formatted(segments - texts, segments));
    }
    return texts == 0;
  }

  private static void label(StringBuilder page, ErrorAnalysis analysis) throws IOException {
    page.append(
        "<p>By the class of the label: rounded to a whole number, halves to the even one. A model that"
            + " is unsure answers near the middle, so extreme labels are pulled towards it: a bias"
            + " above zero for negative labels, below zero for positive ones.</p>\n");
    table(page, "label", analysis.byLabel(), analysis.whole(), false);
    page.append("<div class=\"plots\">\n");
    plot(
        page,
        ErrorPlots.errors("Error by label", "class of the label", analysis.byLabel()),
        "Mean absolute error and bias by class of the label");
    confusion(page, analysis);
    page.append("</div>\n");
  }

  private static void confusion(StringBuilder page, ErrorAnalysis analysis) {
    page.append("<div>\n");
    page.append(
            "<h4>Confusion of the seven classes</h4>\n<p class=\"narrow\">Rows are labels, columns predictions, ")
        .append("both rounded; the colour is the share of the row, the frame what is right.</p>\n")
        .append("<table class=\"matrix\">\n<thead><tr><th>label \\ prediction</th>");
    for (int column = 0; column < CLASSES; column++) {
      page.append("<th>").append(analysis.byLabel().get(column).name()).append("</th>");
    }
    page.append("<th>all</th></tr></thead>\n<tbody>\n");
    for (int row = 0; row < CLASSES; row++) {
      final List<Integer> counts = analysis.confusion().get(row);
      final int all = counts.stream().mapToInt(Integer::intValue).sum();
      page.append("<tr><th>").append(analysis.byLabel().get(row).name()).append("</th>");
      for (int column = 0; column < CLASSES; column++) {
        final double part = all == 0 ? 0 : (double) counts.get(column) / all;
        page.append(
            String.format(
                Locale.ROOT,
                "<td%s style=\"background: rgba(0, 114, 178, %.2f); color: %s\">%d</td>",
                row == column ? " class=\"right\"" : "",
                part,
                part > 0.7 ? "#fff" : "#1d2733",
                counts.get(column)));
      }
      page.append("<th>").append(all).append("</th></tr>\n");
    }
    page.append("</tbody>\n</table>\n</div>\n");
  }

  private static void calibration(StringBuilder page, ErrorAnalysis analysis) throws IOException {
    if (analysis.byScore().isEmpty()) {
      page.append(
          "<p class=\"absent\">Too few segments for a bin of %d: %d.</p>\n"
              .formatted(ErrorGroup.FEWEST, analysis.scores().segments().size()));
      return;
    }
    page.append(
            "<p>Segments of similar prediction, in bins of equal size. A calibrated model has mean labels"
                + " equal to mean predictions, and as many labels inside the interval as it promises: ")
        .append(Decimals.of(100 * analysis.scores().level(), 0))
        .append(" %.</p>\n");
    table(page, "prediction", analysis.byScore(), analysis.whole(), false);
    page.append("<div class=\"plots\">\n");
    picture(
        page,
        ErrorPlots.reliability(analysis.byScore()),
        "Reliability plot: mean label against mean prediction",
        "Below the dashed line predictions are too high, above it too low.");
    picture(
        page,
        ErrorPlots.coverage(analysis.byScore(), analysis.scores().level()),
        "Share of labels inside the interval against mean prediction",
        "Below the dashed line the intervals promise more than they hold.");
    page.append("</div>\n");
  }

  private static void table(
      StringBuilder page,
      String first,
      List<ErrorGroup> groups,
      ErrorGroup whole,
      boolean pearson) {
    page.append("<table>\n<thead><tr><th>").append(first).append("</th>");
    page.append("<th class=\"number\">segments</th>");
    if (pearson) {
      page.append("<th class=\"number\">Pearson r</th>");
    }
    for (final String column :
        List.of(
            "mean absolute error",
            "bias",
            "mean prediction",
            "mean label",
            "inside the interval,\u00a0%")) {
      page.append("<th class=\"number\">").append(column).append("</th>");
    }
    page.append("</tr></thead>\n<tbody>\n");
    row(page, whole, pearson, " class=\"total\"");
    groups.forEach(group -> row(page, group, pearson, ""));
    page.append("</tbody>\n</table>\n");
  }

  private static void row(StringBuilder page, ErrorGroup group, boolean pearson, String style) {
    page.append("<tr").append(style).append("><td class=\"group\">");
    page.append(Html.escape(group.name()));
    page.append("</td><td class=\"number\">").append(group.samples()).append("</td>");
    if (pearson) {
      cell(page, group.pearson(), Decimals::of);
    }
    cell(page, group.mae(), Decimals::of);
    cell(page, group.bias(), Decimals::signed);
    cell(page, group.meanScore(), Decimals::signed, false);
    // Where there is room: beside a correlation the table would be wider than paper.
    cell(page, group.meanLabel(), Decimals::signed, !pearson);
    cell(page, group.covered(), Decimals::percent);
    page.append("</tr>\n");
  }

  private static void cell(StringBuilder page, Estimate estimate, Function<Double, String> format) {
    cell(page, estimate, format, true);
  }

  private static void cell(
      StringBuilder page, Estimate estimate, Function<Double, String> format, boolean bounds) {
    page.append("<td class=\"number\">");
    if (estimate.interval().isPresent()) {
      final Interval interval = estimate.interval().get();
      page.append(format.apply(interval.value()));
      if (bounds) {
        page.append(" <span class=\"interval\">[")
            .append(format.apply(interval.low()))
            .append(", ")
            .append(format.apply(interval.high()))
            .append("]</span>");
      }
    } else {
      page.append("<span class=\"absent\">")
          .append(estimate.absence().orElseThrow())
          .append("</span>");
    }
    page.append("</td>");
  }

  private static void plot(StringBuilder page, byte[] png, String description) {
    if (png.length > 0) {
      picture(page, png, description, "");
    }
  }

  private static void picture(StringBuilder page, byte[] png, String description, String caption) {
    page.append("<figure><img width=\"")
        .append(ErrorPlots.WIDTH)
        .append("\" height=\"")
        .append(ErrorPlots.HEIGHT)
        .append("\" alt=\"")
        .append(description)
        .append("\" src=\"data:image/png;base64,")
        .append(Base64.getEncoder().encodeToString(png))
        .append("\">");
    if (!caption.isEmpty()) {
      page.append("<figcaption>").append(caption).append("</figcaption>");
    }
    page.append("</figure>\n");
  }

  private static void footer(StringBuilder page) {
    page.append(
            "<footer>\n<p>Brackets hold 95 % intervals: percentile bootstrap over the segments, ")
        .append("for shares inside the interval Wilson\u2019s. Segments of one video are not ")
        .append("independent, which these intervals do not know. Bias is the mean of prediction ")
        .append("minus label: above zero where sentiment is overestimated. Means and shares of ")
        .append(
            "fewer than %d segments and correlations of fewer than %d are not shown.</p>\n"
                .formatted(ErrorGroup.FEWEST, ErrorGroup.FEWEST_FOR_PEARSON))
        .append("<p>Negating words, in any case and without their apostrophes: ")
        .append(Negation.words().stream().sorted().collect(Collectors.joining(", ")))
        .append(".</p>\n<p>This page and errors.csv quote the texts of the corpus; its terms hold ")
        .append("for them as well.</p>\n</footer>\n");
  }
}
