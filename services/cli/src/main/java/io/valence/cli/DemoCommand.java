package io.valence.cli;

import io.valence.inference.ModelStore;
import io.valence.local.LocalStack;
import io.valence.media.RecordingCutter;
import io.valence.media.Transcript;
import io.valence.schemas.SentimentEvent;
import io.valence.windows.WindowGrid;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Everything on one machine, one recording through it. */
@Command(
    name = "demo",
    description = {
      "Starts a Kafka broker, a schema registry and all services on this machine, plays a recording"
          + " and prints each sentiment event as it arrives. Ends when the last event is out; Ctrl-C"
          + " ends it earlier.",
      "",
      "Each line: window, score (-3 to +3), 95 %% interval, what each modality contributed and its"
          + " quality q (0 to 1), time from reading the media to the event.",
      "",
      "Examples:",
      "  valence demo",
      "  valence demo talk.mp4 --transcript talk.srt",
      "  valence demo talk.mp4 --keep"
    },
    mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {

  static final Duration PATIENCE = Duration.ofMinutes(5);

  @Parameters(
      paramLabel = "FILE",
      arity = "0..1",
      description = "A recording; without it the sample that ships with Valence is played.")
  private Path file;

  @Mixin private RecordingOptions options;

  @Mixin private WindowOptions windowOptions;

  @Mixin private StackOptions stackOptions;

  @Option(names = "--keep", description = "Leave everything up after the last event, until Ctrl-C.")
  private boolean keep;

  @Option(
      names = "--realtime",
      description = "Play at the recording's own pace instead of as fast as possible.")
  private boolean realTime;

  @Option(names = "--json", description = "Print each event as one line of JSON.")
  private boolean json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    final PrintWriter out = spec.commandLine().getOut();
    final PrintWriter err = spec.commandLine().getErr();
    final WindowGrid grid = windowOptions.grid();
    final Path recording = file == null ? sample() : RecordingOptions.existing(file);
    if (!check(recording, options.transcript(), grid, err)) {
      stackOptions.warnOfMissingWords(err);
    }
    final long begin = System.nanoTime();
    try (LocalStack stack = stackOptions.start(err, false)) {
      final List<SentimentEvent> events;
      try (Playback playback =
          new Playback(
              stack.bootstrapServers(),
              stack.registryUrl(),
              URI.create(stack.ingestUrl()),
              PATIENCE)) {
        err.println("valence: playing " + recording.getFileName());
        err.flush();
        events =
            playback.play(
                new Playback.Request(
                    recording,
                    options.transcript(),
                    Optional.empty(),
                    realTime,
                    windowOptions.windowSeconds(),
                    windowOptions.hopSeconds(),
                    Map.of()),
                new PlaybackPrinter(out, err, json));
      }
      err.printf(
          Locale.ROOT,
          "valence: all %d events are out after %.1f s; %.0f MB resident in all%n",
          events.size(),
          (System.nanoTime() - begin) / 1e9,
          stack.residentBytes() / 1e6);
      err.flush();
      if (keep) {
        err.println(
            "valence: everything stays up until Ctrl-C; play more with '"
                + StackOptions.playCommand(stack)
                + "'");
        err.flush();
        StackOptions.keepUp(stack);
      }
    }
    return ExitCode.DONE;
  }

  private static Path sample() {
    return ModelStore.fromEnvironment()
        .home()
        .resolve("deploy")
        .resolve("samples")
        .resolve("portrait-reading.mp4");
  }

  /**
   * What cannot be played is refused before anything long is started.
   *
   * @return whether it comes with words
   */
  static boolean check(
      final Path recording,
      final Optional<Path> transcript,
      final WindowGrid grid,
      final PrintWriter err)
      throws Exception {
    final Optional<Transcript> words = Transcript.forRecording(recording, transcript);
    try (RecordingCutter cutter = RecordingCutter.open(recording, words, grid.hopMicros())) {
      err.printf(
          Locale.ROOT,
          "valence: %s: %.2f s, %d windows, %s%s%n",
          cutter.recording().name(),
          cutter.endMicros() / 1e6,
          grid.count(cutter.endMicros()),
          cutter.modalities().stream()
              .map(modality -> modality.name().toLowerCase(Locale.ROOT))
              .sorted()
              .toList(),
          words.map(transcriptFile -> ", words from " + transcriptFile.name()).orElse(""));
      err.flush();
      return words.isPresent();
    }
  }
}
