package io.valence.corpora;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/** Opens a corpus of whatever form lies at a path. */
public final class Corpora {

  private Corpora() {}

  /**
   * Opens a folder of CSV files, of computational sequences or of recordings with transcripts, or
   * one file of sentences with labels.
   *
   * @throws CorpusException if it is none of these (the message says what was looked for), or damaged
   */
  public static CorpusFolder open(Path path) throws IOException {
    if (!Files.exists(path)) {
      throw new CorpusException(path + " does not exist");
    }
    if (Files.isRegularFile(path)) {
      return openFile(path);
    }
    if (Files.isRegularFile(path.resolve("segments.csv"))) {
      return CsvCorpus.read(path);
    }
    final List<Path> below;
    try (Stream<Path> walk = Files.walk(path, 3)) {
      below = walk.toList();
    }
    final boolean transcripts =
        below.stream()
            .filter(Files::isDirectory)
            .skip(1)
            .anyMatch(
                directory ->
                    directory
                        .getFileName()
                        .toString()
                        .toLowerCase(Locale.ROOT)
                        .startsWith("transcript"));
    if (transcripts) {
      return MosiFolder.read(path);
    }
    if (below.stream().anyMatch(file -> file.toString().endsWith(".csd"))) {
      return CsdCorpus.read(path);
    }
    final boolean recordings =
        below.stream()
            .filter(Files::isDirectory)
            .skip(1)
            .map(directory -> directory.getFileName().toString().toLowerCase(Locale.ROOT))
            .anyMatch(name -> name.startsWith("video") || name.startsWith("label"));
    if (recordings) {
      // Says which part is missing.
      return MosiFolder.read(path);
    }
    throw new CorpusException(
        path
            + " is no corpus: neither segments.csv, nor .csd files with labels, nor folders 'videos',"
            + " 'wav', 'transcripts' and 'labels' are there");
  }

  private static CorpusFolder openFile(Path path) throws IOException {
    final String name = path.getFileName().toString();
    if (name.endsWith("_sent_emo.csv")) {
      return new TextOnly(Meld.read(path, TextSentiment.DEFAULT_MAGNITUDE));
    }
    if (name.equals("ravdess_manifest.csv")) {
      return new TextOnly(Ravdess.read(path, path.resolveSibling("ravdess16k")));
    }
    return new TextOnly(TextSentiment.read(path));
  }

  /** A corpus without features beside it. */
  private record TextOnly(Corpus corpus) implements CorpusFolder {
    @Override
    public Set<String> featureNames() {
      return Set.of();
    }

    @Override
    public FeatureTable features(String name, Corpus samples) throws CorpusException {
      throw new CorpusException(corpus.name() + " has no features named '" + name + "'");
    }
  }
}
