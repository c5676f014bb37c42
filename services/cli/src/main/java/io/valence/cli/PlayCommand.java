package io.valence.cli;

import io.valence.windows.WindowGrid;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** A recording into a stack that is already up. */
@Command(
    name = "play",
    description = {
      "Plays a recording into a running stack and prints its events. 'valence run' prints the"
          + " addresses to give.",
      "",
      "Example: valence play talk.mp4 --ingest http://127.0.0.1:8101"
          + " --bootstrap localhost:9092 --registry http://127.0.0.1:8081/apis/ccompat/v7"
    },
    mixinStandardHelpOptions = true)
final class PlayCommand implements Callable<Integer> {

  private static final Set<String> MODALITIES = Set.of("visual", "audio", "text");
  private static final double LONGEST_OFFSET_SECONDS = 3_600;

  @Parameters(paramLabel = "FILE", description = "A recording, on the machine that ingest runs on.")
  private Path recording;

  @Mixin private RecordingOptions options;

  @Mixin private WindowOptions windowOptions;

  @Option(
      names = "--clock-offset",
      paramLabel = "MODALITY=SECONDS",
      description =
          "What to add to the time of one modality (visual, audio or text) where its clock is off,"
              + " -3600 to 3600; may be given for each.")
  private Map<String, Double> clockOffsets = Map.of();

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
      names = "--ingest",
      paramLabel = "URL",
      defaultValue = "http://127.0.0.1:8101",
      description = "The ingest service (default: ${DEFAULT-VALUE}).")
  private URI ingest;

  @Option(
      names = "--stream",
      paramLabel = "ID",
      description = "Id of the stream; made from the file's name if not given.")
  private String streamId;

  @Option(names = "--realtime", description = "Play at the recording's own pace.")
  private boolean realTime;

  @Option(names = "--json", description = "Print each event as one line of JSON.")
  private boolean json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    final WindowGrid grid = windowOptions.grid();
    checkClockOffsets();
    RecordingOptions.existing(recording);
    if (!"http".equals(ingest.getScheme()) && !"https".equals(ingest.getScheme())) {
      throw new ParameterException(
          spec.commandLine(), "--ingest must be a URL like http://127.0.0.1:8101, not " + ingest);
    }
    DemoCommand.check(recording, options.transcript(), grid, spec.commandLine().getErr());
    try (Playback playback =
        new Playback(bootstrapServers, registryUrl, ingest, DemoCommand.PATIENCE)) {
      playback.play(
          new Playback.Request(
              recording,
              options.transcript(),
              Optional.ofNullable(streamId),
              realTime,
              windowOptions.windowSeconds(),
              windowOptions.hopSeconds(),
              clockOffsets),
          new PlaybackPrinter(spec.commandLine().getOut(), spec.commandLine().getErr(), json));
    }
    return ExitCode.DONE;
  }

  private void checkClockOffsets() {
    clockOffsets.forEach(
        (modality, seconds) -> {
          if (!MODALITIES.contains(modality) || !(Math.abs(seconds) <= LONGEST_OFFSET_SECONDS)) {
            throw new ParameterException(
                spec.commandLine(),
                "--clock-offset must be visual, audio or text = -3600 to 3600 seconds, not "
                    + modality
                    + "="
                    + seconds);
          }
        });
  }
}
