package io.valence.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.valence.schemas.AvroDeserializer;
import io.valence.schemas.SentimentEvent;
import io.valence.schemas.StreamDescriptor;
import io.valence.schemas.StreamState;
import io.valence.schemas.TopicCatalogue;
import io.valence.windows.WindowGrid;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Plays one recording into a running stack and follows it until its last event is out: a consumer of
 * {@code sentiment.events} like any other, that also watches the stream's descriptor, to know how
 * many windows there are, and the dead letters.
 */
final class Playback implements AutoCloseable {

  /** What a listener is told. */
  interface Listener {

    void event(SentimentEvent event);

    /** A record of the stream that a service could not process. */
    void deadLetter(String service, String reason);

    void warning(String text);

    /**
     * @param sent share of the recording that ingest has sent, 0 to 1
     * @param events events seen so far
     * @param windows how many there will be; 0 while that is not known
     */
    void progress(double sent, int events, long windows);
  }

  /** How a recording is to be played. */
  record Request(
      Path recording,
      Optional<Path> transcript,
      Optional<String> streamId,
      boolean realTime,
      Optional<Double> windowSeconds,
      Optional<Double> hopSeconds,
      Map<String, Double> clockOffsetSeconds) {}

  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration STATUS_INTERVAL = Duration.ofMillis(500);
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration OPEN_TIMEOUT = Duration.ofMinutes(10);

  private final URI ingest;
  private final Duration patience;
  private final HttpClient http = HttpClient.newBuilder().connectTimeout(REQUEST_TIMEOUT).build();
  private final KafkaConsumer<String, byte[]> consumer;
  private final AvroDeserializer<SentimentEvent> events;
  private final AvroDeserializer<StreamDescriptor> descriptors;

  /**
   * @param patience how long to wait without any news before giving up
   */
  Playback(
      final String bootstrapServers,
      final String registryUrl,
      final URI ingest,
      final Duration patience) {
    this.ingest = ingest;
    this.patience = patience;
    this.consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed",
                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                false,
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                "earliest",
                ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG,
                1 << 20),
            new StringDeserializer(),
            new ByteArrayDeserializer());
    final Map<String, Object> registry = Map.of("schema.registry.url", registryUrl);
    this.events = new AvroDeserializer<>(SentimentEvent.class);
    this.events.configure(registry, false);
    this.descriptors = new AvroDeserializer<>(StreamDescriptor.class);
    this.descriptors.configure(registry, false);
  }

  /**
   * Plays the recording and returns when its last event is out.
   *
   * @return the events in order of arrival
   * @throws InputException if ingest refuses the recording, or it broke off
   * @throws EnvironmentException if the stack does not answer, or nothing more comes
   */
  List<SentimentEvent> play(final Request request, final Listener listener)
      throws InputException, EnvironmentException, InterruptedException {
    // The quickest to say that nothing is there, so it is asked first.
    json(send(HttpRequest.newBuilder(ingest.resolve("/streams")).timeout(REQUEST_TIMEOUT).build()));
    seekToNow();
    final String streamId = open(request);
    return follow(streamId, listener);
  }

  /** Only what comes from now on concerns this recording. */
  private void seekToNow() {
    final List<TopicPartition> partitions = new ArrayList<>();
    final List<String> topics = new ArrayList<>();
    topics.add(TopicCatalogue.SENTIMENT_EVENTS.name());
    topics.add(TopicCatalogue.STREAMS.name());
    TopicCatalogue.SERVICES.forEach(
        service -> topics.add(TopicCatalogue.deadLetters(service).name()));
    for (final String topic : topics) {
      consumer
          .partitionsFor(topic, REQUEST_TIMEOUT)
          .forEach(info -> partitions.add(new TopicPartition(topic, info.partition())));
    }
    consumer.assign(partitions);
    consumer.seekToEnd(partitions);
    // Seeking is lazy: asking for the positions fixes them before the recording is sent.
    partitions.forEach(consumer::position);
  }

  private String open(final Request request)
      throws InputException, EnvironmentException, InterruptedException {
    final ObjectNode body = EventJson.MAPPER.createObjectNode();
    body.put("path", request.recording().toAbsolutePath().toString());
    request
        .transcript()
        .ifPresent(path -> body.put("transcript", path.toAbsolutePath().toString()));
    request.streamId().ifPresent(id -> body.put("streamId", id));
    request.windowSeconds().ifPresent(seconds -> body.put("windowSeconds", seconds));
    request.hopSeconds().ifPresent(seconds -> body.put("hopSeconds", seconds));
    if (!request.clockOffsetSeconds().isEmpty()) {
      final ObjectNode offsets = body.putObject("clockOffsetSeconds");
      request.clockOffsetSeconds().forEach(offsets::put);
    }
    body.put("pace", request.realTime() ? "realtime" : "fast");
    final HttpResponse<String> response =
        send(
            HttpRequest.newBuilder(ingest.resolve("/streams"))
                .header("Content-Type", "application/json")
                // Ingest reads through the whole recording before it answers.
                .timeout(OPEN_TIMEOUT)
                .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                .build());
    final JsonNode answer = json(response);
    if (response.statusCode() / 100 == 4) {
      throw new InputException(answer.path("error").asText("ingest refused the recording"));
    }
    if (response.statusCode() / 100 != 2) {
      throw new EnvironmentException(
          "ingest answered " + response.statusCode() + ": " + answer.path("error").asText());
    }
    return answer.path("streamId").asText();
  }

  private List<SentimentEvent> follow(final String streamId, final Listener listener)
      throws InputException, EnvironmentException, InterruptedException {
    final List<SentimentEvent> seen = new ArrayList<>();
    final Set<String> eventIds = new HashSet<>();
    final Set<String> warned = new HashSet<>();
    long windows = 0;
    double sent = 0;
    Instant lastNews = Instant.now();
    Instant nextStatus = Instant.now();
    while (windows == 0 || seen.size() < windows) {
      for (final ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
        if (!streamId.equals(record.key()) || record.value() == null) {
          continue;
        }
        lastNews = Instant.now();
        if (record.topic().equals(TopicCatalogue.SENTIMENT_EVENTS.name())) {
          final SentimentEvent event = events.deserialize(record.topic(), record.value());
          if (eventIds.add(event.getEventId())) {
            seen.add(event);
            listener.event(event);
          }
        } else if (record.topic().equals(TopicCatalogue.STREAMS.name())) {
          final StreamDescriptor descriptor =
              descriptors.deserialize(record.topic(), record.value());
          windows = windows(descriptor).orElse(windows);
          if (descriptor.getState() == StreamState.FAILED) {
            throw new InputException("the recording broke off: " + descriptor.getReason());
          }
        } else {
          listener.deadLetter(header(record, "valence.service"), header(record, "valence.reason"));
        }
      }
      if (Instant.now().isAfter(nextStatus)) {
        nextStatus = Instant.now().plus(STATUS_INTERVAL);
        final JsonNode status = status(streamId);
        final double before = sent;
        sent = status.path("progress").asDouble(sent);
        if (sent > before) {
          lastNews = Instant.now();
        }
        for (final JsonNode warning : status.path("warnings")) {
          if (warned.add(warning.asText())) {
            listener.warning(warning.asText());
          }
        }
        listener.progress(sent, seen.size(), windows);
      }
      if (Duration.between(lastNews, Instant.now()).compareTo(patience) > 0) {
        throw new EnvironmentException(
            "nothing more came for "
                + patience.toSeconds()
                + " s after "
                + seen.size()
                + " of "
                + (windows == 0 ? "an unknown number of" : windows)
                + " events: look at the services' logs");
      }
    }
    listener.progress(1, seen.size(), windows);
    return seen;
  }

  /** Windows that the stream's event time touches, once its end is known. */
  private static Optional<Long> windows(final StreamDescriptor descriptor) {
    if (descriptor.getEndMicros() == null || descriptor.getState() == StreamState.OPEN) {
      return Optional.empty();
    }
    return Optional.of(WindowGrid.count(descriptor));
  }

  private JsonNode status(final String streamId) throws EnvironmentException, InterruptedException {
    return json(
        send(
            HttpRequest.newBuilder(
                    ingest.resolve(
                        "/streams/"
                            + java.net.URLEncoder.encode(streamId, StandardCharsets.UTF_8)
                                .replace("+", "%20")))
                .timeout(REQUEST_TIMEOUT)
                .GET()
                .build()));
  }

  private HttpResponse<String> send(final HttpRequest request)
      throws EnvironmentException, InterruptedException {
    try {
      return http.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (final IOException e) {
      throw new EnvironmentException(
          "ingest does not answer at " + ingest + ": start the stack with 'deploy/valence run'", e);
    }
  }

  private static JsonNode json(final HttpResponse<String> response) throws EnvironmentException {
    try {
      return EventJson.MAPPER.readTree(response.body());
    } catch (final IOException e) {
      throw new EnvironmentException(
          "ingest answered " + response.statusCode() + " and no JSON", e);
    }
  }

  private static String header(final ConsumerRecord<String, byte[]> record, final String name) {
    final Header header = record.headers().lastHeader(name);
    return header == null ? "?" : new String(header.value(), StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    consumer.close();
    events.close();
    descriptors.close();
  }
}
