package io.valence.schemas;

import io.confluent.kafka.schemaregistry.avro.AvroSchemaProvider;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClientFactory;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import io.confluent.kafka.schemaregistry.testutil.MockSchemaRegistry;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.config.ConfigException;

/**
 * Clients of the schema registry, made from configuration keys named as Confluent's:
 *
 * <ul>
 *   <li>{@code schema.registry.url}: one or more http(s) URLs, comma separated; {@code mock://name} is a
 *       registry in this JVM, for tests.
 *   <li>{@code basic.auth.credentials.source} and {@code basic.auth.user.info}: {@code USER_INFO} and
 *       {@code user:password}.
 *   <li>{@code schema.registry.ssl.*}: trust store and key store.
 *   <li>{@code http.connect.timeout.ms}, {@code http.read.timeout.ms}: 5,000 by default, so that an outage
 *       is noticed well within a transaction.
 * </ul>
 */
public final class RegistryClients {

  public static final String URL = "schema.registry.url";

  private static final String NAMESPACE = "schema.registry.";
  private static final Duration START_PATIENCE = Duration.ofSeconds(30);
  private static final long POLL_MILLIS = 200;
  private static final int SCHEMAS_PER_SUBJECT = 1_000;
  // A registry's own codes for things not found are 40401 to 40499; a web server that is no
  // registry has none.
  private static final int NOT_FOUND_FAMILY = 404;

  private RegistryClients() {}

  /**
   * A client for the configured registry.
   *
   * @throws ConfigException if the URL is missing or is not one
   */
  public static SchemaRegistryClient create(final Map<String, ?> configuration) {
    final List<String> urls = urls(configuration);
    final String scope = MockSchemaRegistry.validateAndMaybeGetMockScope(urls);
    if (scope != null) {
      return MockSchemaRegistry.getClientForScope(scope, List.of(new AvroSchemaProvider()));
    }
    final Map<String, Object> originals = new HashMap<>();
    originals.put("http.connect.timeout.ms", 5_000);
    originals.put("http.read.timeout.ms", 5_000);
    // The client reads its SSL keys without the prefix when it is not made by Confluent's
    // serializers.
    configuration.forEach(
        (key, value) -> {
          if (value != null && key.startsWith(NAMESPACE) && !key.equals(URL)) {
            originals.put(key.substring(NAMESPACE.length()), value);
          }
        });
    configuration.forEach(
        (key, value) -> {
          if (value != null) {
            originals.put(key, value);
          }
        });
    return SchemaRegistryClientFactory.newClient(
        urls, SCHEMAS_PER_SUBJECT, List.of(new AvroSchemaProvider()), originals, Map.of());
  }

  /**
   * Asks the registry for its subjects, so that a service notices at its start that there is none. A registry that
   * cannot be connected to may be starting too: it gets half a minute.
   *
   * @throws RegistryUnavailableException if it does not answer, at once if it refuses or fails
   */
  public static void verifyReachable(final Map<String, ?> configuration) {
    verifyReachable(configuration, START_PATIENCE);
  }

  static void verifyReachable(final Map<String, ?> configuration, final Duration patience) {
    final long deadline = System.nanoTime() + patience.toNanos();
    try (SchemaRegistryClient client = create(configuration)) {
      while (true) {
        try {
          client.getAllSubjects();
          return;
        } catch (final ConnectException e) {
          if (System.nanoTime() > deadline) {
            throw unavailable(describe(configuration), e);
          }
        }
        TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
      }
    } catch (final IOException | RestClientException e) {
      throw unavailable(describe(configuration), e);
    } catch (final InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unavailable(describe(configuration), e);
    }
  }

  /** The registry's URL for messages: without a password that may be in it. */
  static String describe(final Map<String, ?> configuration) {
    return String.valueOf(configuration.get(URL)).replaceAll("//[^/@,]*@", "//");
  }

  /** True if the registry answered that it has no schema of the id asked for. */
  static boolean isUnknownSchema(final Exception e) {
    return e instanceof RestClientException rest
        && rest.getStatus() == 404
        && rest.getErrorCode() / 100 == NOT_FOUND_FAMILY;
  }

  static RegistryUnavailableException unavailable(final String registry, final Exception e) {
    final String answer;
    if (e instanceof RestClientException rest) {
      answer =
          rest.getStatus() == 401 || rest.getStatus() == 403
              ? "refuses the credentials (" + rest.getStatus() + "): check basic.auth.user.info"
              : "answers " + rest.getStatus() + ": " + rest.getMessage();
    } else {
      answer =
          "cannot be reached ("
              + Optional.ofNullable(e.getMessage()).orElse(e.getClass().getSimpleName())
              + "): check schema.registry.url and that the registry is up";
    }
    return new RegistryUnavailableException("the schema registry at " + registry + " " + answer, e);
  }

  private static List<String> urls(final Map<String, ?> configuration) {
    final Object value = configuration.get(URL);
    if (value == null || value.toString().isBlank()) {
      throw new ConfigException(URL + " is not set: give the URL of the schema registry");
    }
    final List<String> urls =
        Arrays.stream(value.toString().split(",", -1)).map(String::trim).toList();
    for (final String url : urls) {
      final boolean known;
      try {
        final String scheme = URI.create(url).getScheme();
        known = "http".equals(scheme) || "https".equals(scheme) || "mock".equals(scheme);
      } catch (final IllegalArgumentException e) {
        throw new ConfigException(URL + " is not a URL: " + url + " (" + e.getMessage() + ")");
      }
      if (!known) {
        throw new ConfigException(
            URL + " must begin with http://, https:// or mock://, not: " + url);
      }
    }
    return urls;
  }
}
