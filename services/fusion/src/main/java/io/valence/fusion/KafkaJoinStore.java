package io.valence.fusion;

import io.valence.windows.JoinStore;
import io.valence.windows.Part;
import io.valence.windows.StateCodec;
import io.valence.windows.StreamMemory;
import io.valence.windows.Window;
import io.valence.windows.WindowState;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Keeps the join's state in two stores of Kafka Streams, and so in their changelogs. A stream's
 * memory is written at once, its parts by {@link #flush}: the part that completes a window, on most
 * streams that of the words and by far the largest, is gone again before it was ever written. What was
 * read or put lately is also kept as objects, so that a record costs no reading and no decoding. That
 * memory is bounded by what the vectors in it take: a fifth of the greatest heap, shared evenly by the
 * tasks of this process. It dies with the task: one that begins again reads what was committed.
 */
final class KafkaJoinStore implements JoinStore, AutoCloseable {

  private static final int SHARE_OF_HEAP = 5;

  /** How many stores of this process share the memory. */
  private static final AtomicInteger OPEN = new AtomicInteger();

  /** What a stream takes beside its vectors, and a vector beside its values and words: measured, rounded up. */
  private static final int STREAM_BYTES = 2_000;

  private static final int PART_BYTES = 700;

  /** A word: an object of 40 bytes and up to two references to it. */
  private static final int WORD_BYTES = 50;

  private final KeyValueStore<Bytes, byte[]> streams;
  private final KeyValueStore<Bytes, byte[]> windows;

  /** The streams touched last, the longest untouched first. */
  private final LinkedHashMap<String, Remembered> memory = new LinkedHashMap<>(16, 0.75f, true);

  private final LongSupplier maximumBytes;
  private long bytes;

  /** Parts that are not in the store yet, by their keys there. */
  private final Map<Bytes, StateCodec.StoredPart> unwritten = new LinkedHashMap<>();

  /** All that is in the stores of one stream. */
  private static final class Remembered {
    private StreamMemory stream;
    private final TreeMap<Window, WindowState> windows = new TreeMap<>();
    private long bytes = STREAM_BYTES;
  }

  KafkaJoinStore(
      final KeyValueStore<Bytes, byte[]> streams, final KeyValueStore<Bytes, byte[]> windows) {
    this(
        streams,
        windows,
        () -> Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP / Math.max(1, OPEN.get()));
  }

  KafkaJoinStore(
      final KeyValueStore<Bytes, byte[]> streams,
      final KeyValueStore<Bytes, byte[]> windows,
      final LongSupplier maximumBytes) {
    this.streams = streams;
    this.windows = windows;
    this.maximumBytes = maximumBytes;
    OPEN.incrementAndGet();
  }

  private static Bytes key(final String streamId) {
    return Bytes.wrap(streamId.getBytes(StandardCharsets.UTF_8));
  }

  private static Bytes key(final String streamId, final Window window, final Part part) {
    return Bytes.wrap(StateCodec.key(streamId, window, part));
  }

  /** Writes what is still to be written; to be called when all of a record, or of a tick, is done. */
  void flush() {
    unwritten.forEach(
        (key, stored) -> windows.put(key, StateCodec.encode(stored.window(), stored.part())));
    unwritten.clear();
  }

  private void delete(final Bytes key) {
    // No two parts have one key: one that was never written is not in the store.
    if (unwritten.remove(key) == null) {
      windows.delete(key);
    }
  }

  private Remembered remembered(final String streamId) {
    final Remembered known = memory.get(streamId);
    if (known != null) {
      return known;
    }
    flush();
    final Remembered read = new Remembered();
    final byte[] stream = streams.get(key(streamId));
    read.stream = stream == null ? null : StateCodec.decodeStream(stream);
    try (KeyValueIterator<Bytes, byte[]> range =
        windows.range(
            Bytes.wrap(StateCodec.firstKey(streamId)),
            Bytes.wrap(StateCodec.lastKey(streamId, Long.MAX_VALUE)))) {
      while (range.hasNext()) {
        final StateCodec.StoredPart stored = StateCodec.decodePart(range.next().value);
        add(read, stored.window(), stored.part());
      }
    }
    memory.put(streamId, read);
    bytes += read.bytes;
    forgetSome(streamId);
    return read;
  }

  private static void add(final Remembered of, final Window window, final Part part) {
    of.windows.merge(
        window, WindowState.empty(window).with(part), (before, alone) -> before.with(part));
    of.bytes += bytesOf(part);
  }

  private static long bytesOf(final Part part) {
    return PART_BYTES
        + (long) Float.BYTES * part.vector().getValues().size()
        + (long) WORD_BYTES * part.vector().getWords().size()
        + part.origin()
            .flatMap(origin -> origin.record())
            .map(record -> (long) record.value().length)
            .orElse(0L);
  }

  /** The stores have it all: the memory only lets go. */
  private void forgetSome(final String butNot) {
    final long maximum = maximumBytes.getAsLong();
    final Iterator<Map.Entry<String, Remembered>> eldest = memory.entrySet().iterator();
    while (bytes > maximum && eldest.hasNext()) {
      final Map.Entry<String, Remembered> entry = eldest.next();
      if (!entry.getKey().equals(butNot)) {
        bytes -= entry.getValue().bytes;
        eldest.remove();
      }
    }
  }

  @Override
  public StreamMemory stream(final String streamId) {
    return remembered(streamId).stream;
  }

  @Override
  public void putStream(final StreamMemory state) {
    remembered(state.streamId()).stream = state;
    streams.put(key(state.streamId()), StateCodec.encode(state));
  }

  @Override
  public void deleteStream(final String streamId) {
    final Remembered known = remembered(streamId);
    for (final WindowState state : known.windows.values()) {
      state.parts().forEach(part -> delete(key(streamId, state.window(), part)));
    }
    streams.delete(key(streamId));
    memory.remove(streamId);
    bytes -= known.bytes;
  }

  @Override
  public void forEachStream(final Consumer<StreamMemory> action) {
    try (KeyValueIterator<Bytes, byte[]> all = streams.all()) {
      while (all.hasNext()) {
        action.accept(StateCodec.decodeStream(all.next().value));
      }
    }
  }

  @Override
  public List<String> streamsQuietSince(final long millis) {
    final List<String> quiet = new ArrayList<>();
    try (KeyValueIterator<Bytes, byte[]> all = streams.all()) {
      while (all.hasNext()) {
        final KeyValue<Bytes, byte[]> entry = all.next();
        if (StateCodec.lastHeardMillis(entry.value) <= millis) {
          quiet.add(new String(entry.key.get(), StandardCharsets.UTF_8));
        }
      }
    }
    return quiet;
  }

  @Override
  public WindowState window(final String streamId, final Window window) {
    return remembered(streamId).windows.get(window);
  }

  @Override
  public void addPart(final String streamId, final WindowState window, final Part part) {
    final Remembered known = remembered(streamId);
    final long before = known.bytes;
    add(known, window.window(), part);
    bytes += known.bytes - before;
    unwritten.put(
        key(streamId, window.window(), part), new StateCodec.StoredPart(window.window(), part));
    forgetSome(streamId);
  }

  @Override
  public void deleteWindow(final String streamId, final Window window) {
    final Remembered known = remembered(streamId);
    final WindowState state = known.windows.remove(window);
    if (state != null) {
      for (final Part part : state.parts()) {
        delete(key(streamId, window, part));
        known.bytes -= bytesOf(part);
        bytes -= bytesOf(part);
      }
    }
  }

  @Override
  public List<WindowState> windows(
      final String streamId, final long endAtMostMicros, final int limit) {
    return remembered(streamId).windows.values().stream()
        .takeWhile(state -> state.window().endMicros() <= endAtMostMicros)
        .limit(limit)
        .toList();
  }

  /** Leaves its share of the memory to the others; the stores stay Kafka Streams' to close. */
  @Override
  public void close() {
    memory.clear();
    bytes = 0;
    OPEN.decrementAndGet();
  }
}
