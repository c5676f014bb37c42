package io.valence.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.valence.schemas.AvroDeserializer;
import io.valence.schemas.MediaChunk;
import io.valence.schemas.Modality;
import io.valence.schemas.StreamDescriptor;
import io.valence.schemas.StreamState;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordingStreamsTest {

  private static final String REGISTRY = "mock://ingest-streams";
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir Path folder;

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private MockProducer<String, byte[]> producer = producer(true);
  private RecordingStreams streams;

  private static MockProducer<String, byte[]> producer(final boolean autoComplete) {
    return new MockProducer<>(
        autoComplete, null, new StringSerializer(), new ByteArraySerializer());
  }

  private RecordingStreams streams(final Map<String, String> own, final InstantSource clock) {
    final Map<String, String> all = new HashMap<>(own);
    all.put("valence.schema.registry.url", REGISTRY);
    final IngestSettings settings = IngestSettingsTest.settings(all);
    streams =
        new RecordingStreams(
            settings, new ChunkOutlet(producer, settings), new IngestMeters(meters), clock);
    return streams;
  }

  @AfterEach
  void close() throws InterruptedException {
    if (streams != null) {
      streams.close();
    }
  }

  private static StreamRequest request(final Path recording) {
    return request(recording, Optional.empty(), false);
  }

  private static StreamRequest request(
      final Path recording, final Optional<String> streamId, final boolean realTime) {
    return new StreamRequest(
        recording,
        Optional.empty(),
        streamId,
        Optional.of("session"),
        Optional.empty(),
        realTime,
        Optional.empty(),
        Optional.empty(),
        Map.of());
  }

  private static void await(final BooleanSupplier condition) {
    final Instant deadline = Instant.now().plus(PATIENCE);
    while (!condition.getAsBoolean()) {
      assertThat(Instant.now()).as("the condition did not come true").isBefore(deadline);
      Thread.onSpinWait();
    }
  }

  private static boolean senderWaits() {
    return Thread.getAllStackTraces().entrySet().stream()
        .anyMatch(
            thread ->
                thread.getKey().getName().startsWith("ingest-")
                    && thread.getKey().getState() == Thread.State.WAITING
                    && Arrays.stream(thread.getValue())
                        .anyMatch(frame -> frame.getClassName().equals(Semaphore.class.getName())));
  }

  private StreamStatus ended(final String id) throws RefusedRequestException {
    await(
        () ->
            streams.list().stream()
                .filter(status -> status.streamId().equals(id))
                .anyMatch(status -> status.state() != StreamState.OPEN));
    return streams.find(id);
  }

  private <T extends SpecificRecord> T read(
      final ProducerRecord<String, byte[]> record, final Class<T> type) {
    try (AvroDeserializer<T> deserializer = new AvroDeserializer<>(type)) {
      deserializer.configure(Map.of("schema.registry.url", REGISTRY), false);
      return deserializer.deserialize(record.topic(), record.value());
    }
  }

  @Test
  void descriptorThenChunksOfAllModalitiesThenTheEnd() throws Exception {
    final Path recording = TestRecordings.video(folder.resolve("my talk.mp4"), "mp4", 75);
    Files.writeString(
        folder.resolve("my talk.csv"), "start,end,text\n0.5,1,hello\n4,5,two words\n");
    streams(Map.of(), InstantSource.system());
    final StreamStatus opened = streams.open(request(recording));
    assertThat(opened.streamId()).matches("my_talk-[0-9a-f]{8}");
    assertThat(opened.windows()).isEqualTo(3);
    assertThat(opened.modalities()).containsExactly("VISUAL", "TEXT");
    final StreamStatus status = ended(opened.streamId());
    assertThat(status.state()).isEqualTo(StreamState.ENDED);
    assertThat(status.progress()).isEqualTo(1);
    assertThat(status.chunksSent()).isEqualTo(6);
    assertThat(status.warnings()).isEmpty();

    final List<ProducerRecord<String, byte[]>> records = producer.history();
    assertThat(records).extracting(ProducerRecord::key).containsOnly(opened.streamId());
    assertThat(records)
        .extracting(ProducerRecord::topic)
        .containsExactly(
            "streams",
            "raw.video",
            "raw.text",
            "raw.video",
            "raw.text",
            "raw.video",
            "raw.text",
            "streams");
    final StreamDescriptor open = read(records.get(0), StreamDescriptor.class);
    assertThat(open.getState()).isEqualTo(StreamState.OPEN);
    assertThat(open.getEndMicros()).isNull();
    assertThat(open.getModalities()).containsExactly(Modality.VISUAL, Modality.TEXT);
    assertThat(open.getSource()).isEqualTo("my talk.mp4");
    assertThat(open.getSessionId()).isEqualTo("session");
    final StreamDescriptor end = read(records.get(7), StreamDescriptor.class);
    assertThat(end.getState()).isEqualTo(StreamState.ENDED);
    assertThat(end.getEndMicros()).isEqualTo(7_500_000);
    assertThat(end.getOpenedAtMillis()).isEqualTo(open.getOpenedAtMillis());
    final List<String> words = new ArrayList<>();
    for (final int at : new int[] {2, 4, 6}) {
      final MediaChunk chunk = read(records.get(at), MediaChunk.class);
      words.add(StandardCharsets.UTF_8.decode(chunk.getPayload()).toString());
      assertThat(chunk.getSequence()).isEqualTo(at / 2 - 1);
      assertThat(chunk.getEndOfStream()).isEqualTo(at == 6);
      assertThat(chunk.getCapturedAtMillis()).isGreaterThanOrEqualTo(open.getOpenedAtMillis());
    }
    assertThat(words).containsExactly("hello", "two words", "");
    assertThat(read(records.get(5), MediaChunk.class).getCodec()).isEqualTo("mpeg4");
    assertThat(meters.counter("valence.ingest.chunks", "modality", "visual").count()).isEqualTo(3);
    assertThat(meters.counter("valence.ingest.streams", "state", "ended").count()).isEqualTo(1);
  }

  @Test
  void anIdIsUsedOnce() throws Exception {
    final Path recording = TestRecordings.wave(folder.resolve("a.wav"), 4);
    producer = producer(false);
    streams(Map.of(), InstantSource.system());
    streams.open(request(recording, Optional.of("one"), false));
    assertThatThrownBy(() -> streams.open(request(recording, Optional.of("one"), false)))
        .isInstanceOfSatisfying(
            RefusedRequestException.class, e -> assertThat(e.status()).isEqualTo(409))
        .hasMessageContaining("stream id one is open");
    await(
        () -> {
          producer.completeNext();
          return streams.list().get(0).state() != StreamState.OPEN;
        });
    assertThatThrownBy(() -> streams.open(request(recording, Optional.of("one"), false)))
        .isInstanceOf(RefusedRequestException.class)
        .hasMessageContaining("was used before");
    // The same file under its own name gets another id each time.
    final String first = streams.open(request(recording)).streamId();
    final String second = streams.open(request(recording)).streamId();
    assertThat(first).isNotEqualTo(second);
    await(
        () -> {
          producer.completeNext();
          return streams.list().stream().noneMatch(s -> s.state() == StreamState.OPEN);
        });
  }

  @Test
  void tooManyAtOnceAreRefusedAndARefusalTakesNoPlace() throws Exception {
    final Path recording = TestRecordings.wave(folder.resolve("a.wav"), 4);
    producer = producer(false);
    streams(Map.of("valence.ingest.streams-at-once", "1"), InstantSource.system());
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> streams.open(request(folder.resolve("none.wav"))))
          .isInstanceOf(RefusedRequestException.class)
          .hasMessageContaining("no such file");
    }
    assertThat(streams.list()).isEmpty();
    streams.open(request(recording));
    assertThatThrownBy(() -> streams.open(request(recording)))
        .isInstanceOfSatisfying(
            RefusedRequestException.class, e -> assertThat(e.status()).isEqualTo(503));
    await(
        () -> {
          producer.completeNext();
          return streams.list().get(0).state() != StreamState.OPEN;
        });
  }

  @Test
  void whatWaitsForTheBrokerIsBounded() throws Exception {
    // 8 kHz floats: 5 windows of 160 s are 5 MB each, and 8 MiB may wait.
    final Path recording = TestRecordings.wave(folder.resolve("long.wav"), 800);
    producer = producer(false);
    streams(
        Map.of("valence.ingest.bytes-in-flight", "8388608", "valence.ingest.window", "160s"),
        InstantSource.system());
    final String id = streams.open(request(recording)).streamId();
    await(producer::completeNext);
    for (int chunk = 1; chunk <= 4; chunk++) {
      final int records = chunk + 1;
      await(() -> producer.history().size() == records);
      // The next one is not handed over before there is room again.
      await(RecordingStreamsTest::senderWaits);
      assertThat(producer.history()).hasSize(records);
      await(producer::completeNext);
    }
    await(
        () -> {
          producer.completeNext();
          return streams.list().get(0).state() != StreamState.OPEN;
        });
    assertThat(streams.find(id).chunksSent()).isEqualTo(5);
    assertThat(streams.find(id).bytesSent()).isEqualTo(800L * 8000 * 4);
  }

  @Test
  void aChunkThatKafkaDoesNotTakeFailsTheStream() throws Exception {
    // As above: the second chunk waits for room, so the first is the one that fails.
    final Path recording = TestRecordings.wave(folder.resolve("long.wav"), 800);
    producer = producer(false);
    streams(
        Map.of("valence.ingest.bytes-in-flight", "8388608", "valence.ingest.window", "160s"),
        InstantSource.system());
    final String id = streams.open(request(recording)).streamId();
    await(producer::completeNext);
    await(() -> producer.history().size() == 2);
    await(RecordingStreamsTest::senderWaits);
    assertThat(producer.errorNext(new TimeoutException("the broker is away"))).isTrue();
    await(
        () -> {
          producer.completeNext();
          return streams.list().get(0).state() != StreamState.OPEN;
        });
    final StreamStatus status = streams.find(id);
    assertThat(status.state()).isEqualTo(StreamState.FAILED);
    assertThat(status.reason()).isEqualTo("Kafka did not take a chunk: the broker is away");
    final List<ProducerRecord<String, byte[]>> records = producer.history();
    final StreamDescriptor last = read(records.get(records.size() - 1), StreamDescriptor.class);
    assertThat(last.getState()).isEqualTo(StreamState.FAILED);
    assertThat(last.getReason()).isEqualTo(status.reason());
    assertThat(last.getEndMicros()).isNull();
  }

  @Test
  void soundThatBreaksOffInTheMiddleFailsTheStream() throws Exception {
    final Path recording = TestRecordings.wave(folder.resolve("a.wav"), 10);
    final byte[] bytes = Files.readAllBytes(recording);
    // Declare 32-bit floats, and let one after 6 s be no number.
    bytes[20] = 3;
    bytes[28] = 0;
    bytes[29] = 0x7d;
    bytes[32] = 4;
    bytes[34] = 32;
    bytes[44 + 4 * 8000 * 4 + 2] = (byte) 0xc0;
    bytes[44 + 4 * 8000 * 4 + 3] = 0x7f;
    Files.write(recording, bytes);
    streams(Map.of(), InstantSource.system());
    final StreamStatus status = ended(streams.open(request(recording)).streamId());
    assertThat(status.state()).isEqualTo(StreamState.FAILED);
    assertThat(status.reason()).contains("sample 32000 (at 4.000 s) is NaN");
    assertThat(status.progress()).isBetween(0.5, 0.7);
  }

  @Test
  void aStreamThatFailedMayBeSentAgainUnderItsId() throws Exception {
    final Path recording = TestRecordings.wave(folder.resolve("long.wav"), 800);
    producer = producer(false);
    streams(
        Map.of("valence.ingest.bytes-in-flight", "8388608", "valence.ingest.window", "160s"),
        InstantSource.system());
    streams.open(request(recording, Optional.of("one"), false));
    await(producer::completeNext);
    await(() -> producer.history().size() == 2);
    assertThat(producer.errorNext(new TimeoutException("the broker is away"))).isTrue();
    final BooleanSupplier over =
        () -> {
          producer.completeNext();
          return streams.list().get(0).state() != StreamState.OPEN;
        };
    await(over);
    assertThat(streams.find("one").state()).isEqualTo(StreamState.FAILED);

    streams.open(request(recording, Optional.of("one"), false));
    await(over);
    assertThat(streams.find("one").state()).isEqualTo(StreamState.ENDED);
    assertThat(streams.find("one").chunksSent()).isEqualTo(5);
    assertThat(streams.list()).hasSize(1);
  }

  @Test
  void aRecordingWhoseDecoderDiesFailsItsStreamAlone() throws Exception {
    final Path recording = TestRecordings.wave(folder.resolve("a.wav"), 600);
    streams(Map.of(), InstantSource.system());
    final String id = streams.open(request(recording, Optional.empty(), true)).streamId();
    ProcessHandle.current()
        .descendants()
        .filter(child -> child.info().commandLine().orElse("").contains("DecoderMain"))
        .forEach(ProcessHandle::destroyForcibly);
    final StreamStatus status = ended(id);
    assertThat(status.state()).isEqualTo(StreamState.FAILED);
    assertThat(status.reason()).isEqualTo("a.wav: the decoder ended with signal 9");
    assertThat(streams.decoderDeaths()).isOne();
    final Path other = TestRecordings.wave(folder.resolve("b.wav"), 4);
    assertThat(ended(streams.open(request(other)).streamId()).state()).isEqualTo(StreamState.ENDED);
  }

  @Test
  void realTimeSendsAChunkWhenItWouldHaveBeenRecorded() throws Exception {
    final Path recording = TestRecordings.wave(folder.resolve("a.wav"), 1.5);
    streams(Map.of("valence.ingest.window", "500ms"), InstantSource.system());
    final StreamStatus opened = streams.open(request(recording, Optional.empty(), true));
    ended(opened.streamId());
    final List<Long> captured = new ArrayList<>();
    for (final ProducerRecord<String, byte[]> record : producer.history()) {
      if (record.topic().equals("raw.audio")) {
        captured.add(read(record, MediaChunk.class).getCapturedAtMillis());
      }
    }
    assertThat(captured).hasSize(3);
    for (int i = 0; i < 3; i++) {
      assertThat(captured.get(i) - opened.openedAtMillis()).isGreaterThanOrEqualTo(500L * (i + 1));
    }
  }

  @Test
  void stoppingFailsWhatIsOpenAndTakesNothingMore() throws Exception {
    final Path recording = TestRecordings.wave(folder.resolve("a.wav"), 3000);
    streams(Map.of(), InstantSource.system());
    final String id = streams.open(request(recording, Optional.empty(), true)).streamId();
    await(() -> producer.history().size() == 1);
    final CountDownLatch closed = new CountDownLatch(1);
    final Thread closer =
        new Thread(
            () -> {
              try {
                streams.close();
                closed.countDown();
              } catch (final InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    closer.start();
    assertThat(closed.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(streams.find(id).state()).isEqualTo(StreamState.FAILED);
    assertThat(streams.find(id).reason()).contains("ingest was stopped");
    assertThat(read(producer.history().get(1), StreamDescriptor.class).getState())
        .isEqualTo(StreamState.FAILED);
    assertThatThrownBy(() -> streams.open(request(recording)))
        .isInstanceOf(RefusedRequestException.class)
        .hasMessageContaining("being stopped");
  }

  @Test
  void onlySoManyAreRemembered() throws Exception {
    final Path recording = TestRecordings.wave(folder.resolve("a.wav"), 1);
    streams(Map.of("valence.ingest.remembered-streams", "2"), InstantSource.system());
    for (int i = 0; i < 5; i++) {
      ended(streams.open(request(recording, Optional.of("s" + i), false)).streamId());
      // A place is given back just after the stream is over.
      final int number = i;
      await(() -> streams.list().stream().anyMatch(s -> s.streamId().equals("s" + number)));
    }
    assertThat(streams.list()).extracting(StreamStatus::streamId).containsExactly("s3", "s4");
    assertThatThrownBy(() -> streams.find("s0"))
        .isInstanceOfSatisfying(
            RefusedRequestException.class, e -> assertThat(e.status()).isEqualTo(404));
  }
}
