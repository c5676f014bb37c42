package io.valence.streams;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.Punctuator;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.StoreBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a task finds in its stores when it begins again. */
class SequenceOrderRestartTest {

  @TempDir private Path folder;

  private final List<String> read = new ArrayList<>();
  private final List<StateStore> stores = new ArrayList<>();
  private MockProcessorContext<Void, Void> context;
  private SequenceOrder order;

  private final SequenceOrder.Reader reader =
      new SequenceOrder.Reader() {
        @Override
        public boolean accepts(final Arrival arrival) {
          return true;
        }

        @Override
        public void read(final Arrival arrival, final boolean remembers) {
          read.add(arrival.place() + " " + new String(arrival.record().value(), UTF_8));
        }
      };

  @BeforeEach
  void open() {
    final Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "text-features");
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "not.used:9092");
    context = new MockProcessorContext<>(properties, new TaskId(0, 0), folder.toFile());
    for (final StoreBuilder<?> builder : SequenceOrder.stores()) {
      final StateStore store = builder.withLoggingDisabled().build();
      store.init(context.getStateStoreContext(), store);
      context.addStateStore(store);
      stores.add(store);
    }
    start();
  }

  private void start() {
    order = new SequenceOrder(context, reader, new SequenceMetrics(context, "text-features"));
  }

  @AfterEach
  void close() {
    stores.forEach(StateStore::close);
  }

  private void arrive(final long sequence, final long second) {
    context.setCurrentStreamTimeMs(second * 1_000);
    context.setCurrentSystemTimeMs(second * 1_000);
    context.setRecordMetadata("raw.text", 1, 40 + sequence);
    final Record<byte[], byte[]> record =
        new Record<>(
            "talk".getBytes(UTF_8),
            ("words " + sequence).getBytes(UTF_8),
            second * 1_000,
            new RecordHeaders());
    order.arrived("talk", sequence, new Arrival(record, context.recordMetadata()));
  }

  private void tick(final int times) {
    // The last is that of the present run.
    final Punctuator last =
        context.scheduledPunctuators().stream()
            .filter(one -> one.getType() == PunctuationType.WALL_CLOCK_TIME)
            .reduce((before, after) -> after)
            .orElseThrow()
            .getPunctuator();
    for (int i = 0; i < times; i++) {
      last.punctuate(0);
    }
  }

  @Test
  void whatIsHeldIsReadInItsTurn() {
    arrive(0, 1);
    arrive(2, 2);
    start();
    arrive(1, 3);

    assertThat(read)
        .containsExactly("raw.text/1@40 words 0", "raw.text/1@41 words 1", "raw.text/1@42 words 2");
  }

  @Test
  void ticksGoOn() {
    arrive(0, 1);
    arrive(2, 2);
    tick(7);
    start();
    // Of each run the first does not count.
    tick(4);
    assertThat(read).hasSize(1);

    tick(1);

    assertThat(read).hasSize(2);
  }

  @Test
  void aTickIsCommitted() {
    arrive(0, 1);
    tick(2);
    assertThat(context.committed()).isFalse();

    arrive(2, 2);
    tick(2);

    assertThat(context.committed()).isTrue();
  }
}
