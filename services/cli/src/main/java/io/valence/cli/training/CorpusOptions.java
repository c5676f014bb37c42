package io.valence.cli.training;

import io.valence.corpora.Corpora;
import io.valence.corpora.Corpus;
import io.valence.corpora.CorpusFolder;
import io.valence.corpora.FeatureFile;
import io.valence.corpora.FeatureTable;
import io.valence.corpora.Split;
import io.valence.model.Modality;
import io.valence.training.CorpusFeatures;
import io.valence.training.TrainingInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import picocli.CommandLine.Option;

/** Which corpus, which of its features, which folds. */
final class CorpusOptions {

  /** What a sample is. */
  enum Unit {
    segment,
    video
  }

  @Option(
      names = "--visual",
      paramLabel = "FEATURES",
      description = "a feature set of the corpus, or FILE#SPACE of a file of extracted features")
  private String visual;

  @Option(names = "--audio", paramLabel = "FEATURES", description = "the same for the voice")
  private String audio;

  @Option(names = "--text", paramLabel = "FEATURES", description = "the same for the words")
  private String text;

  @Option(
      names = "--unit",
      paramLabel = "UNIT",
      description = "what a sample is: ${COMPLETION-CANDIDATES} (default ${DEFAULT-VALUE})")
  private Unit unit = Unit.segment;

  @Option(
      names = "--split",
      paramLabel = "A/B/C",
      description = "random folds by video in per cent instead of the standard ones: 70/15/15")
  private String split;

  @Option(
      names = "--split-seed",
      paramLabel = "N",
      description = "of the random folds (default ${DEFAULT-VALUE})")
  private long splitSeed = 1;

  CorpusFeatures read(final Path path) throws IOException {
    final Map<Modality, String> names = new EnumMap<>(Modality.class);
    put(names, Modality.VISUAL, visual);
    put(names, Modality.AUDIO, audio);
    put(names, Modality.TEXT, text);
    return read(path, names);
  }

  CorpusFeatures read(final Path path, final Map<Modality, String> names) throws IOException {
    final CorpusFolder folder = Corpora.open(path);
    Corpus corpus = folder.corpus();
    if (split != null) {
      corpus = corpus.split(parsed(), splitSeed);
    }
    if (unit == Unit.video) {
      corpus = corpus.byVideo();
    }
    final Map<Modality, FeatureTable> tables = new EnumMap<>(Modality.class);
    for (final Map.Entry<Modality, String> name : names.entrySet()) {
      tables.put(name.getKey(), table(folder, corpus, name.getValue()).withoutBookkeeping());
    }
    return new CorpusFeatures(corpus, tables);
  }

  private Split parsed() throws TrainingInputException {
    try {
      return Split.parse(split);
    } catch (final IllegalArgumentException e) {
      throw new TrainingInputException("--split: " + e.getMessage());
    }
  }

  private FeatureTable table(final CorpusFolder folder, final Corpus corpus, final String name)
      throws IOException {
    final int mark = name.lastIndexOf('#');
    if (mark > 0 && Files.isRegularFile(Path.of(name.substring(0, mark)))) {
      final FeatureTable table =
          FeatureFile.read(Path.of(name.substring(0, mark))).table(name.substring(mark + 1));
      return unit == Unit.video ? table.byVideo(folder.corpus()) : table;
    }
    return folder.features(name, corpus);
  }

  static void put(final Map<Modality, String> names, final Modality modality, final String name) {
    if (name != null) {
      names.put(modality, name);
    }
  }
}
