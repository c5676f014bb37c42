package io.valence.training;

import io.valence.corpora.Corpus;
import io.valence.corpora.CsvCorpus;
import io.valence.corpora.Fold;
import io.valence.corpora.FoldScheme;
import io.valence.corpora.Segment;
import io.valence.corpora.Split;
import io.valence.corpora.TextLength;
import io.valence.corpora.TextSentiment;
import io.valence.corpora.TranscriptFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * What the files of a plan hold, divided into what is learned from, what chooses the epoch and what is
 * judged.
 *
 * @param first the sentences, file by file
 * @param training transcripts to learn from; empty if there are none in the plan
 * @param validation transcripts that choose the epoch; empty: the last one is kept
 * @param judged what the expert is scored on, if on anything
 */
record TextExpertData(
    List<Sentences> first,
    List<Segment> training,
    List<Segment> validation,
    Optional<Corpus> judged) {

  /** The folds that were not trained on. */
  static final List<Fold> JUDGED_FOLDS = List.of(Fold.VALIDATION, Fold.TEST);

  private static final Split VALIDATION_SHARE = new Split(90, 10, 0);

  /** Sentences of films are labelled more boldly than speech: -2.6 to 2.6 fits CMU-MOSI better. */
  private static final double CLASS_SCALE = 1.3 / 1.5;

  /**
   * Sentences of one file.
   *
   * @param segments to learn from
   * @param scale factor of their labels
   */
  record Sentences(List<Segment> segments, double scale) {

    Sentences {
      segments = List.copyOf(segments);
    }
  }

  TextExpertData {
    first = List.copyOf(first);
    training = List.copyOf(training);
    validation = List.copyOf(validation);
  }

  /**
   * Reads and checks everything that a plan names, so that what cannot be used is said before anything
   * long is begun.
   *
   * @param seed of the division, where the transcripts have no folds
   * @param log hears what was decided about the validation
   * @throws io.valence.corpora.CorpusException if a file cannot be used
   * @throws TrainingInputException if there is nothing to learn from it, or nothing to judge
   */
  static TextExpertData read(
      final TextExpertTraining.Plan plan, final long seed, final Consumer<String> log)
      throws IOException {
    final List<Sentences> first = new ArrayList<>();
    for (final Path file : plan.first()) {
      first.add(sentences(file));
    }
    if (!first.isEmpty()) {
      requireVaried("--first", first.stream().flatMap(some -> some.segments().stream()).toList());
    }
    Optional<Corpus> judged = Optional.empty();
    if (plan.judged() != null) {
      final Corpus corpus = read(plan.judged());
      if (JUDGED_FOLDS.stream().allMatch(fold -> usable(labelled(corpus, fold)).isEmpty())) {
        throw new TrainingInputException(
            plan.judged()
                + ": no labelled text is in fold valid or test, so there is nothing to judge");
      }
      judged = Optional.of(corpus);
    }
    if (plan.target() == null) {
      return new TextExpertData(first, List.of(), List.of(), judged);
    }
    final Corpus target = divided(plan.target(), seed, log);
    final List<Segment> training = labelled(target, Fold.TRAIN);
    if (usable(training).isEmpty()) {
      throw new TrainingInputException(
          plan.target()
              + ": no labelled text is in fold train; put rows into it, or give no folds at all");
    }
    requireVaried(plan.target().toString(), training);
    List<Segment> validation = labelled(target, Fold.VALIDATION);
    final long labels = labels(validation);
    if (labels < 2 && target.scheme() != FoldScheme.SEEDED) {
      log.accept(
          plan.target()
              + ": "
              + usable(validation).size()
              + " texts with "
              + labels
              + " different labels in fold valid cannot choose an epoch: the last one is kept");
      validation = List.of();
    }
    return new TextExpertData(
        first, training, validation, judged.isPresent() ? judged : Optional.of(target));
  }

  /**
   * A corpus folder, a CSV file of transcripts, or a list of sentences.
   *
   * @throws TrainingInputException if a text is too long to be one
   */
  static Corpus read(final Path path) throws IOException {
    final Corpus corpus;
    if (Files.isDirectory(path)) {
      corpus = CsvCorpus.read(path).corpus();
    } else {
      corpus = hasClasses(path) ? TextSentiment.read(path) : TranscriptFile.read(path);
    }
    for (final Segment segment : corpus.segments()) {
      final Optional<String> excess = segment.text().flatMap(TextLength::excess);
      if (excess.isPresent()) {
        throw new TrainingInputException(path + ", " + segment.id() + ": " + excess.orElseThrow());
      }
    }
    return corpus;
  }

  private static boolean hasClasses(final Path path) {
    return !Files.isDirectory(path) && !path.toString().toLowerCase(Locale.ROOT).endsWith(".csv");
  }

  /**
   * Of a list of sentences all are learned from, whatever the ending of its name: it was named to be
   * learned from. Of a file that gives each row its fold only the rows of train and of none.
   */
  private static Sentences sentences(final Path file) throws IOException {
    final Corpus corpus = read(file);
    if (hasClasses(file)) {
      return new Sentences(corpus.segments(), CLASS_SCALE);
    }
    final List<Segment> learned =
        corpus.segments().stream()
            .filter(segment -> segment.fold() == Fold.TRAIN || segment.fold() == Fold.NONE)
            .toList();
    if (usable(learned).isEmpty()) {
      throw new TrainingInputException(
          file + ": no labelled text is in fold train or in none; --first learns from these only");
    }
    return new Sentences(learned, 1);
  }

  /**
   * Where there are no folds, some conversations are held out. If they, or those that are left, would
   * not have two different labels, all are learned from.
   */
  private static Corpus divided(final Path path, final long seed, final Consumer<String> log)
      throws IOException {
    final Corpus corpus = read(path);
    if (corpus.scheme() != FoldScheme.NONE) {
      return corpus;
    }
    final Corpus split = corpus.split(VALIDATION_SHARE, seed);
    if (labels(labelled(split, Fold.TRAIN)) > 1 && labels(labelled(split, Fold.VALIDATION)) > 1) {
      return split;
    }
    log.accept(
        path
            + ": too few conversations to hold out some that could choose an epoch: all are learned"
            + " from, and the last epoch is kept");
    return corpus.withFolds(
        FoldScheme.SEEDED,
        corpus.videos().stream()
            .collect(Collectors.toMap(conversation -> conversation, conversation -> Fold.TRAIN)));
  }

  private static void requireVaried(final String name, final List<Segment> segments)
      throws TrainingInputException {
    final long labels = labels(segments);
    if (labels < 2) {
      throw new TrainingInputException(
          name
              + ": "
              + usable(segments).size()
              + " training texts with "
              + labels
              + " different labels; to learn from them at least two different ones are needed");
    }
  }

  /** The labelled segments of a fold, which may be none. */
  static List<Segment> labelled(final Corpus corpus, final Fold fold) {
    return corpus.segments().stream()
        .filter(segment -> segment.fold() == fold && segment.label().isPresent())
        .toList();
  }

  /** Those that can be learned from or judged. */
  static List<Segment> usable(final List<Segment> segments) {
    final Predicate<Segment> labelled = segment -> segment.label().isPresent();
    return segments.stream().filter(labelled.and(segment -> segment.text().isPresent())).toList();
  }

  private static long labels(final List<Segment> segments) {
    return usable(segments).stream()
        .map(segment -> (float) segment.label().orElseThrow())
        .distinct()
        .count();
  }

  /** The ids of everything that is judged in a corpus. */
  static Set<String> judgedIds(final Corpus corpus) {
    return JUDGED_FOLDS.stream()
        .flatMap(fold -> usable(labelled(corpus, fold)).stream())
        .map(Segment::id)
        .collect(Collectors.toSet());
  }
}
