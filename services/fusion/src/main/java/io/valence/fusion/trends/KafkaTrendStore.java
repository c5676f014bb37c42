package io.valence.fusion.trends;

import io.valence.windows.Window;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Keeps them in two stores of Kafka Streams, and so in their changelogs. The states used last are also
 * kept as objects: a window costs no reading and no decoding. That memory dies with the task; one that
 * begins again reads what was committed.
 */
final class KafkaTrendStore<S> implements TrendStore<S> {

  /** States kept as objects: of streams of 10 windows some 25 MB. */
  static final int REMEMBERED = 10_000;

  private final Map<String, S> memory =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(final Map.Entry<String, S> eldest) {
          return size() > REMEMBERED;
        }
      };

  private final KeyValueStore<Bytes, byte[]> states;
  private final KeyValueStore<Bytes, byte[]> held;
  private final Function<S, byte[]> encode;
  private final Function<byte[], S> decode;

  KafkaTrendStore(
      final KeyValueStore<Bytes, byte[]> states,
      final KeyValueStore<Bytes, byte[]> held,
      final Function<S, byte[]> encode,
      final Function<byte[], S> decode) {
    this.states = states;
    this.held = held;
    this.encode = encode;
    this.decode = decode;
  }

  private static Bytes key(final String id) {
    return Bytes.wrap(id.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public S get(final String id) {
    final S known = memory.get(id);
    if (known != null) {
      return known;
    }
    final byte[] bytes = states.get(key(id));
    if (bytes == null) {
      return null;
    }
    final S read = decode.apply(bytes);
    memory.put(id, read);
    return read;
  }

  @Override
  public void put(final String id, final S state) {
    states.put(key(id), encode.apply(state));
    memory.put(id, state);
  }

  @Override
  public void delete(final String id) {
    states.delete(key(id));
    memory.remove(id);
  }

  @Override
  public void forEach(final Consumer<S> action) {
    try (KeyValueIterator<Bytes, byte[]> all = states.all()) {
      while (all.hasNext()) {
        action.accept(decode.apply(all.next().value));
      }
    }
  }

  @Override
  public void hold(final String id, final Window place, final TrendWindow window) {
    held.put(Bytes.wrap(TrendCodec.key(id, place)), TrendCodec.encode(window));
  }

  private KeyValueIterator<Bytes, byte[]> range(final String id, final long endAtMostMicros) {
    return held.range(
        Bytes.wrap(TrendCodec.firstKey(id)), Bytes.wrap(TrendCodec.lastKey(id, endAtMostMicros)));
  }

  @Override
  public Optional<TrendWindow> firstHeld(final String id) {
    try (KeyValueIterator<Bytes, byte[]> range = range(id, Long.MAX_VALUE)) {
      return range.hasNext()
          ? Optional.of(TrendCodec.decodeWindow(range.next().value))
          : Optional.empty();
    }
  }

  @Override
  public List<TrendWindow> release(final String id, final long endAtMostMicros) {
    final List<Bytes> keys = new ArrayList<>();
    final List<TrendWindow> released = new ArrayList<>();
    try (KeyValueIterator<Bytes, byte[]> range = range(id, endAtMostMicros)) {
      while (range.hasNext()) {
        final KeyValue<Bytes, byte[]> entry = range.next();
        keys.add(entry.key);
        released.add(TrendCodec.decodeWindow(entry.value));
      }
    }
    keys.forEach(held::delete);
    return released;
  }
}
