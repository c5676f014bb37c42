package io.valence.cli;

import io.valence.inference.ModelStore;
import io.valence.local.LocalStack;
import io.valence.local.LocalStackException;
import io.valence.local.LocalStackSettings;
import io.valence.model.BundleException;
import io.valence.model.BundleJson;
import io.valence.model.ModelBundle;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How the local stack is started. */
final class StackOptions {

  private static final long CHECK_INTERVAL_MILLIS = 500;

  @Option(
      names = "--bundle",
      paramLabel = "BUNDLE",
      defaultValue = RecordingOptions.DEFAULT_BUNDLE,
      description =
          "Model bundle: the id of a shipped one or a folder (default: ${DEFAULT-VALUE}).")
  private String bundle;

  @Option(
      names = "--shadow",
      paramLabel = "BUNDLE",
      description =
          "A second bundle that scores every window as well, onto sentiment.shadow; see 'valence"
              + " shadow'. It needs the base spaces of the first.")
  private String shadow;

  @Option(
      names = "--data",
      paramLabel = "FOLDER",
      description =
          "Folder of the broker's and the registry's data, kept. Without it they are temporary and"
              + " deleted at the end.")
  private Path data;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      description = "Port of the Kafka broker, 0 for any free one (run: 9092, demo: 0).")
  private Integer port;

  @Option(
      names = "--registry-port",
      paramLabel = "PORT",
      defaultValue = "0",
      description =
          "Port of the schema registry; 0 takes any free one (default: ${DEFAULT-VALUE}).")
  private int registryPort;

  @Option(
      names = "--ingest-port",
      paramLabel = "PORT",
      description = "Port of the ingest service, 0 for any free one (run: 8101, demo: 0).")
  private Integer ingestPort;

  @Mixin private ContextOptions textContext;

  @Option(
      names = "--context-participants",
      description =
          "The words of the other streams of a session are read as well. Which of them depends on"
              + " what has come when a chunk is read.")
  private boolean participants;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  /**
   * Starts everything and says what is going on.
   *
   * @param wellKnown whether ports that were not chosen are the usual ones, or any free ones
   */
  LocalStack start(final PrintWriter err, final boolean wellKnown)
      throws IOException, BundleException, InterruptedException {
    final ModelStore store = ModelStore.fromEnvironment();
    final LocalStackSettings settings = settings(store, wellKnown);
    SetupCommand.prepare(store, ModelBundle.locate(bundle, store), err);
    final long begin = System.nanoTime();
    final LocalStack stack =
        LocalStack.start(
            settings,
            step -> {
              err.printf(
                  Locale.ROOT, "valence: %5.1f s  %s%n", (System.nanoTime() - begin) / 1e9, step);
              err.flush();
            });
    err.printf(
        Locale.ROOT,
        "valence: %5.1f s  everything is up: Kafka %s, schema registry %s, ingest %s%n",
        (System.nanoTime() - begin) / 1e9,
        stack.bootstrapServers(),
        stack.registryUrl(),
        stack.ingestUrl());
    err.flush();
    return stack;
  }

  /** The services are told which bundle to use and how much of what was said before is read. */
  private LocalStackSettings settings(final ModelStore store, final boolean wellKnown)
      throws BundleException {
    final Path folder = ModelBundle.locate(bundle, store).toAbsolutePath();
    // What is not there is said before anything long is started.
    BundleJson.read(folder);
    LocalStackSettings settings =
        LocalStackSettings.defaults(store.home(), store.cache())
            .withPorts(
                checked("--port", port, wellKnown ? 9092 : 0),
                checked("--registry-port", registryPort, wellKnown ? 8081 : 0),
                checked("--ingest-port", ingestPort, wellKnown ? 8101 : 0))
            .withProperties(properties(folder, store));
    if (data != null) {
      settings = settings.withData(data);
    }
    return settings;
  }

  private Map<String, String> properties(final Path folder, final ModelStore store)
      throws BundleException {
    final Map<String, String> properties = new HashMap<>();
    properties.put("valence.bundle.path", folder.toString());
    properties.putAll(textContext.properties());
    properties.put("valence.text.context.participants", Boolean.toString(participants));
    if (shadow != null) {
      final Path second = ModelBundle.locate(shadow, store).toAbsolutePath();
      BundleJson.read(second);
      properties.put("valence.fusion.shadow.path", second.toString());
    }
    return properties;
  }

  private int checked(final String option, final Integer chosen, final int otherwise) {
    final int value = chosen == null ? otherwise : chosen;
    if (value < 0 || value > 65_535) {
      throw new ParameterException(
          spec.commandLine(), option + " must be 0 to 65535, not " + value);
    }
    return value;
  }

  /** See {@link RecordingOptions#warnOfMissingWords}. */
  void warnOfMissingWords(final PrintWriter err) throws BundleException {
    final ModelStore store = ModelStore.fromEnvironment();
    RecordingOptions.warnOfMissingWords(BundleJson.read(ModelBundle.locate(bundle, store)), err);
  }

  /** What to type to play a recording into this stack. */
  static String playCommand(final LocalStack stack) {
    return "deploy/valence play FILE --ingest "
        + stack.ingestUrl()
        + " --bootstrap "
        + stack.bootstrapServers()
        + " --registry "
        + stack.registryUrl();
  }

  /** Stays until the process is told to end; a part of the stack that dies ends it with its reason. */
  static void keepUp(final LocalStack stack) throws InterruptedException {
    while (true) {
      final Optional<LocalStackException> failure = stack.failure();
      if (failure.isPresent()) {
        throw failure.get();
      }
      Thread.sleep(CHECK_INTERVAL_MILLIS);
    }
  }
}
