package io.valence.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.valence.schemas.AlertWindow;
import io.valence.schemas.AvroDeserializer;
import io.valence.schemas.EmitReason;
import io.valence.schemas.FeatureVector;
import io.valence.schemas.MediaChunk;
import io.valence.schemas.Modality;
import io.valence.schemas.ModalityReport;
import io.valence.schemas.ParticipantTrend;
import io.valence.schemas.SentimentAlert;
import io.valence.schemas.SentimentEvent;
import io.valence.schemas.SentimentTrend;
import io.valence.schemas.Topic;
import io.valence.schemas.TopicCatalogue;
import io.valence.schemas.TrendScope;
import io.valence.schemas.UndecodableRecordException;
import io.valence.streams.DeadLetters;
import io.valence.windows.EventFactory;
import io.valence.windows.Window;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;

/**
 * Judges what a run has left on the topics.
 *
 * <ul>
 *   <li>Each window of each stream has one committed event, under its stream's key, with the id that its window and
 *       bundle give, and otherwise the bytes of the undisturbed run. The wall clock of the event (createdAtMillis,
 *       latencyMillis), the stream's id and the event's id are set aside for the comparison; for the stream that
 *       ingest read anew also the time of capture and what is measured by it.
 *   <li>The trends of each stream and session, and the alerts, are those of the undisturbed run in the same order, but
 *       for the ids of streams, sessions and records and the wall clock: none is missing, none is there twice. Alerts
 *       name events that are there.
 *   <li>Each copy of a chunk gave exactly the vectors that it gives undisturbed, on {@code features.*} and on {@code
 *       adapted.*}. Of the copies of a vector one is in the event; another is a repeat that fusion knew as such, or
 *       lies in {@code sentiment.late} once, untouched, with its origin.
 *   <li>Each poison record has one dead letter, of the service that reads its topic, with its origin and its key and
 *       value untouched. There are no other dead letters.
 *   <li>What Kafka acknowledged is where Kafka said.
 * </ul>
 */
final class Verdict implements AutoCloseable {

  private final AvroDeserializer<MediaChunk> chunks = new AvroDeserializer<>(MediaChunk.class);
  private final AvroDeserializer<FeatureVector> vectors =
      new AvroDeserializer<>(FeatureVector.class);
  private final AvroDeserializer<SentimentEvent> events =
      new AvroDeserializer<>(SentimentEvent.class);
  private final AvroDeserializer<SentimentTrend> trends =
      new AvroDeserializer<>(SentimentTrend.class);
  private final AvroDeserializer<SentimentAlert> alerts =
      new AvroDeserializer<>(SentimentAlert.class);

  Verdict(final String registryUrl) {
    final Map<String, String> configuration = Map.of("schema.registry.url", registryUrl);
    chunks.configure(configuration, false);
    vectors.configure(configuration, false);
    events.configure(configuration, false);
    trends.configure(configuration, false);
    alerts.configure(configuration, false);
  }

  /** Where a record lies. */
  record Place(TopicPartition partition, long offset) {
    static Place of(final ConsumerRecord<byte[], byte[]> record) {
      return new Place(new TopicPartition(record.topic(), record.partition()), record.offset());
    }

    @Override
    public String toString() {
      return partition + "@" + offset;
    }
  }

  /** A record that was sent and acknowledged; {@code poison} is null for a sound one. */
  record Sent(Place place, Poisons.Bytes bytes, SeedPlan.Poison poison) {}

  /** A window of a stream of the set, by the stream's name. */
  record WindowKey(String stream, Window window) {}

  /** A vector of a stream of the set: which chunk, which window. */
  record VectorKey(String stream, Modality modality, long sequence, Window window) {
    ChunkKey chunk() {
      return new ChunkKey(stream, modality, sequence);
    }
  }

  private record ChunkKey(String stream, Modality modality, long sequence) {}

  /**
   * What the undisturbed run gave.
   *
   * @param events bytes of each window's event
   * @param vectors every vector
   * @param trends of each stream and session, in order
   * @param alerts of each stream and session, in order
   */
  record Expectation(
      Map<WindowKey, SentimentEvent> events,
      Set<VectorKey> vectors,
      Map<String, List<SentimentTrend>> trends,
      Map<String, List<SentimentAlert>> alerts) {}

  /** What a run has left, sorted. */
  private static final class Findings {
    private final Map<WindowKey, List<SentimentEvent>> events = new HashMap<>();
    private final Map<ChunkKey, Integer> copies = new HashMap<>();
    private final Map<VectorKey, Integer> features = new HashMap<>();
    private final Map<VectorKey, List<Place>> adapted = new HashMap<>();
    private final Map<String, List<SentimentTrend>> trends = new TreeMap<>();
    private final Map<String, List<SentimentAlert>> alerts = new TreeMap<>();
    private final Map<Place, ConsumerRecord<byte[], byte[]>> all = new HashMap<>();
    private final List<String> violations = new ArrayList<>();
  }

  /**
   * Takes an undisturbed run as the measure.
   *
   * @param prefix of its stream ids
   * @param violations gets what is wrong with it already
   */
  Expectation expectation(
      final Map<String, List<ConsumerRecord<byte[], byte[]>>> records,
      final String prefix,
      final List<String> violations) {
    final Findings found = sort(records, prefix, Set.of());
    violations.addAll(found.violations);
    final Map<WindowKey, SentimentEvent> expected = new HashMap<>();
    found.events.forEach(
        (key, all) -> {
          if (all.size() != 1) {
            violations.add("undisturbed: " + key + " has " + all.size() + " events");
          }
          if (all.get(0).getReason() != EmitReason.COMPLETE) {
            violations.add("undisturbed: " + key + " is " + all.get(0).getReason());
          }
          expected.put(key, comparable(key.stream(), all.get(0)));
        });
    found.features.forEach(
        (key, count) -> {
          if (count != 1 || found.adapted.getOrDefault(key, List.of()).size() != 1) {
            violations.add("undisturbed: " + key + " is there " + count + " times");
          }
        });
    letters(records, List.of(), violations);
    for (final Set<String> whose : List.of(found.trends.keySet(), found.alerts.keySet())) {
      for (final TrendScope scope : TrendScope.values()) {
        if (whose.stream().noneMatch(key -> key.startsWith(label(scope)))) {
          violations.add("undisturbed: no trends, or no alerts, of a " + label(scope));
        }
      }
    }
    return new Expectation(
        Map.copyOf(expected), Set.copyOf(found.features.keySet()), found.trends, found.alerts);
  }

  /** Whether two undisturbed runs agree. */
  static List<String> differences(final Expectation one, final Expectation other) {
    final List<String> differences = new ArrayList<>();
    final Set<WindowKey> keys = new HashSet<>(one.events().keySet());
    keys.addAll(other.events().keySet());
    for (final WindowKey key : keys) {
      final SentimentEvent a = one.events().get(key);
      final SentimentEvent b = other.events().get(key);
      if (a == null || b == null || !Arrays.equals(bytes(a), bytes(b))) {
        differences.add(
            "two undisturbed runs differ in "
                + key
                + ": "
                + (a == null || b == null ? "one lacks it" : differences(a, b)));
      }
    }
    compare("two undisturbed runs: trends", one.trends(), other.trends(), differences);
    compare("two undisturbed runs: alerts", one.alerts(), other.alerts(), differences);
    return differences;
  }

  /**
   * What is wrong.
   *
   * @param prefix of the run's stream ids
   */
  List<String> violations(
      final Map<String, List<ConsumerRecord<byte[], byte[]>>> records,
      final String prefix,
      final Expectation expectation,
      final List<Sent> sent) {
    final Set<Place> poison = new HashSet<>();
    sent.stream().filter(one -> one.poison() != null).forEach(one -> poison.add(one.place()));
    final Findings found = sort(records, prefix, poison);
    final List<String> violations = new ArrayList<>(found.violations);
    acknowledged(found, sent, violations);
    events(found, prefix, expectation, violations);
    compare("trends", expectation.trends(), found.trends, violations);
    compare("alerts", expectation.alerts(), found.alerts, violations);
    vectors(found, expectation, violations);
    late(records, found, violations);
    letters(records, sent, violations);
    return violations;
  }

  private Findings sort(
      final Map<String, List<ConsumerRecord<byte[], byte[]>>> records,
      final String prefix,
      final Set<Place> poison) {
    final Findings found = new Findings();
    records.values().forEach(list -> list.forEach(one -> found.all.put(Place.of(one), one)));
    for (final Modality modality : Modality.values()) {
      for (final var record : of(records, TopicCatalogue.raw(modality))) {
        if (!poison.contains(Place.of(record))) {
          decode(chunks, record, found)
              .forEach(
                  chunk ->
                      found.copies.merge(
                          new ChunkKey(
                              name(chunk.getStreamId(), prefix, record, found),
                              chunk.getModality(),
                              chunk.getSequence()),
                          1,
                          Integer::sum));
        }
      }
      for (final var record : of(records, TopicCatalogue.features(modality))) {
        if (!poison.contains(Place.of(record))) {
          decode(vectors, record, found)
              .forEach(
                  vector ->
                      found.features.merge(key(vector, prefix, record, found), 1, Integer::sum));
        }
      }
      for (final var record : of(records, TopicCatalogue.adapted(modality))) {
        if (!poison.contains(Place.of(record))) {
          decode(vectors, record, found)
              .forEach(
                  vector ->
                      found
                          .adapted
                          .computeIfAbsent(
                              key(vector, prefix, record, found), any -> new ArrayList<>())
                          .add(Place.of(record)));
        }
      }
    }
    for (final var record : of(records, TopicCatalogue.SENTIMENT_EVENTS)) {
      decode(events, record, found)
          .forEach(
              event -> {
                if (!Arrays.equals(record.key(), event.getStreamId().getBytes(UTF_8))) {
                  found.violations.add(
                      "the event at " + Place.of(record) + " is not under its stream's key");
                }
                found
                    .events
                    .computeIfAbsent(
                        new WindowKey(
                            name(event.getStreamId(), prefix, record, found), window(event)),
                        any -> new ArrayList<>())
                    .add(event);
              });
    }
    sortTrends(records, prefix, found);
    return found;
  }

  private void sortTrends(
      final Map<String, List<ConsumerRecord<byte[], byte[]>>> records,
      final String prefix,
      final Findings found) {
    final Set<String> ids = new HashSet<>();
    for (final var record : of(records, TopicCatalogue.SENTIMENT_TRENDS)) {
      for (final SentimentTrend trend : decode(trends, record, found)) {
        once(trend.getTrendId(), ids, record, found);
        final SentimentTrend plain = comparable(trend, prefix);
        add(
            found.trends,
            whose(plain.getScope(), plain.getStreamId(), plain.getSessionId()),
            plain);
      }
    }
    final Set<String> eventIds = new HashSet<>();
    found.events.values().forEach(all -> all.forEach(event -> eventIds.add(event.getEventId())));
    for (final var record : of(records, TopicCatalogue.SENTIMENT_ALERTS)) {
      for (final SentimentAlert alert : decode(alerts, record, found)) {
        once(alert.getAlertId(), ids, record, found);
        if (alert.getScope() == TrendScope.STREAM
            && !alert.getWindows().stream()
                .allMatch(window -> eventIds.contains(window.getEventId()))) {
          found.violations.add("the alert at " + Place.of(record) + " names an event not there");
        }
        final SentimentAlert plain = comparable(alert, prefix);
        add(
            found.alerts,
            whose(plain.getScope(), plain.getStreamId(), plain.getSessionId()),
            plain);
      }
    }
  }

  private static void once(
      final String id,
      final Set<String> ids,
      final ConsumerRecord<byte[], byte[]> record,
      final Findings found) {
    if (!ids.add(id)) {
      found.violations.add("the record at " + Place.of(record) + " is there twice: id " + id);
    }
  }

  private static <T> void add(final Map<String, List<T>> lists, final String key, final T element) {
    lists.computeIfAbsent(key, any -> new ArrayList<>()).add(element);
  }

  private static String whose(
      final TrendScope scope, final String streamId, final String sessionId) {
    return label(scope) + " " + (scope == TrendScope.STREAM ? streamId : sessionId);
  }

  private static String label(final TrendScope scope) {
    return scope.name().toLowerCase(Locale.ROOT);
  }

  private static List<ConsumerRecord<byte[], byte[]>> of(
      final Map<String, List<ConsumerRecord<byte[], byte[]>>> records, final Topic topic) {
    return records.getOrDefault(topic.name(), List.of());
  }

  private static <T extends SpecificRecord> List<T> decode(
      final AvroDeserializer<T> deserializer,
      final ConsumerRecord<byte[], byte[]> record,
      final Findings found) {
    try {
      return List.of(deserializer.deserialize(record.topic(), record.value()));
    } catch (final UndecodableRecordException e) {
      found.violations.add(
          "the record at " + Place.of(record) + " is no record: " + e.getMessage());
      return List.of();
    }
  }

  private static String name(
      final String streamId,
      final String prefix,
      final ConsumerRecord<byte[], byte[]> record,
      final Findings found) {
    if (streamId.startsWith(prefix)) {
      return streamId.substring(prefix.length());
    }
    found.violations.add("a record of a stream of another run at " + Place.of(record));
    return streamId;
  }

  private static VectorKey key(
      final FeatureVector vector,
      final String prefix,
      final ConsumerRecord<byte[], byte[]> record,
      final Findings found) {
    return new VectorKey(
        name(vector.getStreamId(), prefix, record, found),
        vector.getModality(),
        vector.getSequence(),
        new Window(
            vector.getWindowStartMicros(), vector.getWindowEndMicros(), vector.getSegmentId()));
  }

  private static Window window(final SentimentEvent event) {
    return new Window(
        event.getWindowStartMicros(), event.getWindowEndMicros(), event.getSegmentId());
  }

  /** The event without what no two runs share. */
  private static SentimentEvent comparable(final String stream, final SentimentEvent event) {
    final SentimentEvent.Builder builder =
        SentimentEvent.newBuilder(event)
            .setStreamId(stream)
            .setEventId("")
            .setCreatedAtMillis(0)
            .setLatencyMillis(0);
    if (RecordedStream.sessionOf(event.getStreamId()).equals(event.getSessionId())) {
      builder.setSessionId(RecordedStream.sessionOf(stream));
    }
    if (stream.equals(SeedRun.UPLOAD)) {
      builder.setCapturedAtMillis(0);
      // Copies: the reports of the event itself stay as they are.
      builder.setModalities(
          event.getModalities().stream()
              .map(report -> ModalityReport.newBuilder(report).setClockOffsetMillis(null).build())
              .toList());
    }
    return builder.build();
  }

  private static SentimentTrend comparable(final SentimentTrend trend, final String prefix) {
    return SentimentTrend.newBuilder(trend)
        .setTrendId("")
        .setStreamId(plain(trend.getStreamId(), prefix))
        .setSessionId(plain(trend.getSessionId(), prefix))
        .setParticipants(
            trend.getParticipants().stream()
                .map(
                    one ->
                        ParticipantTrend.newBuilder(one)
                            .setStreamId(plain(one.getStreamId(), prefix))
                            .build())
                .toList())
        .setCreatedAtMillis(0)
        .build();
  }

  private static SentimentAlert comparable(final SentimentAlert alert, final String prefix) {
    return SentimentAlert.newBuilder(alert)
        .setAlertId("")
        .setStreamId(plain(alert.getStreamId(), prefix))
        .setSessionId(plain(alert.getSessionId(), prefix))
        .setWindows(
            alert.getWindows().stream()
                .map(window -> AlertWindow.newBuilder(window).setEventId(null).build())
                .toList())
        .setMessage(plain(alert.getMessage(), prefix))
        .setCreatedAtMillis(0)
        .build();
  }

  /** A text without what the ids of one run have before their names. */
  private static String plain(final String text, final String prefix) {
    return text == null ? null : text.replace(prefix, "");
  }

  private static byte[] bytes(final SentimentEvent event) {
    final ByteArrayOutputStream out = new ByteArrayOutputStream();
    final BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
    try {
      new SpecificDatumWriter<>(SentimentEvent.class).write(event, encoder);
      encoder.flush();
    } catch (final IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
    return out.toByteArray();
  }

  private static String differences(final SpecificRecord expected, final SpecificRecord found) {
    final StringBuilder text = new StringBuilder();
    for (final Schema.Field field : expected.getSchema().getFields()) {
      final Object one = expected.get(field.pos());
      final Object other = found.get(field.pos());
      if (!Objects.equals(one, other)) {
        text.append("\n      ").append(field.name()).append(": expected ").append(one);
        text.append("\n      ").append(field.name()).append(": found    ").append(other);
      }
    }
    return text.toString();
  }

  private static void acknowledged(
      final Findings found, final List<Sent> sent, final List<String> violations) {
    for (final Sent one : sent) {
      final ConsumerRecord<byte[], byte[]> there = found.all.get(one.place());
      if (there == null
          || !Arrays.equals(there.key(), one.bytes().key())
          || !Arrays.equals(there.value(), one.bytes().value())) {
        violations.add("Kafka acknowledged a record at " + one.place() + " and does not have it");
      }
    }
  }

  private static void events(
      final Findings found,
      final String prefix,
      final Expectation expectation,
      final List<String> violations) {
    final Set<WindowKey> keys = new HashSet<>(expectation.events().keySet());
    keys.addAll(found.events.keySet());
    for (final WindowKey key : keys) {
      final SentimentEvent expected = expectation.events().get(key);
      final List<SentimentEvent> events = found.events.getOrDefault(key, List.of());
      if (expected == null) {
        violations.add("an event that is not due: " + key);
      } else if (events.size() != 1) {
        violations.add(key + " has " + events.size() + " events, not 1: " + events);
      } else {
        final SentimentEvent event = events.get(0);
        if (!Arrays.equals(bytes(comparable(key.stream(), event)), bytes(expected))) {
          violations.add(
              key
                  + " differs from the undisturbed run: "
                  + differences(expected, comparable(key.stream(), event)));
        }
        final String id =
            EventFactory.eventId(
                prefix + key.stream(), key.window(), event.getBundleId(), event.getBundleVersion());
        if (!event.getEventId().equals(id)) {
          violations.add(key + " has the event id " + event.getEventId() + ", not " + id);
        }
      }
    }
  }

  /** What is wrong with a sequence is told by its first difference. */
  private static <T extends SpecificRecord> void compare(
      final String what,
      final Map<String, List<T>> expected,
      final Map<String, List<T>> found,
      final List<String> differences) {
    final Set<String> keys = new TreeSet<>(expected.keySet());
    keys.addAll(found.keySet());
    for (final String key : keys) {
      final List<T> due = expected.getOrDefault(key, List.of());
      final List<T> there = found.getOrDefault(key, List.of());
      if (!due.equals(there)) {
        int at = 0;
        while (at < due.size() && at < there.size() && due.get(at).equals(there.get(at))) {
          at++;
        }
        differences.add(
            String.format(
                "%s of %s: %d, not %d; number %d %s",
                what,
                key,
                there.size(),
                due.size(),
                at + 1,
                at < due.size() && at < there.size()
                    ? "differs: " + differences(due.get(at), there.get(at))
                    : at < due.size()
                        ? "is missing: " + due.get(at)
                        : "is not due: " + there.get(at)));
      }
    }
  }

  private static void vectors(
      final Findings found, final Expectation expectation, final List<String> violations) {
    final Set<VectorKey> keys = new HashSet<>(expectation.vectors());
    keys.addAll(found.features.keySet());
    keys.addAll(found.adapted.keySet());
    for (final VectorKey key : keys) {
      final int copies =
          expectation.vectors().contains(key) ? found.copies.getOrDefault(key.chunk(), 0) : 0;
      final int features = found.features.getOrDefault(key, 0);
      final int adapted = found.adapted.getOrDefault(key, List.of()).size();
      if (copies != features || copies != adapted) {
        violations.add(
            String.format(
                "%s: %d chunks gave %d features and %d adapted vectors",
                key, copies, features, adapted));
      }
      if (copies == 0 && expectation.vectors().contains(key)) {
        violations.add(key + ": its chunk is gone");
      }
    }
  }

  private void late(
      final Map<String, List<ConsumerRecord<byte[], byte[]>>> records,
      final Findings found,
      final List<String> violations) {
    final Map<VectorKey, Integer> lateCopies = new HashMap<>();
    final Map<Place, VectorKey> adapted = new HashMap<>();
    found.adapted.forEach((key, places) -> places.forEach(place -> adapted.put(place, key)));
    final Set<Place> seen = new HashSet<>();
    for (final var record : of(records, TopicCatalogue.SENTIMENT_LATE)) {
      final Place origin = origin(record);
      final VectorKey key = adapted.get(origin);
      final ConsumerRecord<byte[], byte[]> source = found.all.get(origin);
      if (key == null || !sameBytes(record, source)) {
        violations.add("the late record at " + Place.of(record) + " is not that at " + origin);
      } else if (!seen.add(origin)) {
        violations.add("the record at " + origin + " is late twice");
      } else {
        lateCopies.merge(key, 1, Integer::sum);
      }
    }
    lateCopies.forEach(
        (key, count) -> {
          if (count >= found.adapted.get(key).size()) {
            violations.add(key + ": all its " + count + " copies are late, none is in an event");
          }
        });
  }

  private static boolean sameBytes(
      final ConsumerRecord<byte[], byte[]> one, final ConsumerRecord<byte[], byte[]> other) {
    return other != null
        && Arrays.equals(one.key(), other.key())
        && Arrays.equals(one.value(), other.value());
  }

  private static void letters(
      final Map<String, List<ConsumerRecord<byte[], byte[]>>> records,
      final List<Sent> sent,
      final List<String> violations) {
    final Map<Place, Sent> due = new HashMap<>();
    sent.stream().filter(one -> one.poison() != null).forEach(one -> due.put(one.place(), one));
    final Map<Place, Integer> letters = new HashMap<>();
    for (final String service : TopicCatalogue.SERVICES) {
      for (final var record : of(records, TopicCatalogue.deadLetters(service))) {
        final Place origin = origin(record);
        final Sent one = due.get(origin);
        final String reason = header(record, DeadLetters.REASON);
        if (one == null) {
          violations.add(
              "a dead letter of " + service + " for a sound record at " + origin + ": " + reason);
          continue;
        }
        letters.merge(origin, 1, Integer::sum);
        if (!PoisonKind.reader(one.poison().topic()).equals(service)) {
          violations.add(service + " wrote the dead letter of " + origin);
        }
        if (!Arrays.equals(record.key(), one.bytes().key())
            || !Arrays.equals(record.value(), one.bytes().value())) {
          violations.add("the dead letter of " + origin + " is not the record as it came");
        }
        if (reason.isBlank() || reason.equals("?")) {
          violations.add("the dead letter of " + origin + " gives no reason");
        }
      }
    }
    final Map<String, String> missing = new TreeMap<>();
    due.forEach(
        (place, one) -> {
          final int count = letters.getOrDefault(place, 0);
          if (count != 1) {
            missing.put(place.toString(), one.poison().kind() + " has " + count + " dead letters");
          }
        });
    missing.forEach((place, what) -> violations.add("the poison at " + place + ": " + what));
  }

  private static Place origin(final ConsumerRecord<byte[], byte[]> record) {
    final String topic = header(record, DeadLetters.ORIGIN_TOPIC);
    try {
      return new Place(
          new TopicPartition(topic, Integer.parseInt(header(record, DeadLetters.ORIGIN_PARTITION))),
          Long.parseLong(header(record, DeadLetters.ORIGIN_OFFSET)));
    } catch (final NumberFormatException e) {
      // A record that names no place cannot be accounted for: no input lies there.
      return new Place(new TopicPartition(topic, -1), -1);
    }
  }

  private static String header(final ConsumerRecord<byte[], byte[]> record, final String name) {
    final Header header = record.headers().lastHeader(name);
    return header == null ? "?" : new String(header.value(), UTF_8);
  }

  @Override
  public void close() {
    chunks.close();
    vectors.close();
    events.close();
    trends.close();
    alerts.close();
  }
}
