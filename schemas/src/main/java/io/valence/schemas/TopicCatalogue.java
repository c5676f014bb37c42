package io.valence.schemas;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.TopicExistsException;

/**
 * Every topic of the pipeline, in one place. All have the same number of partitions, so that a stream, whose id
 * is the key everywhere, stays on one partition number from raw chunk to event.
 */
public final class TopicCatalogue {

  /** Partitions of every topic unless told otherwise. */
  public static final int DEFAULT_PARTITIONS = 4;

  /** The largest chunk of video, audio or words with all that goes with it. */
  public static final int MAX_CHUNK_BYTES = 8 * 1024 * 1024;

  private static final int MAX_SMALL_BYTES = 1024 * 1024;
  // What is set aside is a record as it came with a few headers on top.
  private static final int MAX_HEADERS_BYTES = 64 * 1024;
  private static final int MAX_DEAD_LETTER_BYTES = MAX_CHUNK_BYTES + MAX_HEADERS_BYTES;
  // The summary of a session names all of its streams: 1,000 with ids of 200 characters.
  private static final int MAX_TREND_BYTES = 2 * MAX_SMALL_BYTES;

  public static final Topic STREAMS =
      new Topic("streams", Optional.of(StreamDescriptor.class), Optional.empty(), MAX_SMALL_BYTES);
  public static final Topic SENTIMENT_EVENTS =
      topic("sentiment.events", SentimentEvent.class, Duration.ofDays(30), MAX_SMALL_BYTES);

  /** Vectors that came after their window's event was out: kept aside, never scored. */
  public static final Topic SENTIMENT_LATE =
      topic(
          "sentiment.late",
          FeatureVector.class,
          Duration.ofDays(7),
          MAX_SMALL_BYTES + MAX_HEADERS_BYTES);

  /**
   * Which dead letters were written back to their topics: keyed by the letter's address, {@code
   * service:partition@offset} in UTF-8, the time of the letter, ISO-8601. Compacted: a letter stays marked for as long
   * as it may lie there, however long its topic is told to keep it.
   */
  public static final Topic REDRIVEN =
      new Topic("dead-letters.redriven", Optional.empty(), Optional.empty(), MAX_SMALL_BYTES);

  /** What a second bundle makes of the windows that have an event; empty unless fusion has a shadow. */
  public static final Topic SENTIMENT_SHADOW =
      topic("sentiment.shadow", ShadowScore.class, Duration.ofDays(30), MAX_SMALL_BYTES);

  /** Moving figures and summaries, keyed by stream id or session id. */
  public static final Topic SENTIMENT_TRENDS =
      topic("sentiment.trends", SentimentTrend.class, Duration.ofDays(30), MAX_TREND_BYTES);

  /** Rules that came to hold, keyed by stream id or session id. */
  public static final Topic SENTIMENT_ALERTS =
      topic("sentiment.alerts", SentimentAlert.class, Duration.ofDays(30), MAX_SMALL_BYTES);

  /** What fusion tells itself, keyed by session id: streams of a session meet on its partition. */
  public static final Topic FUSION_SESSIONS =
      topic("fusion.sessions", SessionNote.class, Duration.ofDays(7), MAX_SMALL_BYTES);

  /** The services that have a dead-letter topic. */
  public static final List<String> SERVICES =
      List.of("ingest", "visual-features", "audio-features", "text-features", "adapter", "fusion");

  private static final Map<String, Topic> TOPICS = catalogue();

  private TopicCatalogue() {}

  /** Where ingest puts the chunks of a modality. */
  public static Topic raw(final Modality modality) {
    return TOPICS.get("raw." + (modality == Modality.VISUAL ? "video" : lower(modality)));
  }

  /** Where the features of a modality are. */
  public static Topic features(final Modality modality) {
    return TOPICS.get("features." + lower(modality));
  }

  /** Where the features of a modality are in the space of the base model. */
  public static Topic adapted(final Modality modality) {
    return TOPICS.get("adapted." + lower(modality));
  }

  /**
   * Where a service puts the records that it cannot process: key and value as they came, the reason and the
   * origin in headers.
   */
  public static Topic deadLetters(final String service) {
    final Topic known = TOPICS.get(service + ".dead-letters");
    if (known == null) {
      throw new IllegalArgumentException(
          "no service \"" + service + "\" in the topic catalogue; it knows " + SERVICES);
    }
    return known;
  }

  /** All topics. */
  public static List<Topic> all() {
    return List.copyOf(TOPICS.values());
  }

  /** A topic by its name. */
  public static Optional<Topic> find(final String name) {
    return Optional.ofNullable(TOPICS.get(name));
  }

  private static Map<String, Topic> catalogue() {
    final Map<String, Topic> topics = new LinkedHashMap<>();
    final List<Topic> list = new ArrayList<>();
    list.add(STREAMS);
    for (final Modality modality : Modality.values()) {
      final String name = lower(modality);
      list.add(
          topic(
              "raw." + (modality == Modality.VISUAL ? "video" : name),
              MediaChunk.class,
              Duration.ofDays(1),
              MAX_CHUNK_BYTES));
      list.add(topic("features." + name, FeatureVector.class, Duration.ofDays(7), MAX_SMALL_BYTES));
      list.add(topic("adapted." + name, FeatureVector.class, Duration.ofDays(7), MAX_SMALL_BYTES));
    }
    list.add(SENTIMENT_EVENTS);
    list.add(SENTIMENT_LATE);
    list.add(SENTIMENT_SHADOW);
    list.add(SENTIMENT_TRENDS);
    list.add(SENTIMENT_ALERTS);
    list.add(FUSION_SESSIONS);
    for (final String service : SERVICES) {
      list.add(
          new Topic(
              service + ".dead-letters",
              Optional.empty(),
              Optional.of(Duration.ofDays(14)),
              MAX_DEAD_LETTER_BYTES));
    }
    list.add(REDRIVEN);
    list.forEach(topic -> topics.put(topic.name(), topic));
    return topics;
  }

  private static Topic topic(
      final String name,
      final Class<? extends SpecificRecord> value,
      final Duration retention,
      final int maxMessageBytes) {
    return new Topic(name, Optional.of(value), Optional.of(retention), maxMessageBytes);
  }

  private static String lower(final Modality modality) {
    return modality.name().toLowerCase(Locale.ROOT);
  }

  /**
   * Creates the topics of the catalogue that are not there yet.
   *
   * @param partitions of each topic, 1 or more; {@link #DEFAULT_PARTITIONS} for want of a reason
   * @param replicas of each partition, 1 to the number of brokers
   * @param timeout how long to wait for the broker
   * @throws TopicCreationException if the broker does not answer or refuses, or if a topic is there with another
   *     number of partitions: a stream's records would then part ways
   */
  public static void create(
      final Admin admin, final int partitions, final short replicas, final Duration timeout)
      throws TopicCreationException, InterruptedException {
    if (partitions < 1 || replicas < 1) {
      throw new IllegalArgumentException(
          "topics need at least one partition and one replica, not "
              + partitions
              + " and "
              + replicas);
    }
    final long deadline = System.nanoTime() + timeout.toNanos();
    final Map<String, KafkaFuture<Void>> creations =
        admin
            .createTopics(
                TOPICS.values().stream()
                    .map(
                        topic ->
                            new NewTopic(topic.name(), partitions, replicas)
                                .configs(topic.configuration()))
                    .toList())
            .values();
    for (final Map.Entry<String, KafkaFuture<Void>> creation : creations.entrySet()) {
      try {
        creation.getValue().get(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
      } catch (final ExecutionException e) {
        if (!(e.getCause() instanceof TopicExistsException)) {
          throw new TopicCreationException(
              "topic " + creation.getKey() + " cannot be created: " + e.getCause().getMessage(), e);
        }
      } catch (final TimeoutException e) {
        throw new TopicCreationException(
            "the broker did not create topic "
                + creation.getKey()
                + " within "
                + timeout.toSeconds()
                + " s",
            e);
      }
    }
    verifyPartitions(admin, partitions, deadline, timeout);
  }

  private static void verifyPartitions(
      final Admin admin, final int partitions, final long deadline, final Duration timeout)
      throws TopicCreationException, InterruptedException {
    final Set<String> names = TOPICS.keySet();
    final Map<String, TopicDescription> found;
    try {
      found =
          admin
              .describeTopics(names)
              .allTopicNames()
              .get(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (final ExecutionException e) {
      throw new TopicCreationException(
          "the topics cannot be read back: " + e.getCause().getMessage(), e);
    } catch (final TimeoutException e) {
      throw new TopicCreationException(
          "the broker did not describe the topics within " + timeout.toSeconds() + " s", e);
    }
    final Map<String, Integer> wrong = new TreeMap<>();
    found.forEach(
        (name, description) -> {
          if (description.partitions().size() != partitions) {
            wrong.put(name, description.partitions().size());
          }
        });
    if (!wrong.isEmpty()) {
      throw new TopicCreationException(
          "topics exist with another number of partitions than "
              + partitions
              + ": "
              + wrong
              + "; all topics of the pipeline need the same number: ask for that one, or delete the topics",
          null);
    }
  }
}
