package io.valence.faults;

import io.valence.schemas.TopicCatalogue;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;

/** One playing of the recorded set through the stack: sends, breaks, mends, waits until all is quiet. */
final class SeedRun {

  /** Name of the stream that goes by way of ingest. */
  static final String UPLOAD = "upload";

  private static final int PARTITIONS = 2;
  private static final long TICK_MILLIS = 20;
  private static final long QUIET_POLL_MILLIS = 100;
  private static final Duration QUIET_BOUND = Duration.ofMinutes(5);
  private static final Duration BLOW_BOUND = Duration.ofMinutes(2);
  private static final Duration ROOM_BOUND = Duration.ofSeconds(12);
  private static final Duration SENT_BOUND = Duration.ofMinutes(4);

  private final FaultyStack stack;
  private final Groups groups;
  private final RecoveryWatch recoveries;
  private final Poisons poisons;
  private final KafkaProducer<byte[], byte[]> producer;
  private final Path home;
  private final List<RecordedStream> streams;
  private final SeedPlan plan;
  private final String prefix;
  private final List<String> violations = new ArrayList<>();
  private final List<String> history = new ArrayList<>();
  private final Queue<Pending> pending = new ConcurrentLinkedQueue<>();
  private final Consumer<String> live;
  private long startNanos;
  private boolean quiet;

  /** A record on its way. */
  private record Pending(
      Poisons.Bytes bytes, SeedPlan.Poison poison, Future<RecordMetadata> place) {}

  /** The end of a fault. */
  private record Healing(Fault fault, long atMillis) {}

  /** What a run needs of its group. */
  record Means(
      FaultyStack stack,
      Groups groups,
      RecoveryWatch recoveries,
      Poisons poisons,
      KafkaProducer<byte[], byte[]> producer,
      Path home,
      List<RecordedStream> streams) {}

  /**
   * @param prefix of the ids of its streams
   * @param live gets a line for each thing that happens, when it does
   */
  SeedRun(
      final Means means, final SeedPlan plan, final String prefix, final Consumer<String> live) {
    this.live = live;
    this.stack = means.stack();
    this.groups = means.groups();
    this.recoveries = means.recoveries();
    this.poisons = means.poisons();
    this.producer = means.producer();
    this.home = means.home();
    this.streams = means.streams();
    this.plan = plan;
    this.prefix = prefix;
  }

  /** What went wrong so far. */
  List<String> violations() {
    return violations;
  }

  /** What was done when, a line each. */
  List<String> history() {
    return history;
  }

  /** Whether all had been read and every process was well in the end; if not, its records say little. */
  boolean isQuiet() {
    return quiet;
  }

  private long elapsed() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
  }

  private void note(final String what) {
    final String line = String.format(Locale.ROOT, "%5.1f s  %s", elapsed() / 1e3, what);
    history.add(line);
    live.accept(line);
  }

  /**
   * Plays the plan and waits until all is quiet again.
   *
   * @return what was sent and acknowledged
   */
  List<Verdict.Sent> run() throws IOException, InterruptedException {
    stack.calm();
    // Written before anything breaks: the registry is needed for it.
    final List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    final Map<ProducerRecord<byte[], byte[]>, SeedPlan.Poison> poisonOf = new IdentityHashMap<>();
    for (final SeedPlan.Input input : plan.inputs()) {
      records.add(record(input, poisonOf));
    }
    startNanos = System.nanoTime();
    final List<Fault> faults = new ArrayList<>(plan.faults());
    final List<Healing> healings = new ArrayList<>();
    Upload upload = null;
    final Thread sender = new Thread(() -> send(records, poisonOf), "sender-" + prefix);
    sender.setDaemon(true);
    sender.start();
    while (sender.isAlive()
        || !faults.isEmpty()
        || !healings.isEmpty()
        || upload == null
        || !upload.isOver()) {
      final long now = elapsed();
      if (upload == null && now >= plan.uploadAtMillis()) {
        upload =
            Upload.start(
                stack.stack().ingestUrl(),
                prefix + UPLOAD,
                home,
                !plan.faults().isEmpty(),
                SENT_BOUND.plusMillis(SeedPlan.SPAN_MILLIS));
      }
      for (final Fault fault : List.copyOf(faults)) {
        if (fault.atMillis() <= now && begin(fault)) {
          faults.remove(fault);
          healings.add(new Healing(fault, elapsed() + fault.lastsMillis()));
        } else if (now > fault.atMillis() + BLOW_BOUND.toMillis()) {
          faults.remove(fault);
          violations.add(fault.target() + " was not up within " + BLOW_BOUND + " to be hit");
        }
      }
      for (final Healing healing : List.copyOf(healings)) {
        if (healing.atMillis() <= now && mayHeal(healing, now)) {
          healings.remove(healing);
          heal(healing.fault());
        }
      }
      tick();
      TimeUnit.MILLISECONDS.sleep(TICK_MILLIS);
    }
    final List<Verdict.Sent> sent = acknowledged();
    uploaded(upload);
    awaitQuiet();
    return sent;
  }

  /** In a thread of its own: a producer may wait for a broker that is away. */
  private void send(
      final List<ProducerRecord<byte[], byte[]>> records,
      final Map<ProducerRecord<byte[], byte[]>, SeedPlan.Poison> poisonOf) {
    try {
      for (int i = 0; i < records.size(); i++) {
        final long wait = plan.inputs().get(i).atMillis() - elapsed();
        if (wait > 0) {
          TimeUnit.MILLISECONDS.sleep(wait);
        }
        final ProducerRecord<byte[], byte[]> record = records.get(i);
        pending.add(
            new Pending(
                new Poisons.Bytes(record.key(), record.value()),
                poisonOf.get(record),
                producer.send(record)));
      }
    } catch (final InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void tick() {
    stack.tick();
    stack.takeViolations().forEach(text -> violations.add(text));
    stack.takeNotes().forEach(this::note);
  }

  private ProducerRecord<byte[], byte[]> record(
      final SeedPlan.Input input,
      final Map<ProducerRecord<byte[], byte[]>, SeedPlan.Poison> poisonOf) {
    if (input instanceof SeedPlan.Chunk chunk) {
      final RecordedStream stream = streams.get(chunk.stream());
      final var media = stream.chunk(chunk.chunk(), prefix + stream.name());
      final Poisons.Bytes bytes = poisons.of(media);
      return new ProducerRecord<>(
          TopicCatalogue.raw(media.getModality()).name(), bytes.key(), bytes.value());
    }
    if (input instanceof SeedPlan.Descriptor descriptor) {
      final RecordedStream stream = streams.get(descriptor.stream());
      final Poisons.Bytes bytes =
          poisons.of(stream.descriptor(prefix + stream.name(), descriptor.state()));
      return new ProducerRecord<>(TopicCatalogue.STREAMS.name(), bytes.key(), bytes.value());
    }
    final SeedPlan.Poison poison = (SeedPlan.Poison) input;
    final RecordedStream stream = streams.get(poison.stream());
    final Poisons.Bytes bytes = poisons.of(poison, stream, prefix + stream.name());
    final ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(
            poison.topic(),
            // Only beside its stream's descriptor is it known to be wrong.
            poison.kind() == PoisonKind.WINDOW_OFF_THE_GRID
                ? null
                : (Integer) Math.floorMod(poison.salt(), PARTITIONS),
            bytes.key(),
            bytes.value());
    poisonOf.put(record, poison);
    return record;
  }

  // Blows. Each returns false as long as its target is not there to be hit.

  private boolean begin(final Fault fault) throws IOException, InterruptedException {
    final String target = fault.target();
    if (!stack.isUp(target)) {
      return false;
    }
    switch (fault.kind()) {
      case KILL_SERVICE, KILL_INGEST -> kill(fault, target);
      case DELETE_STATE -> {
        kill(fault, target);
        stack.deleteState(target);
      }
      case KILL_BROKER, KILL_REGISTRY -> {
        stack.hold(target);
        stack.kill(target);
      }
      case STOP_BROKER -> {
        stack.hold(target);
        stack.stop(target);
      }
      case START_WITHOUT_REGISTRY -> {
        if (!stack.isUp(FaultyStack.REGISTRY)) {
          return false;
        }
        stack.hold(FaultyStack.REGISTRY);
        stack.kill(FaultyStack.REGISTRY);
        stack.kill(target);
      }
      case PAUSE_SERVICE -> {
        // One that is still starting has no session to lose.
        if (!stack.stack().isReady(target)) {
          return false;
        }
        stack.pause(target);
      }
      case FILL_DISK -> {
        stack.fillDisk();
        if (startsWithoutRoom(fault)) {
          stack.kill(target);
        }
      }
      default -> throw new IllegalStateException(fault.kind() + " is no blow");
    }
    note(target + ": " + fault.kind().label());
    return true;
  }

  /** Every other time fusion must also start while its disk is full. */
  private static boolean startsWithoutRoom(final Fault fault) {
    return fault.lastsMillis() % 2 == 0;
  }

  private void kill(final Fault fault, final String target) throws InterruptedException {
    Map<String, Set<String>> before;
    try {
      before = groups.stableMembers();
    } catch (final Groups.Unavailable e) {
      note("the broker is away while " + target + " is killed");
      before = Map.of();
    }
    stack.kill(target);
    recoveries.begin(fault, List.of(target), before);
  }

  /** A service must have come to miss what is not there before it comes back. */
  private boolean mayHeal(final Healing healing, final long now) {
    final Fault fault = healing.fault();
    if (fault.kind() == FaultKind.FILL_DISK && startsWithoutRoom(fault)) {
      if (stack.missesRoom()) {
        return true;
      }
      if (now > healing.atMillis() + ROOM_BOUND.toMillis()) {
        note(fault.target() + " did without room on its disk");
        return true;
      }
      return false;
    }
    if (fault.kind() != FaultKind.START_WITHOUT_REGISTRY || stack.asksForRegistry(fault.target())) {
      return true;
    }
    if (now > healing.atMillis() + BLOW_BOUND.toMillis()) {
      violations.add(fault.target() + " did not start while the registry was down");
      return true;
    }
    return false;
  }

  private void heal(final Fault fault) throws IOException, InterruptedException {
    final String target = fault.target();
    switch (fault.kind()) {
      case KILL_SERVICE, KILL_INGEST, DELETE_STATE -> {
        return;
      }
      case KILL_BROKER, STOP_BROKER, KILL_REGISTRY -> {
        stack.release(target);
        recoveries.begin(fault, stack.names(), Map.of());
      }
      case START_WITHOUT_REGISTRY -> {
        stack.release(FaultyStack.REGISTRY);
        recoveries.begin(fault, List.of(FaultyStack.REGISTRY, target), Map.of());
      }
      case PAUSE_SERVICE -> {
        stack.goOn(target);
        recoveries.begin(fault, List.of(target), Map.of());
      }
      case FILL_DISK -> {
        stack.freeDisk();
        recoveries.begin(fault, List.of(target), Map.of());
      }
      default -> throw new IllegalStateException(fault.kind() + " is no blow");
    }
    note(target + ": over");
  }

  // The end.

  private List<Verdict.Sent> acknowledged() throws InterruptedException {
    producer.flush();
    final List<Verdict.Sent> sent = new ArrayList<>();
    for (final Pending one : pending) {
      try {
        final RecordMetadata at = one.place().get(SENT_BOUND.toSeconds(), TimeUnit.SECONDS);
        sent.add(
            new Verdict.Sent(
                new Verdict.Place(new TopicPartition(at.topic(), at.partition()), at.offset()),
                one.bytes(),
                one.poison()));
      } catch (final ExecutionException | TimeoutException e) {
        violations.add("Kafka did not take a record of the harness: " + e);
      }
    }
    return sent;
  }

  private void uploaded(final Upload upload) {
    try {
      final int times = upload.times();
      if (times > 1) {
        note("the upload was handed over " + times + " times");
      }
    } catch (final TimeoutException e) {
      violations.add("ingest did not send the upload within the bound; " + e.getMessage());
    }
  }

  private void awaitQuiet() throws InterruptedException {
    final long deadline = System.nanoTime() + QUIET_BOUND.toNanos();
    Map<String, String> unfinished = new LinkedHashMap<>(Map.of("nothing", "was looked at yet"));
    while (!unfinished.isEmpty()) {
      tick();
      if (System.nanoTime() > deadline) {
        violations.add(
            "not quiet "
                + QUIET_BOUND.toSeconds()
                + " s after the last fault was over; not ready: "
                + stack.notReady(stack.names())
                + "; unfinished: "
                + unfinished
                + "; not recovered: "
                + recoveries.waitingFor());
        return;
      }
      TimeUnit.MILLISECONDS.sleep(QUIET_POLL_MILLIS);
      if (!stack.isWhole() || !recoveries.isIdle()) {
        continue;
      }
      try {
        unfinished = groups.unfinished();
      } catch (final Groups.Unavailable e) {
        unfinished = Map.of("broker", e.getMessage());
      }
    }
    quiet = true;
    note("quiet");
    history.sort(Comparator.naturalOrder());
  }
}
