package io.valence.corpora;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * A corpus as computational sequences, in one folder or in the folders that the CMU-MultimodalSDK
 * makes:
 *
 * <pre>
 * visuals/CMU_MOSEI_VisualOpenFace2.csd             root OpenFace_2, 713 columns
 * acoustics/CMU_MOSEI_COVAREP.csd                   root COVAREP, 74
 * languages/CMU_MOSEI_TimestampedWordVectors.csd    root glove_vectors, 300
 * labels/CMU_MOSEI_Labels.csd                       root All Labels
 * folds.csv or cmu_mosei_std_folds.py               optional
 * </pre>
 *
 * A segment is a row of the labels; its id is the video's and the row's number from 0.
 */
public final class CsdCorpus implements CorpusFolder {

  /** What a sequence is about, told by its file's name, and what its root must be called like. */
  public enum Part {
    VISUAL("visuals/CMU_MOSEI_VisualOpenFace2.csd", List.of("openface", "facet", "visual")),
    AUDIO("acoustics/CMU_MOSEI_COVAREP.csd", List.of("covarep", "opensmile", "acoustic")),
    TEXT("languages/CMU_MOSEI_TimestampedWordVectors.csd", List.of("glove", "word")),
    LABELS("labels/CMU_MOSEI_Labels.csd", List.of("label"));

    private final String usualFile;
    private final List<String> words;

    Part(String usualFile, List<String> words) {
      this.usualFile = usualFile;
      this.words = words;
    }

    private boolean matches(String name) {
      final String lower = name.toLowerCase(Locale.ROOT);
      return words.stream().anyMatch(lower::contains);
    }

    /** The name used for modalities in messages and feature sets: visual, audio, text. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Path folder;
  private final Corpus corpus;
  private final Map<Part, Path> files;
  private final Map<Part, String> roots;

  private CsdCorpus(Path folder, Corpus corpus, Map<Part, Path> files, Map<Part, String> roots) {
    this.folder = folder;
    this.corpus = corpus;
    this.files = Map.copyOf(files);
    this.roots = Map.copyOf(roots);
  }

  /** As {@link #read(Path, Map)}, with the roots that the files' names imply. */
  public static CsdCorpus read(Path folder) throws IOException {
    return read(folder, Map.of());
  }

  /**
   * Finds the sequences and reads the labels.
   *
   * @param folder with .csd files, up to three levels deep
   * @param roots names of root groups, where a file does not use the usual one
   * @throws CorpusException if there are no labels, or two files for one part
   */
  public static CsdCorpus read(Path folder, Map<Part, String> roots) throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new CorpusException(folder + " does not exist (or is not a folder)");
    }
    final Map<Part, Path> files = find(folder);
    final Path labelFile = files.get(Part.LABELS);
    if (labelFile == null) {
      throw new CorpusException(
          folder
              + " has no labels: "
              + Part.LABELS.usualFile
              + " belongs there (found "
              + (files.isEmpty() ? "no .csd file" : files.values())
              + ")");
    }
    final List<Segment> segments = new ArrayList<>();
    try (CsdFile labels = open(Part.LABELS, labelFile, roots)) {
      readSegments(labels, segments);
    }
    final String name = folder.toAbsolutePath().normalize().getFileName().toString();
    final Corpus unfolded = Corpus.read(name, FoldScheme.NONE, segments, Media.NONE);
    final Optional<Path> foldFile = Folds.find(folder);
    final Corpus corpus =
        foldFile.isEmpty()
            ? unfolded
            : unfolded.withFolds(FoldScheme.STANDARD, Folds.read(foldFile.get()));
    return new CsdCorpus(folder, corpus, files, roots);
  }

  private static Map<Part, Path> find(Path folder) throws IOException {
    final Map<Part, Path> files = new TreeMap<>();
    final List<Path> sequences;
    try (Stream<Path> walk = Files.walk(folder, 3)) {
      sequences = walk.filter(file -> file.toString().endsWith(".csd")).sorted().toList();
    }
    for (final Path file : sequences) {
      final String name = file.getFileName().toString();
      // Labels first: a label file's name may well hold a modality's word, but not the reverse.
      final Part part =
          Stream.of(Part.LABELS, Part.VISUAL, Part.AUDIO, Part.TEXT)
              .filter(candidate -> candidate.matches(name))
              .findFirst()
              .orElse(null);
      if (part == null) {
        continue;
      }
      final Path before = files.putIfAbsent(part, file);
      if (before != null) {
        throw new CorpusException(
            folder
                + " has two files for "
                + part.label()
                + ": "
                + folder.relativize(before)
                + " and "
                + folder.relativize(file)
                + "; keep one, or give each corpus a folder of its own");
      }
    }
    return files;
  }

  private static CsdFile open(Part part, Path file, Map<Part, String> roots) throws IOException {
    if (roots.containsKey(part)) {
      return CsdFile.open(file, roots.get(part));
    }
    final CsdFile sequence = CsdFile.open(file);
    if (!part.matches(sequence.root())) {
      final String found = sequence.root();
      sequence.close();
      throw new CorpusException(
          file
              + " should hold "
              + part.label()
              + " data, but its root group is '"
              + found
              + "'; put the right file there, or name this root if it is right");
    }
    return sequence;
  }

  private static void readSegments(CsdFile labels, List<Segment> segments) throws IOException {
    final int named = labels.columns().indexOf("sentiment");
    final int sentiment = Math.max(named, 0);
    for (final String video : labels.videos()) {
      final int[] row = {0};
      labels.read(
          video,
          block -> {
            for (int i = 0; i < block.size(); i++) {
              final float[] values = block.features()[i];
              final Map<String, String> attributes = new HashMap<>();
              for (int j = 0; j < values.length; j++) {
                if (j != sentiment) {
                  attributes.put(labels.columns().get(j), Float.toString(values[j]));
                }
              }
              segments.add(
                  Segment.read(
                      labels.name() + ", video " + video + ", row " + row[0],
                      video + "_" + row[0],
                      video,
                      block.intervals()[i][0],
                      block.intervals()[i][1],
                      null,
                      values[sentiment],
                      Fold.NONE,
                      attributes));
              row[0]++;
            }
          });
    }
  }

  @Override
  public Corpus corpus() {
    return corpus;
  }

  /** The parts there are, by the names visual, audio and text. */
  @Override
  public Set<String> featureNames() {
    final Set<String> names = new TreeSet<>();
    files.keySet().stream()
        .filter(part -> part != Part.LABELS)
        .map(Part::label)
        .forEach(names::add);
    return names;
  }

  /** The means over each segment's frames; a video that a sequence lacks is refused. */
  @Override
  public FeatureTable features(String name, Corpus samples) throws IOException {
    return average(part(name), samples, SegmentAverages.MissingVideos.REFUSE).table();
  }

  /**
   * The means over each segment's frames with the account of what was left out. The space of the
   * table is called after the part's root and width, for instance {@code openface2-713}.
   */
  public SegmentAverages average(Part part, Corpus samples, SegmentAverages.MissingVideos missing)
      throws IOException {
    try (CsdFile sequence = sequence(part)) {
      return SegmentAverages.of(samples, sequence, space(sequence), missing);
    }
  }

  private static String space(CsdFile sequence) {
    final String root = sequence.root().toLowerCase(Locale.ROOT);
    final String stem = root.startsWith("glove") ? "glove" : root.replaceAll("[^a-z0-9]+", "");
    return stem + "-" + sequence.columns().size();
  }

  /**
   * Opens one of the sequences.
   *
   * @throws CorpusException naming the file that is missing
   */
  public CsdFile sequence(Part part) throws IOException {
    final Path file = files.get(part);
    if (file == null) {
      throw new CorpusException(
          folder + " has no " + part.label() + " features: " + part.usualFile + " belongs there");
    }
    return open(part, file, roots);
  }

  private Part part(String name) throws CorpusException {
    for (final Part part : files.keySet()) {
      if (part != Part.LABELS && part.label().equals(name)) {
        return part;
      }
    }
    for (final Part part : Part.values()) {
      if (part != Part.LABELS && part.label().equals(name)) {
        throw new CorpusException(
            folder + " has no " + name + " features: " + part.usualFile + " belongs there");
      }
    }
    throw new CorpusException(
        folder + " has no features named '" + name + "'; it has " + featureNames());
  }
}
