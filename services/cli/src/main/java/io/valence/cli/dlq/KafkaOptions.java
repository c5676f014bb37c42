package io.valence.cli.dlq;

import io.valence.schemas.RegistryClients;
import io.valence.schemas.TopicCatalogue;
import io.valence.streams.deadletters.DeadLetterReader;
import io.valence.streams.deadletters.LetterAddress;
import io.valence.streams.deadletters.LetterRecords;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Where the dead letters are. */
final class KafkaOptions {

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
      description =
          "The schema registry, asked where a record is decoded (default: ${DEFAULT-VALUE}).")
  private String registryUrl;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  String bootstrapServers() {
    return bootstrapServers;
  }

  DeadLetterReader reader() {
    try {
      return new DeadLetterReader(bootstrapServers);
    } catch (final org.apache.kafka.common.KafkaException e) {
      // Made of what was typed: a host that does not exist, no port.
      if (e.getCause() instanceof ConfigException wrong) {
        throw usage("--bootstrap: " + wrong.getMessage());
      }
      throw e;
    }
  }

  LetterRecords records() {
    return new LetterRecords(Map.of(RegistryClients.URL, registryUrl));
  }

  ParameterException usage(final String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  LetterAddress address(final String text) {
    try {
      return LetterAddress.parse(text);
    } catch (final IllegalArgumentException e) {
      throw usage(e.getMessage());
    }
  }

  /** The services named, or all where none is. */
  List<String> services(final List<String> named) {
    for (final String service : named) {
      if (!TopicCatalogue.SERVICES.contains(service)) {
        throw usage(
            "there is no service "
                + service
                + " with dead letters; there are "
                + String.join(", ", TopicCatalogue.SERVICES));
      }
    }
    return named.isEmpty() ? TopicCatalogue.SERVICES : named;
  }
}
