package io.valence.faults;

import io.valence.features.text.BertModelCache;
import io.valence.inference.ModelStore;
import io.valence.local.LocalStackException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The fault harness as a program. */
@Command(
    name = "run-seeds",
    description = {
      "Plays recorded streams through the whole stack while it breaks things, and checks that no window is lost,"
          + " doubled or changed and that every record is accounted for. What breaks when is decided by the seed.",
      "",
      "Examples:",
      "  services/faults/run-seeds --seeds 1-100 --report faults.md",
      "  services/faults/run-seeds --seed 17",
      "",
      "Exit codes: 0 all holds, 1 a violation, 2 bad usage, 4 the machine is not ready."
    },
    mixinStandardHelpOptions = true)
final class RunSeeds implements Callable<Integer> {

  private static final int VIOLATION = 1;
  private static final int NOT_READY = 4;
  private static final Pattern RANGE = Pattern.compile("(\\d{1,15})-(\\d{1,15})");
  private static final int MOST_SEEDS = 100_000;

  /** The broker is killed on purpose: what clients say of it is no news. Held, or the setting is forgotten. */
  private static final Logger KAFKA_LOG = Logger.getLogger("org.apache.kafka");

  @Option(
      names = "--seeds",
      paramLabel = "FIRST-LAST",
      defaultValue = "1-100",
      description = "The seeds to run (default: ${DEFAULT-VALUE}).")
  private String seeds;

  @Option(names = "--seed", paramLabel = "N", description = "Run this seed alone.")
  private Long seed;

  @Option(
      names = "--group",
      paramLabel = "N",
      defaultValue = "10",
      description =
          "Seeds that one stack serves before it is replaced (default: ${DEFAULT-VALUE}).")
  private int group;

  @Option(names = "--verbose", description = "Tell each blow as it falls.")
  private boolean verbose;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description = "Write the table of faults and outcomes there after each seed, as Markdown.")
  private Path report;

  @Option(
      names = "--work",
      paramLabel = "FOLDER",
      description =
          "Folder for data, and for the logs that a violation leaves (default: services/faults/target/run).")
  private Path work;

  @Spec private CommandSpec spec;

  /** Runs and ends the process with the exit code. */
  public static void main(final String[] arguments) {
    KAFKA_LOG.setLevel(Level.OFF);
    System.exit(new CommandLine(new RunSeeds()).execute(arguments));
  }

  @Override
  public Integer call() throws Exception {
    final List<Long> wanted = wanted();
    if (group < 1) {
      throw new ParameterException(spec.commandLine(), "--group must be at least 1, not " + group);
    }
    final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    final ModelStore store = ModelStore.fromEnvironment();
    if (!new BertModelCache(store.cache()).isComplete()) {
      System.err.println("BERT is not set up on this machine: run deploy/valence setup");
      return NOT_READY;
    }
    final Path folder =
        work == null ? store.home().resolve("services/faults/target/run") : work.toAbsolutePath();
    final long begin = System.nanoTime();
    final Consumer<String> progress =
        line -> out.printf(Locale.ROOT, "%7.1f s  %s%n", (System.nanoTime() - begin) / 1e9, line);
    final FaultHarness harness =
        new FaultHarness(
            store.home(),
            store.cache(),
            folder,
            group,
            verbose,
            Optional.ofNullable(report),
            progress);
    final List<String> violations;
    try {
      violations = harness.run(wanted);
    } catch (final LocalStackException e) {
      System.err.println(e.getMessage());
      return NOT_READY;
    }
    out.println();
    out.print(harness.report().markdown());
    if (!violations.isEmpty()) {
      out.println();
      out.println(violations.size() + " violations:");
      violations.forEach(text -> out.println(text.lines().findFirst().orElse("")));
    }
    return violations.isEmpty() ? 0 : VIOLATION;
  }

  private List<Long> wanted() {
    if (seed != null) {
      return List.of(seed);
    }
    final Matcher range = RANGE.matcher(seeds);
    if (range.matches()) {
      final long first = Long.parseLong(range.group(1));
      final long last = Long.parseLong(range.group(2));
      if (first <= last && last - first < MOST_SEEDS) {
        return LongStream.rangeClosed(first, last).boxed().toList();
      }
    }
    throw new ParameterException(
        spec.commandLine(), "--seeds must be FIRST-LAST, for instance 1-100, not " + seeds);
  }
}
