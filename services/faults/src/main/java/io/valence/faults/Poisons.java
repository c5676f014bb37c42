package io.valence.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.valence.schemas.AvroSerializer;
import io.valence.schemas.FeatureVector;
import io.valence.schemas.FloatValues;
import io.valence.schemas.MediaChunk;
import io.valence.schemas.Modality;
import io.valence.schemas.StreamDescriptor;
import io.valence.schemas.StreamState;
import io.valence.schemas.TopicCatalogue;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;

/** Makes the bytes of records: sound ones and those that cannot be processed. */
final class Poisons implements AutoCloseable {

  private static final byte[] NOT_UTF8 = {(byte) 0xc3, (byte) 0x28, (byte) 0xff};
  private static final int TRUNCATED_MATROSKA_BYTES = 48;

  private final AvroSerializer<MediaChunk> chunks = new AvroSerializer<>(MediaChunk.class);
  private final AvroSerializer<FeatureVector> vectors = new AvroSerializer<>(FeatureVector.class);
  private final AvroSerializer<StreamDescriptor> descriptors =
      new AvroSerializer<>(StreamDescriptor.class);

  Poisons(final String registryUrl) {
    final Map<String, String> configuration = Map.of("schema.registry.url", registryUrl);
    chunks.configure(configuration, false);
    vectors.configure(configuration, false);
    descriptors.configure(configuration, false);
  }

  /** Key and value of a record; null where it has none. */
  record Bytes(byte[] key, byte[] value) {}

  Bytes of(final MediaChunk chunk) {
    return new Bytes(
        chunk.getStreamId().getBytes(UTF_8),
        chunks.serialize(TopicCatalogue.raw(chunk.getModality()).name(), chunk));
  }

  Bytes of(final StreamDescriptor descriptor) {
    return new Bytes(
        descriptor.getStreamId().getBytes(UTF_8),
        descriptors.serialize(TopicCatalogue.STREAMS.name(), descriptor));
  }

  /**
   * A record that cannot be processed.
   *
   * @param streamId a stream that lives, and must not be hurt by it
   */
  Bytes of(final SeedPlan.Poison poison, final RecordedStream stream, final String streamId) {
    final Random random = new Random(poison.salt());
    final byte[] key = streamId.getBytes(UTF_8);
    final String topic = poison.topic();
    return switch (poison.kind()) {
      case RANDOM_BYTES -> new Bytes(key, bytes(random, 1 + random.nextInt(400)));
      case EMPTY_VALUE -> new Bytes(key, new byte[0]);
      case NULL_VALUE -> new Bytes(key, null);
      case WRONG_MAGIC_BYTE -> new Bytes(key, with(sound(topic, streamId), 0, (byte) 7));
      case UNKNOWN_SCHEMA_ID -> new Bytes(key, with(sound(topic, streamId), 1, (byte) 0x7e));
      case OTHER_RECORD_TYPE ->
          new Bytes(
              key,
              topic.startsWith("raw.")
                  ? vector(TopicCatalogue.features(Modality.TEXT).name(), vector(topic, streamId))
                  : chunks.serialize(
                      TopicCatalogue.raw(Modality.TEXT).name(),
                      chunk("raw.text", streamId).build()));
      case TRUNCATED_RECORD -> {
        final byte[] whole = sound(topic, streamId);
        yield new Bytes(key, Arrays.copyOf(whole, 6 + random.nextInt(whole.length - 6)));
      }
      case KEY_OF_ANOTHER_STREAM ->
          new Bytes((streamId + "-foreign").getBytes(UTF_8), sound(topic, streamId));
      case KEY_NOT_UTF8 -> new Bytes(NOT_UTF8, sound(topic, streamId));
      case NO_KEY -> new Bytes(null, sound(topic, streamId));
      case NOT_A_NUMBER ->
          new Bytes(
              key,
              vector(
                  topic,
                  vector(topic, streamId)
                      .setWeight(1)
                      .setValues(FloatValues.of(new float[] {0.5f, Float.NaN, 1}))));
      case WRONG_SPACE ->
          new Bytes(
              key,
              vector(
                  topic,
                  vector(topic, streamId)
                      .setSpace("space-of-nobody")
                      .setWeight(1)
                      .setValues(FloatValues.of(new float[] {1, 2, 3}))));
      case WINDOW_OFF_THE_GRID ->
          new Bytes(
              key,
              vector(
                  topic, vector(topic, streamId).setSpace(baseSpace(PoisonKind.modality(topic)))));
      case OVERSIZE_NUMBERS -> new Bytes(key, oversize(topic, streamId));
      case TRUNCATED_MATROSKA -> {
        final MediaChunk whole =
            stream.chunks().stream()
                .filter(chunk -> chunk.getModality() == Modality.VISUAL)
                .findFirst()
                .orElseGet(() -> chunk(topic, streamId).build());
        final byte[] payload = new byte[TRUNCATED_MATROSKA_BYTES];
        whole
            .getPayload()
            .duplicate()
            .get(payload, 0, Math.min(payload.length, whole.getPayload().remaining()));
        yield new Bytes(
            key,
            chunks.serialize(
                topic,
                chunk(topic, streamId)
                    .setContainer("matroska")
                    .setCodec("h264")
                    .setPayload(ByteBuffer.wrap(payload))
                    .build()));
      }
      case UNDECODABLE_PAYLOAD ->
          new Bytes(
              key,
              chunks.serialize(
                  topic,
                  chunk(topic, streamId)
                      .setPayload(ByteBuffer.wrap(undecodable(topic, random)))
                      .build()));
    };
  }

  /** Of the bundle that the stack serves unless told otherwise. */
  private static String baseSpace(final Modality modality) {
    return switch (modality) {
      case VISUAL -> "facemesh-65";
      case AUDIO -> "librosa-74";
      case TEXT -> "bert-valence-768";
    };
  }

  private static byte[] bytes(final Random random, final int count) {
    final byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  private static byte[] with(final byte[] bytes, final int at, final byte value) {
    bytes[at] = value;
    return bytes;
  }

  /** A record that would be sound under its own key. */
  private byte[] sound(final String topic, final String streamId) {
    if (topic.equals(TopicCatalogue.STREAMS.name())) {
      return descriptors.serialize(topic, descriptor(streamId).build());
    }
    return topic.startsWith("raw.")
        ? chunks.serialize(topic, chunk(topic, streamId).build())
        : vector(topic, vector(topic, streamId));
  }

  private byte[] vector(final String topic, final FeatureVector.Builder builder) {
    return vectors.serialize(topic, builder.build());
  }

  private byte[] oversize(final String topic, final String streamId) {
    if (topic.equals(TopicCatalogue.STREAMS.name())) {
      return descriptors.serialize(
          topic, descriptor(streamId).setWindowSizeMicros(Long.MAX_VALUE).build());
    }
    return topic.startsWith("raw.")
        ? chunks.serialize(topic, chunk(topic, streamId).setEndMicros(Long.MAX_VALUE).build())
        : vector(topic, vector(topic, streamId).setWindowEndMicros(Long.MAX_VALUE));
  }

  private static byte[] undecodable(final String topic, final Random random) {
    return switch (PoisonKind.modality(topic)) {
      case VISUAL -> bytes(random, 500);
      // Five bytes are no whole number of samples.
      case AUDIO -> bytes(random, 5);
      case TEXT -> NOT_UTF8.clone();
    };
  }

  private static StreamDescriptor.Builder descriptor(final String streamId) {
    return StreamDescriptor.newBuilder()
        .setStreamId(streamId)
        .setModalities(java.util.List.of(Modality.TEXT))
        .setWindowSizeMicros(700_000)
        .setGraceMicros(0)
        .setState(StreamState.OPEN)
        .setOpenedAtMillis(RecordedStream.CAPTURED_AT_MILLIS);
  }

  private static MediaChunk.Builder chunk(final String topic, final String streamId) {
    final Modality modality = PoisonKind.modality(topic);
    return MediaChunk.newBuilder()
        .setStreamId(streamId)
        .setModality(modality)
        .setSequence(900_000)
        .setStartMicros(0)
        .setEndMicros(700_000)
        .setWindowStartMicros(0L)
        .setWindowEndMicros(700_000L)
        .setWindowSizeMicros(700_000)
        .setContainer(
            switch (modality) {
              case VISUAL -> "matroska";
              case AUDIO -> "pcm_f32le";
              case TEXT -> "text/utf-8";
            })
        .setCodec(modality == Modality.VISUAL ? "h264" : null)
        .setSampleRate(modality == Modality.AUDIO ? (Integer) 16_000 : null)
        .setPayload(ByteBuffer.wrap(new byte[0]))
        .setCapturedAtMillis(RecordedStream.CAPTURED_AT_MILLIS);
  }

  private static FeatureVector.Builder vector(final String topic, final String streamId) {
    return FeatureVector.newBuilder()
        .setStreamId(streamId)
        .setModality(PoisonKind.modality(topic))
        .setSpace("librosa-74")
        .setWindowStartMicros(0)
        .setWindowEndMicros(700_000)
        .setCoversStartMicros(0)
        .setCoversEndMicros(700_000)
        .setSequence(900_000)
        .setWeight(0)
        .setQuality(0)
        .setValues(FloatValues.of(new float[0]))
        .setExtractor("faults")
        .setExtractorVersion("1")
        .setCapturedAtMillis(RecordedStream.CAPTURED_AT_MILLIS)
        .setCreatedAtMillis(RecordedStream.CAPTURED_AT_MILLIS);
  }

  @Override
  public void close() {
    chunks.close();
    vectors.close();
    descriptors.close();
  }
}
