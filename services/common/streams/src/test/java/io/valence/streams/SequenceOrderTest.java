package io.valence.streams;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.valence.schemas.AvroSerde;
import io.valence.schemas.FeatureVector;
import io.valence.schemas.FloatValues;
import io.valence.schemas.MediaChunk;
import io.valence.schemas.Modality;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * In which order the step gets the records of a stream, and what it remembers then. It appends each
 * number to what it remembers of the stream and tells what it remembered: {@code 3<012} is number 3
 * after 0, 1 and 2.
 */
class SequenceOrderTest {

  private static final String IN = "raw.text";
  private static final String OUT = "features.text";
  private static final String BROKEN = "broken";

  private final StreamsSettings settings =
      new StreamsSettings(
          "localhost:9092",
          "text-features",
          Duration.ofMillis(100),
          StreamsConfig.EXACTLY_ONCE_V2,
          Map.of("schema.registry.url", "mock://" + UUID.randomUUID()));
  private final AvroSerde<MediaChunk> chunks =
      AvroSerde.forValues(MediaChunk.class, settings.serde());
  private final AvroSerde<FeatureVector> vectors =
      AvroSerde.forValues(FeatureVector.class, settings.serde());
  private TopologyTestDriver driver;
  private TestInputTopic<byte[], byte[]> input;
  private TestOutputTopic<byte[], byte[]> output;
  private TestOutputTopic<byte[], byte[]> deadLetters;

  private static List<FeatureVector> appending(final MediaChunk chunk, final StreamMemory memory)
      throws IOException {
    if (chunk.getContainer().equals(BROKEN)) {
      throw new IOException("number " + chunk.getSequence() + " is broken");
    }
    final String before =
        memory.recall(chunk.getStreamId()).map(kept -> new String(kept, UTF_8)).orElse("");
    memory.keep(chunk.getStreamId(), (before + chunk.getSequence()).getBytes(UTF_8));
    return List.of(
        FeatureVector.newBuilder()
            .setStreamId(chunk.getStreamId())
            .setModality(chunk.getModality())
            .setSpace("any")
            .setWindowStartMicros(chunk.getStartMicros())
            .setWindowEndMicros(chunk.getEndMicros())
            .setCoversStartMicros(chunk.getStartMicros())
            .setCoversEndMicros(chunk.getEndMicros())
            .setSequence(chunk.getSequence())
            .setWeight(0)
            .setQuality(0)
            .setValues(FloatValues.of(new float[0]))
            .setExtractor("test")
            .setExtractorVersion(chunk.getSequence() + "<" + before)
            .setCapturedAtMillis(1)
            .setCreatedAtMillis(2)
            .build());
  }

  @BeforeEach
  void open() {
    final Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "text-features");
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "not.used:9092");
    driver =
        new TopologyTestDriver(
            RecordTopology.build(
                RecordFlow.remembering(
                    "text-features",
                    IN,
                    MediaChunk.class,
                    MediaChunk::getSequence,
                    SequenceOrderTest::appending,
                    OUT,
                    FeatureVector.class),
                settings),
            properties,
            // Not before the timestamps of the records.
            Instant.ofEpochSecond(100));
    input = driver.createInputTopic(IN, new ByteArraySerializer(), new ByteArraySerializer());
    output =
        driver.createOutputTopic(OUT, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    deadLetters =
        driver.createOutputTopic(
            "text-features.dead-letters", new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  @AfterEach
  void close() {
    driver.close();
  }

  private static MediaChunk.Builder chunk(final String streamId, final long sequence) {
    return MediaChunk.newBuilder()
        .setStreamId(streamId)
        .setModality(Modality.TEXT)
        .setSequence(sequence)
        .setStartMicros(sequence * 3_000_000)
        .setEndMicros((sequence + 1) * 3_000_000)
        .setContainer("text/utf-8")
        .setPayload(ByteBuffer.allocate(0))
        .setCapturedAtMillis(1);
  }

  private void arrive(final MediaChunk chunk, final double second) {
    pipe(chunk.getStreamId().getBytes(UTF_8), chunks.serializer().serialize(IN, chunk), second);
  }

  private void pipe(final byte[] key, final byte[] value, final double second) {
    input.pipeInput(
        new TestRecord<>(
            key,
            value,
            new RecordHeaders().add("trace", "yes".getBytes(UTF_8)),
            (long) (second * 1_000)));
  }

  /** What the step is given when a number of the stream comes. */
  private List<String> readAt(final double second, final long... sequences) {
    for (final long sequence : sequences) {
      arrive(chunk("talk", sequence).build(), second);
    }
    return read();
  }

  private List<String> readBroken(final long sequence, final double second) {
    arrive(chunk("talk", sequence).setContainer(BROKEN).build(), second);
    return read();
  }

  private List<String> read() {
    final List<String> read = new ArrayList<>();
    for (final byte[] value : output.readValuesToList()) {
      read.add(vectors.deserializer().deserialize(OUT, value).getExtractorVersion());
    }
    return read;
  }

  private void tick(final int times) {
    for (int i = 0; i < times; i++) {
      driver.advanceWallClockTime(Duration.ofSeconds(1));
    }
  }

  private double metric(final String name) {
    return driver.metrics().entrySet().stream()
        .filter(entry -> entry.getKey().name().equals(name))
        .mapToDouble(entry -> (double) entry.getValue().metricValue())
        .findFirst()
        .orElseThrow();
  }

  private static String header(final Headers headers, final String name) {
    return new String(headers.lastHeader(name).value(), UTF_8);
  }

  @Test
  void theWorkedExampleHolds() {
    assertThat(readAt(10.0, 0)).containsExactly("0<");
    assertThat(readAt(11.0, 3)).isEmpty();
    assertThat(readAt(11.5, 1)).containsExactly("1<0");
    assertThat(readAt(12.0, 1)).containsExactly("1<01");
    assertThat(readAt(13.0, 2)).containsExactly("2<01", "3<012");
    assertThat(readAt(14.0, 6)).isEmpty();
    assertThat(readBroken(4, 15.0)).isEmpty();
    assertThat(deadLetters.readValuesToList()).hasSize(1);
    assertThat(readAt(19.0, 7)).isEmpty();
    tick(9);
    assertThat(read()).isEmpty();
    tick(1);
    assertThat(read()).containsExactly("6<0123", "7<01236");
    assertThat(readAt(31.0, 5)).containsExactly("5<012367");
    assertThat(readAt(32.0, 90)).containsExactly("90<012367");
    assertThat(readBroken(900_000, 33.0)).isEmpty();
    assertThat(deadLetters.readValuesToList()).hasSize(1);
    assertThat(readAt(34.0, 91)).containsExactly("91<01236790");
  }

  @Test
  void aHeldRecordKeepsItsTimestamp() {
    arrive(chunk("talk", 1).build(), 11.25);
    arrive(chunk("talk", 0).build(), 12.5);

    assertThat(output.readRecordsToList())
        .extracting(TestRecord::timestamp)
        .containsExactly(12_500L, 11_250L);
  }

  @Test
  void streamsDoNotWaitForEachOther() {
    arrive(chunk("a", 1).build(), 1);
    arrive(chunk("b", 0).build(), 1);
    arrive(chunk("aa", 0).build(), 1);
    assertThat(read()).containsExactly("0<", "0<");

    arrive(chunk("a", 0).build(), 1);
    assertThat(read()).containsExactly("0<", "1<0");
  }

  @Test
  void repeatsOfWhatIsHeldAreReadAfterIt() {
    assertThat(readAt(1, 2, 2, 1, 2)).isEmpty();
    assertThat(metric("held-records")).isEqualTo(4);

    assertThat(readAt(2, 0)).containsExactly("0<", "1<0", "2<01", "2<012", "2<012");
    assertThat(readAt(2, 3)).containsExactly("3<012");
    assertThat(metric("held-records")).isZero();
  }

  @Test
  void theDeadLetterOfAHeldRecordNamesItsOrigin() {
    readAt(1, 0);
    final byte[] key = "talk".getBytes(UTF_8);
    final byte[] value =
        chunks.serializer().serialize(IN, chunk("talk", 2).setContainer(BROKEN).build());
    pipe(key, value, 2);
    readAt(3, 3);
    assertThat(deadLetters.isEmpty()).isTrue();

    assertThat(readAt(4, 1)).containsExactly("1<0", "3<01");

    final TestRecord<byte[], byte[]> letter = deadLetters.readRecord();
    assertThat(deadLetters.isEmpty()).isTrue();
    assertThat(letter.key()).isEqualTo(key);
    assertThat(letter.value()).isEqualTo(value);
    assertThat(header(letter.headers(), "trace")).isEqualTo("yes");
    assertThat(header(letter.headers(), DeadLetters.ORIGIN_TOPIC)).isEqualTo(IN);
    assertThat(header(letter.headers(), DeadLetters.ORIGIN_OFFSET)).isEqualTo("1");
    assertThat(header(letter.headers(), DeadLetters.REASON)).isEqualTo("number 2 is broken");
  }

  @Test
  void aRecordOutOfRangeHasItsPlaceToo() {
    readAt(1, 0);
    arrive(chunk("talk", 1).setEndMicros(Long.MAX_VALUE).build(), 2);

    assertThat(deadLetters.readValuesToList()).hasSize(1);
    assertThat(readAt(3, 2)).containsExactly("2<0");
  }

  @Test
  void whatHasNoPlaceBecomesADeadLetterAtOnce() {
    readAt(1, 0, 2);
    pipe("talk".getBytes(UTF_8), "not avro".getBytes(UTF_8), 1);
    pipe("talk".getBytes(UTF_8), null, 1);
    final byte[] second = chunks.serializer().serialize(IN, chunk("talk", 1).build());
    pipe("another".getBytes(UTF_8), second, 1);
    pipe(null, second, 1);
    arrive(chunk("talk", -1).build(), 1);
    arrive(chunk("", 1).build(), 1);

    assertThat(deadLetters.readValuesToList()).hasSize(6);
    assertThat(read()).isEmpty();
    assertThat(readAt(2, 1)).containsExactly("1<0", "2<01");
  }

  @Test
  void aMendedDeadLetterChangesNothingOfWhatFollows() {
    readAt(1, 0);
    readBroken(1, 2);
    assertThat(readAt(3, 2, 1, 3)).containsExactly("2<0", "1<02", "3<02");
  }

  /** Ticks in each of which something that has no place is read. */
  private void busyTick(final int times, final double second) {
    for (int i = 0; i < times; i++) {
      pipe("other".getBytes(UTF_8), "not avro".getBytes(UTF_8), second);
      tick(1);
    }
  }

  @Test
  void aTaskThatReadsNothingGivesUpAfterTenTicks() {
    readAt(1, 0, 2);
    // In the first second something was read.
    tick(10);
    assertThat(read()).isEmpty();
    assertThat(metric("held-records")).isEqualTo(1);

    tick(1);

    assertThat(read()).containsExactly("2<0");
    assertThat(metric("sequence-gap-total")).isEqualTo(1);
    assertThat(metric("held-records")).isZero();
  }

  @Test
  void aTaskThatIsBehindIsPatient() {
    readAt(1, 0, 2);
    busyTick(60, 5.9);

    assertThat(read()).isEmpty();
    assertThat(readAt(6, 1)).containsExactly("1<0", "2<01");
  }

  @Test
  void aBusyTaskThatIsNotBehindGivesUpAfterTenTicks() {
    readAt(1, 0, 2);
    busyTick(3, 5.9);
    busyTick(9, 6.0);
    assertThat(read()).isEmpty();

    busyTick(1, 6.0);

    assertThat(read()).containsExactly("2<0");
  }

  @Test
  void aProducerWhoseClockIsAheadDoesNotMakeTheOthersWait() {
    arrive(chunk("ahead", 0).build(), 1_000);
    readAt(1, 0, 2);
    busyTick(10, 6.0);

    assertThat(read()).contains("2<0");
  }

  @Test
  void whatComesAfterALongOutageHasTheRestOfTheTicks() {
    readAt(1, 0, 2);
    tick(5);
    // A producer that was faster to find the broker again.
    arrive(chunk("other", 0).build(), 60);
    assertThat(read()).containsExactly("0<");

    assertThat(readAt(60.5, 1)).containsExactly("1<0", "2<01");
  }

  @Test
  void aGapRightBehindOneThatWasGivenUpHasOneTickMore() {
    readAt(1, 0, 2, 4, 5);
    tick(11);
    assertThat(read()).containsExactly("2<0");

    tick(1);

    assertThat(read()).containsExactly("4<02", "5<024");
    assertThat(metric("sequence-gap-total")).isEqualTo(2);
  }

  @Test
  void whatFillsAGapBeginsToWaitAnew() {
    readAt(1, 0, 3);
    tick(10);
    assertThat(readAt(1, 1)).containsExactly("1<0");
    tick(10);
    assertThat(read()).isEmpty();

    tick(1);

    assertThat(read()).containsExactly("3<01");
  }

  @Test
  void aPauseIsOneTick() {
    readAt(1, 0, 2);
    tick(1);
    driver.advanceWallClockTime(Duration.ofHours(2));

    assertThat(read()).isEmpty();
    assertThat(readAt(7_200, 1)).containsExactly("1<0", "2<01");
  }

  @Test
  void atMostSixtyThreePlacesAreBridged() {
    readAt(1, 0, 2);
    assertThat(readAt(1, 64)).isEmpty();
    assertThat(metric("held-records")).isEqualTo(2);

    assertThat(readAt(1, 65)).containsExactly("2<0", "64<02", "65<0264");
    assertThat(metric("sequence-gap-total")).isEqualTo(2);
  }

  @Test
  void theLargestNumberHasNoPlace() {
    assertThat(readAt(1, 0, Long.MAX_VALUE, 1)).contains("0<").last().isEqualTo("1<0");
  }

  @Test
  void soManyRepeatsAreHeldAndNoMore() {
    readAt(1, 0);
    for (int i = 0; i < SequenceOrder.MOST_HELD; i++) {
      assertThat(readAt(1, i % 2 == 0 ? 2 : 6)).isEmpty();
    }
    // The next one that would have to be held comes between them.
    assertThat(readAt(1, 4)).contains("2<0", "4<02").doesNotContain("6<02", "6<024");
    assertThat(metric("held-records")).isEqualTo(SequenceOrder.MOST_HELD / 2.0);
    assertThat(readAt(1, 5)).contains("5<024", "6<0245");
  }

  @Test
  void whatDoesNotFitIntoTheChangeLogIsNotHeld() {
    readAt(1, 0);
    final ByteBuffer large = ByteBuffer.allocate(SequenceOrder.MOST_BYTES);
    arrive(chunk("talk", 2).setPayload(large).setContainer(BROKEN).build(), 1);
    assertThat(deadLetters.readValuesToList()).hasSize(1);
    assertThat(readAt(1, 3, 1)).containsExactly("1<0");

    arrive(chunk("talk", 5).setPayload(large).build(), 1);

    assertThat(read()).containsExactly("3<01", "5<013");
  }

  @Test
  void aStreamThatBeginsInTheMiddleWaitsOnlyIfItsBeginningMayStillCome() {
    assertThat(readAt(1, 700, 701, 703, 702))
        .containsExactly("700<", "701<700", "702<700701", "703<700701702");

    arrive(chunk("other", 5).build(), 1);
    assertThat(read()).isEmpty();
    tick(11);
    arrive(chunk("other", 6).build(), 11);
    assertThat(read()).containsExactly("5<", "6<5");
  }

  @Test
  void theEndHasItsTurnAndIsFollowedByRepeats() {
    readAt(1, 0);
    arrive(chunk("talk", 2).setEndOfStream(true).build(), 1);
    assertThat(read()).isEmpty();
    assertThat(readAt(1, 1)).containsExactly("1<0", "2<01");

    assertThat(readAt(2, 1, 0)).containsExactly("1<012", "0<012");
  }

  @Test
  void aStreamThatIsSentAgainIsRepeatedUntilItComesToWhatIsNew() {
    readAt(1, 0, 1, 2);

    assertThat(readAt(2, 0, 1, 2, 3)).containsExactly("0<012", "1<012", "2<012", "3<012");
  }
}
