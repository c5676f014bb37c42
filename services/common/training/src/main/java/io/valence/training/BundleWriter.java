package io.valence.training;

import io.valence.model.BundleDescription;
import io.valence.model.BundleDescription.Calibration;
import io.valence.model.BundleDescription.FileEntry;
import io.valence.model.BundleDescription.Informativeness;
import io.valence.model.BundleDescription.Kind;
import io.valence.model.BundleDescription.Normalisation;
import io.valence.model.BundleDescription.Space;
import io.valence.model.BundleDescription.TrainingData;
import io.valence.model.BundleException;
import io.valence.model.BundleJson;
import io.valence.model.Modality;
import io.valence.model.ModelBundle;
import io.valence.model.SentimentScorer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Collects what belongs into a model bundle and writes it; for one thread. */
public final class BundleWriter {

  /** How far the served graph may be from the trainer, in points of the score. */
  public static final double TOLERANCE = 1e-5;

  private static final String FUSION = "fusion.onnx";
  private static final String TEXT_EXPERT = "text-expert.vtd";
  private static final String CARD = "MODEL_CARD.md";

  private final String id;
  private final String version;
  private final Kind kind;
  private final String description;
  private final Map<Modality, Space> inputSpaces = new EnumMap<>(Modality.class);
  private final Map<Modality, Space> baseSpaces = new EnumMap<>(Modality.class);
  private final Map<Modality, Normalisation> inputNormalisation = new EnumMap<>(Modality.class);
  private final Map<Modality, Normalisation> baseNormalisation = new EnumMap<>(Modality.class);
  private final Map<Modality, AdapterModel> adapters = new EnumMap<>(Modality.class);
  private final Map<Modality, Informativeness> modalities = new EnumMap<>(Modality.class);
  private final List<TrainingData> trainingData = new ArrayList<>();
  private final Map<String, Object> metrics = new LinkedHashMap<>();
  private final List<String> notices = new ArrayList<>();
  private Calibration calibration;
  private FusionModel fusion;
  private String card;
  private Path textExpert;

  public BundleWriter(
      final String id, final String version, final Kind kind, final String description) {
    this.id = id;
    this.version = version;
    this.kind = kind;
    this.description = description;
  }

  /** A modality whose features the fusion model takes as they are. */
  public BundleWriter direct(
      final Modality modality, final Space space, final Normalisation normalisation) {
    inputSpaces.put(modality, space);
    baseSpaces.put(modality, space);
    baseNormalisation.put(modality, normalisation);
    return this;
  }

  /** A modality that an adapter leads from the extractor's space to the fusion model's. */
  public BundleWriter adapted(
      final Modality modality,
      final Space input,
      final Normalisation ofInput,
      final AdapterModel adapter,
      final Space base,
      final Normalisation ofBase) {
    inputSpaces.put(modality, input);
    inputNormalisation.put(modality, ofInput);
    adapters.put(modality, adapter);
    baseSpaces.put(modality, base);
    baseNormalisation.put(modality, ofBase);
    return this;
  }

  /** Whether a modality takes part in scores, and the figures behind that. */
  public BundleWriter informative(
      final Modality modality, final boolean informative, final String reason) {
    modalities.put(modality, new Informativeness(informative, reason));
    return this;
  }

  /** The model and its intervals. */
  public BundleWriter fusion(final FusionModel model, final Calibration intervals) {
    fusion = model;
    calibration = intervals;
    return this;
  }

  /** The file of the text expert whose space the words are in. */
  public BundleWriter textExpert(final Path difference) {
    textExpert = difference;
    return this;
  }

  /** A corpus that something was learned from. */
  public BundleWriter trainedOn(final String name, final String licence, final String use) {
    trainingData.add(new TrainingData(name, licence, use));
    return this;
  }

  /** A measured figure, or a map or list of them. */
  public BundleWriter metric(final String name, final Object value) {
    metrics.put(name, value);
    return this;
  }

  /** A line about a licence. */
  public BundleWriter notice(final String line) {
    notices.add(line);
    return this;
  }

  /** The model card, as Markdown. */
  public BundleWriter card(final String markdown) {
    card = markdown;
    return this;
  }

  /**
   * Writes the bundle, replacing one of the same name, and loads it once to see that it serves.
   *
   * @param folder of the bundle itself
   * @throws BundleException if what was written could not be served
   */
  public void write(final Path folder) throws IOException, BundleException {
    final Path parent = Files.createDirectories(folder.toAbsolutePath().getParent());
    // Not a temporary folder: those are for their owner alone.
    final Path unfinished = parent.resolve("." + id + ".partial");
    delete(unfinished);
    Files.createDirectory(unfinished);
    try {
      writeInto(unfinished);
      ModelBundle.load(unfinished).close();
      delete(folder);
      Files.move(unfinished, folder);
    } finally {
      delete(unfinished);
    }
  }

  private void writeInto(final Path folder) throws IOException {
    final Map<Modality, String> adapterFiles = new EnumMap<>(Modality.class);
    final Map<String, FileEntry> files = new TreeMap<>();
    fusion.export(folder.resolve(FUSION));
    files.put(FUSION, FileEntry.of(folder.resolve(FUSION)));
    for (final Map.Entry<Modality, AdapterModel> adapter : adapters.entrySet()) {
      final String name = "adapter-" + adapter.getKey().label() + ".onnx";
      adapter.getValue().export(folder.resolve(name));
      adapterFiles.put(adapter.getKey(), name);
      files.put(name, FileEntry.of(folder.resolve(name)));
    }
    if (textExpert != null) {
      Files.copy(textExpert, folder.resolve(TEXT_EXPERT));
      files.put(TEXT_EXPERT, FileEntry.of(folder.resolve(TEXT_EXPERT)));
    }
    if (card != null) {
      Files.writeString(folder.resolve(CARD), card, StandardCharsets.UTF_8);
      files.put(CARD, FileEntry.of(folder.resolve(CARD)));
    }
    BundleJson.write(
        new BundleDescription(
            BundleDescription.FORMAT_VERSION,
            id,
            version,
            kind,
            description,
            inputSpaces,
            baseSpaces,
            Normalisations.CLIP,
            inputNormalisation,
            baseNormalisation,
            adapterFiles,
            FUSION,
            textExpert == null ? null : TEXT_EXPERT,
            modalities,
            calibration,
            trainingData,
            metrics,
            notices,
            files),
        folder);
  }

  private static void delete(final Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      try (Stream<Path> entries = Files.walk(folder)) {
        for (final Path entry : entries.sorted(java.util.Comparator.reverseOrder()).toList()) {
          Files.delete(entry);
        }
      }
    }
  }

  /**
   * Compares what a bundle serves through ONNX Runtime with what the trainer computed.
   *
   * @param folder of the bundle
   * @param windows the base model's features, not standardised
   * @param expected the trainer's scores of the same samples
   * @return the greatest difference
   * @throws TrainingException if it is above {@link #TOLERANCE}
   */
  public static double checkScores(
      final Path folder, final List<Map<Modality, float[]>> windows, final float[] expected)
      throws BundleException {
    try (ModelBundle bundle = ModelBundle.load(folder);
        SentimentScorer scorer = bundle.newScorer()) {
      final double[] served = scorer.scores(windows);
      double greatest = 0;
      for (int i = 0; i < served.length; i++) {
        greatest = Math.max(greatest, Math.abs(served[i] - expected[i]));
      }
      if (!(greatest <= TOLERANCE)) {
        throw new TrainingException(
            folder + " scores differ by " + greatest + " from the trainer's, over " + TOLERANCE);
      }
      return greatest;
    }
  }
}
