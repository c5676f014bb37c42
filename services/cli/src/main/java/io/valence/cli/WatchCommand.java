package io.valence.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.valence.schemas.AvroDeserializer;
import io.valence.schemas.RegistryClients;
import io.valence.schemas.SentimentAlert;
import io.valence.schemas.SentimentEvent;
import io.valence.schemas.SentimentTrend;
import io.valence.schemas.Topic;
import io.valence.schemas.TopicCatalogue;
import io.valence.schemas.UndecodableRecordException;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What a running stack finds, as it finds it. */
@Command(
    name = "watch",
    description = {
      "Prints the events, trends or alerts of a running stack, one line each, as they come: until"
          + " Ctrl-C, or as --for and --count say. Committed records only, as a member of no consumer"
          + " group.",
      "",
      "Examples:",
      "  valence watch alerts",
      "  valence watch trends --stream talk --for 10m",
      "  valence watch events --from-beginning --count 5 --json"
    },
    mixinStandardHelpOptions = true)
final class WatchCommand implements Callable<Integer> {

  private static final Duration POLL = Duration.ofMillis(200);
  private static final int CALL_TIMEOUT_MILLIS = 10_000;
  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(s|m|h|d)");
  private static final Duration LONGEST = Duration.ofDays(365);

  /** What may be watched. */
  enum What {
    events(TopicCatalogue.SENTIMENT_EVENTS),
    trends(TopicCatalogue.SENTIMENT_TRENDS),
    alerts(TopicCatalogue.SENTIMENT_ALERTS);

    private final Topic topic;

    What(final Topic topic) {
      this.topic = topic;
    }
  }

  @Parameters(paramLabel = "WHAT", description = "One of: ${COMPLETION-CANDIDATES}.")
  private What what;

  @Option(
      names = "--bootstrap",
      paramLabel = "HOST:PORT",
      defaultValue = "localhost:9092",
      description = "Kafka's brokers (default: ${DEFAULT-VALUE}).")
  private String bootstrapServers;

  @Option(
      names = "--registry",
      paramLabel = "URL",
      defaultValue = "http://127.0.0.1:8081/apis/ccompat/v7",
      description = "The schema registry (default: ${DEFAULT-VALUE}).")
  private String registryUrl;

  @Option(
      names = "--stream",
      paramLabel = "ID",
      description = "Only of this stream; of trends and alerts also the id of a session.")
  private String id;

  @Option(names = "--from-beginning", description = "Begin with what is kept, not with what comes.")
  private boolean fromBeginning;

  @Option(
      names = "--for",
      paramLabel = "DURATION",
      description = "End after so long: 90s, 30m, 2h, 1d.")
  private String listenFor;

  @Option(names = "--count", paramLabel = "N", description = "End after so many lines.")
  private Integer count;

  @Option(names = "--json", description = "Print each as one line of JSON.")
  private boolean json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    if (count != null && count < 1) {
      throw usage("--count must be 1 or more, not " + count);
    }
    final Duration listening = listenFor == null ? LONGEST : duration(listenFor);
    try (KafkaConsumer<String, byte[]> consumer = consumer();
        Decoder decoder = new Decoder(registryUrl)) {
      final List<TopicPartition> partitions = partitions(consumer);
      consumer.assign(partitions);
      if (fromBeginning) {
        consumer.seekToBeginning(partitions);
      } else {
        consumer.seekToEnd(partitions);
      }
      // Seeking is lazy: asking for the positions fixes them.
      partitions.forEach(consumer::position);
      tell("watching " + what.topic.name() + " of " + bootstrapServers);
      if (what == What.events && !json) {
        print(EventText.HEADER);
      }
      final long begin = System.nanoTime();
      int printed = 0;
      while (System.nanoTime() - begin < listening.toNanos()) {
        for (final ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
          if (count != null && printed >= count) {
            break;
          }
          if ((id == null || id.equals(record.key())) && show(decoder, record)) {
            printed++;
          }
        }
        if (count != null && printed >= count) {
          break;
        }
      }
    }
    return ExitCode.DONE;
  }

  private boolean show(final Decoder decoder, final ConsumerRecord<String, byte[]> record)
      throws JsonProcessingException {
    final SpecificRecord value;
    try {
      value = decoder.decode(what, record);
    } catch (final UndecodableRecordException e) {
      tell(
          "left out "
              + record.topic()
              + "/"
              + record.partition()
              + "@"
              + record.offset()
              + ", which cannot be read: "
              + e.getMessage());
      return false;
    }
    if (value instanceof SentimentEvent event) {
      print(json ? EventJson.line(event) : EventText.line(event));
    } else if (value instanceof SentimentTrend trend) {
      print(json ? TrendJson.line(trend) : TrendText.line(trend));
    } else if (value instanceof SentimentAlert alert) {
      print(json ? TrendJson.line(alert) : alert.getMessage());
    }
    return true;
  }

  /** Decoders of the three topics; one is used. */
  private static final class Decoder implements AutoCloseable {

    private final AvroDeserializer<SentimentEvent> events =
        new AvroDeserializer<>(SentimentEvent.class);
    private final AvroDeserializer<SentimentTrend> trends =
        new AvroDeserializer<>(SentimentTrend.class);
    private final AvroDeserializer<SentimentAlert> alerts =
        new AvroDeserializer<>(SentimentAlert.class);

    private Decoder(final String registryUrl) {
      final Map<String, Object> registry = Map.of(RegistryClients.URL, registryUrl);
      events.configure(registry, false);
      trends.configure(registry, false);
      alerts.configure(registry, false);
    }

    private SpecificRecord decode(final What what, final ConsumerRecord<String, byte[]> record) {
      final AvroDeserializer<? extends SpecificRecord> deserializer =
          switch (what) {
            case events -> events;
            case trends -> trends;
            case alerts -> alerts;
          };
      if (record.value() == null) {
        throw new UndecodableRecordException("it has no value");
      }
      return Objects.requireNonNull(deserializer.deserialize(record.topic(), record.value()));
    }

    @Override
    public void close() {
      events.close();
      trends.close();
      alerts.close();
    }
  }

  private KafkaConsumer<String, byte[]> consumer() {
    try {
      return new KafkaConsumer<>(
          Map.of(
              ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
              bootstrapServers,
              ConsumerConfig.ISOLATION_LEVEL_CONFIG,
              "read_committed",
              ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
              false,
              ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
              "earliest",
              ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG,
              false,
              ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
              CALL_TIMEOUT_MILLIS),
          new StringDeserializer(),
          new ByteArrayDeserializer());
    } catch (final KafkaException e) {
      // Made of what was typed: a host that does not exist, no port.
      if (e.getCause() instanceof ConfigException wrong) {
        throw usage("--bootstrap: " + wrong.getMessage());
      }
      throw e;
    }
  }

  private List<TopicPartition> partitions(final KafkaConsumer<String, byte[]> consumer)
      throws EnvironmentException {
    final String topic = what.topic.name();
    final List<PartitionInfo> found = consumer.listTopics().get(topic);
    if (found == null) {
      throw new EnvironmentException(
          "the Kafka at "
              + bootstrapServers
              + " has no topic "
              + topic
              + ": start the stack with 'deploy/valence run' and give the address that it prints");
    }
    return found.stream().map(info -> new TopicPartition(topic, info.partition())).toList();
  }

  private Duration duration(final String text) {
    final Matcher matcher = DURATION.matcher(text.strip());
    if (!matcher.matches()) {
      throw usage("--for must be like 90s, 30m, 2h or 1d, not " + text);
    }
    final ChronoUnit unit =
        switch (matcher.group(2)) {
          case "s" -> ChronoUnit.SECONDS;
          case "m" -> ChronoUnit.MINUTES;
          case "h" -> ChronoUnit.HOURS;
          default -> ChronoUnit.DAYS;
        };
    final Duration duration = Duration.of(Long.parseLong(matcher.group(1)), unit);
    if (duration.isZero() || duration.compareTo(LONGEST) > 0) {
      throw usage("--for must be longer than 0 and at most 365d, not " + text);
    }
    return duration;
  }

  private ParameterException usage(final String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private void print(final String line) {
    final PrintWriter out = spec.commandLine().getOut();
    out.println(line);
    out.flush();
  }

  private void tell(final String text) {
    final PrintWriter err = spec.commandLine().getErr();
    err.println(String.format(Locale.ROOT, "valence: %s", text));
    err.flush();
  }
}
