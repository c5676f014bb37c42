package io.valence.corpora;

import io.valence.features.FeatureSpace;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A made-up corpus with a known answer, for proving a training on as much data as CMU-MOSEI has: its
 * labels are a known function of latent variables that also drive the features of three modalities.
 *
 * <pre>
 * latent  s1 s2  heard and seen and said alike      v1 v2  a1 a2  t1 t2  in one modality only
 * label   clip(0.55 s1 + 0.35 s2 + 0.55 v1 + 0.35 a1 + 0.75 t1 + noise, -3, 3)
 * visual  713 columns, a random linear map of s1 s2 v1 v2 plus noise, scaled and shifted
 * audio    74 columns of s1 s2 a1 a2                text  300 columns of s1 s2 t1 t2
 * </pre>
 *
 * v2, a2 and t2 say nothing about the label. Every modality has a part of the label to itself, so
 * taking one away must cost. Four of the latents are skewed and three of those larger than the rest, so
 * that the modalities' distributions have a shape that methods without pairs could follow.
 *
 * <p>What the files have of the real ones: columns named as in OpenFace 2, COVAREP and GloVe; frames
 * between the segments that belong to none; frames without a face ({@code success} 0, all else 0);
 * {@code -inf} in COVAREP's peakSlope; all-zero vectors for words that the table lacks.
 *
 * <p>Beside the MOSEI-like features each segment has a paired vector in a source space (65 visual, 74
 * audio, 768 text), another map of the same latents: what an adapter learns from. Everything is a
 * function of the seed.
 */
public final class PlantedCorpus implements CorpusFolder {

  /** How many videos CMU-MOSEI's features have. */
  public static final int FULL_SIZE = 3228;

  /** The names of the modalities, in the order used everywhere. */
  public static final List<String> MODALITIES = List.of("visual", "audio", "text");

  private static final double[] SHARED_WEIGHTS = {0.55, 0.35};
  private static final double[] OWN_WEIGHTS = {0.55, 0.35, 0.75};
  private static final double NOISE = 0.55;
  private static final double FEATURE_NOISE = 0.7;
  private static final int SHARED = 2;
  private static final int LATENTS = SHARED + 2 * 3;
  private static final int[] TARGET_SIZES = {713, 74, 300};
  private static final int[] SOURCE_SIZES = {65, 74, 768};
  private static final int MEAN_SEGMENTS = 7;
  private static final int VISUAL_FRAMES = 2;
  private static final int AUDIO_FRAMES = 3;
  private static final int WORDS = 3;

  private final Corpus corpus;
  private final double[][] latents;
  private final double[] expectations;
  private final Map<String, Integer> rows;
  private final Map<String, FeatureTable> targets;
  private final Map<String, FeatureTable> sources;
  private final long seed;

  private PlantedCorpus(
      Corpus corpus,
      double[][] latents,
      double[] expectations,
      Map<String, FeatureTable> targets,
      Map<String, FeatureTable> sources,
      long seed) {
    this.corpus = corpus;
    this.latents = latents;
    this.expectations = expectations;
    this.targets = Map.copyOf(targets);
    this.sources = Map.copyOf(sources);
    this.seed = seed;
    this.rows = new HashMap<>(latents.length * 2);
    for (int i = 0; i < latents.length; i++) {
      rows.put(corpus.segments().get(i).id(), i);
    }
  }

  /**
   * Makes a corpus in memory: about 12 KB a segment, seven segments a video, so 300 MB for {@link
   * #FULL_SIZE} videos.
   *
   * @param videos how many, at least 10; folds are 70/15/15 of them
   * @param seed of everything random
   */
  public static PlantedCorpus generate(int videos, long seed) {
    if (videos < 10) {
      throw new IllegalArgumentException("at least 10 videos, or a fold may be empty: " + videos);
    }
    final Random random = new Random(seed);
    final List<Segment> segments = new ArrayList<>();
    final List<double[]> latents = new ArrayList<>();
    final List<Double> expectations = new ArrayList<>();
    final List<String> names =
        IntStream.range(0, videos)
            .mapToObj(i -> String.format(Locale.ROOT, "planted%05d", i))
            .toList();
    final Map<String, Fold> folds = Split.parse("70/15/15").assign(names, seed);
    for (final String video : names) {
      final int count = MEAN_SEGMENTS - 3 + random.nextInt(7);
      double time = 0.5 + random.nextDouble();
      for (int i = 0; i < count; i++) {
        final double[] latent = latent(random);
        final double expectation = expectation(latent, Set.copyOf(MODALITIES));
        final double label = Math.max(-3, Math.min(3, expectation + NOISE * random.nextGaussian()));
        final double end = time + 2 + 6 * random.nextDouble();
        segments.add(
            new Segment(
                video + "_" + i,
                video,
                time,
                end,
                Optional.empty(),
                // Through a float, as a .csd holds it.
                OptionalDouble.of((float) label),
                folds.get(video),
                Map.of()));
        latents.add(latent);
        expectations.add(expectation);
        time = end + 0.5 + random.nextDouble();
      }
    }
    final double[][] allLatents = latents.toArray(double[][]::new);
    final Corpus corpus = new Corpus("planted", FoldScheme.STANDARD, segments, Media.NONE);
    final Map<String, FeatureTable> targets = new HashMap<>();
    final Map<String, FeatureTable> sources = new HashMap<>();
    for (int m = 0; m < MODALITIES.size(); m++) {
      final String name = MODALITIES.get(m);
      targets.put(name, table(corpus, allLatents, m, targetSpace(m), new Random(seed + 101 + m)));
      sources.put(name, table(corpus, allLatents, m, sourceSpace(m), new Random(seed + 201 + m)));
    }
    return new PlantedCorpus(
        corpus,
        allLatents,
        expectations.stream().mapToDouble(Double::doubleValue).toArray(),
        targets,
        sources,
        seed);
  }

  private static double[] latent(Random random) {
    final double[] latent = new double[LATENTS];
    for (int i = 0; i < LATENTS; i++) {
      latent[i] = random.nextGaussian();
    }
    // s1, v2, a2 and t2: an exponential of the same variance as a normal, but it leans to one side.
    for (final int i : new int[] {0, 3, 5, 7}) {
      latent[i] = (1 + 0.2 * i) * (-Math.log(1 - random.nextDouble()) - 1);
    }
    return latent;
  }

  /** What the label would be without noise, knowing only these modalities. */
  private static double expectation(double[] latent, Set<String> known) {
    double sum = 0;
    if (!known.isEmpty()) {
      for (int i = 0; i < SHARED; i++) {
        sum += SHARED_WEIGHTS[i] * latent[i];
      }
    }
    for (int m = 0; m < MODALITIES.size(); m++) {
      if (known.contains(MODALITIES.get(m))) {
        sum += OWN_WEIGHTS[m] * latent[SHARED + 2 * m];
      }
    }
    return sum;
  }

  private static FeatureTable table(
      Corpus corpus, double[][] latents, int modality, FeatureSpace space, Random random) {
    final int size = space.size();
    final double[][] map = new double[size][];
    final double[] shift = new double[size];
    final double[] scale = new double[size];
    for (int column = 0; column < size; column++) {
      map[column] = new double[SHARED + 2];
      for (int i = 0; i < map[column].length; i++) {
        map[column][i] = random.nextGaussian();
      }
      shift[column] = 3 * random.nextGaussian();
      // Columns of very different size, as hertz and ratios are.
      scale[column] = Math.exp(1.5 * random.nextGaussian());
    }
    final FeatureTable.Builder builder = FeatureTable.builder(space);
    for (int row = 0; row < latents.length; row++) {
      final double[] latent = latents[row];
      final float[] values = new float[size];
      for (int column = 0; column < size; column++) {
        double sum = FEATURE_NOISE * random.nextGaussian();
        for (int i = 0; i < SHARED; i++) {
          sum += map[column][i] * latent[i];
        }
        for (int i = 0; i < 2; i++) {
          sum += map[column][SHARED + i] * latent[SHARED + 2 * modality + i];
        }
        values[column] = (float) (scale[column] * (sum + shift[column]));
      }
      if (modality == 0 && size == TARGET_SIZES[0]) {
        bookkeeping(values, row);
      }
      builder.add(corpus.segments().get(row).id(), values, 1, 1);
    }
    return builder.build();
  }

  /** Face id, time, confidence and success, which say nothing about the label. */
  private static void bookkeeping(float[] values, int row) {
    values[0] = 0;
    values[1] = row % 97;
    values[2] = 0.9f + (row % 10) * 0.01f;
    values[3] = 1;
  }

  private static FeatureSpace targetSpace(int modality) {
    return switch (modality) {
      case 0 -> new FeatureSpace("openface2-713", openFaceColumns());
      case 1 -> new FeatureSpace("covarep-74", covarepColumns());
      default -> new FeatureSpace("glove-300", numbered("vector_", 300));
    };
  }

  private static FeatureSpace sourceSpace(int modality) {
    return new FeatureSpace(
        "planted-" + MODALITIES.get(modality) + "-" + SOURCE_SIZES[modality],
        numbered(MODALITIES.get(modality) + "_", SOURCE_SIZES[modality]));
  }

  private static List<String> numbered(String prefix, int count) {
    return IntStream.range(0, count).mapToObj(i -> prefix + i).toList();
  }

  /**
   * The 713 columns of OpenFace 2's output without the frame's number: face id, time, confidence and
   * success, 8 of gaze, 280 eye landmarks, 6 of pose, 340 face landmarks, 40 of the shape model, 17
   * intensities and 18 presences of action units.
   */
  static List<String> openFaceColumns() {
    final List<String> names =
        new ArrayList<>(List.of("face_id", "timestamp", "confidence", "success"));
    for (final String eye : List.of("0", "1")) {
      for (final String axis : List.of("x", "y", "z")) {
        names.add("gaze_" + eye + "_" + axis);
      }
    }
    names.addAll(List.of("gaze_angle_x", "gaze_angle_y"));
    for (final String axis : List.of("x", "y", "X", "Y", "Z")) {
      names.addAll(numbered("eye_lmk_" + axis + "_", 56));
    }
    for (final String pose : List.of("Tx", "Ty", "Tz", "Rx", "Ry", "Rz")) {
      names.add("pose_" + pose);
    }
    for (final String axis : List.of("x", "y", "X", "Y", "Z")) {
      names.addAll(numbered(axis + "_", 68));
    }
    for (final String shape : List.of("scale", "rx", "ry", "rz", "tx", "ty")) {
      names.add("p_" + shape);
    }
    names.addAll(numbered("p_", 34));
    final List<String> units =
        List.of(
            "01", "02", "04", "05", "06", "07", "09", "10", "12", "14", "15", "17", "20", "23",
            "25", "26", "45");
    units.forEach(unit -> names.add("AU" + unit + "_r"));
    for (final String unit : units) {
      if (unit.equals("45")) {
        names.add("AU28_c");
      }
      names.add("AU" + unit + "_c");
    }
    return List.copyOf(names);
  }

  private static List<String> covarepColumns() {
    final List<String> names =
        new ArrayList<>(
            List.of(
                "F0",
                "VUV",
                "NAQ",
                "QOQ",
                "H1H2",
                "PSP",
                "MDQ",
                "peakSlope",
                "Rd",
                "Rd_conf",
                "creak"));
    names.addAll(numbered("MCEP_", 25));
    names.addAll(numbered("HMPDM_", 25));
    names.addAll(numbered("HMPDD_", 13));
    return List.copyOf(names);
  }

  /** The segments with their labels and folds. */
  @Override
  public Corpus corpus() {
    return corpus;
  }

  /** visual, audio and text. */
  @Override
  public Set<String> featureNames() {
    return Set.copyOf(MODALITIES);
  }

  /** The MOSEI-like features of the segments, without the noise of frames; see also {@link #write}. */
  @Override
  public FeatureTable features(String name, Corpus samples) throws CorpusException {
    if (!targets.containsKey(name)) {
      throw new CorpusException("a planted corpus has " + MODALITIES + ", not '" + name + "'");
    }
    final FeatureTable table = targets.get(name);
    final boolean known = samples.segments().stream().anyMatch(s -> table.contains(s.id()));
    return known ? table : table.byVideo(corpus);
  }

  /**
   * The features of a modality in the source space (65, 74 and 768 columns), paired with {@link
   * #features} segment by segment.
   */
  public FeatureTable source(String modality) {
    final FeatureTable table = sources.get(modality);
    if (table == null) {
      throw new IllegalArgumentException("no modality '" + modality + "', but " + MODALITIES);
    }
    return table;
  }

  /**
   * The best correlation that anything can reach on a fold with these modalities: that of the label's
   * expectation, given the latents that they show, with the label (but for the little that clipping to
   * -3..3 bends). A model that sees features instead of latents falls short of it by what the noise of
   * the features hides, a few thousandths.
   *
   * @throws CorpusException if the fold is empty
   */
  public double ceiling(Fold fold, Set<String> modalities) throws CorpusException {
    final List<Segment> samples = corpus.fold(fold);
    final double[] known = new double[samples.size()];
    final double[] labels = new double[samples.size()];
    for (int i = 0; i < known.length; i++) {
      final int row = rows.get(samples.get(i).id());
      known[i] =
          modalities.containsAll(MODALITIES)
              ? expectations[row]
              : expectation(latents[row], modalities);
      labels[i] = samples.get(i).label().orElseThrow();
    }
    return correlation(known, labels);
  }

  private static double correlation(double[] a, double[] b) {
    final double meanA = Arrays.stream(a).average().orElseThrow();
    final double meanB = Arrays.stream(b).average().orElseThrow();
    double together = 0;
    double ofA = 0;
    double ofB = 0;
    for (int i = 0; i < a.length; i++) {
      together += (a[i] - meanA) * (b[i] - meanB);
      ofA += (a[i] - meanA) * (a[i] - meanA);
      ofB += (b[i] - meanB) * (b[i] - meanB);
    }
    return together / Math.sqrt(ofA * ofB);
  }

  /**
   * Writes the corpus as computational sequences with folds.csv, in the folders and under the names
   * that CMU-MOSEI's have, for {@link CsdCorpus} to read. With all 3,228 videos about 260 MB.
   *
   * @param folder made where there is none
   */
  public void write(Path folder) throws IOException {
    for (final String part : List.of("visuals", "acoustics", "languages", "labels")) {
      Files.createDirectories(folder.resolve(part));
    }
    writeFrames(
        folder.resolve("visuals/CMU_MOSEI_VisualOpenFace2.csd"), "OpenFace_2", 0, VISUAL_FRAMES);
    writeFrames(folder.resolve("acoustics/CMU_MOSEI_COVAREP.csd"), "COVAREP", 1, AUDIO_FRAMES);
    writeFrames(
        folder.resolve("languages/CMU_MOSEI_TimestampedWordVectors.csd"),
        "glove_vectors",
        2,
        WORDS);
    writeLabels(folder.resolve("labels/CMU_MOSEI_Labels.csd"));
    try (BufferedWriter folds =
        Files.newBufferedWriter(folder.resolve("folds.csv"), StandardCharsets.UTF_8)) {
      folds.write("video_id,fold\n");
      String last = "";
      for (final Segment segment : corpus.segments()) {
        if (!segment.video().equals(last)) {
          folds.write(segment.video() + "," + segment.fold().label() + "\n");
          last = segment.video();
        }
      }
    }
  }

  private void writeLabels(Path file) throws IOException {
    try (CsdWriter writer = CsdWriter.create(file, "All Labels", List.of("sentiment"))) {
      for (int from = 0; from < latents.length; ) {
        final int to = endOfVideo(from);
        final double[][] times = new double[to - from][];
        final float[][] values = new float[to - from][];
        for (int i = from; i < to; i++) {
          final Segment segment = corpus.segments().get(i);
          times[i - from] = new double[] {segment.start(), segment.end()};
          values[i - from] = new float[] {(float) segment.label().orElseThrow()};
        }
        writer.add(corpus.segments().get(from).video(), times, values);
        from = to;
      }
    }
  }

  private int endOfVideo(int from) {
    final String video = corpus.segments().get(from).video();
    int to = from;
    while (to < latents.length && corpus.segments().get(to).video().equals(video)) {
      to++;
    }
    return to;
  }

  /** Frames that scatter about the segment's vector, and some that must be left out. */
  private void writeFrames(Path file, String root, int modality, int framesEach)
      throws IOException {
    final FeatureTable table = targets.get(MODALITIES.get(modality));
    final int width = table.width();
    final Random random = new Random(seed + 301 + modality);
    final int peakSlope = table.columns().indexOf("peakSlope");
    try (CsdWriter writer = CsdWriter.create(file, root, table.columns())) {
      for (int from = 0; from < latents.length; ) {
        final int to = endOfVideo(from);
        final List<double[]> times = new ArrayList<>();
        final List<float[]> frames = new ArrayList<>();
        for (int i = from; i < to; i++) {
          final Segment segment = corpus.segments().get(i);
          final float[] mean = table.row(segment.id());
          final double step = (segment.end() - segment.start()) / (framesEach + 1);
          for (int k = 0; k <= framesEach; k++) {
            times.add(new double[] {segment.start() + k * step, segment.start() + (k + 1) * step});
            // One frame of each segment saw nothing.
            frames.add(
                k == i % (framesEach + 1)
                    ? unseen(modality, width)
                    : scattered(mean, random, modality, k == 0 ? peakSlope : -1));
          }
          if (i == from) {
            // Between two segments: whatever it shows, it must not count.
            times.add(new double[] {segment.end(), segment.end() + 0.4});
            final float[] stray = new float[width];
            Arrays.fill(stray, 1e4f);
            frames.add(stray);
          }
        }
        writer.add(
            corpus.segments().get(from).video(),
            times.toArray(double[][]::new),
            frames.toArray(float[][]::new));
        from = to;
      }
    }
  }

  private static float[] unseen(int modality, int width) {
    final float[] frame = new float[width];
    if (modality == 0) {
      // OpenFace still numbers the face and tells the time.
      frame[1] = 7;
    }
    return frame;
  }

  private static float[] scattered(float[] mean, Random random, int modality, int infinite) {
    final float[] frame = mean.clone();
    for (int i = modality == 0 ? 4 : 0; i < frame.length; i++) {
      frame[i] *= (float) (1 + 0.02 * random.nextGaussian());
    }
    if (infinite >= 0) {
      frame[infinite] = Float.NEGATIVE_INFINITY;
    }
    return frame;
  }
}
