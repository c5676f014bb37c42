package io.valence.textfeatures;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.valence.features.text.ContextLimits;
import io.valence.pipeline.TextChunkExtractor;
import io.valence.schemas.AvroSerde;
import io.valence.schemas.FeatureVector;
import io.valence.schemas.MediaChunk;
import io.valence.schemas.Modality;
import io.valence.streams.RecordTopology;
import io.valence.streams.StreamsSettings;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;

/** Whatever order the chunks come in, and however often, their vectors are those of the orderly run. */
class TextOrderTest {

  private static final byte[] NOT_UTF8 = {(byte) 0xC3, 0x28};

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

  /** The vector of a chunk for a window. */
  private record Key(String streamId, long sequence, long window) {}

  /**
   * What a run has left.
   *
   * @param vectors the different ones under each key
   * @param answered how many inputs gave vectors or a dead letter
   */
  private record Outcome(Map<Key, Set<FeatureVector>> vectors, int answered) {}

  private record Input(byte[] key, byte[] value) {}

  @Property(tries = 30)
  void theOrderOfArrivalMakesNoDifference(
      @ForAll final Random random,
      @ForAll @IntRange(min = 1, max = 25) final int length,
      @ForAll @IntRange(max = 30) final int displacement) {
    final List<Input> orderly = new ArrayList<>();
    for (final String stream : List.of("a", "b")) {
      orderly.addAll(stream(stream, length, random));
    }
    final List<Input> disturbed = disturbed(orderly, displacement, random);

    final Outcome expected = run(orderly);
    final Outcome found = run(disturbed);

    assertThat(expected.vectors().values()).allMatch(all -> all.size() == 1);
    assertThat(found.vectors()).isEqualTo(expected.vectors());
    assertThat(expected.answered()).isEqualTo(orderly.size());
    assertThat(found.answered()).isEqualTo(disturbed.size());
  }

  /** Of windows of 3 s, with chunks of 0.4 to 4 s; one in eight cannot be read, one is silent. */
  private List<Input> stream(final String streamId, final int length, final Random random) {
    final List<Input> inputs = new ArrayList<>();
    long start = 0;
    for (int i = 0; i < length; i++) {
      final long end = start + 400_000 + random.nextInt(3_600_000);
      final int kind = random.nextInt(8);
      final byte[] words =
          kind == 0 ? NOT_UTF8 : kind == 1 ? new byte[0] : words(random).getBytes(UTF_8);
      inputs.add(input(streamId, i, start, end, words, i == length - 1));
      start = end;
    }
    return inputs;
  }

  private static String words(final Random random) {
    final List<String> words = new ArrayList<>();
    for (int i = random.nextInt(6); i >= 0; i--) {
      words.add(Integer.toString(random.nextInt(10_000), Character.MAX_RADIX));
    }
    return String.join(" ", words);
  }

  private Input input(
      final String streamId,
      final long sequence,
      final long start,
      final long end,
      final byte[] words,
      final boolean last) {
    final MediaChunk chunk =
        MediaChunk.newBuilder()
            .setStreamId(streamId)
            .setModality(Modality.TEXT)
            .setSequence(sequence)
            .setStartMicros(start)
            .setEndMicros(end)
            .setWindowSizeMicros(3_000_000)
            .setContainer("text/utf-8")
            .setPayload(ByteBuffer.wrap(words))
            .setEndOfStream(last)
            .setCapturedAtMillis(1)
            .build();
    return new Input(streamId.getBytes(UTF_8), chunks.serializer().serialize("raw.text", chunk));
  }

  /** Each input once or more, none by more than so many places before another of its stream, and poison. */
  private List<Input> disturbed(
      final List<Input> orderly, final int displacement, final Random random) {
    record At(double place, Input input) {}

    final List<At> all = new ArrayList<>();
    for (int i = 0; i < orderly.size(); i++) {
      all.add(new At(i + random.nextDouble() * displacement, orderly.get(i)));
      while (random.nextInt(4) == 0) {
        all.add(new At(i + random.nextDouble() * 3 * displacement, orderly.get(i)));
      }
    }
    for (int i = random.nextInt(4); i > 0; i--) {
      final Input poison =
          switch (random.nextInt(3)) {
            case 0 -> input("a", 900_000, 0, 700_000, NOT_UTF8, false);
            case 1 -> new Input("a".getBytes(UTF_8), "not avro".getBytes(UTF_8));
            default -> new Input("b".getBytes(UTF_8), orderly.get(0).value());
          };
      all.add(new At(random.nextDouble() * orderly.size(), poison));
    }
    return all.stream().sorted(Comparator.comparingDouble(At::place)).map(At::input).toList();
  }

  private Outcome run(final List<Input> inputs) {
    final Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "text-order");
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "not.used:9092");
    final TextChunkExtractor extractor =
        new TextChunkExtractor(new ListeningModel(ContextLimits.DEFAULT));
    try (TopologyTestDriver driver =
        new TopologyTestDriver(
            RecordTopology.build(TextFeaturesService.flow(extractor, false), settings),
            properties)) {
      final TestInputTopic<byte[], byte[]> input =
          driver.createInputTopic("raw.text", new ByteArraySerializer(), new ByteArraySerializer());
      final TestOutputTopic<byte[], byte[]> output =
          driver.createOutputTopic(
              "features.text", new ByteArrayDeserializer(), new ByteArrayDeserializer());
      final TestOutputTopic<byte[], byte[]> deadLetters =
          driver.createOutputTopic(
              "text-features.dead-letters",
              new ByteArrayDeserializer(),
              new ByteArrayDeserializer());
      for (int i = 0; i < inputs.size(); i++) {
        input.pipeInput(inputs.get(i).key(), inputs.get(i).value(), i);
      }
      final Map<Key, Set<FeatureVector>> found = new HashMap<>();
      // The vectors of an input keep its timestamp.
      final Set<Long> answered = new HashSet<>();
      for (final TestRecord<byte[], byte[]> record : output.readRecordsToList()) {
        final FeatureVector vector =
            FeatureVector.newBuilder(
                    vectors.deserializer().deserialize("features.text", record.value()))
                .setCreatedAtMillis(0)
                .build();
        found
            .computeIfAbsent(
                new Key(vector.getStreamId(), vector.getSequence(), vector.getWindowStartMicros()),
                key -> new HashSet<>())
            .add(vector);
        answered.add(record.timestamp());
      }
      return new Outcome(found, answered.size() + deadLetters.readValuesToList().size());
    }
  }
}
