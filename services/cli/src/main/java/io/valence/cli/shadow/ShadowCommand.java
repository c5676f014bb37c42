package io.valence.cli.shadow;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.valence.cli.ExitCode;
import io.valence.cli.InputException;
import io.valence.cli.shadow.PairedDifference.Bundles;
import io.valence.schemas.ShadowScore;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How a second bundle compares with the live one. */
@Command(
    name = "shadow",
    description = {
      "Compares the bundle that scores in the shadow with the live one, window by window: mean"
          + " difference (shadow - live) with its 95 %% interval, correlation, changes of class and the"
          + " windows that differ most. Reads sentiment.shadow, which a stack fills that was started"
          + " with 'valence run --shadow BUNDLE'.",
      "",
      "With several streams the interval takes each stream as one draw, for windows of one stream"
          + " resemble each other.",
      "",
      "Example: valence shadow --bootstrap localhost:9092 --for 10m"
    },
    mixinStandardHelpOptions = true)
public final class ShadowCommand implements Callable<Integer> {

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(s|m|h|d)");
  private static final Duration LONGEST = Duration.ofDays(30);
  private static final int MOST = 1_000;
  private static final double MICROS_PER_SECOND = 1e6;

  @Option(
      names = "--bootstrap",
      paramLabel = "HOST:PORT",
      defaultValue = "localhost:9092",
      description = "Kafka's brokers (default: ${DEFAULT-VALUE}).")
  private String bootstrapServers;

  @Option(
      names = "--registry",
      paramLabel = "URL",
      defaultValue = "http://127.0.0.1:8081/apis/ccompat/v7",
      description = "The schema registry (default: ${DEFAULT-VALUE}).")
  private String registryUrl;

  @ArgGroup(exclusive = true)
  private Range range;

  @Option(
      names = "--top",
      paramLabel = "N",
      defaultValue = "10",
      description = "List so many of the windows that differ most (default: ${DEFAULT-VALUE}).")
  private int top;

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  @Spec private CommandSpec spec;

  /** Which windows. */
  private static final class Range {

    @Option(
        names = "--for",
        paramLabel = "DURATION",
        description = "Listen to what comes from now on, for so long: 90s, 30m, 2h, 1d.")
    private String listenFor;

    @Option(
        names = "--from-beginning",
        description = "Read all that is kept, then report (what happens without either).")
    private boolean fromBeginning;
  }

  @Override
  public Integer call() throws Exception {
    if (top < 0 || top > MOST) {
      throw usage("--top must be 0 to " + MOST + ", not " + top);
    }
    final Duration listening =
        range == null || range.fromBeginning ? null : duration(range.listenFor);
    final Map<Bundles, PairedDifference> pairs = new LinkedHashMap<>();
    final Consumer<ShadowScore> add =
        score ->
            pairs
                .computeIfAbsent(Bundles.of(score), bundles -> new PairedDifference(top))
                .add(score);
    try (ShadowScores scores = open()) {
      if (listening == null) {
        scores.readAll(add);
      } else {
        scores.listen(listening, add);
      }
      if (pairs.isEmpty() && scores.unreadable() == 0) {
        throw new InputException(
            (listening == null
                    ? "sentiment.shadow is empty"
                    : "nothing came onto sentiment.shadow within " + range.listenFor)
                + ": start the stack with a shadow, 'deploy/valence run --shadow BUNDLE', and play a"
                + " recording");
      }
      if (pairs.isEmpty()) {
        throw new InputException(
            "none of the "
                + scores.unreadable()
                + " records of sentiment.shadow can be read; the first, "
                + scores.firstReason().orElseThrow());
      }
      if (scores.unreadable() > 0) {
        final PrintWriter err = spec.commandLine().getErr();
        err.println(
            "valence: "
                + scores.unreadable()
                + " records of sentiment.shadow cannot be read and are left out; the first, "
                + scores.firstReason().orElseThrow());
        err.flush();
      }
      print(pairs, scores.unreadable());
    }
    return ExitCode.DONE;
  }

  private ShadowScores open() {
    try {
      return new ShadowScores(bootstrapServers, registryUrl);
    } catch (final KafkaException e) {
      // Made of what was typed: a host that does not exist, no port.
      if (e.getCause() instanceof ConfigException wrong) {
        throw usage("--bootstrap: " + wrong.getMessage());
      }
      throw e;
    }
  }

  private ParameterException usage(final String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private Duration duration(final String text) {
    final Matcher matcher = DURATION.matcher(text);
    if (matcher.matches()) {
      final Duration duration =
          Duration.of(
              Long.parseLong(matcher.group(1)),
              switch (matcher.group(2)) {
                case "s" -> ChronoUnit.SECONDS;
                case "m" -> ChronoUnit.MINUTES;
                case "h" -> ChronoUnit.HOURS;
                default -> ChronoUnit.DAYS;
              });
      if (!duration.isZero() && duration.compareTo(LONGEST) <= 0) {
        return duration;
      }
    }
    throw usage("--for must be like 90s, 30m, 2h or 1d, at most 30d, not " + text);
  }

  private void print(final Map<Bundles, PairedDifference> pairs, final long unreadable)
      throws IOException {
    final PrintWriter out = spec.commandLine().getOut();
    if (json) {
      final ObjectNode document = MAPPER.createObjectNode();
      final ArrayNode array = document.putArray("pairs");
      pairs.forEach((bundles, pair) -> array.add(node(bundles, pair)));
      document.put("unreadable", unreadable);
      out.println(MAPPER.writeValueAsString(document));
    } else {
      pairs.forEach((bundles, pair) -> out.print(text(bundles, pair)));
    }
    out.flush();
  }

  private static String text(final Bundles bundles, final PairedDifference pair) {
    final StringBuilder text = new StringBuilder();
    line(
        text,
        "shadow %s %s against live %s %s",
        bundles.shadowId(),
        bundles.shadowVersion(),
        bundles.liveId(),
        bundles.liveVersion());
    line(
        text,
        "  paired windows     %d in %d %s",
        pair.windows(),
        pair.streams(),
        pair.streams() == 1 ? "stream" : "streams");
    final double mean = pair.meanDifference();
    final double half = pair.halfWidth();
    line(
        text,
        "  mean difference    %+.3f  %s",
        mean,
        Double.isNaN(half)
            ? "(one window has no interval)"
            : String.format(
                Locale.ROOT,
                "[%+.3f, %+.3f]  95 %% interval, %s",
                mean - half,
                mean + half,
                pair.streams() == 1
                    ? "windows of the one stream taken as independent"
                    : "each stream taken as one draw"));
    line(text, "  mean |difference|  %.3f", pair.meanAbsoluteDifference());
    line(
        text,
        "  correlation        %s",
        Double.isNaN(pair.correlation())
            ? "undefined: one of the two never changes"
            : String.format(Locale.ROOT, "%.3f", pair.correlation()));
    line(text, "  class changes      %.1f %% of the windows", 100 * pair.classChanges());
    if (!pair.farthest().isEmpty()) {
      line(text, "  differ most        window (s)              live   shadow   difference  stream");
      for (final ShadowScore score : pair.farthest()) {
        line(
            text,
            "                     %9.2f - %9.2f   %+6.3f   %+6.3f       %+6.3f  %s",
            score.getWindowStartMicros() / MICROS_PER_SECOND,
            score.getWindowEndMicros() / MICROS_PER_SECOND,
            score.getLiveScore(),
            score.getShadowScore(),
            score.getDifference(),
            printable(score.getStreamId()));
      }
    }
    return text.append(System.lineSeparator()).toString();
  }

  /** A name from outside must not write over the terminal. */
  private static String printable(final String name) {
    return name.replaceAll("\\p{Cntrl}", "?");
  }

  private static void line(final StringBuilder text, final String format, final Object... values) {
    text.append(String.format(Locale.ROOT, format, values)).append(System.lineSeparator());
  }

  private static ObjectNode node(final Bundles bundles, final PairedDifference pair) {
    final ObjectNode node = MAPPER.createObjectNode();
    node.putObject("live").put("id", bundles.liveId()).put("version", bundles.liveVersion());
    node.putObject("shadow").put("id", bundles.shadowId()).put("version", bundles.shadowVersion());
    node.put("windows", pair.windows());
    node.put("streams", pair.streams());
    node.put("meanDifference", pair.meanDifference());
    final double half = pair.halfWidth();
    if (Double.isNaN(half)) {
      node.putNull("interval");
    } else {
      node.putArray("interval").add(pair.meanDifference() - half).add(pair.meanDifference() + half);
    }
    node.put("intervalBy", pair.streams() == 1 ? "window" : "stream");
    node.put("meanAbsoluteDifference", pair.meanAbsoluteDifference());
    if (Double.isNaN(pair.correlation())) {
      node.putNull("correlation");
    } else {
      node.put("correlation", pair.correlation());
    }
    node.put("classChanges", pair.classChanges());
    final ArrayNode farthest = node.putArray("differMost");
    for (final ShadowScore score : pair.farthest()) {
      farthest
          .addObject()
          .put("streamId", score.getStreamId())
          .put("windowStart", score.getWindowStartMicros() / MICROS_PER_SECOND)
          .put("windowEnd", score.getWindowEndMicros() / MICROS_PER_SECOND)
          .put("liveEventId", score.getLiveEventId())
          .put("liveScore", score.getLiveScore())
          .put("shadowScore", score.getShadowScore())
          .put("difference", score.getDifference());
    }
    return node;
  }
}
