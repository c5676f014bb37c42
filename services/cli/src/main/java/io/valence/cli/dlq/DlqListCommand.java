package io.valence.cli.dlq;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.valence.cli.ExitCode;
import io.valence.cli.InputException;
import io.valence.streams.deadletters.DeadLetter;
import io.valence.streams.deadletters.DeadLetterException;
import io.valence.streams.deadletters.DeadLetterReader;
import io.valence.streams.deadletters.LetterAddress;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What lies in the dead letters of all services. */
@Command(
    name = "list",
    description = {
      "Lists the newest dead letters, oldest of them first, and counts all by service and reason.",
      "The address in front of each is what 'show' and 'redrive' take.",
      "",
      "Example: valence dlq list --service fusion --since 2h --reason \"quality must be\""
    },
    mixinStandardHelpOptions = true)
final class DlqListCommand implements Callable<Integer> {

  private static final int MOST_LISTED = 100_000;
  private static final int MOST_REASONS = 1_000;

  @Mixin private KafkaOptions kafka;

  @Option(
      names = "--service",
      paramLabel = "NAME",
      description = "Only letters of this service; may be given several times (default: all).")
  private List<String> services = List.of();

  @Option(
      names = "--since",
      paramLabel = "DURATION",
      description = "Only letters as young as this: 90s, 30m, 2h, 7d (default: all that are kept).")
  private String since;

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      description = "Only letters whose reason contains this, in whatever case.")
  private String reason = "";

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "50",
      description =
          "List at most so many, the newest; all are counted (default: ${DEFAULT-VALUE}).")
  private int limit;

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  @Spec private CommandSpec spec;

  /** Letters of one service that failed for one reason, numbers in it aside. */
  private record Group(String service, String reason) {}

  /** One line of the list: a letter without its value, so that a long list stays small. */
  private record Line(LetterAddress address, Instant failedAt, String text, ObjectNode json) {}

  private static final Comparator<Line> BY_TIME =
      Comparator.comparing(Line::failedAt).thenComparing(Line::address);

  @Override
  public Integer call() throws Exception {
    if (limit < 0 || limit > MOST_LISTED) {
      throw kafka.usage("--limit must be 0 to " + MOST_LISTED + ", not " + limit);
    }
    final List<String> wanted = kafka.services(services);
    final Optional<Instant> from = from();
    final PriorityQueue<Line> newest = new PriorityQueue<>(BY_TIME);
    final Map<Group, Long> counts = new HashMap<>();
    final boolean anyTopic;
    try (DeadLetterReader reader = kafka.reader()) {
      anyTopic = wanted.stream().anyMatch(reader.services()::contains);
      final Map<LetterAddress, DeadLetterReader.Marker> markers = reader.redriven();
      final String text = reason.toLowerCase(Locale.ROOT);
      reader.visit(
          wanted,
          from,
          letter -> {
            if (letter.reason().toLowerCase(Locale.ROOT).contains(text)) {
              counts.merge(group(letter, counts), 1L, Long::sum);
              keep(
                  newest,
                  letter,
                  Optional.ofNullable(markers.get(letter.address()))
                      .filter(marker -> marker.isOf(letter)));
            }
          });
    } catch (final DeadLetterException e) {
      throw new InputException(e.getMessage(), e);
    }
    final List<Line> lines = new ArrayList<>(newest);
    lines.sort(BY_TIME);
    print(lines, counts, anyTopic);
    return ExitCode.DONE;
  }

  private Optional<Instant> from() {
    if (since == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(Instant.now().minus(LetterText.duration(since)));
    } catch (final IllegalArgumentException e) {
      throw kafka.usage("--since: " + e.getMessage());
    }
  }

  private static Group group(final DeadLetter letter, final Map<Group, Long> counts) {
    final Group group =
        new Group(
            letter.address().service(),
            LetterText.printable(letter.reason()).replaceAll("\\d+(\\.\\d+)?", "#"));
    return counts.containsKey(group) || counts.size() < MOST_REASONS
        ? group
        : new Group(letter.address().service(), "(other reasons)");
  }

  private void keep(
      final PriorityQueue<Line> newest,
      final DeadLetter letter,
      final Optional<DeadLetterReader.Marker> marker) {
    if (limit == 0
        || (newest.size() == limit && letter.failedAt().isBefore(newest.peek().failedAt()))) {
      return;
    }
    newest.add(
        new Line(
            letter.address(),
            letter.failedAt(),
            json ? "" : line(letter, marker),
            json ? LetterText.json(letter, marker) : null));
    if (newest.size() > limit) {
      newest.remove();
    }
  }

  private static String line(
      final DeadLetter letter, final Optional<DeadLetterReader.Marker> marker) {
    return String.format(
        Locale.ROOT,
        "%-24s  %-24s  %-20s  %10s  %-24s  %s%s",
        letter.address(),
        letter.failedAt(),
        LetterText.text(letter.key()),
        LetterText.size(letter.size()),
        LetterText.printable(letter.origin()),
        LetterText.printable(letter.reason()),
        marker.map(at -> "  [re-driven " + at.redrivenAt() + "]").orElse(""));
  }

  private void print(final List<Line> lines, final Map<Group, Long> counts, final boolean anyTopic)
      throws IOException {
    final PrintWriter out = spec.commandLine().getOut();
    final long total = counts.values().stream().mapToLong(Long::longValue).sum();
    final List<Map.Entry<Group, Long>> sorted = new ArrayList<>(counts.entrySet());
    sorted.sort(
        Map.Entry.<Group, Long>comparingByValue()
            .reversed()
            .thenComparing(entry -> entry.getKey().service())
            .thenComparing(entry -> entry.getKey().reason()));
    if (json) {
      out.println(LetterText.MAPPER.writeValueAsString(document(lines, sorted, total)));
    } else if (total == 0) {
      out.println(
          anyTopic
              ? "no dead letters" + (filtered() ? " of that kind" : "")
              : "no dead letters: this Kafka has no dead-letter topics (is it the right --bootstrap?)");
    } else {
      if (!lines.isEmpty()) {
        out.printf(
            Locale.ROOT,
            "%-24s  %-24s  %-20s  %10s  %-24s  %s%n",
            "ADDRESS",
            "FAILED AT",
            "STREAM",
            "SIZE",
            "FROM",
            "REASON");
        lines.forEach(line -> out.println(line.text()));
        out.println();
      }
      out.println(
          total
              + (total == 1 ? " dead letter" : " dead letters")
              + (lines.size() < total ? ", the newest " + lines.size() + " listed" : "")
              + ":");
      sorted.forEach(
          entry ->
              out.printf(
                  Locale.ROOT,
                  "%8d  %-16s  %s%n",
                  entry.getValue(),
                  entry.getKey().service(),
                  entry.getKey().reason()));
    }
    out.flush();
  }

  private boolean filtered() {
    return !services.isEmpty() || since != null || !reason.isEmpty();
  }

  private static ObjectNode document(
      final List<Line> lines, final List<Map.Entry<Group, Long>> counts, final long total) {
    final ObjectNode document = LetterText.MAPPER.createObjectNode();
    final ArrayNode letters = document.putArray("letters");
    lines.forEach(line -> letters.add(line.json()));
    document.put("total", total);
    final ArrayNode array = document.putArray("counts");
    counts.forEach(
        entry ->
            array
                .addObject()
                .put("service", entry.getKey().service())
                .put("reason", entry.getKey().reason())
                .put("count", entry.getValue()));
    return document;
  }
}
