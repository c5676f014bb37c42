package io.valence.cli.training;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.valence.corpora.Conversations;
import io.valence.corpora.Corpora;
import io.valence.corpora.Corpus;
import io.valence.corpora.CorpusException;
import io.valence.corpora.Fold;
import io.valence.corpora.Segment;
import io.valence.evaluation.Metric;
import io.valence.features.text.BertModelCache;
import io.valence.features.text.ContextLimits;
import io.valence.features.text.SetUpProgress;
import io.valence.inference.ModelStore;
import io.valence.model.ModelBundle;
import io.valence.pipeline.TranscriptAnalyzer;
import io.valence.schemas.ModalityStatus;
import io.valence.schemas.SentimentEvent;
import io.valence.windows.WindowGrid;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
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
          + " anywhere, as in a live stream, and each segment's label is compared with a mean of"
          + " the events of the windows that it overlaps. Words only.",
      "A window counts by its overlap with the segment, and twice as much as one that began a"
          + " window's length earlier: it has heard more of the segment.",
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

  /**
   * For each length of a window that it began later. Of 1 to 7 it was best on CMU-MOSI's validation fold,
   * for windows of 3 s every 3 s to every 0.5 s.
   */
  private static final double LATER_COUNTS_MORE = 2;

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
  private int context = 2;

  @Option(
      names = "--context-pieces",
      paramLabel = "N",
      description = "word pieces of them, at most (default ${DEFAULT-VALUE})")
  private int contextPieces = 40;

  @Option(names = "--seed", description = "of where the chunks are cut (default ${DEFAULT-VALUE})")
  private long seed = 1;

  @Option(names = "--json", description = "print the figures as JSON")
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
    final List<Double> labels = new ArrayList<>();
    final List<Double> scores = new ArrayList<>();
    int unheard = 0;
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
        for (final Segment segment : recording.getValue()) {
          if (segment.label().isEmpty()) {
            continue;
          }
          final double score = score(segment, events);
          if (Double.isNaN(score)) {
            unheard++;
          } else {
            labels.add(segment.label().orElseThrow());
            scores.add(score);
          }
        }
        done++;
        if (done % 10 == 0) {
          err.printf("valence: %d of %d recordings%n", done, recordings.size());
          err.flush();
        }
      }
    }
    print(array(labels), array(scores), unheard);
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

  /**
   * Mean of the events with words over the segment's time; NaN if there is none.
   *
   * <p>Example: a segment from 1 s to 5 s, windows of 3 s. [0, 3) overlaps it by 2 s and counts 2,
   * [3, 6) overlaps it by 2 s too and began one window later: it counts 4.
   */
  private static double score(final Segment segment, final List<SentimentEvent> events) {
    double sum = 0;
    double total = 0;
    double first = Double.NaN;
    for (final SentimentEvent event : events) {
      final double overlap =
          Math.min(segment.end(), event.getWindowEndMicros() / MICROS_PER_SECOND)
              - Math.max(segment.start(), event.getWindowStartMicros() / MICROS_PER_SECOND);
      final boolean heard =
          event.getModalities().stream()
              .anyMatch(modality -> modality.getStatus() == ModalityStatus.PRESENT);
      if (overlap > 0 && heard) {
        final double start = event.getWindowStartMicros() / MICROS_PER_SECOND;
        final double length = event.getWindowEndMicros() / MICROS_PER_SECOND - start;
        first = Double.isNaN(first) ? start : first;
        final double weight = overlap * Math.pow(LATER_COUNTS_MORE, (start - first) / length);
        sum += weight * event.getScore();
        total += weight;
      }
    }
    return sum / total;
  }

  private static double[] array(final List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private void print(final double[] labels, final double[] scores, final int unheard) {
    final PrintWriter out = specification.commandLine().getOut();
    final ObjectNode figures = new ObjectMapper().createObjectNode();
    figures.put("segments", labels.length);
    figures.put("withoutWords", unheard);
    for (final Metric metric : List.of(Metric.PEARSON, Metric.MAE, Metric.ACCURACY_2_NON_ZERO)) {
      figures.put(metric.name(), metric.of(scores, labels));
    }
    if (json) {
      out.println(figures.toPrettyString());
    } else {
      out.printf(
          Locale.ROOT,
          "%d segments in windows of %.1f s%s: r %.4f, MAE %.3f, Acc-2 (neg/pos) %.1f %%%s%n",
          labels.length,
          window,
          hop == null ? "" : String.format(Locale.ROOT, " every %.1f s", hop),
          figures.path(Metric.PEARSON.name()).asDouble(),
          figures.path(Metric.MAE.name()).asDouble(),
          100 * figures.path(Metric.ACCURACY_2_NON_ZERO.name()).asDouble(),
          unheard == 0 ? "" : "; " + unheard + " segments have no words in any window");
    }
    out.flush();
  }
}
