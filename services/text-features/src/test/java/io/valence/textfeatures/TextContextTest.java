package io.valence.textfeatures;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.valence.features.text.ContextLimits;
import io.valence.features.text.SpokenText;
import io.valence.pipeline.TextChunkExtractor;
import io.valence.schemas.AvroSerde;
import io.valence.schemas.MediaChunk;
import io.valence.schemas.Modality;
import io.valence.streams.DeadLetters;
import io.valence.streams.RecordTopology;
import io.valence.streams.StreamsSettings;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the service reads with the words of a chunk. */
class TextContextTest {

  private final StreamsSettings settings =
      new StreamsSettings(
          "localhost:9092",
          "text-features",
          Duration.ofMillis(100),
          StreamsConfig.EXACTLY_ONCE_V2,
          Map.of("schema.registry.url", "mock://" + UUID.randomUUID()));
  private final AvroSerde<MediaChunk> chunks =
      AvroSerde.forValues(MediaChunk.class, settings.serde());
  private TopologyTestDriver driver;
  private TestInputTopic<byte[], byte[]> input;
  private TestOutputTopic<byte[], byte[]> output;
  private TestOutputTopic<byte[], byte[]> deadLetters;

  private ListeningModel open(final ContextLimits limits) {
    return open(limits, false);
  }

  private ListeningModel open(final ContextLimits limits, final boolean participants) {
    final ListeningModel listener = new ListeningModel(limits);
    final Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "text-features");
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "not.used:9092");
    driver =
        new TopologyTestDriver(
            RecordTopology.build(
                TextFeaturesService.flow(new TextChunkExtractor(listener), participants), settings),
            properties);
    input =
        driver.createInputTopic("raw.text", new ByteArraySerializer(), new ByteArraySerializer());
    output =
        driver.createOutputTopic(
            "features.text", new ByteArrayDeserializer(), new ByteArrayDeserializer());
    deadLetters =
        driver.createOutputTopic(
            "text-features.dead-letters", new ByteArrayDeserializer(), new ByteArrayDeserializer());
    return listener;
  }

  @AfterEach
  void close() {
    driver.close();
  }

  private void say(
      final String stream,
      final long sequence,
      final double from,
      final double to,
      final byte[] words) {
    send(chunk(stream, sequence, from, to, words).build());
  }

  private void end(
      final String stream,
      final long sequence,
      final double from,
      final double to,
      final String words) {
    send(chunk(stream, sequence, from, to, words.getBytes(UTF_8)).setEndOfStream(true).build());
  }

  private void send(final MediaChunk chunk) {
    input.pipeInput(
        chunk.getStreamId().getBytes(UTF_8), chunks.serializer().serialize("raw.text", chunk));
  }

  private static MediaChunk.Builder chunk(
      final String stream,
      final long sequence,
      final double from,
      final double to,
      final byte[] words) {
    return MediaChunk.newBuilder()
        .setStreamId(stream)
        .setModality(Modality.TEXT)
        .setSequence(sequence)
        .setStartMicros((long) (from * 1e6))
        .setEndMicros((long) (to * 1e6))
        .setWindowSizeMicros(3_000_000)
        .setContainer("text/utf-8")
        .setPayload(ByteBuffer.wrap(words))
        .setCapturedAtMillis(1);
  }

  private void say(
      final String stream,
      final long sequence,
      final double from,
      final double to,
      final String words) {
    say(stream, sequence, from, to, words.getBytes(UTF_8));
  }

  /** Words of a window after those of the windows before, all of one speaker. */
  private static SpokenText after(final String before, final String words) {
    return SpokenText.running(List.of(), before, words);
  }

  @Test
  void eachStreamIsReadAfterItsOwnWords() {
    final ListeningModel listener = open(ContextLimits.DEFAULT);

    say("a", 0, 0, 3, "i waited");
    say("b", 0, 0, 3, "lovely");
    say("a", 1, 3, 4.5, "and waited");
    say("a", 2, 4.5, 6, "for nothing");
    say("b", 1, 3, 6, "day");

    assertThat(listener.read())
        .containsExactly(
            after("", "i waited"),
            after("", "lovely"),
            after("i waited", "and waited"),
            after("i waited", "and waited for nothing"),
            after("i waited", "and waited"),
            after("lovely", "day"));
  }

  @Test
  void wordsOfAChunkOverSeveralWindowsPrecedeEachOther() {
    final ListeningModel listener = open(ContextLimits.DEFAULT);

    say("a", 0, 0, 6, "one two three four");

    assertThat(listener.read())
        .containsExactly(after("", "one two"), after("one two", "three four"));
  }

  @Test
  void switchedOffEachWindowIsReadByItself() {
    final ListeningModel listener = open(ContextLimits.NONE);

    say("a", 0, 0, 3, "i waited");
    say("a", 1, 3, 6, "for nothing");

    assertThat(listener.read()).containsExactly(after("", "i waited"), after("", "for nothing"));
  }

  @Test
  void aDeadLetterLeavesNoWords() {
    final ListeningModel listener = open(ContextLimits.DEFAULT);

    say("a", 0, 0, 3, "i waited");
    say("a", 1, 3, 6, new byte[] {(byte) 0xC3, 0x28});
    say("a", 2, 6, 9, "for nothing");

    assertThat(deadLetters.readValuesToList()).hasSize(1);
    assertThat(listener.read()).last().isEqualTo(after("i waited", "for nothing"));
  }

  @Test
  void aChunkThatWasOvertakenIsReadFirst() {
    final ListeningModel listener = open(ContextLimits.DEFAULT);

    say("a", 0, 0, 3, "i waited");
    say("a", 2, 4.5, 6, "for nothing");
    say("a", 1, 3, 4.5, "and waited");

    assertThat(listener.read())
        .containsExactly(
            after("", "i waited"),
            after("i waited", "and waited"),
            after("i waited", "and waited for nothing"),
            after("i waited", "and waited"));
  }

  @Test
  void aMendedChunkIsReadAfterWhatCameBeforeItAndBeforeNothing() {
    final ListeningModel listener = open(ContextLimits.DEFAULT);

    say("a", 0, 0, 3, "i waited");
    say("a", 1, 3, 6, new byte[] {(byte) 0xC3, 0x28});
    say("a", 2, 6, 9, "for nothing");
    say("a", 1, 3, 6, "and waited");
    say("a", 3, 9, 12, "at all");

    assertThat(listener.read())
        .containsExactly(
            after("", "i waited"),
            after("i waited", "for nothing"),
            after("i waited", "and waited"),
            after("i waited for nothing", "at all"));
  }

  @Test
  void aRepeatAfterTheEndIsReadAsTheFirstTime() {
    final ListeningModel listener = open(ContextLimits.DEFAULT);

    say("a", 0, 0, 3, "i waited");
    end("a", 1, 3, 6, "for nothing");
    end("a", 1, 3, 6, "for nothing");

    assertThat(listener.read()).last().isEqualTo(after("i waited", "for nothing"));
  }

  @Test
  void aRepeatedChunkIsReadAsTheFirstTime() {
    final ListeningModel listener = open(ContextLimits.DEFAULT);

    say("a", 0, 0, 3, "i waited");
    say("a", 1, 3, 6, "for nothing");
    say("a", 0, 0, 3, "i waited");

    assertThat(listener.read()).last().isEqualTo(after("", "i waited"));
  }

  /** In a session. */
  private void say(
      final String session,
      final String stream,
      final long sequence,
      final double from,
      final double to,
      final String words) {
    send(chunk(stream, sequence, from, to, words.getBytes(UTF_8)).setSessionId(session).build());
  }

  @Test
  void whatOthersOfTheSessionSaidBeforeIsReadAndMarked() {
    final ListeningModel listener = open(ContextLimits.DEFAULT, true);

    say("s", "anna", 0, 0, 3, "i waited");
    say("s", "ben", 0, 0, 4, "for whom");
    say("other", "cleo", 0, 0, 3, "lovely");
    say("s", "anna", 1, 3, 5, "for you");
    say("s", "anna", 2, 5, 6, "all day");
    say("s", "ben", 1, 6, 9, "sorry");

    assertThat(listener.read())
        .containsExactly(
            after("", "i waited"),
            after("", "for"),
            SpokenText.running(List.of("they said i waited"), "for", "whom"),
            after("", "lovely"),
            // Ben goes on until 4 s: that comes too late for what begins at 3 s.
            SpokenText.running(List.of("they said for"), "i waited", "for you"),
            SpokenText.running(
                List.of("they said for", "they said whom"), "i waited", "for you all day"),
            SpokenText.running(List.of("they said for", "they said whom"), "i waited", "for you"),
            SpokenText.running(List.of("they said for you all day"), "for whom", "sorry"));
  }

  @Test
  void inASessionTooEachStreamIsReadInItsOrder() {
    final ListeningModel listener = open(ContextLimits.DEFAULT, true);

    say("s", "anna", 1, 3, 6, "for you");
    say("s", "ben", 0, 6, 9, "sorry");
    say("s", "anna", 0, 0, 3, "i waited");

    assertThat(listener.read())
        .containsExactly(after("", "sorry"), after("", "i waited"), after("i waited", "for you"));
  }

  @Test
  void withoutASessionAStreamIsByItself() {
    final ListeningModel listener = open(ContextLimits.DEFAULT, true);

    say("anna", 0, 0, 3, "i waited");
    say("ben", 0, 3, 6, "lovely");
    say("anna", 1, 6, 9, "for you");

    assertThat(listener.read()).last().isEqualTo(after("i waited", "for you"));
    assertThat(listener.read()).contains(after("", "lovely"));
  }

  @Test
  void resultsAndDeadLettersOfASessionAreUnderTheirStream() {
    open(ContextLimits.DEFAULT, true);

    say("s", "anna", 0, 0, 3, "i waited");
    final MediaChunk broken =
        chunk("ben", 0, 0, 3, new byte[] {(byte) 0xC3, 0x28}).setSessionId("s").build();
    send(broken);
    input.pipeInput("cleo".getBytes(UTF_8), "not avro".getBytes(UTF_8));
    input.pipeInput(null, "not avro either".getBytes(UTF_8));

    assertThat(output.readRecord().key()).isEqualTo("anna".getBytes(UTF_8));
    assertThat(output.isEmpty()).isTrue();
    final List<TestRecord<byte[], byte[]>> letters = deadLetters.readRecordsToList();
    assertThat(letters)
        .extracting(TestRecord::key)
        .containsExactly("ben".getBytes(UTF_8), "cleo".getBytes(UTF_8), null);
    assertThat(letters.get(0).value()).isEqualTo(chunks.serializer().serialize("raw.text", broken));
    assertThat(letters)
        .extracting(letter -> header(letter, DeadLetters.ORIGIN_TOPIC))
        .containsOnly("raw.text");
    assertThat(letters)
        .extracting(letter -> header(letter, DeadLetters.ORIGIN_OFFSET))
        .containsExactly("1", "2", "3");
  }

  private static String header(final TestRecord<byte[], byte[]> letter, final String name) {
    return new String(letter.headers().lastHeader(name).value(), UTF_8);
  }
}
