package io.valence.training;

import io.valence.corpora.Conversations;
import io.valence.corpora.Corpus;
import io.valence.corpora.Fold;
import io.valence.corpora.Segment;
import io.valence.evaluation.Metric;
import io.valence.evaluation.SeedSummary;
import io.valence.features.text.BertModel;
import io.valence.features.text.BertWeights;
import io.valence.features.text.ContextLimits;
import io.valence.features.text.ContextualTokenizer;
import io.valence.features.text.SpokenText;
import io.valence.features.text.TextDifference;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.commons.csv.CSVPrinter;

/**
 * From labelled texts to a text expert: first sentences of any kind, then transcripts of
 * conversations with what was said before as context, then where the utterances of these end.
 */
public final class TextExpertTraining {

  /** Name of the difference in the folder of a training. */
  public static final String DIFFERENCE = "text-expert.vtd";

  private static final String SENTENCES = "sentences";
  private static final String SENTENCE_SCORES = "scores-" + SENTENCES + ".csv";
  private static final String SENTENCE_REMARK = " after the " + SENTENCES + " alone";
  private static final String CARD = "TEXT_EXPERT.md";
  private static final int GOLDEN_VALUES = 16;
  private static final SentimentLoss FIRST_LOSS = new SentimentLoss(1, 0, 0);
  private static final SentimentLoss TARGET_LOSS = new SentimentLoss(0.3, 0.7, 0);

  /**
   * What to train on.
   *
   * @param first files of sentences, learned first and without context; may be empty. Of a CSV file
   *     or a corpus folder only the rows of fold train and of none
   * @param target transcripts: a CSV file or a corpus folder; null to stop after the sentences
   * @param firstEpochs over the sentences
   * @param targetEpochs over the transcripts; the one with the best validation r is kept
   * @param firstBatch sentences in a step
   * @param targetBatch transcripts in a step
   * @param limits what is read of a text and its context
   * @param space id of the feature space that the expert makes, not that of BERT itself; one of its
   *     own if none is given
   * @param judged a corpus folder whose test fold is scored at the end though it was not trained on,
   *     or null
   */
  public record Plan(
      List<Path> first,
      Path target,
      int firstEpochs,
      int targetEpochs,
      int firstBatch,
      int targetBatch,
      ContextLimits limits,
      Optional<String> space,
      Path judged) {

    public Plan {
      first = List.copyOf(first);
      if (first.isEmpty() && target == null) {
        throw new IllegalArgumentException("there is nothing to train on");
      }
      if (firstEpochs < 1 || targetEpochs < 1 || firstBatch < 2 || targetBatch < 2) {
        throw new IllegalArgumentException("at least 1 epoch and 2 texts in a batch are needed");
      }
      space.ifPresent(
          name -> {
            TextDifference.requireSpace(name);
            if (name.equals(BertModel.SPACE.id())) {
              throw new IllegalArgumentException(
                  name + " is the space of BERT itself; give the expert's space another name");
            }
          });
    }
  }

  /**
   * What came of it.
   *
   * @param difference the file
   * @param figures of the folds that were scored, by name
   */
  public record Result(Path difference, Map<String, SeedSummary> figures) {}

  private final Path bert;
  private final TextExpertOptions options;
  private final Consumer<String> log;
  private final Set<String> cutTexts = new HashSet<>();

  /**
   * @param bert what {@code BertModelCache.prepare} returned
   * @param log hears one line at a time
   */
  public TextExpertTraining(
      final Path bert, final TextExpertOptions options, final Consumer<String> log) {
    this.bert = bert;
    this.options = options;
    this.log = log;
  }

  /**
   * Trains, and writes the difference, its card and the scores of every text that was held out. Taken
   * up where it was stopped if the folder holds a checkpoint of the same training.
   *
   * @throws io.valence.corpora.CorpusException if a file cannot be used
   * @throws TrainingInputException if there is nothing to learn from it
   */
  public Result run(final Plan plan, final Path out) throws IOException {
    final TextExpertData data = TextExpertData.read(plan, options.seed(), log);
    final boolean inConversation = plan.target() != null;
    Files.createDirectories(out);
    try (BertWeights weights = BertWeights.open(bert);
        ContextualTokenizer alone =
            ContextualTokenizer.open(bert, new ContextLimits(0, 0, plan.limits().textPieces()));
        ContextualTokenizer inContext = ContextualTokenizer.open(bert, plan.limits());
        TextExpertTrainer trainer = new TextExpertTrainer(weights, options, log)) {
      final List<TextStage> stages = new ArrayList<>();
      if (!data.first().isEmpty()) {
        final List<TextSample> samples = new ArrayList<>();
        for (final TextExpertData.Sentences some : data.first()) {
          samples.addAll(samples(some.segments(), alone, some.scale()));
        }
        stages.add(
            new TextStage(
                SENTENCES, samples, List.of(), plan.firstEpochs(), plan.firstBatch(), FIRST_LOSS));
      }
      if (inConversation) {
        stages.add(
            new TextStage(
                "transcripts",
                samples(data.training(), inContext, 1),
                samples(data.validation(), inContext, 1),
                plan.targetEpochs(),
                plan.targetBatch(),
                TARGET_LOSS));
      }
      // What never learned to use context is only confused by it.
      final ContextualTokenizer reading = inConversation ? inContext : alone;
      final Corpus judged = data.judged().orElse(null);
      final Map<String, SeedSummary> figures = new LinkedHashMap<>();
      final String fingerprint = fingerprint(stages);
      final String space =
          plan.space()
              .orElseGet(
                  () ->
                      "bert-expert-%s-%d"
                          .formatted(
                              spaceKey(plan, fingerprint).substring(0, 8), weights.hidden()));
      trainer.train(
          stages,
          out,
          fingerprint,
          stage -> {
            if (inConversation && judged != null && stage.name().equals(SENTENCES)) {
              judge(trainer, judged, alone, out.resolve(SENTENCE_SCORES), SENTENCE_REMARK, figures);
            }
          });
      if (inConversation && judged != null && !data.first().isEmpty() && figures.isEmpty()) {
        // Taken up after the sentences: the network that they alone had taught is gone.
        readSentenceFigures(judged, out, figures);
      }
      final TextDifference difference = difference(trainer, reading, plan, space, out);
      // Only now: the layers below have their differences as the file has them.
      final Optional<BorderLearner.Learned> borders =
          inConversation
              ? new BorderLearner(bert, weights.positions(), trainer.lowerLayers(), log)
                  .learn(data.training(), data.validation(), options.seed())
              : Optional.empty();
      borders
          .map(learned -> difference.withBorders(learned.borders()))
          .orElse(difference)
          .write(out.resolve(DIFFERENCE));
      if (judged != null) {
        judge(trainer, judged, reading, out.resolve(TextExpertScores.FILE), "", figures);
      }
      Files.writeString(
          out.resolve(CARD), card(plan, stages, borders, figures), StandardCharsets.UTF_8);
      // Only now: a training that is stopped while it scores has everything to go on from.
      Files.deleteIfExists(TextExpertTrainer.checkpoint(out));
      return new Result(out.resolve(DIFFERENCE), figures);
    }
  }

  /**
   * Reads everything that a plan names, so that what cannot be used is said before anything long is
   * begun.
   *
   * @param seed of the options: where there are no folds it chooses what is held out
   * @throws io.valence.corpora.CorpusException if a file cannot be used
   * @throws TrainingInputException if there is nothing to learn from it, or nothing to judge
   */
  public static void check(final Plan plan, final long seed) throws IOException {
    TextExpertData.read(plan, seed, line -> {});
  }

  /** Each text with those before it in its conversation, in the order of time. */
  private List<TextSample> samples(
      final List<Segment> segments, final ContextualTokenizer tokenizer, final double labelScale) {
    final Map<String, List<String>> context = Conversations.preceding(segments);
    final List<TextSample> samples = new ArrayList<>();
    int longer = 0;
    for (final Segment segment : TextExpertData.usable(segments)) {
      final String text = segment.text().orElseThrow();
      samples.add(
          new TextSample(
              segment.id(),
              tokenizer.of(SpokenText.after(context.get(segment.id()), text)),
              (float) (segment.label().orElseThrow() * labelScale)));
      // Each is counted once, though what was held out is read more than once.
      if (tokenizer.cuts(text) && cutTexts.add(text)) {
        longer++;
      }
    }
    if (longer > 0) {
      log.accept(
          "%d %s more than %d word pieces: only %s beginning is read"
              .formatted(
                  longer,
                  longer == 1 ? "text has" : "texts have",
                  tokenizer.limits().textPieces(),
                  longer == 1 ? "its" : "their"));
    }
    return samples;
  }

  private static String fingerprint(final List<TextStage> stages) {
    final List<String> parts = new ArrayList<>();
    for (final TextStage stage : stages) {
      parts.add(stage.name() + " " + stage.epochs() + " " + stage.batchSize());
      for (final List<TextSample> samples : List.of(stage.training(), stage.validation())) {
        for (final TextSample sample : samples) {
          parts.add(
              sample.id() + " " + sample.label() + " " + Arrays.hashCode(sample.pieces().ids()));
        }
      }
    }
    return TextVectors.key("text-expert", parts);
  }

  /** Other vectors have another name: the options change them as the data do. */
  private String spaceKey(final Plan plan, final String fingerprint) {
    return TextVectors.key(
        "text-expert-space", List.of(fingerprint, options.toString(), plan.limits().toString()));
  }

  private TextDifference difference(
      final TextExpertTrainer trainer,
      final ContextualTokenizer tokenizer,
      final Plan plan,
      final String space,
      final Path scratch)
      throws IOException {
    trainer.roundToHalfPrecision();
    final Weights weights = trainer.weights();
    final Map<String, List<Long>> shapes = new LinkedHashMap<>();
    weights
        .tensors()
        .forEach(
            (name, tensor) ->
                shapes.put(name, Arrays.stream(tensor.dimensions()).boxed().toList()));
    final List<String> preceding =
        List.of("i waited a long time for this", "everyone told me to go");
    final String text = "and it was not what i had hoped for but i liked it";
    final TextSample sample =
        new TextSample("golden", tokenizer.of(SpokenText.after(preceding, text)), 0);
    final List<Float> vector = new ArrayList<>();
    for (final float value : trainer.vector(sample, scratch)) {
      if (vector.size() < GOLDEN_VALUES) {
        vector.add(value);
      }
    }
    final float score = trainer.scores(List.of(sample), scratch)[0];
    final List<String> trainingData = new ArrayList<>();
    plan.first().forEach(path -> trainingData.add(String.valueOf(path.getFileName())));
    if (plan.target() != null) {
      trainingData.add(String.valueOf(plan.target().toAbsolutePath().normalize().getFileName()));
    }
    return new TextDifference(
        new TextDifference.Description(
            1,
            space,
            options.rank(),
            options.scale(),
            tokenizer.limits(),
            shapes,
            new TextDifference.Golden(preceding, text, vector, score),
            trainingData),
        weights.values());
  }

  private void judge(
      final TextExpertTrainer trainer,
      final Corpus corpus,
      final ContextualTokenizer tokenizer,
      final Path scoresFile,
      final String remark,
      final Map<String, SeedSummary> figures)
      throws IOException {
    final Path scratch = scoresFile.toAbsolutePath().getParent();
    try (CSVPrinter file = TextExpertScores.write(scoresFile)) {
      for (final Fold fold : TextExpertData.JUDGED_FOLDS) {
        final List<TextSample> samples =
            samples(TextExpertData.labelled(corpus, fold), tokenizer, 1);
        if (samples.isEmpty()) {
          continue;
        }
        final float[] scores = trainer.scores(samples, scratch);
        for (int i = 0; i < scores.length; i++) {
          file.printRecord(
              samples.get(i).id(),
              fold.label(),
              samples.get(i).label(),
              String.format(Locale.ROOT, "%.5f", Math.max(-3, Math.min(3, scores[i]))));
        }
      }
    }
    figures(corpus, scoresFile, remark, figures);
  }

  /** The figures are those of the file, so that they are the same when it is read again. */
  private void figures(
      final Corpus corpus,
      final Path scoresFile,
      final String remark,
      final Map<String, SeedSummary> figures)
      throws IOException {
    final TextExpertScores scores = TextExpertScores.readFile(scoresFile);
    for (final Fold fold : scores.rows().keySet()) {
      final SeedSummary summary =
          Figures.summary(List.of(scores.scores(fold)), scores.labels(fold));
      final String name = corpus.name() + ", " + fold.label() + remark;
      figures.put(name, summary);
      log.accept(name + ": r " + Figures.cell(summary, Metric.PEARSON));
    }
  }

  /** What the file of an earlier run says of these very texts; nothing if it is of others or gone. */
  private void readSentenceFigures(
      final Corpus corpus, final Path out, final Map<String, SeedSummary> figures)
      throws IOException {
    final Path file = out.resolve(SENTENCE_SCORES);
    final Set<String> found = new HashSet<>();
    try {
      TextExpertScores.readFile(file)
          .rows()
          .values()
          .forEach(rows -> rows.forEach(row -> found.add(row.id())));
    } catch (final NoSuchFileException | TrainingInputException e) {
      found.clear();
    }
    if (found.equals(TextExpertData.judgedIds(corpus))) {
      figures(corpus, file, SENTENCE_REMARK, figures);
    } else {
      log.accept(
          file
              + " does not hold the scores of these texts: their figures are left out of the card");
    }
  }

  private String card(
      final Plan plan,
      final List<TextStage> stages,
      final Optional<BorderLearner.Learned> borders,
      final Map<String, SeedSummary> figures) {
    final StringBuilder card = new StringBuilder("# Text expert\n\n");
    card.append(
        "Low-rank differences on BERT-base-uncased and a linear head, sentiment -3 to 3.\n\n");
    for (final TextStage stage : stages) {
      card.append(
          String.format(
              Locale.ROOT,
              "* %s: %,d texts (%,d word pieces), %d epochs of batches of %d%n",
              stage.name(),
              stage.training().size(),
              stage.trainingPieces(),
              stage.epochs(),
              stage.batchSize()));
    }
    card.append("* ")
        .append(
            borders
                .map(BorderLearner.Learned::line)
                .orElse("borders of utterances: none were learned"))
        .append('\n');
    card.append("* context: ").append(plan.limits()).append('\n');
    card.append("* options: ").append(options).append("\n\n");
    if (!figures.isEmpty()) {
      card.append(Figures.table(figures));
    }
    return card.toString();
  }
}
