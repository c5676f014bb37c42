package io.valence.fusion.trends;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class KafkaTrendStoreTest {

  private final AtomicInteger decoded = new AtomicInteger();
  private KeyValueStore<Bytes, byte[]> states;
  private KeyValueStore<Bytes, byte[]> held;

  @BeforeEach
  void open() {
    states = store("states");
    held = store("held");
  }

  @AfterEach
  void close() {
    states.close();
    held.close();
  }

  private static KeyValueStore<Bytes, byte[]> store(final String name) {
    final KeyValueStore<Bytes, byte[]> store =
        Stores.keyValueStoreBuilder(
                Stores.inMemoryKeyValueStore(name), Serdes.Bytes(), Serdes.ByteArray())
            .withLoggingDisabled()
            .build();
    final StateStoreContext context = new MockProcessorContext<>().getStateStoreContext();
    store.init(context, store);
    return store;
  }

  private KafkaTrendStore<String> trends() {
    return new KafkaTrendStore<>(
        states,
        held,
        state -> state.getBytes(StandardCharsets.UTF_8),
        bytes -> {
          decoded.incrementAndGet();
          return new String(bytes, StandardCharsets.UTF_8);
        });
  }

  @Test
  void whatWasUsedLatelyIsNotDecodedAgain() {
    final KafkaTrendStore<String> trends = trends();
    trends.put("s", "first");
    trends.put("s", "second");
    assertThat(trends.get("s")).isEqualTo("second");
    assertThat(decoded).hasValue(0);
    trends.delete("s");
    assertThat(trends.get("s")).isNull();
  }

  @Test
  void aTaskThatBeginsAgainReadsWhatIsStored() {
    trends().put("s", "state");
    final KafkaTrendStore<String> again = trends();
    assertThat(again.get("s")).isEqualTo("state");
    assertThat(again.get("s")).isEqualTo("state");
    assertThat(decoded).hasValue(1);
  }

  @Test
  void whatWasLongUnusedIsReadBack() {
    final KafkaTrendStore<String> trends = trends();
    for (int i = 0; i <= KafkaTrendStore.REMEMBERED; i++) {
      trends.put("s" + i, "state " + i);
    }
    assertThat(trends.get("s1")).isEqualTo("state 1");
    assertThat(decoded).hasValue(0);
    assertThat(trends.get("s0")).isEqualTo("state 0");
    assertThat(decoded).hasValue(1);
  }
}
