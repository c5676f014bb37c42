package io.valence.ingest;

import io.valence.schemas.MediaChunk;
import io.valence.schemas.RecordSerdes;
import io.valence.schemas.StreamDescriptor;
import io.valence.schemas.TopicCatalogue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Serializer;

/**
 * The way out to Kafka, shared by all streams: serializes records and keeps the payload that waits for
 * the broker's answer below a bound. A sender that is too fast waits here.
 */
final class ChunkOutlet implements AutoCloseable {

  private static final int UNIT = 1024;

  private final Producer<String, byte[]> producer;
  private final Serializer<MediaChunk> chunks;
  private final Serializer<StreamDescriptor> descriptors;
  private final Semaphore room;
  private final int units;

  /** Told once for each chunk, on the producer's thread. */
  interface Delivery {

    /**
     * @param failure null if the broker has the chunk
     */
    void done(int payloadBytes, Exception failure);
  }

  ChunkOutlet(final Producer<String, byte[]> producer, final IngestSettings settings) {
    this.producer = producer;
    this.chunks = RecordSerdes.forValues(MediaChunk.class, settings.serde()).serializer();
    this.descriptors =
        RecordSerdes.forValues(StreamDescriptor.class, settings.serde()).serializer();
    this.units = Math.toIntExact(settings.bytesInFlight() / UNIT);
    this.room = new Semaphore(units, true);
  }

  /**
   * Hands a chunk over and returns; waits first while too much is in flight.
   *
   * @throws DeliveryException if the record cannot be written or is larger than the topic takes
   */
  void send(final MediaChunk chunk, final Delivery delivery)
      throws DeliveryException, InterruptedException {
    final String topic = TopicCatalogue.raw(chunk.getModality()).name();
    final int payload = chunk.getPayload().remaining();
    final byte[] value = serialize(chunks, topic, chunk);
    if (value.length > TopicCatalogue.MAX_CHUNK_BYTES) {
      throw new DeliveryException(
          "a chunk of "
              + value.length
              + " bytes is larger than "
              + topic
              + " takes ("
              + TopicCatalogue.MAX_CHUNK_BYTES
              + "): choose shorter windows",
          null);
    }
    final int permits = Math.min(units, value.length / UNIT + 1);
    room.acquire(permits);
    boolean handedOver = false;
    try {
      // The future is not needed: the callback hears of success and failure alike.
      final var unused =
          producer.send(
              new ProducerRecord<>(topic, chunk.getStreamId(), value),
              (metadata, failure) -> {
                room.release(permits);
                delivery.done(payload, failure);
              });
      handedOver = true;
    } catch (final IllegalStateException e) {
      throw new DeliveryException("the producer is closed", e);
    } finally {
      if (!handedOver) {
        room.release(permits);
      }
    }
  }

  /** Sends what is to be known of a stream, and returns when the broker has it. */
  void send(final StreamDescriptor descriptor) throws DeliveryException, InterruptedException {
    final String topic = TopicCatalogue.STREAMS.name();
    final byte[] value = serialize(descriptors, topic, descriptor);
    try {
      producer.send(new ProducerRecord<>(topic, descriptor.getStreamId(), value)).get();
    } catch (final ExecutionException e) {
      throw new DeliveryException(
          "Kafka did not take the stream's descriptor: " + e.getCause().getMessage(), e.getCause());
    } catch (final IllegalStateException e) {
      throw new DeliveryException("the producer is closed", e);
    }
  }

  /** Sends at once what still waits to be batched. */
  void flush() {
    producer.flush();
  }

  private static <T extends SpecificRecord> byte[] serialize(
      final Serializer<T> serializer, final String topic, final T record) throws DeliveryException {
    try {
      return serializer.serialize(topic, record);
    } catch (final SerializationException e) {
      throw new DeliveryException(e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    chunks.close();
    descriptors.close();
  }
}
