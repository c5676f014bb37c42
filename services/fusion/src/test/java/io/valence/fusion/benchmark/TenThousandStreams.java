package io.valence.fusion.benchmark;

import io.valence.local.LocalBroker;
import io.valence.local.LocalRegistry;
import io.valence.model.BundleDescription;
import io.valence.model.BundleDescription.Space;
import io.valence.model.BundleJson;
import io.valence.model.Modality;
import io.valence.schemas.TopicCatalogue;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;

/**
 * One fusion instance under the load of many live streams: a real broker, a real registry and the built fusion service,
 * each in a process of its own, the load and a reader of the events in this one. Started by {@code
 * services/fusion/benchmark/ten-thousand-streams}, whose help says what it prints.
 */
public final class TenThousandStreams {

  private static final String GROUP = "valence-fusion";
  private static final int PARTITIONS = 4;
  private static final int CYCLE_SECONDS = 3;

  /** Of the warm-up: all streams are there, nothing is measured yet. */
  private static final int SETTLING_CYCLES = 5;

  private static final double REQUIRED_MILLIS = 100;
  private static final int REQUIRED_MEGABYTES = 1_000;
  private static final Duration START_BOUND = Duration.ofSeconds(90);
  private static final Duration DRAIN_BOUND = Duration.ofSeconds(40);

  private final int streams;
  private final int warmUpSeconds;
  private final int seconds;
  private final int threads;
  private final String heap;
  private final String collector;
  private final Path bundle;
  private final boolean profile;
  private final Path home = Path.of(System.getProperty("valence.home"));
  private final AtomicLong lag = new AtomicLong();
  private final AtomicLong worstLag = new AtomicLong();

  private TenThousandStreams(final Map<String, String> options) {
    this.streams = Integer.parseInt(options.getOrDefault("streams", "10000"));
    this.warmUpSeconds = Integer.parseInt(options.getOrDefault("warm-up", "90"));
    this.seconds = Integer.parseInt(options.getOrDefault("seconds", "60"));
    this.threads = Integer.parseInt(options.getOrDefault("threads", "2"));
    this.heap = options.getOrDefault("heap", "768m");
    this.collector = options.getOrDefault("collector", "UseG1GC");
    this.profile = options.containsKey("profile");
    final String name = options.getOrDefault("bundle", "direct");
    final Path shipped = home.resolve("deploy/bundles").resolve(name);
    this.bundle = Files.isDirectory(shipped) ? shipped : Path.of(name).toAbsolutePath();
    if (streams < 1 || seconds < CYCLE_SECONDS || warmUpSeconds < CYCLE_SECONDS || threads < 1) {
      throw new IllegalArgumentException(
          "streams and threads must be at least 1, seconds and warm-up at least " + CYCLE_SECONDS);
    }
  }

  /**
   * @param arguments {@code --name=value} each
   */
  public static void main(final String[] arguments) throws Exception {
    final Map<String, String> options = new HashMap<>();
    for (final String argument : arguments) {
      final int equals = argument.indexOf('=');
      final String name = argument.substring(0, equals < 0 ? argument.length() : equals);
      if (!List.of(
              "--streams",
              "--warm-up",
              "--seconds",
              "--threads",
              "--heap",
              "--collector",
              "--bundle",
              "--folder",
              "--profile")
          .contains(name)) {
        System.err.println("ten-thousand-streams: unknown option " + argument + "; see --help");
        System.exit(2);
      }
      options.put(name.substring(2), equals < 0 ? "" : argument.substring(equals + 1));
    }
    final Path folder =
        Files.createTempDirectory(
            Files.createDirectories(
                Path.of(options.getOrDefault("folder", System.getProperty("java.io.tmpdir")))),
            "valence-streams-");
    boolean holds = false;
    try {
      holds = new TenThousandStreams(options).run(folder);
    } catch (final Exception e) {
      System.err.println("ten-thousand-streams: " + e.getMessage());
    } finally {
      delete(folder);
    }
    // Also ends what still loads and watches.
    System.exit(holds ? 0 : 1);
  }

  private boolean run(final Path folder) throws Exception {
    final BundleDescription description = BundleJson.read(bundle);
    say(
        "%,d streams of 3 modalities, windows of 3 s, bundle %s %s (%s floats), %d s after %d s",
        streams,
        description.id(),
        description.version(),
        String.join(
            "/",
            Stream.of(Modality.values())
                .map(description.baseSpaces()::get)
                .map(Space::size)
                .map(String::valueOf)
                .toList()),
        seconds,
        warmUpSeconds);
    say(
        "fusion: %d stream threads, heap %s, %s, exactly_once_v2; %d processors, load average %s",
        threads, heap, collector, Runtime.getRuntime().availableProcessors(), loadAverage());
    final int brokerPort = freePort();
    final int httpPort = freePort();
    final String bootstrapServers = "localhost:" + brokerPort;
    try (MeasuredProcess broker =
            new MeasuredProcess(
                "broker",
                folder,
                List.of("-Xmx512m", "-XX:+UseG1GC", "-cp", System.getProperty("java.class.path")),
                List.of(
                    LocalBroker.class.getName(),
                    folder.resolve("broker").toString(),
                    Integer.toString(brokerPort),
                    Integer.toString(freePort())));
        LocalRegistry registry = LocalRegistry.startTemporary(home, folder);
        Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers))) {
      TopicCatalogue.create(admin, PARTITIONS, (short) 1, START_BOUND);
      stampEventsByTheBroker(admin);
      try (MeasuredProcess fusion = fusion(folder, bootstrapServers, registry.url(), httpPort)) {
        awaitReady(fusion, httpPort);
        return measure(
            new Stack(folder, admin, broker, fusion, httpPort, bootstrapServers, registry.url()),
            description);
      }
    }
  }

  /** What runs, and where. */
  private record Stack(
      Path folder,
      Admin admin,
      MeasuredProcess broker,
      MeasuredProcess fusion,
      int httpPort,
      String bootstrapServers,
      String registryUrl) {

    Map<String, Double> metrics() throws IOException, InterruptedException {
      return MeasuredProcess.metrics(URI.create("http://127.0.0.1:" + httpPort + "/q/metrics"));
    }
  }

  private MeasuredProcess fusion(
      final Path folder,
      final String bootstrapServers,
      final String registryUrl,
      final int httpPort)
      throws IOException {
    final Path jar;
    try (Stream<Path> files = Files.list(home.resolve("services/fusion/target"))) {
      jar =
          files
              .filter(file -> file.toString().endsWith("-runner.jar"))
              .findFirst()
              .orElseThrow(() -> new IOException("fusion is not built"));
    }
    final List<String> jvm = new ArrayList<>(List.of("-Xmx" + heap, "-XX:+" + collector));
    if (profile) {
      jvm.add(
          "-XX:StartFlightRecording=settings=profile,dumponexit=true,filename="
              + Path.of("ten-thousand-streams.jfr").toAbsolutePath());
    }
    final Map<String, String> properties =
        Map.of(
            "valence.home", home.toString(),
            "kafka.bootstrap.servers", bootstrapServers,
            "valence.schema.registry.url", registryUrl,
            "valence.bundle.path", bundle.toString(),
            "quarkus.http.port", Integer.toString(httpPort),
            "kafka-streams.num.stream.threads", Integer.toString(threads),
            "kafka-streams.state.dir", folder.resolve("state").toString());
    properties.forEach((key, value) -> jvm.add("-D" + key + "=" + value));
    return new MeasuredProcess("fusion", folder, jvm, List.of("-jar", jar.toString()));
  }

  private static void awaitReady(final MeasuredProcess fusion, final int httpPort)
      throws IOException, InterruptedException {
    final long deadline = System.nanoTime() + START_BOUND.toNanos();
    while (true) {
      fusion.requireAlive();
      try {
        if (MeasuredProcess.metrics(URI.create("http://127.0.0.1:" + httpPort + "/q/metrics"))
            .keySet()
            .stream()
            .anyMatch(name -> name.startsWith("kafka_stream_thread_commit_total"))) {
          return;
        }
      } catch (final IOException e) {
        // Not up yet: that is what is being asked.
        if (System.nanoTime() > deadline) {
          throw e;
        }
      }
      if (System.nanoTime() > deadline) {
        throw new IOException("fusion did not start within " + START_BOUND.toSeconds() + " s");
      }
      TimeUnit.MILLISECONDS.sleep(200);
    }
  }

  /** So that the events' times are those of their append. */
  private static void stampEventsByTheBroker(final Admin admin) throws Exception {
    admin
        .incrementalAlterConfigs(
            Map.of(
                new ConfigResource(
                    ConfigResource.Type.TOPIC, TopicCatalogue.SENTIMENT_EVENTS.name()),
                List.of(
                    new AlterConfigOp(
                        new ConfigEntry("message.timestamp.type", "LogAppendTime"),
                        AlterConfigOp.OpType.SET))))
        .all()
        .get();
  }

  private boolean measure(final Stack stack, final BundleDescription description) throws Exception {
    try (EventWatch watch = new EventWatch(stack.bootstrapServers(), stack.registryUrl());
        Load load = new Load(stack.bootstrapServers(), stack.registryUrl(), streams, description)) {
      final long begin = System.currentTimeMillis();
      final long from = begin + TimeUnit.SECONDS.toMillis(warmUpSeconds);
      final long to = from + TimeUnit.SECONDS.toMillis(seconds);
      watch.measure(from, to);
      final Map<String, Map<String, Double>> metrics = new HashMap<>();
      final Map<String, Duration> cpu = new HashMap<>();
      final long[] most = new long[2];
      final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
      final var failures = new ArrayList<Exception>();
      final var ticks =
          clock.scheduleAtFixedRate(
              () -> {
                try {
                  final long now = System.currentTimeMillis();
                  lag.set(lag(stack.admin()));
                  if (now >= from && now < to) {
                    worstLag.accumulateAndGet(lag.get(), Math::max);
                    most[0] = Math.max(most[0], stack.fusion().residentMegabytes());
                  }
                  say(
                      "%4d s  events %,9d  lag %,7d records",
                      (now - begin) / 1_000, watch.seen(), lag.get());
                } catch (final IOException | ExecutionException | InterruptedException e) {
                  failures.add(e);
                }
              },
              5,
              5,
              TimeUnit.SECONDS);
      final var before =
          clock.schedule(
              () -> snapshot("before", stack, metrics, cpu, failures),
              from - System.currentTimeMillis(),
              TimeUnit.MILLISECONDS);
      final var after =
          clock.schedule(
              () -> snapshot("after", stack, metrics, cpu, failures),
              to - System.currentTimeMillis(),
              TimeUnit.MILLISECONDS);
      // One cycle more than is measured: its windows still have company when they complete.
      load.run(
          (warmUpSeconds + seconds) / CYCLE_SECONDS + 1,
          Math.max(1, warmUpSeconds / CYCLE_SECONDS - SETTLING_CYCLES),
          stack.fusion()::requireAlive);
      final String loaded = loadAverage();
      awaitEvents(watch, load, stack);
      before.get();
      after.get();
      ticks.cancel(false);
      clock.shutdown();
      if (!clock.awaitTermination(30, TimeUnit.SECONDS) || !failures.isEmpty()) {
        throw new IOException(
            "the figures could not be read", failures.isEmpty() ? null : failures.get(0));
      }
      final long live = stack.fusion().liveMegabytes();
      watch.close();
      return report(new Figures(stack, watch, load, metrics, cpu, from, to, most[0], live, loaded));
    }
  }

  private static void snapshot(
      final String name,
      final Stack stack,
      final Map<String, Map<String, Double>> metrics,
      final Map<String, Duration> cpu,
      final List<Exception> failures) {
    try {
      metrics.put(name, stack.metrics());
      cpu.put(name + " fusion", stack.fusion().cpu());
      cpu.put(name + " broker", stack.broker().cpu());
      cpu.put(
          name + " load", ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO));
    } catch (final IOException | InterruptedException e) {
      failures.add(e);
    }
  }

  private void awaitEvents(final EventWatch watch, final Load load, final Stack stack)
      throws IOException, InterruptedException {
    final long deadline = System.nanoTime() + DRAIN_BOUND.toNanos();
    while (watch.seen() < load.windowsSent() && System.nanoTime() < deadline) {
      stack.fusion().requireAlive();
      TimeUnit.MILLISECONDS.sleep(100);
    }
  }

  private long lag(final Admin admin) throws ExecutionException, InterruptedException {
    final Map<TopicPartition, OffsetAndMetadata> committed =
        admin.listConsumerGroupOffsets(GROUP).partitionsToOffsetAndMetadata().get();
    final Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
    committed.keySet().forEach(partition -> wanted.put(partition, OffsetSpec.latest()));
    final Map<TopicPartition, ListOffsetsResult.ListOffsetsResultInfo> ends =
        admin.listOffsets(wanted).all().get();
    return committed.entrySet().stream()
        .filter(entry -> entry.getValue() != null)
        .mapToLong(entry -> ends.get(entry.getKey()).offset() - entry.getValue().offset())
        .sum();
  }

  /** All that is reported. */
  private record Figures(
      Stack stack,
      EventWatch watch,
      Load load,
      Map<String, Map<String, Double>> metrics,
      Map<String, Duration> cpu,
      long from,
      long to,
      long residentMegabytes,
      long liveMegabytes,
      String loadAverage) {

    double difference(final String sample) {
      return metrics.get("after").getOrDefault(sample, 0.0)
          - metrics.get("before").getOrDefault(sample, 0.0);
    }

    double cpuSeconds(final String process) {
      return cpu.get("after " + process).minus(cpu.get("before " + process)).toMillis() / 1e3;
    }

    double cores(final String process) {
      return cpuSeconds(process) / ((to - from) / 1e3);
    }
  }

  private boolean report(final Figures figures) throws IOException {
    final Histogram processing = Histogram.of(figures);
    final List<MeasuredProcess.Pause> pauses =
        figures.stack().fusion().pauses(figures.from(), figures.to());
    final int most =
        pauses.stream().mapToInt(MeasuredProcess.Pause::megabytesBefore).max().orElse(0);
    final int after =
        pauses.stream().mapToInt(MeasuredProcess.Pause::megabytesAfter).max().orElse(0);
    final double longest =
        pauses.stream().mapToDouble(MeasuredProcess.Pause::millis).max().orElse(0);
    final double paused = pauses.stream().mapToDouble(MeasuredProcess.Pause::millis).sum();
    final EventWatch watch = figures.watch();
    final long waiting = figures.load().windowsSent() - watch.seen();
    final double rate = 1e3 * watch.measured() / (figures.to() - figures.from());
    say("");
    say("load                      %,.0f events a second wanted", streams / (double) CYCLE_SECONDS);
    say("  reached                 %,.0f events a second over %d s", rate, seconds);
    say(
        "  vectors sent            %,d (%,.1f MB a second on average), at worst %.0f ms after they were due",
        figures.load().recordsSent() - streams,
        figures.load().bytesSent() / 1e6 / (warmUpSeconds + seconds + CYCLE_SECONDS),
        figures.load().worstDelayMillis());
    say(
        "  events                  %s, %d windows still without one, %d out of order",
        watch.reasons(), waiting, watch.outOfOrder());
    say(
        "join and scoring          from taking the vector that completes a window to handing on its event");
    say(
        "  p50, p99, p99.9         %.2f, %.2f, %.2f ms",
        processing.quantile(0.5), processing.quantile(0.99), processing.quantile(0.999));
    say("  within 100 ms           %.4f %%", 100 * processing.within(0.1));
    final double scored = figures.difference("valence_fusion_scoring_seconds_count");
    final double whole = 1e3 * processing.sumSeconds() / processing.count();
    final double scoring = 1e3 * figures.difference("valence_fusion_scoring_seconds_sum") / scored;
    say(
        "  mean                    %.3f ms: scoring %.3f, the join and the rest %.3f",
        whole, scoring, whole - scoring);
    if (watch.measured() == 0) {
      say("  no event of the time measured has come: the figures from here on say nothing");
    }
    say("end to end                from sending the vector that completes a window");
    say(
        "  to the event's append   p50 %d ms, p99 %d ms",
        watch.appendedMillis(0.5), watch.appendedMillis(0.99));
    say(
        "  to a committed reader   p50 %d ms, p99 %d ms",
        watch.receivedMillis(0.5), watch.receivedMillis(0.99));
    say(
        "fusion's heap             at most %d MB, after a pause at most %d MB, live after a full collection %d MB",
        most, after, figures.liveMegabytes());
    say(
        "  collector               %d pauses, longest %.1f ms, %.2f %% of the time",
        pauses.size(), longest, 100 * paused / (figures.to() - figures.from()));
    say(
        "  process                 %d MB resident with RocksDB and ONNX Runtime",
        figures.residentMegabytes());
    say(
        "open windows              %,.0f",
        figures.metrics().get("after").getOrDefault("valence_fusion_open_windows", Double.NaN));
    say("lag                       at most %,d records, %,d at the end", worstLag.get(), lag.get());
    say(
        "state on disk             %,d MB beside what RocksDB holds in memory",
        megabytes(figures.stack().folder().resolve("state")));
    say(
        "processors used           fusion %.2f, broker %.2f, load and reader %.2f; load average %s",
        figures.cores("fusion"),
        figures.cores("broker"),
        figures.cores("load"),
        figures.loadAverage());
    say(
        "processor time            for each event made: fusion %.0f us, broker %.0f us",
        1e6 * figures.cpuSeconds("fusion") / processing.count(),
        1e6 * figures.cpuSeconds("broker") / processing.count());
    final boolean sustained = rate > 0.98 * streams / CYCLE_SECONDS && waiting == 0;
    final boolean holds =
        processing.quantile(0.99) < REQUIRED_MILLIS
            && most < REQUIRED_MEGABYTES
            && watch.outOfOrder() == 0;
    say("");
    say(
        "%s: p99 of join and scoring < 100 ms and heap < 1 GB; the load was %s",
        holds ? "holds" : "DOES NOT HOLD", sustained ? "sustained" : "NOT SUSTAINED");
    return holds && sustained;
  }

  /** Fusion's own histogram of join and scoring, over the time measured. */
  private record Histogram(double[] bounds, double[] counts, double count, double sumSeconds) {

    private static final String NAME = "valence_fusion_processing_seconds";

    static Histogram of(final Figures figures) {
      final String prefix = NAME + "_bucket{";
      final List<String> buckets =
          figures.metrics().get("after").keySet().stream()
              .filter(name -> name.startsWith(prefix))
              .sorted(Comparator.comparingDouble(Histogram::bound))
              .toList();
      return new Histogram(
          buckets.stream().mapToDouble(Histogram::bound).toArray(),
          buckets.stream().mapToDouble(figures::difference).toArray(),
          figures.difference(NAME + "_count"),
          figures.difference(NAME + "_sum"));
    }

    private static double bound(final String bucket) {
      final String bound = bucket.replaceAll(".*le=\"([^\"]*)\".*", "$1");
      return bound.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(bound);
    }

    /** Milliseconds below which a share lies, as if evenly spread within a bucket. */
    double quantile(final double share) {
      final double wanted = share * count;
      double below = 0;
      double lower = 0;
      for (int i = 0; i < bounds.length; i++) {
        if (counts[i] >= wanted) {
          return bounds[i] == Double.POSITIVE_INFINITY
              ? Double.POSITIVE_INFINITY
              : 1e3 * (lower + (bounds[i] - lower) * (wanted - below) / (counts[i] - below));
        }
        below = counts[i];
        lower = bounds[i];
      }
      return Double.NaN;
    }

    double within(final double seconds) {
      for (int i = 0; i < bounds.length; i++) {
        if (bounds[i] >= seconds) {
          return counts[i] / count;
        }
      }
      return Double.NaN;
    }
  }

  private static long megabytes(final Path folder) throws IOException {
    long bytes = 0;
    try (Stream<Path> files = Files.walk(folder)) {
      for (final Path file : files.filter(Files::isRegularFile).toList()) {
        bytes += Files.size(file);
      }
    }
    return bytes / 1_000_000;
  }

  private static void delete(final Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (final Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  private static String loadAverage() throws IOException {
    final Path file = Path.of("/proc/loadavg");
    return Files.exists(file) ? Files.readString(file).split(" ", 2)[0] : "unknown";
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static void say(final String format, final Object... arguments) {
    System.out.println(String.format(Locale.ROOT, format, arguments));
    System.out.flush();
  }
}
