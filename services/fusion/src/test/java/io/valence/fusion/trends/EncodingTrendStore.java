package io.valence.fusion.trends;

import io.valence.windows.Window;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.kafka.common.utils.Bytes;

/** Keeps bytes, as a store of Kafka does: what is not encoded is lost. */
final class EncodingTrendStore<S> implements TrendStore<S> {

  private final Map<String, byte[]> states = new TreeMap<>();
  private final TreeMap<Bytes, byte[]> held = new TreeMap<>();
  private final Function<S, byte[]> encode;
  private final Function<byte[], S> decode;

  private EncodingTrendStore(final Function<S, byte[]> encode, final Function<byte[], S> decode) {
    this.encode = encode;
    this.decode = decode;
  }

  static EncodingTrendStore<StreamTrend> ofStreams() {
    return new EncodingTrendStore<>(TrendCodec::encode, TrendCodec::decodeStream);
  }

  static EncodingTrendStore<SessionTrend> ofSessions() {
    return new EncodingTrendStore<>(TrendCodec::encode, TrendCodec::decodeSession);
  }

  int heldWindows() {
    return held.size();
  }

  int states() {
    return states.size();
  }

  @Override
  public S get(final String id) {
    final byte[] bytes = states.get(id);
    return bytes == null ? null : decode.apply(bytes);
  }

  @Override
  public void put(final String id, final S state) {
    states.put(id, encode.apply(state));
  }

  @Override
  public void delete(final String id) {
    states.remove(id);
  }

  @Override
  public void forEach(final Consumer<S> action) {
    states.values().forEach(bytes -> action.accept(decode.apply(bytes)));
  }

  @Override
  public void hold(final String id, final Window place, final TrendWindow window) {
    held.put(Bytes.wrap(TrendCodec.key(id, place)), TrendCodec.encode(window));
  }

  private Map<Bytes, byte[]> range(final String id, final long endAtMostMicros) {
    return held.subMap(
        Bytes.wrap(TrendCodec.firstKey(id)),
        true,
        Bytes.wrap(TrendCodec.lastKey(id, endAtMostMicros)),
        true);
  }

  @Override
  public Optional<TrendWindow> firstHeld(final String id) {
    return range(id, Long.MAX_VALUE).values().stream().findFirst().map(TrendCodec::decodeWindow);
  }

  @Override
  public List<TrendWindow> release(final String id, final long endAtMostMicros) {
    final Map<Bytes, byte[]> range = range(id, endAtMostMicros);
    final List<TrendWindow> released =
        new ArrayList<>(range.values().stream().map(TrendCodec::decodeWindow).toList());
    range.clear();
    return released;
  }
}
