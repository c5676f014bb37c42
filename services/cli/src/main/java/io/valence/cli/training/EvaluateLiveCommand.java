package io.valence.cli.training;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.valence.corpora.Conversations;
import io.valence.corpora.Corpora;
import io.valence.corpora.Corpus;
import io.valence.corpora.CorpusException;
import io.valence.corpora.Fold;
import io.valence.corpora.Segment;
import io.valence.features.text.BertModelCache;
import io.valence.features.text.ContextLimits;
import io.valence.features.text.SetUpProgress;
import io.valence.inference.ModelStore;
import io.valence.model.ModelBundle;
import io.valence.pipeline.TranscriptAnalyzer;
import io.valence.schemas.SentimentEvent;
import io.valence.windows.WindowGrid;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What is left of a bundle's figures when words come in windows. */
@Command(
    name = "evaluate-live",
    description = {
      "Judge how well windows of fixed size serve: the transcripts of a fold come in chunks cut"
          + " anywhere, as in a live stream, and each segment's label is compared with what the"
          + " events say of its time. Words only.",
      "By words, where the events have them: the mean of the words whose middle lies in the segment,"
          + " each by its last reading and weighted by its word pieces. An event's words replace all"
          + " that was read from the start of its first word on.",
      "By windows, which the second line has: the mean of the windows that the segment overlaps. A"
          + " window counts by its overlap with the segment, and twice as much as one that began a"
          + " window's length earlier: it has heard more of the segment. Segments without a word of"
          + " their own are judged by windows in both.",
      "The same extractor, context, join and scorer as in the services; Kafka is left out."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:evaluated",
      "2:wrong usage",
      "3:the corpus cannot be used; the message says why",
      "4:the machine is not ready, or the bundle is broken"
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  valence evaluate-live mosi",
      "  valence evaluate-live mosi --context 0",
      "  valence evaluate-live mosi --hop 0.5",
      "  valence evaluate-live mosi --bundle mosei --fold valid --window 5"
    })
public final class EvaluateLiveCommand implements Callable<Integer> {

  private static final double MICROS_PER_SECOND = 1e6;

  @Parameters(index = "0", paramLabel = "CORPUS", description = "a corpus folder with transcripts")
  private Path folder;

  @Option(
      names = "--bundle",
      paramLabel = "BUNDLE",
      description = "id of a shipped bundle or a folder (default ${DEFAULT-VALUE})")
  private String bundleName = "direct";

  @Mixin private FoldOption foldOption;

  @Option(
      names = "--window",
      paramLabel = "SECONDS",
      description = "length of a window, 0.5 to 60 (default ${DEFAULT-VALUE})")
  private double window = 3;

  @Option(
      names = "--hop",
      paramLabel = "SECONDS",
      description = {
        "from the start of a window to that of the next, 0.1 or more: shorter than a window, they",
        "overlap, which finds the segments better and costs a reading each (default: a window)"
      })
  private Double hop;

  @Option(
      names = "--context",
      paramLabel = "WINDOWS",
      description = {
        "preceding windows whose words are read too, as in the services unless they are told",
        "otherwise; 0 for none (default ${DEFAULT-VALUE})"
      })
  private int context = 3;

  @Option(
      names = "--context-pieces",
      paramLabel = "N",
      description = "word pieces of them, at most (default ${DEFAULT-VALUE})")
  private int contextPieces = 20;

  @Option(names = "--seed", description = "of where the chunks are cut (default ${DEFAULT-VALUE})")
  private long seed = 1;

  @Option(
      names = "--json",
      description = "print the figures as JSON: by words if there are any, and byWindows")
  private boolean json;

  @Spec private CommandSpec specification;

  @Override
  public Integer call() throws Exception {
    final Fold judged = foldOption.fold();
    if (!(window >= 0.5 && window <= 60)) {
      throw new ParameterException(
          specification.commandLine(), "--window must be 0.5 to 60 s, not " + window);
    }
    final WindowGrid grid = grid();
    final ContextLimits limits;
    try {
      limits = new ContextLimits(context, contextPieces, ContextLimits.DEFAULT.textPieces());
    } catch (final IllegalArgumentException e) {
      throw new ParameterException(specification.commandLine(), e.getMessage(), e);
    }
    final PrintWriter err = specification.commandLine().getErr();
    final Map<String, List<Segment>> recordings = recordings(Corpora.open(folder).corpus(), judged);
    final ModelStore store = ModelStore.fromEnvironment();
    new BertModelCache(store.cache()).prepare(SetUpProgress.NONE);
    final LiveFigures byWords = new LiveFigures();
    final LiveFigures byWindows = new LiveFigures();
    boolean hasWords = false;
    int done = 0;
    try (ModelBundle bundle = ModelBundle.load(ModelBundle.locate(bundleName, store));
        TranscriptAnalyzer analyzer = new TranscriptAnalyzer(store, bundle, limits)) {
      for (final Map.Entry<String, List<Segment>> recording : recordings.entrySet()) {
        final List<SentimentEvent> events =
            analyzer.events(
                recording.getKey(),
                recording.getValue().stream().map(EvaluateLiveCommand::utterance).toList(),
                grid,
                new Random(seed * 31 + recording.getKey().hashCode()));
        final SegmentScores scores = new SegmentScores(events);
        hasWords |= scores.hasWords();
        for (final Segment segment : recording.getValue()) {
          if (segment.label().isPresent()) {
            final double label = segment.label().orElseThrow();
            byWords.add(label, scores.byWords(segment));
            byWindows.add(label, scores.byWindows(segment));
          }
        }
        done++;
        if (done % 10 == 0) {
          err.printf("valence: %d of %d recordings%n", done, recordings.size());
          err.flush();
        }
      }
    }
    print(byWords, byWindows, hasWords);
    return CommandLine.ExitCode.OK;
  }

  private WindowGrid grid() {
    final long size = Math.round(window * MICROS_PER_SECOND);
    final long step = hop == null ? size : Math.round(hop * MICROS_PER_SECOND);
    final Optional<String> refusal =
        hop != null && !(hop >= 0.1)
            ? Optional.of("must be 0.1 s or more, not " + hop)
            : WindowGrid.refusal(size, step);
    if (refusal.isPresent()) {
      throw new ParameterException(specification.commandLine(), "--hop: " + refusal.orElseThrow());
    }
    return new WindowGrid(size, step, 0);
  }

  /** The transcribed segments of each recording of the fold. */
  private Map<String, List<Segment>> recordings(final Corpus corpus, final Fold judged)
      throws CorpusException {
    final List<Segment> transcribed =
        corpus.segments().stream()
            .filter(segment -> segment.fold() == judged && segment.text().isPresent())
            .toList();
    if (transcribed.stream().filter(segment -> segment.label().isPresent()).count() < 2) {
      throw new CorpusException(
          folder + ": fold " + judged.label() + " has no two segments with words and label");
    }
    for (final Segment segment : transcribed) {
      if (!(segment.end() > 0) || Double.isInfinite(segment.end())) {
        throw new CorpusException(
            folder
                + ": it is not known when segment "
                + segment.id()
                + " was said, so it cannot be said again in windows");
      }
    }
    return Conversations.recordings(transcribed);
  }

  private static TranscriptAnalyzer.Utterance utterance(final Segment segment) {
    return new TranscriptAnalyzer.Utterance(
        segment.start(), segment.end(), segment.text().orElseThrow());
  }

  private void print(
      final LiveFigures byWords, final LiveFigures byWindows, final boolean hasWords) {
    final PrintWriter out = specification.commandLine().getOut();
    if (json) {
      final ObjectNode figures = new ObjectMapper().createObjectNode();
      (hasWords ? byWords : byWindows).putInto(figures);
      byWindows.putInto(figures.putObject("byWindows"));
      out.println(figures.toPrettyString());
    } else if (hasWords) {
      print(out, byWords, ", by words");
      print(out, byWindows, ", by windows");
    } else {
      print(out, byWindows, "");
    }
    out.flush();
  }

  private void print(final PrintWriter out, final LiveFigures figures, final String how) {
    out.printf(
        Locale.ROOT,
        "%d segments in windows of %.1f s%s%s: %s%n",
        figures.segments(),
        window,
        hop == null ? "" : String.format(Locale.ROOT, " every %.1f s", hop),
        how,
        figures.line());
  }
}
