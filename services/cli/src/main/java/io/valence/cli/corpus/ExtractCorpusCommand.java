package io.valence.cli.corpus;

import io.valence.corpora.Corpora;
import io.valence.corpora.Corpus;
import io.valence.corpora.CorpusException;
import io.valence.corpora.FeatureFile;
import io.valence.features.FeatureSpace;
import io.valence.features.audio.AudioFeatures;
import io.valence.features.text.BertModel;
import io.valence.features.text.BertModelCache;
import io.valence.features.text.ContextLimits;
import io.valence.features.text.SetUpProgress;
import io.valence.features.text.TextDifference;
import io.valence.features.text.TextExtractor;
import io.valence.features.visual.FaceMesh;
import io.valence.features.visual.FaceMeshOptions;
import io.valence.features.visual.VisualFeatureOptions;
import io.valence.inference.ModelStore;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The real-time extractors over a corpus folder. */
@Command(
    name = "corpus",
    description = {
      "Runs the real-time extractors over the segments of a corpus and writes their vectors to one"
          + " Avro file, which 'train-base', 'train-adapters' and 'evaluate' take as FILE#SPACE."
          + " Started again it goes on where it stopped. What fails is listed at the end.",
      "",
      "Example: valence extract corpus CMU_MOSI --out mosi-features.avro"
    },
    mixinStandardHelpOptions = true)
public final class ExtractCorpusCommand implements Callable<Integer> {

  private static final int FAILURES_SHOWN = 20;

  @Parameters(
      paramLabel = "FOLDER",
      description = "A corpus folder, see 'valence corpus describe'.")
  private Path folder;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description = "The file of features; if it is there, it is continued.")
  private Path out;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "2",
      description = "Recordings worked on at the same time (default: ${DEFAULT-VALUE}).")
  private int threads;

  @Option(
      names = "--text-expert",
      paramLabel = "FILE",
      description = {
        "Read the words with this text expert, each segment after those before it in its recording"
            + " (default: BERT itself, bert-base-uncased-768).",
        "That of a bundle: deploy/bundles/direct/text-expert.vtd."
      })
  private Path textExpert;

  @Option(
      names = "--context",
      paramLabel = "N",
      description =
          "Preceding segments that a text expert reads, at most (default: as it learned).")
  private int context = ContextLimits.DEFAULT.texts();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    if (threads < 1 || threads > 64) {
      throw new ParameterException(spec.commandLine(), "--threads must be 1 to 64, not " + threads);
    }
    if (context < 0 || context > 100) {
      throw new ParameterException(
          spec.commandLine(), "--context must be 0 to 100, not " + context);
    }
    final PrintWriter err = spec.commandLine().getErr();
    final Corpus corpus = Corpora.open(folder).corpus();
    final boolean pictures =
        corpus.segments().stream().anyMatch(s -> corpus.media().video(s).isPresent());
    final boolean sound =
        corpus.segments().stream().anyMatch(s -> corpus.media().sound(s).isPresent());
    final boolean words = corpus.segments().stream().anyMatch(s -> s.text().isPresent());
    if (!pictures && !sound && !words) {
      throw new CorpusException(
          folder + " holds neither recordings nor transcripts: there is nothing to extract from");
    }
    final ModelStore store = ModelStore.fromEnvironment();
    final VisualFeatureOptions visual = VisualFeatureOptions.defaults();
    final int failed;
    final List<FeatureSpace> spaces = new ArrayList<>();
    try (Reader reader =
            words ? Reader.open(store, Optional.ofNullable(textExpert), context) : Reader.none();
        Face face = pictures ? Face.open(store) : Face.none()) {
      if (pictures) {
        spaces.add(visual.space());
      }
      if (sound) {
        spaces.add(AudioFeatures.SPACE);
      }
      reader.extractor().ifPresent(extractor -> spaces.add(extractor.space()));
      try (FeatureFile.Writer writer = FeatureFile.append(out, spaces);
          Progress progress = new Progress(corpus.segments().size(), err)) {
        new CorpusExtraction(corpus, writer, face.mesh(), visual, sound, reader.extractor())
            .run(threads, progress::done);
        failed = writer.failed();
      }
    }
    err.printf(
        Locale.ROOT,
        "valence: %d segments in %s, %s%n",
        corpus.segments().size(),
        out,
        spaces.stream().map(FeatureSpace::id).toList());
    if (failed > 0) {
      err.printf(Locale.ROOT, "valence: %d could not be extracted:%n", failed);
      FeatureFile.read(out).failureLines(FAILURES_SHOWN).forEach(line -> err.println("  " + line));
    }
    err.flush();
    return 0;
  }

  /** The reader of words, if there are any. */
  private record Reader(Optional<TextExtractor> extractor) implements AutoCloseable {

    static Reader none() {
      return new Reader(Optional.empty());
    }

    static Reader open(final ModelStore store, final Optional<Path> expert, final int context)
        throws Exception {
      final Path bert = new BertModelCache(store.cache()).prepare(SetUpProgress.NONE);
      final String space =
          expert.isEmpty()
              ? BertModel.SPACE.id()
              : TextDifference.read(expert.get()).description().space();
      return new Reader(
          Optional.of(
              TextExtractor.open(space, bert, expert, ContextLimits.DEFAULT.withTexts(context))));
    }

    @Override
    public void close() {
      extractor.ifPresent(TextExtractor::close);
    }
  }

  /** The face mesh, if there are pictures. */
  private record Face(Optional<FaceMesh> mesh) implements AutoCloseable {

    static Face none() {
      return new Face(Optional.empty());
    }

    static Face open(final ModelStore store) throws Exception {
      return new Face(Optional.of(FaceMesh.open(store, FaceMeshOptions.defaults())));
    }

    @Override
    public void close() {
      mesh.ifPresent(FaceMesh::close);
    }
  }

  /** A bar on a terminal, a line for each tenth elsewhere. */
  private static final class Progress implements AutoCloseable {

    private final int total;
    private final PrintWriter err;
    private final ProgressBar bar;
    private int lastTenth;

    Progress(final int total, final PrintWriter err) {
      this.total = total;
      this.err = err;
      this.bar =
          System.console() == null
              ? null
              : new ProgressBarBuilder()
                  .setTaskName("segments")
                  .setInitialMax(total)
                  .setStyle(ProgressBarStyle.ASCII)
                  .build();
    }

    synchronized void done(final int count) {
      if (bar != null) {
        bar.stepTo(count);
        return;
      }
      final int tenth = (int) (10L * count / total);
      if (tenth > lastTenth) {
        lastTenth = tenth;
        err.println("valence: " + count + " of " + total + " segments");
        err.flush();
      }
    }

    @Override
    public void close() {
      if (bar != null) {
        bar.close();
      }
    }
  }
}
