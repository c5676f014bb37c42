package io.valence.faults;

import io.valence.schemas.MediaChunk;
import io.valence.schemas.Modality;
import io.valence.schemas.StreamState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * All that a seed decides: what is sent when, and what goes wrong when. The same seed and the same recorded set give
 * the same plan.
 *
 * @param inputs by time
 * @param faults by time
 * @param kinds every kind of fault in the plan, those of the input included
 * @param uploadAtMillis when a client hands ingest a recording
 */
record SeedPlan(List<Input> inputs, List<Fault> faults, Set<FaultKind> kinds, long uploadAtMillis) {

  /** All records are sent and all faults begin within so long. */
  static final long SPAN_MILLIS = 6_500;

  /** Members that are not heard of for so long lose their place in their group. */
  static final long SESSION_MILLIS = 4_000;

  private static final List<String> SERVICES =
      List.of("ingest", "visual-features", "audio-features", "text-features", "adapter", "fusion");
  private static final List<String> TOPOLOGIES = SERVICES.subList(1, SERVICES.size());
  private static final int MOST_PLACES = 3;

  SeedPlan {
    inputs = List.copyOf(inputs);
    faults = List.copyOf(faults);
    kinds = Collections.unmodifiableSet(EnumSet.copyOf(kinds));
  }

  /** A record to be sent. */
  sealed interface Input permits Chunk, Descriptor, Poison {
    long atMillis();
  }

  /** A chunk of a recorded stream, by its place in the set. */
  record Chunk(long atMillis, int stream, int chunk) implements Input {}

  /** A descriptor of a recorded stream. */
  record Descriptor(long atMillis, int stream, StreamState state) implements Input {}

  /**
   * A record that cannot be processed.
   *
   * @param stream the recorded stream whose key it borrows
   * @param salt for its bytes
   */
  record Poison(long atMillis, PoisonKind kind, String topic, int stream, long salt)
      implements Input {}

  /**
   * The plan of a seed.
   *
   * @param diskMayFill whether fusion's state lies where the disk can be filled
   */
  static SeedPlan of(
      final long seed, final List<RecordedStream> streams, final boolean diskMayFill) {
    final Random random = new Random(seed * 0x9E3779B97F4A7C15L);
    final Set<FaultKind> kinds = EnumSet.noneOf(FaultKind.class);
    final List<Fault> faults = faults(random, diskMayFill);
    faults.forEach(fault -> kinds.add(fault.kind()));
    final List<Input> inputs = new ArrayList<>();
    for (int i = 0; i < streams.size(); i++) {
      play(random, i, streams.get(i), inputs, kinds);
    }
    duplicate(random, inputs, kinds);
    poison(random, streams.size(), inputs);
    kinds.add(FaultKind.POISON);
    inputs.sort(Comparator.comparingLong(Input::atMillis));
    return new SeedPlan(inputs, faults, kinds, random.nextInt(1_000));
  }

  /** Each record once, in order, as fast as it goes, and nothing goes wrong. */
  static SeedPlan undisturbed(final List<RecordedStream> streams) {
    final List<Input> inputs = new ArrayList<>();
    for (int i = 0; i < streams.size(); i++) {
      inputs.add(new Descriptor(0, i, StreamState.OPEN));
      for (int chunk = 0; chunk < streams.get(i).chunks().size(); chunk++) {
        inputs.add(new Chunk(0, i, chunk));
      }
      inputs.add(new Descriptor(0, i, StreamState.ENDED));
    }
    return new SeedPlan(inputs, List.of(), EnumSet.noneOf(FaultKind.class), 0);
  }

  private static List<Fault> faults(final Random random, final boolean diskMayFill) {
    final List<FaultKind> deck = new ArrayList<>();
    deck.addAll(Collections.nCopies(3, FaultKind.KILL_SERVICE));
    deck.addAll(Collections.nCopies(2, FaultKind.KILL_INGEST));
    deck.addAll(Collections.nCopies(2, FaultKind.DELETE_STATE));
    deck.addAll(Collections.nCopies(2, FaultKind.KILL_BROKER));
    deck.add(FaultKind.STOP_BROKER);
    deck.add(FaultKind.KILL_REGISTRY);
    deck.addAll(Collections.nCopies(2, FaultKind.START_WITHOUT_REGISTRY));
    deck.addAll(Collections.nCopies(2, FaultKind.PAUSE_SERVICE));
    if (diskMayFill) {
      deck.addAll(Collections.nCopies(2, FaultKind.FILL_DISK));
    }
    Collections.shuffle(deck, random);
    final List<Fault> faults = new ArrayList<>();
    final int count = 2 + random.nextInt(3);
    for (final FaultKind kind : deck) {
      if (faults.size() == count) {
        break;
      }
      // The same kind twice in a seed says little; a service may be hit by several kinds.
      if (kind == FaultKind.KILL_SERVICE
          || faults.stream().noneMatch(fault -> fault.kind() == kind)) {
        faults.add(fault(random, kind));
      }
    }
    faults.sort(Comparator.comparingLong(Fault::atMillis));
    return faults;
  }

  private static Fault fault(final Random random, final FaultKind kind) {
    final long at = 300 + random.nextInt((int) SPAN_MILLIS - 300);
    return switch (kind) {
      case KILL_SERVICE, DELETE_STATE -> new Fault(kind, any(random, TOPOLOGIES), at, 0);
      case KILL_INGEST -> new Fault(kind, "ingest", 1_500 + random.nextInt(4_000), 0);
      case KILL_BROKER -> new Fault(kind, "broker", at, random.nextInt(2_000));
      case STOP_BROKER -> new Fault(kind, "broker", at, 200 + random.nextInt(2_000));
      case KILL_REGISTRY -> new Fault(kind, "registry", at, 500 + random.nextInt(4_000));
      case START_WITHOUT_REGISTRY ->
          new Fault(kind, any(random, SERVICES), at, 2_000 + random.nextInt(2_500));
      case PAUSE_SERVICE ->
          new Fault(
              kind, any(random, TOPOLOGIES), at, SESSION_MILLIS + 1_000 + random.nextInt(3_500));
      case FILL_DISK -> new Fault(kind, "fusion", at, 2_000 + random.nextInt(3_000));
      default -> throw new IllegalArgumentException(kind + " is a fault of the input");
    };
  }

  private static <T> T any(final Random random, final List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  private static void play(
      final Random random,
      final int index,
      final RecordedStream stream,
      final List<Input> inputs,
      final Set<FaultKind> kinds) {
    final long begin = random.nextInt(1_500);
    // One stream in five is described after its first vectors.
    final long described = begin + (random.nextInt(5) == 0 ? 500 + random.nextInt(1_500) : 0);
    inputs.add(new Descriptor(described, index, StreamState.OPEN));
    long last = described;
    final Map<Modality, List<Integer>> byModality = new EnumMap<>(Modality.class);
    for (int i = 0; i < stream.chunks().size(); i++) {
      final MediaChunk chunk = stream.chunks().get(i);
      byModality.computeIfAbsent(chunk.getModality(), any -> new ArrayList<>()).add(i);
    }
    for (final List<Integer> chunks : byModality.values()) {
      final long[] times = random.longs(chunks.size(), begin, SPAN_MILLIS - 500).sorted().toArray();
      if (random.nextInt(3) == 0 && chunks.size() > 1) {
        shuffleNear(random, chunks);
        kinds.add(FaultKind.REORDERING);
      }
      for (int i = 0; i < times.length; i++) {
        inputs.add(new Chunk(times[i], index, chunks.get(i)));
        last = Math.max(last, times[i]);
      }
    }
    inputs.add(new Descriptor(last + random.nextInt(400), index, StreamState.ENDED));
  }

  /** Moves records by a few places. */
  private static void shuffleNear(final Random random, final List<Integer> chunks) {
    for (int i = 0; i < chunks.size() - 1; i++) {
      final int other = Math.min(chunks.size() - 1, i + random.nextInt(MOST_PLACES + 1));
      Collections.swap(chunks, i, other);
    }
  }

  private static void duplicate(
      final Random random, final List<Input> inputs, final Set<FaultKind> kinds) {
    final List<Input> once = List.copyOf(inputs);
    if (random.nextInt(4) == 0) {
      final long after = 500 + random.nextInt(1_500);
      once.forEach(input -> inputs.add(at(input, input.atMillis() + after)));
      kinds.add(FaultKind.SENT_AGAIN);
    }
    for (final Input input : once) {
      if (random.nextInt(12) == 0) {
        inputs.add(at(input, input.atMillis() + random.nextInt(2_500)));
        kinds.add(FaultKind.DUPLICATES);
      }
    }
  }

  private static Input at(final Input input, final long atMillis) {
    if (input instanceof Chunk chunk) {
      return new Chunk(atMillis, chunk.stream(), chunk.chunk());
    }
    if (input instanceof Descriptor descriptor) {
      return new Descriptor(atMillis, descriptor.stream(), descriptor.state());
    }
    throw new IllegalArgumentException("poison is not sent again");
  }

  private static void poison(final Random random, final int streams, final List<Input> inputs) {
    Arrays.stream(PoisonKind.values())
        .forEach(
            kind ->
                inputs.add(
                    new Poison(
                        random.nextInt((int) SPAN_MILLIS),
                        kind,
                        any(random, kind.topics()),
                        // The first of the set have windows of fixed size: there a window can be
                        // wrong.
                        random.nextInt(kind == PoisonKind.WINDOW_OFF_THE_GRID ? 2 : streams),
                        random.nextLong())));
  }
}
