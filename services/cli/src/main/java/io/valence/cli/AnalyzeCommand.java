package io.valence.cli;

import io.valence.inference.ModelStore;
import io.valence.media.Transcript;
import io.valence.model.ModelBundle;
import io.valence.pipeline.RecordingAnalyzer;
import io.valence.schemas.Modality;
import io.valence.schemas.ModalityStatus;
import io.valence.schemas.SentimentEvent;
import io.valence.windows.WindowGrid;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The pipeline in one process. */
@Command(
    name = "analyze",
    description = {
      "Analyses a recording in one process, without Kafka: the same extraction, adapters and fusion"
          + " as the services. Prints a table of windows.",
      "",
      "Examples:",
      "  valence analyze talk.mp4",
      "  valence analyze talk.mp4 --transcript talk.srt --plot talk.png",
      "  valence analyze talk.mp4 --window 6 --hop 1",
      "  valence analyze talk.mp4 --json > talk.json"
    },
    mixinStandardHelpOptions = true)
final class AnalyzeCommand implements Callable<Integer> {

  @Parameters(paramLabel = "FILE", description = "A recording: mp4, mkv, webm, avi, mpg, wav, ...")
  private Path recording;

  @Mixin private RecordingOptions options;

  @Mixin private WindowOptions windowOptions;

  @Option(
      names = "--bundle",
      paramLabel = "BUNDLE",
      defaultValue = RecordingOptions.DEFAULT_BUNDLE,
      description =
          "Model bundle: the id of a shipped one or a folder (default: ${DEFAULT-VALUE}).")
  private String bundleName;

  @Option(
      names = "--json",
      description = "Print {\"events\": [...]} and nothing else on standard output.")
  private boolean json;

  @Option(
      names = "--plot",
      paramLabel = "PNG",
      description = "Also draw the score over time with the modalities under it.")
  private Path plot;

  @Mixin private ContextOptions textContext;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    final PrintWriter out = spec.commandLine().getOut();
    final PrintWriter err = spec.commandLine().getErr();
    final WindowGrid grid = windowOptions.grid();
    RecordingOptions.existing(recording);
    checkPlot();
    final Optional<Transcript> transcript =
        Transcript.forRecording(recording, options.transcript());
    transcript.ifPresent(words -> err.println("valence: words from " + words.name()));
    final ModelStore store = ModelStore.fromEnvironment();
    if (transcript.isPresent()) {
      SetupCommand.prepare(store, ModelBundle.locate(bundleName, store), err);
    }
    final List<SentimentEvent> events = new ArrayList<>();
    try (ModelBundle bundle = ModelBundle.load(ModelBundle.locate(bundleName, store));
        RecordingAnalyzer analyzer = new RecordingAnalyzer(store, bundle, textContext.limits())) {
      final List<String> warnings =
          analyzer.analyze(recording, transcript, grid, new Progress(events, err));
      if (transcript.isEmpty()) {
        RecordingOptions.warnOfMissingWords(bundle.description(), err);
      }
      warnings.forEach(warning -> err.println("valence: " + warning));
      err.flush();
    }
    silent(events).forEach(line -> err.println("valence: " + line));
    if (json) {
      out.println(EventJson.document(events));
    } else {
      out.println(EventText.HEADER);
      events.forEach(event -> out.println(EventText.line(event)));
    }
    if (plot != null) {
      EventPlot.write(recording.getFileName().toString(), events, plot);
      err.println("valence: drew " + plot);
    }
    out.flush();
    return ExitCode.DONE;
  }

  /** Refuses what would destroy a file or fail only after the whole analysis. */
  private void checkPlot() throws InputException, java.io.IOException {
    if (plot == null) {
      return;
    }
    final Path folder = plot.toAbsolutePath().getParent();
    if (Files.isDirectory(plot)) {
      throw new InputException("the plot " + plot + " is a folder: name a file in it");
    }
    if (folder == null || !Files.isDirectory(folder) || !Files.isWritable(folder)) {
      throw new InputException("the plot cannot be written to " + folder + ": name another folder");
    }
    for (final Path input :
        java.util.stream.Stream.concat(
                java.util.stream.Stream.of(recording), options.transcript().stream())
            .toList()) {
      if (Files.exists(plot) && Files.exists(input) && Files.isSameFile(plot, input)) {
        throw new InputException("the plot would overwrite " + input + ": name another file");
      }
    }
  }

  /** A declared modality that has nothing to say in any window is worth a word. */
  private static List<String> silent(final List<SentimentEvent> events) {
    final List<String> lines = new ArrayList<>();
    for (final Modality modality : Modality.values()) {
      if (events.stream()
          .allMatch(
              event ->
                  event.getModalities().get(modality.ordinal()).getStatus()
                      == ModalityStatus.SILENT)) {
        lines.add(
            switch (modality) {
              case VISUAL -> "no face was found in any frame";
              case AUDIO -> "the sound is digital silence throughout";
              case TEXT -> "the transcript has no words";
            });
      }
    }
    return lines;
  }

  /** Gathers the events; long recordings get a line each tenth. */
  private static final class Progress implements RecordingAnalyzer.Listener {

    private final List<SentimentEvent> events;
    private final PrintWriter err;
    private long lastTenth;

    Progress(final List<SentimentEvent> events, final PrintWriter err) {
      this.events = events;
      this.err = err;
    }

    @Override
    public void event(final SentimentEvent event) {
      events.add(event);
    }

    @Override
    public void unusable(final Modality modality, final String reason) {
      err.println(
          "valence: unusable " + modality.name().toLowerCase(Locale.ROOT) + " chunk: " + reason);
      err.flush();
    }

    @Override
    public void progress(final long done, final long windows) {
      final long tenth = 10 * done / windows;
      if (tenth > lastTenth && windows > 10) {
        lastTenth = tenth;
        err.println("valence: " + done + " of " + windows + " windows");
        err.flush();
      }
    }
  }
}
