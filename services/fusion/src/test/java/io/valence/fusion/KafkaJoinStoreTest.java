package io.valence.fusion;

import static org.assertj.core.api.Assertions.assertThat;

import io.valence.schemas.FeatureVector;
import io.valence.schemas.FloatValues;
import io.valence.schemas.Modality;
import io.valence.schemas.WordScore;
import io.valence.windows.InMemoryJoinStore;
import io.valence.windows.JoinStore;
import io.valence.windows.Origin;
import io.valence.windows.Part;
import io.valence.windows.Window;
import io.valence.windows.WindowState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the store keeps in memory must never differ from what it has written. */
class KafkaJoinStoreTest {

  private static final long SECOND = 1_000_000;

  private KeyValueStore<Bytes, byte[]> streams;
  private KeyValueStore<Bytes, byte[]> windows;

  @BeforeEach
  void open() {
    final MockProcessorContext<Void, Void> context = new MockProcessorContext<>();
    streams = store("streams", context);
    windows = store("windows", context);
  }

  private static KeyValueStore<Bytes, byte[]> store(
      final String name, final MockProcessorContext<Void, Void> context) {
    final KeyValueStore<Bytes, byte[]> store =
        Stores.keyValueStoreBuilder(
                Stores.inMemoryKeyValueStore(name), Serdes.Bytes(), Serdes.ByteArray())
            .withLoggingDisabled()
            .build();
    store.init(context.getStateStoreContext(), store);
    return store;
  }

  @AfterEach
  void close() {
    streams.close();
    windows.close();
  }

  private static Part part(final String streamId, final long second, final long sequence) {
    return new Part(
        FeatureVector.newBuilder()
            .setStreamId(streamId)
            .setModality(Modality.TEXT)
            .setSpace("words-1")
            .setWindowStartMicros(second / 3 * 3 * SECOND)
            .setWindowEndMicros((second / 3 + 1) * 3 * SECOND)
            .setCoversStartMicros(second * SECOND)
            .setCoversEndMicros((second + 1) * SECOND)
            .setSequence(sequence)
            .setWeight(1)
            .setQuality(1)
            .setValues(FloatValues.of(new float[] {second}))
            .setWords(List.of(new WordScore(second * SECOND, (second + 1) * SECOND, 2f, 1f)))
            .setExtractor("tiny")
            .setExtractorVersion("1.0.0")
            .setCapturedAtMillis(1)
            .setCreatedAtMillis(1)
            .build(),
        second / 3 * 3 * SECOND,
        (second + 1) * SECOND,
        Optional.of(new Origin("adapted.text", 1, second, Optional.empty())));
  }

  private static void add(final JoinStore store, final String streamId, final long second) {
    final Part part = part(streamId, second, second);
    final Window window = Window.containing(second * SECOND, 3 * SECOND);
    final WindowState open = store.window(streamId, window);
    store.addPart(streamId, open == null ? WindowState.empty(window) : open, part);
  }

  /** Only a few bytes of memory: each stream is read again from the stores. */
  @Test
  void whatIsForgottenIsReadAgain() {
    for (final long maximumBytes : new long[] {1, 10_000, 1 << 20}) {
      final KafkaJoinStore store = new KafkaJoinStore(streams, windows, () -> maximumBytes);
      final JoinStore expected = new InMemoryJoinStore();
      for (long second = 0; second < 12; second++) {
        for (final String streamId : List.of("a", "ab", "b")) {
          add(store, streamId, second);
          add(expected, streamId, second);
        }
      }
      final Window second = new Window(3 * SECOND, 6 * SECOND, null);
      store.deleteWindow("ab", second);
      expected.deleteWindow("ab", second);
      store.deleteStream("b");
      expected.deleteStream("b");
      for (final String streamId : List.of("a", "ab", "b", "none")) {
        assertThat(store.windows(streamId, Long.MAX_VALUE, 100))
            .isEqualTo(expected.windows(streamId, Long.MAX_VALUE, 100));
        assertThat(store.windows(streamId, 6 * SECOND, 1))
            .isEqualTo(expected.windows(streamId, 6 * SECOND, 1));
        assertThat(store.window(streamId, second)).isEqualTo(expected.window(streamId, second));
      }
      // A task that begins again finds the same.
      store.flush();
      assertThat(new KafkaJoinStore(streams, windows).windows("ab", Long.MAX_VALUE, 100))
          .isEqualTo(expected.windows("ab", Long.MAX_VALUE, 100));
      store.deleteStream("a");
      store.deleteStream("ab");
      try (KeyValueIterator<Bytes, byte[]> all = windows.all()) {
        assertThat(all.hasNext()).isFalse();
      }
    }
  }

  private List<Bytes> keys() {
    final List<Bytes> keys = new ArrayList<>();
    try (KeyValueIterator<Bytes, byte[]> all = windows.all()) {
      all.forEachRemaining(entry -> keys.add(entry.key));
    }
    return keys;
  }

  @Test
  void aPartThatCompletesItsWindowIsNeverWritten() {
    final KafkaJoinStore store = new KafkaJoinStore(streams, windows);
    final Window first = new Window(0, 3 * SECOND, null);
    // [0,3): parts of 0 s and 1 s, heard in one record each.
    add(store, "a", 0);
    store.flush();
    add(store, "a", 1);
    store.flush();
    assertThat(keys()).hasSize(2);
    // The part of 2 s completes it: added, closed and gone in one record.
    add(store, "a", 2);
    assertThat(store.window("a", first).parts()).hasSize(3);
    store.deleteWindow("a", first);
    assertThat(keys()).as("those that were written are deleted").isEmpty();
    store.flush();
    assertThat(keys()).as("the last one does not come after").isEmpty();
    // A part of the next window, in a record of its own.
    add(store, "a", 3);
    assertThat(keys()).isEmpty();
    store.flush();
    assertThat(keys()).hasSize(1);
    assertThat(new KafkaJoinStore(streams, windows).windows("a", Long.MAX_VALUE, 9)).hasSize(1);
  }
}
