package io.valence.streams;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts the records of each stream back in the order of their sequence numbers, so that what a step
 * remembers does not depend on the order of their arrival.
 *
 * <p>A stream's next number is 0 at first. A record that bears it is read at once: a stream in order
 * never waits. One that comes too early is held, in a store with a change log, until its turn has come.
 * A number that does not come is waited for as far as records are known to overtake each other: ingest
 * keeps its order (one idempotent producer, a stream on one partition), several producers, proxies and
 * records that are sent again displace each other by a few places and seconds. A gap is given up when
 *
 * <ul>
 *   <li>the task has looked for what fills it in {@link #TICKS} ticks of a second, and nothing has. A
 *       tick counts if the task is not behind: it has read nothing in it, or records whose Kafka
 *       timestamps are {@link #BEHIND} after what had been read when the first record beyond the gap
 *       came. It is written to the store and counts when that is committed: not while the broker is
 *       away, and what producers could not send then has the rest of the ticks to come. While the
 *       service is stopped, however long, one tick passes at most; when it starts again it goes on
 *       counting. A gap right behind one that was given up has one such tick more;
 *   <li>a record of the stream comes that cannot be held: its number is {@link #MOST_HELD} or more
 *       beyond the next, so many of the stream are held already, or it is larger than {@link
 *       #MOST_BYTES}. It is tried first. One that cannot be processed says nothing about how far the
 *       stream is: it becomes a dead letter, and all stays as it was.
 * </ul>
 *
 * <p>Worked example, one stream, the timestamps of its records in seconds:
 *
 * <pre>
 *   number  at     what happens                               next  held
 *   0       10.0   read                                       1
 *   3       11.0   held: 1 and 2 are missing                  1     3
 *   1       11.5   read; 2 is missing                         2     3
 *   1       12.0   a repeat: read, nothing is remembered      2     3
 *   2       13.0   read, then 3                               4
 *   6       14.0   held: 4 and 5 are missing                  4     6
 *   4       15.0   cannot be processed: a dead letter         5     6
 *   7       19.0   held                                       5     6 7
 *                  ten ticks: 5 is given up, 6 and 7 are read 8
 *   5       31.0   too late: read, nothing is remembered      8
 *   90      32.0   too far to be held: read                   91
 *   900000  33.0   cannot be processed: a dead letter         91
 * </pre>
 *
 * <table>
 *   <caption>What becomes of what comes</caption>
 *   <tr><th>case</th><th>rule</th></tr>
 *   <tr><td>dead letter</td><td>A record that cannot be processed counts as read if its number can be
 *       told. Undecodable bytes, and a record under a foreign key, have no place in the order and become
 *       dead letters at once.</td></tr>
 *   <tr><td>repeat</td><td>Of a number that was read: read at once, and nothing of it is remembered. The
 *       step tells by the numbers what came before it, and so gives the same again, as long as that is remembered. Of one that is held:
 *       held as well, and read right after it.</td></tr>
 *   <tr><td>after its gap was given up, mended dead letters too</td><td>As a repeat: what follows does
 *       not depend on when, or whether, it comes.</td></tr>
 *   <tr><td>begun in the middle</td><td>If the first is {@link #MOST_HELD} or more it is read at once,
 *       else it waits as at any gap.</td></tr>
 *   <tr><td>end of the stream</td><td>Has its turn like any other. What is remembered stays, so that
 *       repeats that come after the end are still known as such.</td></tr>
 *   <tr><td>begun again with 0</td><td>Repeats, until it comes to what is new.</td></tr>
 *   <tr><td>quiet for an hour</td><td>Forgotten: begins at 0 again.</td></tr>
 * </table>
 *
 * <p>For the thread of one task. A task shows as Kafka Streams metrics {@code held-records} and {@code
 * sequence-gap-total}, see {@link SequenceMetrics}.
 */
final class SequenceOrder {

  /** How far a record may be ahead to be held, and how many of a stream are, repeats included. */
  static final int MOST_HELD = 64;

  /** The largest record that is held: a change log takes 1 MiB unless told otherwise. */
  static final int MOST_BYTES = 512 * 1024;

  /** Who reads what is no older than this, seen from the gap, may still have before it what fills it. */
  static final Duration BEHIND = Duration.ofSeconds(5);

  /**
   * How long the others wait for one that does not come: with {@link #BEHIND} half of the 30 s of silence
   * after which fusion closes a window without the modality.
   */
  static final int TICKS = 10;

  private static final Logger log = LoggerFactory.getLogger(SequenceOrder.class);
  private static final String NEXT_STORE = "next-numbers";
  private static final String HELD_STORE = "held-records";
  private static final Duration TICK = Duration.ofSeconds(1);

  /** Of a held record's key: number, partition, offset. */
  private static final int WHERE_BYTES = Long.BYTES + Integer.BYTES + Long.BYTES;

  /** Reads records, each in its turn. */
  interface Reader {

    /** Whether a record can be processed; if not it is a dead letter now, otherwise nothing has changed. */
    boolean accepts(Arrival arrival);

    /**
     * Processes a record.
     *
     * @param remembers whether the records after it are to know of it
     */
    void read(Arrival arrival, boolean remembers);
  }

  /**
   * The next number of a stream.
   *
   * @param ticks that it has been missed for
   */
  private record Next(long number, int ticks) {
    private static final Next FIRST = new Next(0, 0);
  }

  /**
   * The held records of a stream.
   *
   * @param since stream time when the first of them that is still held came, milliseconds
   */
  private record Waiting(int count, long since) {}

  private record Held(byte[] key, long since, Arrival arrival) {
    long sequence() {
      return ByteBuffer.wrap(key).getLong(key.length - WHERE_BYTES);
    }
  }

  private final ProcessorContext<?, ?> context;
  private final Reader reader;
  private final SequenceMetrics metrics;
  private final StreamValues nextNumbers;
  private final KeyValueStore<byte[], byte[]> held;
  private final Map<String, Waiting> waiting = new HashMap<>();

  /** Also true at first: a task that has just begun has not looked yet. */
  private boolean readSinceTick = true;

  /** Continues from what the stores hold. */
  SequenceOrder(
      final ProcessorContext<?, ?> context, final Reader reader, final SequenceMetrics metrics) {
    this.context = context;
    this.reader = reader;
    this.metrics = metrics;
    this.nextNumbers = StreamValues.open(context, NEXT_STORE);
    this.held = context.getStateStore(HELD_STORE);
    try (KeyValueIterator<byte[], byte[]> all = held.all()) {
      while (all.hasNext()) {
        final Held one = held(all.next());
        waiting.merge(
            streamId(one.key()),
            new Waiting(1, one.since()),
            (a, b) -> new Waiting(a.count() + b.count(), Math.min(a.since(), b.since())));
      }
    }
    tellHeld();
    context.schedule(TICK, PunctuationType.WALL_CLOCK_TIME, now -> tick());
  }

  static List<StoreBuilder<?>> stores() {
    return List.of(
        StreamValues.store(NEXT_STORE),
        Stores.keyValueStoreBuilder(
                Stores.persistentKeyValueStore(HELD_STORE), Serdes.ByteArray(), Serdes.ByteArray())
            .withLoggingEnabled(Map.of()));
  }

  /** A record without a place in the order has come. */
  void passed() {
    readSinceTick = true;
  }

  /**
   * Takes a record that has just come.
   *
   * @param streamId not empty
   * @param sequence its number in the stream, 0 or more
   */
  void arrived(final String streamId, final long sequence, final Arrival arrival) {
    passed();
    final long next = next(streamId);
    if (sequence <= next) {
      read(streamId, sequence, arrival);
      readOn(streamId);
    } else if (mayBeHeld(streamId, sequence - next, arrival)) {
      hold(streamId, sequence, arrival);
    } else if (reader.accepts(arrival)) {
      giveUpGapsBefore(streamId, sequence);
      if (sequence > next(streamId)) {
        giveUp(streamId, sequence);
      }
      read(streamId, sequence, arrival);
      readOn(streamId);
    }
    tellHeld();
  }

  private void read(final String streamId, final long sequence, final Arrival arrival) {
    final boolean inTurn = sequence >= next(streamId);
    reader.read(arrival, inTurn);
    if (inTurn) {
      keep(streamId, new Next(sequence + 1, 0), arrival.record().timestamp());
    }
  }

  private long next(final String streamId) {
    return nextOf(streamId).number();
  }

  private Next nextOf(final String streamId) {
    return nextNumbers
        .get(streamId)
        .map(ByteBuffer::wrap)
        .map(value -> new Next(value.getLong(), value.getInt()))
        .orElse(Next.FIRST);
  }

  private void keep(final String streamId, final Next next, final long timestampMillis) {
    final byte[] value =
        ByteBuffer.allocate(Long.BYTES + Integer.BYTES)
            .putLong(next.number())
            .putInt(next.ticks())
            .array();
    nextNumbers.put(streamId, value, timestampMillis);
  }

  private boolean mayBeHeld(final String streamId, final long ahead, final Arrival arrival) {
    final Waiting others = waiting.get(streamId);
    return ahead < MOST_HELD
        && (others == null || others.count() < MOST_HELD)
        && arrival.record().value().length <= MOST_BYTES;
  }

  private void hold(final String streamId, final long sequence, final Arrival arrival) {
    // A producer whose clock is ahead must not make the others wait until it is true.
    final long now = Math.min(context.currentStreamTimeMs(), context.currentSystemTimeMs());
    final RecordMetadata origin = arrival.origin().orElseThrow();
    // Where it lay tells repeats apart.
    final byte[] key = key(streamId, sequence, origin.partition(), origin.offset());
    held.put(key, bytes(now, arrival));
    waiting.merge(
        streamId, new Waiting(1, now), (a, b) -> new Waiting(a.count() + b.count(), a.since()));
  }

  /** Reads what is held and has its turn. */
  private void readOn(final String streamId) {
    if (!waiting.containsKey(streamId)) {
      return;
    }
    int count = 0;
    long since = Long.MAX_VALUE;
    for (final Held one : held(streamId)) {
      if (one.sequence() <= next(streamId)) {
        held.delete(one.key());
        read(streamId, one.sequence(), one.arrival());
      } else {
        count++;
        since = Math.min(since, one.since());
      }
    }
    if (count == 0) {
      waiting.remove(streamId);
    } else {
      waiting.put(streamId, new Waiting(count, since));
    }
  }

  // Gaps.

  private void giveUpGapsBefore(final String streamId, final long sequence) {
    while (waiting.containsKey(streamId)) {
      final Held first = held(streamId).get(0);
      if (first.sequence() >= sequence) {
        return;
      }
      goOnWith(first, streamId);
    }
  }

  /** Takes the first of the held records of a stream although one before it is missing. */
  private void goOnWith(final Held first, final String streamId) {
    giveUp(streamId, first.sequence());
    held.delete(first.key());
    read(streamId, first.sequence(), first.arrival());
    readOn(streamId);
  }

  private void giveUp(final String streamId, final long end) {
    log.info("stream {} goes on with number {}: {} did not come", streamId, end, next(streamId));
    metrics.gap();
  }

  private void tick() {
    final long now = context.currentStreamTimeMs();
    for (final Map.Entry<String, Waiting> one : List.copyOf(waiting.entrySet())) {
      if (readSinceTick && now < one.getValue().since() + BEHIND.toMillis()) {
        continue;
      }
      miss(one.getKey(), Math.max(now, one.getValue().since()));
      // The next tick waits until this one is committed: while the broker is away none passes.
      context.commit();
    }
    readSinceTick = false;
    tellHeld();
  }

  private void miss(final String streamId, final long timestampMillis) {
    final Next next = nextOf(streamId);
    if (next.ticks() + 1 < TICKS) {
      keep(streamId, new Next(next.number(), next.ticks() + 1), timestampMillis);
      return;
    }
    goOnWith(held(streamId).get(0), streamId);
    if (waiting.containsKey(streamId)) {
      keep(streamId, new Next(next(streamId), TICKS - 1), timestampMillis);
    }
  }

  private void tellHeld() {
    metrics.held(waiting.values().stream().mapToInt(Waiting::count).sum());
  }

  // The store of held records.

  /** Those of a stream, by their numbers, repeats as they came. */
  private List<Held> held(final String streamId) {
    final List<Held> all = new ArrayList<>();
    try (KeyValueIterator<byte[], byte[]> stored =
        held.range(
            key(streamId, 0, 0, 0),
            key(streamId, Long.MAX_VALUE, Integer.MAX_VALUE, Long.MAX_VALUE))) {
      stored.forEachRemaining(entry -> all.add(held(entry)));
    }
    return all;
  }

  private static byte[] key(
      final String streamId, final long sequence, final int partition, final long offset) {
    final byte[] id = streamId.getBytes(StandardCharsets.UTF_8);
    // The length first: no stream's records lie between those of another.
    return ByteBuffer.allocate(Integer.BYTES + id.length + WHERE_BYTES)
        .putInt(id.length)
        .put(id)
        .putLong(sequence)
        .putInt(partition)
        .putLong(offset)
        .array();
  }

  private static String streamId(final byte[] key) {
    return new String(key, Integer.BYTES, ByteBuffer.wrap(key).getInt(), StandardCharsets.UTF_8);
  }

  private static byte[] bytes(final long since, final Arrival arrival) {
    final byte[] bytes = arrival.toBytes();
    return ByteBuffer.allocate(Long.BYTES + bytes.length).putLong(since).put(bytes).array();
  }

  private static Held held(final KeyValue<byte[], byte[]> entry) {
    return new Held(
        entry.key,
        ByteBuffer.wrap(entry.value).getLong(),
        Arrival.fromBytes(Arrays.copyOfRange(entry.value, Long.BYTES, entry.value.length)));
  }
}
