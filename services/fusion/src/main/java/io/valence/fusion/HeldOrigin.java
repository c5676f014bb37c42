package io.valence.fusion;

import io.valence.schemas.FeatureVector;
import io.valence.schemas.TopicCatalogue;
import io.valence.streams.RecordEncoder;
import io.valence.windows.JoinResult;
import io.valence.windows.Origin;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/** The way of a held vector's record into the join's state, and back out of it untouched. */
final class HeldOrigin {

  private HeldOrigin() {}

  /** Where a record lies, with its bytes. */
  static Origin of(final RecordMetadata place, final Record<byte[], byte[]> record) {
    final List<Origin.Header> headers = new ArrayList<>();
    for (final Header header : record.headers()) {
      headers.add(new Origin.Header(header.key(), header.value()));
    }
    return new Origin(
        place.topic(),
        place.partition(),
        place.offset(),
        Optional.of(new Origin.Content(record.value(), headers)));
  }

  /**
   * The record that was refused. One that was never placed comes out as it came in; of one that took
   * part, until another bundle came, the vector alone is left, and it is written again.
   */
  static Record<byte[], byte[]> record(
      final JoinResult.Refused refused,
      final RecordEncoder<FeatureVector> encoder,
      final long now) {
    final FeatureVector vector = refused.vector();
    final byte[] key = vector.getStreamId().getBytes(StandardCharsets.UTF_8);
    final Optional<Origin.Content> content = refused.origin().flatMap(Origin::record);
    if (content.isEmpty()) {
      final String topic = TopicCatalogue.adapted(vector.getModality()).name();
      return new Record<>(key, encoder.encode(topic, vector), now);
    }
    final Headers headers = new RecordHeaders();
    content.get().headers().forEach(header -> headers.add(header.key(), header.value()));
    return new Record<>(key, content.get().value(), now, headers);
  }

  /** Where it lay. */
  static RecordMetadata place(final Origin origin) {
    return new Place(origin.topic(), origin.partition(), origin.offset());
  }

  private record Place(String topic, int partition, long offset) implements RecordMetadata {}
}
