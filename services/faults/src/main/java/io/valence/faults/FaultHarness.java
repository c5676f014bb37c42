package io.valence.faults;

import io.valence.media.MediaException;
import io.valence.schemas.TopicCatalogue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Plays the recorded set through the whole stack under the faults of many seeds. A stack serves a group of seeds, each
 * with streams of its own; the first run of each stack is undisturbed and is the measure for its seeds.
 */
final class FaultHarness {

  private static final int PARTITIONS = 2;
  private static final long END_SECONDS = 5;

  private final Path home;
  private final Path cache;
  private final Path work;
  private final int groupSize;
  private final boolean verbose;
  private final Consumer<String> progress;
  private final FaultReport report = new FaultReport();
  private final Path table;
  private Verdict.Expectation first;

  /**
   * @param home folder of the built project
   * @param cache with the BERT weights
   * @param work for data, deleted in the end, and for logs, kept where there was a violation
   * @param groupSize how many seeds one stack serves
   * @param verbose whether each blow is told as it falls
   * @param table file that the table of results is written to after each seed, so far
   * @param progress gets a line for each thing that happens
   */
  FaultHarness(
      final Path home,
      final Path cache,
      final Path work,
      final int groupSize,
      final boolean verbose,
      final Optional<Path> table,
      final Consumer<String> progress) {
    this.home = home;
    this.cache = cache;
    this.work = work;
    this.groupSize = groupSize;
    this.verbose = verbose;
    this.table = table.orElse(null);
    this.progress = progress;
  }

  FaultReport report() {
    return report;
  }

  /**
   * Runs seeds.
   *
   * @return what was found wrong, a text each; empty if all holds
   */
  List<String> run(final List<Long> seeds)
      throws MediaException, IOException, InterruptedException, TimeoutException {
    final List<RecordedStream> streams = RecordedSet.cut(home);
    final List<String> all = new ArrayList<>();
    final long begin = System.nanoTime();
    int done = 0;
    while (done < seeds.size()) {
      final List<Long> group = seeds.subList(done, Math.min(seeds.size(), done + groupSize));
      done = runGroup(group, streams, done, seeds.size(), begin, all);
    }
    return all;
  }

  /**
   * Runs seeds on one stack, up to one that the stack does not recover from.
   *
   * @return how many seeds are done now
   */
  private int runGroup(
      final List<Long> seeds,
      final List<RecordedStream> streams,
      final int doneBefore,
      final int total,
      final long begin,
      final List<String> violations)
      throws IOException, InterruptedException, TimeoutException {
    final List<String> all = new ArrayList<>();
    int done = doneBefore;
    final String name = "seeds-" + seeds.get(0) + "-" + seeds.get(seeds.size() - 1);
    final Path logs = work.resolve("logs").resolve(name);
    final Set<Long> processIds;
    try (FaultyStack stack =
        FaultyStack.start(
            home,
            cache,
            work.resolve("data-" + name),
            logs,
            line -> progress.accept("  " + line))) {
      if (!stack.diskMayFill()) {
        progress.accept(
            "the fault \""
                + FaultKind.FILL_DISK.label()
                + "\" is left out: this user may not mount a file system");
      }
      try (Groups groups = new Groups(stack.stack().bootstrapServers(), PARTITIONS);
          RecoveryWatch recoveries = new RecoveryWatch(stack, groups);
          Poisons poisons = new Poisons(stack.stack().registryUrl());
          KafkaProducer<byte[], byte[]> producer = producer(stack);
          TopicReader reader = new TopicReader(stack.stack().bootstrapServers());
          Verdict verdict = new Verdict(stack.stack().registryUrl())) {
        // What it knows of a topic it need not ask of a broker that may be away.
        TopicCatalogue.all().forEach(topic -> producer.partitionsFor(topic.name()));
        final SeedRun.Means means =
            new SeedRun.Means(stack, groups, recoveries, poisons, producer, home, streams);
        final Optional<Verdict.Expectation> expectation =
            undisturbed(means, reader, verdict, name, all);
        if (expectation.isEmpty()) {
          // Without a measure none of its seeds can be judged.
          done += seeds.size();
        }
        boolean well = expectation.isPresent();
        for (int i = 0; i < seeds.size() && well; i++) {
          well = runSeed(seeds.get(i), means, reader, verdict, expectation.get(), logs, all);
          done++;
          tellTimeLeft(done, doneBefore, total, begin);
        }
      }
      processIds = stack.processIds();
    }
    all.addAll(remaining(processIds));
    if (all.isEmpty()) {
      delete(logs);
    } else {
      progress.accept("the logs are kept in " + logs);
    }
    violations.addAll(all);
    return done;
  }

  private static KafkaProducer<byte[], byte[]> producer(final FaultyStack stack) {
    return new KafkaProducer<>(
        Map.of(
            ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
            stack.stack().bootstrapServers(),
            ProducerConfig.ACKS_CONFIG,
            "all",
            ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
            true,
            ProducerConfig.LINGER_MS_CONFIG,
            0,
            ProducerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG,
            300),
        new ByteArraySerializer(),
        new ByteArraySerializer());
  }

  private Optional<Verdict.Expectation> undisturbed(
      final SeedRun.Means means,
      final TopicReader reader,
      final Verdict verdict,
      final String group,
      final List<String> all)
      throws IOException, InterruptedException, TimeoutException {
    final long begin = System.nanoTime();
    final String prefix = group + "-undisturbed-";
    final SeedRun run =
        new SeedRun(means, SeedPlan.undisturbed(means.streams()), prefix, line -> {});
    reader.mark();
    run.run();
    final List<String> violations = new ArrayList<>(run.violations());
    final Verdict.Expectation found = verdict.expectation(reader.read(), prefix, violations);
    if (first == null) {
      first = found;
    } else {
      violations.addAll(Verdict.differences(first, found));
    }
    progress.accept(
        String.format(
            Locale.ROOT,
            "undisturbed: %d windows of %d streams in %.1f s",
            found.events().size(),
            means.streams().size() + 1,
            (System.nanoTime() - begin) / 1e9));
    violations.forEach(text -> progress.accept("  VIOLATION " + text));
    all.addAll(violations);
    return violations.isEmpty() ? Optional.of(found) : Optional.empty();
  }

  /** Whether the stack can go on with another seed. */
  private boolean runSeed(
      final long seed,
      final SeedRun.Means means,
      final TopicReader reader,
      final Verdict verdict,
      final Verdict.Expectation expectation,
      final Path logs,
      final List<String> all)
      throws IOException, InterruptedException, TimeoutException {
    final long begin = System.nanoTime();
    final SeedPlan plan = SeedPlan.of(seed, means.streams(), means.stack().diskMayFill());
    final String prefix = "seed-" + seed + "-";
    final SeedRun run =
        new SeedRun(
            means, plan, prefix, verbose ? line -> progress.accept("  " + line) : line -> {});
    reader.mark();
    final List<Verdict.Sent> sent = run.run();
    final List<String> violations = new ArrayList<>(run.violations());
    if (run.isQuiet()) {
      violations.addAll(verdict.violations(reader.read(), prefix, expectation, sent));
    }
    final long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
    report.add(
        new FaultReport.Outcome(
            plan, violations, means.recoveries().take(), expectation.events().size(), millis));
    if (table != null) {
      Files.writeString(table, report.markdown());
    }
    progress.accept(
        String.format(
            Locale.ROOT,
            "seed %d: %s in %.1f s (%s)",
            seed,
            violations.isEmpty() ? "ok" : violations.size() + " VIOLATIONS",
            millis / 1e3,
            String.join(
                ", ",
                plan.faults().stream()
                    .map(fault -> fault.kind() + " " + fault.target())
                    .toList())));
    if (!violations.isEmpty()) {
      if (!verbose) {
        run.history().forEach(line -> progress.accept("  " + line));
      }
      violations.forEach(text -> progress.accept("  VIOLATION " + text));
      progress.accept("  again: services/faults/run-seeds --seed " + seed + "; logs in " + logs);
    }
    violations.forEach(text -> all.add("seed " + seed + ": " + text));
    return run.isQuiet();
  }

  private void tellTimeLeft(
      final int done, final int doneBefore, final int total, final long begin) {
    if (done < total && (done - doneBefore) % 2 == 0) {
      final double perSeed = (System.nanoTime() - begin) / 1e9 / done;
      progress.accept(
          String.format(
              Locale.ROOT,
              "%d of %d seeds, %d with a violation; about %.0f min left",
              done,
              total,
              report.failedSeeds(),
              Math.ceil(perSeed * (total - done) / 60)));
    }
  }

  /** Nothing may outlive its stack. */
  private static List<String> remaining(final Set<Long> processIds) throws InterruptedException {
    final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(END_SECONDS);
    List<Long> alive = alive(processIds);
    while (!alive.isEmpty() && System.nanoTime() < deadline) {
      TimeUnit.MILLISECONDS.sleep(50);
      alive = alive(processIds);
    }
    return alive.isEmpty() ? List.of() : List.of("processes that outlived the stack: " + alive);
  }

  private static List<Long> alive(final Set<Long> processIds) {
    return processIds.stream()
        .filter(id -> ProcessHandle.of(id).map(ProcessHandle::isAlive).orElse(false))
        .toList();
  }

  private static void delete(final Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (final Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
